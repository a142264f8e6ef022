"""How an answer is scored against what a row expects.

Classification: 1 when the labels agree apart from case and whitespace, else 0.

Extraction: the F1 of the row's fields, 2TP / (2TP + FP + FN). A field given and expected
counts as TP when the normalised values agree, and as both FP and FN when they don't; a
field given but not expected is an FP, one expected but missing an FN, and one null on both
sides counts for nothing. Items of a list are paired one to one, best F1 first (ties: in
the order of the lists), and their fields counted alike; the fields of an item without a
partner are all FN or all FP. A row with nothing expected and nothing given scores 1.
Fields the task doesn't know are ignored; an answer that isn't an object scores 0.

Quality: `accuracy` is the mean score, with Wilson's interval; `field-f1` the mean of the
rows' F1, with a bootstrap interval; `macro-f1` the unweighted mean F1 of all labels that
occur as expected or given, with an interval from the Bayesian bootstrap. A label of few rows
may look better or worse than it is, and one of none even more so, so each label of the task
gets one more row there: a wrong one for the lower end, a right one for the upper.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, NamedTuple

from pareta_plan.platform.catalog.spec import FieldSpec, TaskSpec
from pareta_plan.platform.scoring.intervals import mean_interval, percentile, reweighted
from pareta_plan.platform.scoring.normalise import normalise

Pair = tuple[Any, Any]
"""What a row expects and what the model answered."""


class Labels(NamedTuple):
    """A row's expected label and the one given; None for an answer that is no label."""

    expected: str
    given: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Fields that are right (`tp`), given but not right (`fp`), expected but not found (`fn`)."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def f1(self) -> float:
        """2TP / (2TP + FP + FN), and 1 when there was nothing to find and nothing given."""
        total = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / total if total else 1.0


def score(spec: TaskSpec, expected: Any, output: Any) -> float:
    """One row's score in [0, 1]."""
    if spec.kind == "classification":
        return float(fold(expected) == fold(output))
    if not isinstance(output, Mapping):
        return 0.0
    return count_fields(spec.fields or {}, expected or {}, output).f1


def aggregate(spec: TaskSpec, pairs: Sequence[Pair]) -> tuple[float, float, float]:
    """Quality and its 95% interval over the scored rows: `(quality, low, high)`.

    Rows without a prediction (errors) must be left out by the caller. Raises ValueError
    when no pair is left.
    """
    if not pairs:
        raise ValueError("there are no scored rows to aggregate")
    if spec.scorer == "macro-f1":
        labels = Counter(Labels(fold(expected), fold(output)) for expected, output in pairs)
        known = {fold(label) for label in spec.labels or ()}
        return (macro_f1(labels), *_macro_f1_interval(labels, known))
    scores = [score(spec, expected, output) for expected, output in pairs]
    return (fmean(scores), *mean_interval(scores))


def fold(label: Any) -> str:
    """A label without case and with single spaces."""
    return " ".join(str(label).split()).casefold()


def macro_f1(counts: Mapping[Labels, float]) -> float:
    """The mean F1 over the labels that occur, from how often each pair of labels does."""
    sides = defaultdict[str, float](float)
    right = defaultdict[str, float](float)
    for (expected, given), times in counts.items():
        sides[expected] += times
        if given is not None:
            sides[given] += times
        if expected == given:
            right[expected] += times
    return fmean(2 * right[label] / total for label, total in sorted(sides.items()))


def _macro_f1_interval(counts: Counter[Labels], known: set[str]) -> tuple[float, float]:
    """Of a label that no row has, one wrong row and one right one are all that is known."""
    every = known | {labels.expected for labels in counts}
    wrong = counts + Counter(Labels(label, None) for label in every)
    right = counts + Counter(Labels(label, label) for label in every)
    low, high = reweighted(wrong, macro_f1), reweighted(right, macro_f1)
    return percentile(low, 0.025), percentile(high, 0.975)


def count_fields(
    fields: Mapping[str, FieldSpec], expected: Mapping[str, Any], given: Mapping[str, Any]
) -> Counts:
    """TP, FP and FN over the fields of one object."""
    return sum(
        (_count_field(spec, expected.get(name), given.get(name)) for name, spec in fields.items()),
        Counts(),
    )


def _count_field(spec: FieldSpec, expected: Any, given: Any) -> Counts:
    if spec.type == "list":
        return _count_list(spec, _items(expected), _items(given))
    want, got = normalise(spec.type, expected), normalise(spec.type, given)
    if want is not None and want == got:
        return Counts(tp=1)
    return Counts(fp=int(got is not None), fn=int(want is not None))


def _items(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


def _count_list(spec: FieldSpec, expected: list[Any], given: list[Any]) -> Counts:
    pairs = _best_pairs(spec, expected, given)
    total = sum((_count_item(spec, expected[i], given[j]) for i, j in pairs), Counts())
    matched_expected, matched_given = {i for i, _ in pairs}, {j for _, j in pairs}
    for i, item in enumerate(expected):
        total += Counts() if i in matched_expected else _count_item(spec, item, None)
    for j, item in enumerate(given):
        total += Counts() if j in matched_given else _count_item(spec, None, item)
    return total


def _best_pairs(spec: FieldSpec, expected: list[Any], given: list[Any]) -> list[tuple[int, int]]:
    ranked = sorted(
        (-counts.f1, i, j)
        for i, want in enumerate(expected)
        for j, got in enumerate(given)
        if (counts := _count_item(spec, want, got)).tp
    )
    pairs: list[tuple[int, int]] = []
    used_expected, used_given = set[int](), set[int]()
    for _, i, j in ranked:
        if i not in used_expected and j not in used_given:
            pairs.append((i, j))
            used_expected.add(i)
            used_given.add(j)
    return pairs


_PLAIN_ITEM = FieldSpec(type="text", description="an item of a list without fields")


def _count_item(spec: FieldSpec, expected: Any, given: Any) -> Counts:
    if spec.fields is None:
        return _count_field(_PLAIN_ITEM, expected, given)
    return count_fields(spec.fields, _object(expected), _object(given))


def _object(item: Any) -> Mapping[str, Any]:
    return item if isinstance(item, Mapping) else {}
