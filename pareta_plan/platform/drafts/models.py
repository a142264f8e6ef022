"""The models that can compete on a drafted task, as `task.yaml` names them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pareta_plan.platform.drafts.answers import Answers, Example
from pareta_plan.platform.kinds.fields import NESTING
from pareta_plan.platform.models.extraction.candidates import KINDS, find_candidates

LOOKED_AT = 100
"""Rows that the kinds of candidates are tried on."""


def candidates(answers: Answers, dev: Sequence[Example]) -> dict[str, str]:
    """For each field the kind of candidates among which its values are most often found.

    Fields that are never found, or that have no other candidates, aren't in it, as there is
    nothing for a ranker to learn; nor are lists and objects.
    """
    found: dict[str, str] = {}
    for name, field in (answers.fields or {}).items():
        if field.type not in NESTING:
            rows = [(one.input, str(one.expected.get(name))) for one in dev[:LOOKED_AT]]
            hits = {kind: _hits(kind, rows) for kind in KINDS}
            best = max(hits, key=lambda kind: hits[kind])
            if hits[best]:
                found[name] = best
    return found


def _hits(kind: str, rows: Sequence[tuple[str, str]]) -> int:
    """In how many texts a value is among the candidates; 0 where all candidates are values."""
    spans = [([str(s.value) for s in find_candidates(kind, text)], value) for text, value in rows]
    has_others = any(other != value for values, value in spans for other in values)
    return sum(value in values for values, value in spans) if has_others else 0


def lines(answers: Answers, dev: Sequence[Example]) -> Iterator[str]:
    """The lines under `models:`; the language model is in where nothing else is."""
    found = candidates(answers, dev)
    if answers.kind == "classification":
        yield "  - {alias: linear-1, runtime: linear}          # TF-IDF and logistic regression"
        yield "  - {alias: bayes-1, runtime: bayes}            # naive Bayes on word counts"
    if answers.labels:
        yield "  # On what texts mean, by a sentence model of 23 MB, fetched once:"
        yield "  - {alias: embed-1, runtime: embed}            # logistic regression"
        yield "  - {alias: neighbours-1, runtime: neighbours}  # the nearest rows' labels"
    elif answers.kind == "ranking":
        yield "  - {alias: lexical-1, runtime: lexical}        # the words that are shared"
        yield "  # On what texts mean, by a sentence model of 23 MB, fetched once:"
        yield "  - {alias: retriever-1, runtime: retriever}"
    elif found:
        yield "  - alias: ranker-1                        # candidates of the text, ranked"
        yield "    runtime: ranker"
        yield "    options:"
        yield "      candidates:"
        yield from (f"        {name}: {kind}" for name, kind in found.items())
    yield from _language_model(answers, has_others=bool(answers.labels or found))


def _language_model(answers: Answers, *, has_others: bool) -> Iterator[str]:
    shots = 4 if answers.labels else 1
    model = f"- {{alias: smollm-1, runtime: smollm, options: {{shots: {shots}}}}}"
    if has_others or answers.kind == "ranking":
        yield "  # A small language model can compete too; it fetches 93 MB once:"
        yield f"  # {model}"
    else:
        yield "  # A small language model, which fetches 93 MB once; it is shown an example:"
        yield f"  {model}"
