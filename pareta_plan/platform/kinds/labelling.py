"""Labelling: the answer is a list of those of the task's labels that fit, maybe none.

Labels are compared apart from case and whitespace, whatever their order. `label-f1` is the mean of
the rows' F1 between the labels expected and given, 1 where both are none: example-based F1, S.
Godbole and S. Sarawagi, "Discriminative methods for multi-labeled classification" (2004).
`exact-set` is the share of rows whose labels are all right.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from pareta_plan.platform.kinds.classification import fold, no_label
from pareta_plan.platform.kinds.counts import Counts
from pareta_plan.platform.kinds.kind import Kind, Parts
from pareta_plan.platform.kinds.misfit import Misfit, not_texts

_TOKENS_BETWEEN = 4  # quotes, a comma and a space


class Labelling(Kind):
    """A task whose rows have several labels each."""

    name = "labelling"
    made_of = "labels"
    scorers = ("label-f1", "exact-set")
    actions = """
        annotate assign attribute categorise classify detect find flag identify label list mark
        multi-label recognise sort tag
        """
    prompt_field = "recommended_system_prompt"

    def _take(self, parts: Parts) -> None:
        self._labels = parts.labels or {}

    def schema(self) -> dict[str, Any]:
        """A list of labels; the description says what they mean."""
        meanings = "; ".join(f"{label}: {meaning}" for label, meaning in self._labels.items())
        item = {"type": "string", "enum": list(self._labels)}
        return {"type": "array", "items": item, "uniqueItems": True, "description": meanings}

    def misfits(self, expected: Any) -> Iterator[Misfit]:
        """Labels that the task hasn't got, letter for letter, and what is no list of labels."""
        found = [*not_texts(expected, "labels")]
        yield from found
        for n, label in enumerate([] if found else expected):
            if label not in self._labels:
                yield Misfit((n,), no_label(label, self._labels))

    def shows(self, expected: Any) -> list[str]:
        """The labels themselves."""
        return list(expected)

    def score(self, expected: Any, output: Any) -> float:
        if not isinstance(output, list):
            return 0.0
        want, got = {fold(label) for label in expected}, {fold(label) for label in output}
        if self._scorer == "exact-set":
            return float(want == got)
        return Counts(len(want & got), len(got - want), len(want - got)).f1

    def counted(self, outputs: Iterable[Any]) -> dict[str, int]:
        return dict(sorted(Counter(str(label) for output in outputs for label in output).items()))

    def constraint(self) -> dict[str, Any]:
        """A JSON schema of a list of labels."""
        length = sum(len(label.encode()) + _TOKENS_BETWEEN for label in self._labels)
        item = {"type": "string", "enum": list(self._labels)}
        schema = {"type": "array", "items": item, "maxItems": len(self._labels)}
        return {"json_schema": schema, "max_tokens": length + _TOKENS_BETWEEN}

    def read(self, text: str) -> Any:
        return json.loads(text)
