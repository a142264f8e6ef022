"""What a model confuses with what, and which fields it gets right: counts over compared rows.

Fields are compared as they are written, apart from case and blanks; a platform's scorer may know
more, such as that two spellings are one date. A row that it scored as faultless is right in all.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from pareta_plan.gates.compared import Compared, ComparedRow, folded

MOST_LABELS = 40
"""More than anybody reads in a matrix; answers beyond them are counted as `OTHER`."""
OTHER = "(other)"
ERROR = "(error)"


@dataclass(frozen=True)
class Confusion:
    """How often each label was answered where another, or the same, was expected."""

    expected: tuple[str, ...]
    given: tuple[str, ...]
    """The labels that are expected, then what else was answered, `OTHER` and `ERROR` last."""
    pairs: tuple[tuple[str, str | None], ...]
    """What was expected and what answered, by row; None where the platform tells no answer."""

    @cached_property
    def counts(self) -> Counter[tuple[str, str | None]]:
        """How many rows have each pair."""
        return Counter(self.pairs)


def confusion(compared: Compared, model: str) -> Confusion | None:
    """A model's confusion matrix; None where answers are no labels, each right or wrong."""
    if not _is_labelled(compared):
        return None
    spelled = {folded(row.expected): str(row.expected) for row in reversed(compared.rows)}
    expected = tuple(sorted(spelled.values()))
    pairs = [(spelled[folded(row.expected)], _given(row, model, spelled)) for row in compared.rows]
    seen = Counter(given for _, given in pairs if given not in (None, ERROR, *expected))
    most = max(MOST_LABELS - len(expected), 0)
    others = [given for given, _ in seen.most_common(most) if given is not None]
    named = {*expected, *others, ERROR, None}
    told = tuple((want, given if given in named else OTHER) for want, given in pairs)
    met = {given for _, given in told}
    last = tuple(label for label in (OTHER, ERROR) if label in met)
    return Confusion(expected, (*expected, *others, *last), told)


def _is_labelled(compared: Compared) -> bool:
    rows = compared.rows
    return (
        all(isinstance(row.expected, str) for row in rows)
        and len({folded(row.expected) for row in rows}) <= MOST_LABELS
        and all(a.score in (None, 0, 1) for row in rows for a in row.answers.values())
    )


def _given(row: ComparedRow, model: str, spelled: Mapping[str, str]) -> str | None:
    """The label that a model answered; None where the platform tells none."""
    answer = row.answers[model]
    if answer.error is not None:
        return ERROR
    if answer.score == 1:
        return spelled[folded(row.expected)]
    return None if answer.text is None else spelled.get(folded(answer.text), answer.text)


class FieldCounts(NamedTuple):
    """In how many rows a field is right, wrong, missing or given without being expected.

    `unknown` are rows whose answer the platform cut off before the field.
    """

    right: int = 0
    wrong: int = 0
    missing: int = 0
    extra: int = 0
    unknown: int = 0


def field_counts(compared: Compared, model: str) -> dict[str, FieldCounts] | None:
    """A model's counts by field, over the rows that it answered; None where answers are no objects.

    In the order in which the rows have them; a field that is null on both sides counts for nothing.
    """
    if not all(isinstance(row.expected, Mapping) for row in compared.rows):
        return None
    counts: dict[str, Counter[str]] = {}
    for row in compared.rows:
        for field, _, outcome in judged_fields(row, model):
            counts.setdefault(field, Counter())[outcome] += 1
    return {field: FieldCounts(**by) for field, by in counts.items()}


def judged_fields(row: ComparedRow, model: str) -> Iterator[tuple[str, Any, str]]:
    """Each field of a row's answer with its value, and which of `FieldCounts` it counts as.

    Nothing of a field that is null on both sides, and of a row without an answer.
    """
    answer, expected = row.answers[model], row.expected
    if answer.text is None:
        return
    given, whole = read_fields(answer.text)
    right = answer.score is not None and not answer.is_wrong
    for field in dict.fromkeys([*expected, *given]):
        want, got = _value(expected.get(field)), _value(given.get(field))
        if want is None and got is None:
            continue
        cut_off = field not in given and not whole
        yield field, got, "right" if right and want is not None else _outcome(want, got, cut_off)


def _outcome(want: Any, got: Any, cut_off: bool) -> str:
    if want is None:
        return "extra"
    if cut_off:
        return "unknown"
    if got is None:
        return "missing"
    return "right" if _same(want, got) else "wrong"


def read_fields(text: str) -> tuple[dict[str, Any], bool]:
    """The fields of an answer, and whether they are all: of one that is cut off, those before.

    What is no JSON object has none.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return dict(_before_the_cut(text)), not text.startswith("{")
    return (value if isinstance(value, dict) else {}), True


def _before_the_cut(text: str) -> Iterator[tuple[str, Any]]:
    """The members that an object's text has whole: a separator follows each."""
    decoder, at = json.JSONDecoder(), 0
    try:
        while at < len(text) and text[at] in "{,":
            key, at = decoder.raw_decode(text, _past_blanks(text, at + 1))
            at = _past_blanks(text, at)
            if text[at] != ":":
                return
            value, at = decoder.raw_decode(text, _past_blanks(text, at + 1))
            at = _past_blanks(text, at)
            if at < len(text):
                yield str(key), value
    except (ValueError, IndexError, RecursionError):
        return


def _past_blanks(text: str, at: int) -> int:
    while text[at : at + 1].isspace():
        at += 1
    return at


def _value(value: Any) -> Any:
    """A field's value; None for one that is there and says nothing."""
    return None if value in ("", [], {}) else value


def _same(one: Any, other: Any) -> bool:
    match one, other:
        case Mapping(), Mapping():
            return all(_same(_value(one.get(k)), _value(other.get(k))) for k in {*one, *other})
        case list(), list():
            return len(one) == len(other) and all(map(_same, one, other))
        case (int() | float(), int() | float()):
            return one == other
    return folded(one) == folded(other)
