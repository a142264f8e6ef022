"""Classification: the answer is one of the task's labels.

A row scores 1 when the labels agree apart from case and whitespace, else 0. `accuracy` is the
mean score, with Wilson's interval; `macro-f1` the unweighted mean F1 of all labels that occur
as expected or given, with an interval from the Bayesian bootstrap. A label of few rows may look
better or worse than it is, and one of none even more so, so each label of the task gets one more
row there: a wrong one for the lower end, a right one for the upper.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from statistics import fmean
from typing import Any, NamedTuple

from pareta_plan.errors import listed, meant
from pareta_plan.platform.kinds.intervals import percentile, reweighted
from pareta_plan.platform.kinds.kind import Kind, Labels, Pair, Parts, Quality
from pareta_plan.platform.kinds.misfit import Misfit
from pareta_plan.wire import Majority
from pareta_plan.written.explain import shown


class Labelled(NamedTuple):
    """A row's expected label and the one given; None for an answer that is no label."""

    expected: str
    given: str | None


class Classification(Kind):
    """A task with labels."""

    name = "classification"
    made_of = "labels"
    scorers = ("accuracy", "macro-f1")
    actions = """
        analyse analysis analyser annotate assess assign bin bucket categorise categorisation
        category catch check class classifier classify detect detector determine decide divide
        distinguish estimate evaluate filter find flag grade group guess identify judge
        label mark measure organise predict rank rate recognise recognition score screen separate
        sort split spot tag tell
        """
    prompt_field = "prompt_scaffold"

    def _take(self, parts: Parts) -> None:
        self._labels = parts.labels or {}

    @property
    def one_of(self) -> tuple[str, ...]:
        return tuple(self._labels)

    def schema(self) -> dict[str, Any]:
        """One of the labels; the description says what they mean."""
        meanings = "; ".join(f"{label}: {meaning}" for label, meaning in self._labels.items())
        return {"type": "string", "enum": list(self._labels), "description": meanings}

    def misfits(self, expected: Any) -> Iterator[Misfit]:
        """The label, where it isn't one of the task's, letter for letter."""
        if not isinstance(expected, str):
            yield Misfit((), f"expected one of the labels, got {shown(expected)}")
        elif expected not in self._labels:
            yield Misfit((), no_label(expected, self._labels))

    def shows(self, expected: Any) -> list[str]:
        """The label itself."""
        return [expected]

    def score(self, expected: Any, output: Any) -> float:
        return float(output is not None and fold(expected) == fold(output))

    def _of_all(self, pairs: Sequence[Pair]) -> Quality:
        counts = Counter(
            Labelled(fold(expected), None if output is None else fold(output))
            for expected, output in pairs
        )
        every = {fold(label) for label in self._labels} | {row.expected for row in counts}
        wrong = counts + Counter(Labelled(label, None) for label in every)
        right = counts + Counter(Labelled(label, label) for label in every)
        low, high = reweighted(wrong, macro_f1), reweighted(right, macro_f1)
        return Quality(macro_f1(counts), percentile(low, 0.025), percentile(high, 0.975))

    def majority(self, expected: Sequence[Any]) -> Majority | None:
        """Of labels that are expected as often, the first in the alphabet."""
        counts = Counter(map(str, expected))
        answer = max(sorted(counts), key=counts.__getitem__, default=None)
        if answer is None:
            return None
        if self._scorer == "macro-f1":
            pairs = Counter(Labelled(fold(label), fold(answer)) for label in counts.elements())
            return Majority(answer=answer, quality=macro_f1(pairs))
        return Majority(answer=answer, quality=counts[answer] / counts.total())

    def counted(self, outputs: Iterable[Any]) -> dict[str, int]:
        return dict(sorted(Counter(map(str, outputs)).items()))

    def constraint(self) -> dict[str, Any]:
        """A grammar of the labels."""
        choices = " | ".join(json.dumps(label, ensure_ascii=False) for label in self._labels)
        longest = max(len(label.encode()) for label in self._labels)  # a token is a byte or more
        return {"grammar": f"root ::= {choices}", "max_tokens": longest + 1}

    def read(self, text: str) -> str:
        return text

    def in_turn(self, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows so that labels take turns, each label's rows in their order."""
        of_labels: dict[str, list[dict[str, Any]]] = {label: [] for label in self._labels}
        for row in rows:
            of_labels[row["expected"]].append(row)
        rounds = zip_longest(*of_labels.values())
        return [row for turns in rounds for row in turns if row is not None]


def no_label(given: str, labels: Labels) -> str:
    """That a label isn't one of the task's."""
    return f"there is no label {shown(given)}, only {listed([*labels], 10)}{meant(given, labels)}"


def macro_f1(counts: Mapping[Labelled, float]) -> float:
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


def fold(label: Any) -> str:
    """A label without case and with single spaces."""
    return " ".join(str(label).split()).casefold()
