"""How alike two texts are, by the scorers of prose; none of them is empty.

All are in [0, 1], of an answer against what is expected.

- `exact`: the same characters, apart from whitespace at the ends.
- `normalised`: the same apart from case, repeated whitespace, and punctuation at the ends.
- `numeric`: the same number, however it is written; `numeric-1pct`: one that is at most 1% off.
- `rouge-l`: F1 of the longest common subsequence of words, without case and punctuation: C.-Y. Lin,
  "ROUGE: a package for automatic evaluation of summaries" (2004), with beta 1 and no stemming.
- `chrf`: F2 over character n-grams up to six: M. Popović, "chrF: character n-gram F-score for
  automatic MT evaluation" (2015), as sacrebleu has it, over 100.
- `wer`, `cer`: 1 minus the word or character error rate, 0 where that is above 1: edits that lead
  from the answer to what is expected, over its length (V. I. Levenshtein, 1966).
- `similarity`: the cosine of the texts' sentence vectors, 0 where it is below: N. Reimers and I.
  Gurevych, "Sentence-BERT: sentence embeddings using Siamese BERT-networks" (2019), whose
  all-MiniLM-L6-v2 gives the vectors, as `sentences` reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from types import ModuleType
from typing import Any

from pareta_plan.errors import ParetaError
from pareta_plan.platform.kinds.normalise import number, text

_WORD = re.compile(r"\w+")
_REMEMBERED = 4096
"""Texts whose vectors are: rows are scored one by one, and all of them once more together."""
_DIGITS = 6
"""Of a cosine: a text is as near to itself as that."""


class Unscorable(ParetaError):
    """What a scorer needs, a library or weights, isn't there."""


def _exact(expected: str, given: str) -> float:
    return float(expected == given)


def _normalised(expected: str, given: str) -> float:
    return float(text(expected) == text(given))


def _numeric(expected: str, given: str, tolerance: Decimal = Decimal(0)) -> float:
    want, got = number(expected), number(given)
    if want is None or got is None:
        return 0.0
    return float(abs(want - got) <= tolerance * abs(want))


def _nearly(expected: str, given: str) -> float:
    return _numeric(expected, given, Decimal("0.01"))


def _rouge_l(expected: str, given: str) -> float:
    want, got = _words(expected), _words(given)
    if not want or not got:
        return float(want == got)
    common: int = _distances().LCSseq.similarity(want, got)
    return 2 * common / (len(want) + len(got))


def _word_errors(expected: str, given: str) -> float:
    return _unedited(expected.split(), given.split())


def _character_errors(expected: str, given: str) -> float:
    return _unedited(expected, given)


def _unedited(expected: Sequence[str], given: Sequence[str]) -> float:
    edits: int = _distances().Levenshtein.distance(expected, given)
    return max(0.0, 1 - edits / len(expected))


def _chrf(expected: str, given: str) -> float:
    try:
        from sacrebleu.metrics.chrf import CHRF
    except ImportError:
        raise _missing("sacrebleu") from None
    score: float = CHRF().sentence_score(given, [expected]).score
    return min(1.0, score / 100)


def _similarity(expected: str, given: str) -> float:
    try:
        from pareta_plan.platform.sentences.exact import total  # here: numpy may not be installed

        cosine = float(total(_vector(expected) * _vector(given))[0, 0])
    except ImportError as missing:
        raise Unscorable(
            f"the scorer similarity needs {missing.name}, which isn't installed",
            hint="Run `pip install 'pareta-plan[local]'`.",
        ) from None
    except ParetaError as error:
        raise Unscorable(f"the scorer similarity: {error.message}", hint=error.hint) from error
    return min(1.0, max(0.0, round(cosine, _DIGITS)))


@lru_cache(_REMEMBERED)
def _vector(written: str) -> Any:
    from pareta_plan.platform.sentences.passages import vectors
    from pareta_plan.platform.sentences.sentences import loaded

    return vectors(loaded(), [written])


def _words(written: str) -> list[str]:
    return _WORD.findall(written.casefold())


def _distances() -> ModuleType:
    try:
        from rapidfuzz import distance
    except ImportError:
        raise _missing("rapidfuzz") from None
    return distance


def _missing(library: str) -> Unscorable:
    return Unscorable(
        f"scoring texts needs {library}, which isn't installed",
        hint="Run `pip install 'pareta-plan[text]'`.",
    )


SCORERS: dict[str, Callable[[str, str], float]] = {
    "exact": _exact,
    "normalised": _normalised,
    "numeric": _numeric,
    "numeric-1pct": _nearly,
    "rouge-l": _rouge_l,
    "chrf": _chrf,
    "wer": _word_errors,
    "cer": _character_errors,
    "similarity": _similarity,
}
