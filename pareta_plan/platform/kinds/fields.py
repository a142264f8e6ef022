"""Fields of an extraction, and how far those given agree with those expected.

A field given and expected counts as TP when the normalised values agree, and as both FP and FN
when they don't; a field given but not expected is an FP, one expected but missing an FN, and one
null on both sides counts for nothing. Items of a list are paired one to one, best F1 first (ties:
in the order of the lists), and their fields counted alike; the fields of an item without a partner
are all FN or all FP. Fields the task doesn't know are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import model_validator

from pareta_plan.platform.data import Data
from pareta_plan.platform.kinds.normalise import normalise

FieldType = Literal["text", "name", "date", "money", "number", "list"]


class FieldSpec(Data):
    """One field of an extraction: its type decides how values are normalised and compared."""

    type: FieldType
    description: str
    fields: dict[str, FieldSpec] | None = None
    """Of a list's objects."""

    @model_validator(mode="after")
    def _only_lists_have_fields(self) -> FieldSpec:
        if self.fields is not None and self.type != "list":
            raise ValueError(f"a field of type {self.type} can't have fields of its own")
        return self


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
    likeliest = sorted(
        (-counts.f1, i, j)
        for i, want in enumerate(expected)
        for j, got in enumerate(given)
        if (counts := _count_item(spec, want, got)).tp
    )
    wanted, left = dict(enumerate(expected)), dict(enumerate(given))
    pairs = [(wanted.pop(i), left.pop(j)) for _, i, j in likeliest if i in wanted and j in left]
    pairs += [(want, None) for want in wanted.values()] + [(None, got) for got in left.values()]
    return sum((_count_item(spec, want, got) for want, got in pairs), Counts())


_PLAIN_ITEM = FieldSpec(type="text", description="an item of a list without fields")


def _count_item(spec: FieldSpec, expected: Any, given: Any) -> Counts:
    if spec.fields is None:
        return _count_field(_PLAIN_ITEM, expected, given)
    want, got = (item if isinstance(item, Mapping) else {} for item in (expected, given))
    return count_fields(spec.fields, want, got)
