"""Fields of an extraction, and how far those given agree with those expected.

A field given and expected counts as TP when the normalised values agree, and as both FP and FN
when they don't; a field given but not expected is an FP, one expected but missing an FN, and one
null on both sides counts for nothing. Items of a list are aligned as `counts` says, and the fields
of an object within an object count as its own do. Fields the task doesn't know are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from pydantic import model_validator

from pareta_plan.platform.data import Data
from pareta_plan.platform.kinds.counts import Counts, of_lists
from pareta_plan.platform.kinds.normalise import normalise

FieldType = Literal["text", "name", "date", "money", "number", "list", "object"]
NESTING: tuple[FieldType, ...] = ("list", "object")


class FieldSpec(Data):
    """One field of an extraction: its type decides how values are normalised and compared."""

    type: FieldType
    description: str
    fields: dict[str, FieldSpec] | None = None
    """Of an object, or of a list's objects."""

    @model_validator(mode="after")
    def _fits_its_type(self) -> FieldSpec:
        if self.fields is not None and self.type not in NESTING:
            raise ValueError(f"a field of type {self.type} can't have fields of its own")
        if self.type == "object" and not self.fields:
            raise ValueError("a field of type object needs fields of its own")
        return self


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
        return of_lists(_items(expected), _items(given), partial(_count_item, spec))
    if spec.type == "object":
        return _count_item(spec, expected, given)
    want, got = normalise(spec.type, expected), normalise(spec.type, given)
    if want is not None and want == got:
        return Counts(tp=1)
    return Counts(fp=int(got is not None), fn=int(want is not None))


def _items(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


_PLAIN_ITEM = FieldSpec(type="text", description="an item of a list without fields")


def _count_item(spec: FieldSpec, expected: Any, given: Any) -> Counts:
    if spec.fields is None:
        return _count_field(_PLAIN_ITEM, expected, given)
    want, got = (item if isinstance(item, Mapping) else {} for item in (expected, given))
    return count_fields(spec.fields, want, got)
