"""What keeps a row's `expected` from being an answer of its task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pareta_plan.errors import meant
from pareta_plan.platform.kinds.fields import FieldSpec
from pareta_plan.written.explain import shown

Keys = tuple[str | int, ...]


class Misfit(NamedTuple):
    """What is wrong in an answer, at the keys that lead there."""

    keys: Keys
    words: str


def misfits(fields: Mapping[str, FieldSpec], expected: Any, keys: Keys = ()) -> Iterator[Misfit]:
    """Fields that nobody knows in an object, and values that their types can't have."""
    if not isinstance(expected, Mapping):
        yield Misfit(keys, f"expected an object of the fields, got {shown(expected)}")
        return
    for name, value in expected.items():
        if spec := fields.get(name):
            yield from _of_field(spec, value, (*keys, name))
        else:
            yield Misfit((*keys, name), f"there is no field {name!r}{meant(name, fields)}")


def not_texts(value: Any, of: str) -> Iterator[Misfit]:
    """What keeps a value from being a list of texts, which are `of` something."""
    if not isinstance(value, list):
        yield Misfit((), f"expected a list of {of}, got {shown(value)}")
        return
    for n, item in enumerate(value):
        if not isinstance(item, str):
            yield Misfit((n,), f"expected a text, got {shown(item)}")
        elif item in value[:n]:
            yield Misfit((n,), f"{shown(item)} is there twice")


def _of_field(spec: FieldSpec, value: Any, keys: Keys) -> Iterator[Misfit]:
    if value is None:
        return
    if spec.type == "list":
        yield from _of_list(spec, value, keys)
        return
    if spec.type == "object":
        yield from misfits(spec.fields or {}, value, keys)
        return
    numbers = spec.type in ("money", "number")
    if isinstance(value, bool) or not isinstance(value, (str, int, float) if numbers else str):
        wanted = "a number or a text" if numbers else "a text"
        yield Misfit(keys, f"expected {wanted}, got {shown(value)}")


def _of_list(spec: FieldSpec, value: Any, keys: Keys) -> Iterator[Misfit]:
    if not isinstance(value, list):
        yield Misfit(keys, f"expected a list, got {shown(value)}")
        return
    for n, item in enumerate(value):
        if spec.fields is not None:
            yield from misfits(spec.fields, item, (*keys, n))
        elif not isinstance(item, str):
            yield Misfit((*keys, n), f"expected a text, got {shown(item)}")
