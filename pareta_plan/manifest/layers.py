"""Mappings laid over one another, where every value still knows where it was written.

Mappings are merged key by key; any other value, a list or `null` among them, replaces what lies
under it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

from pareta_plan.errors import Location
from pareta_plan.written.yaml_source import Document, Path


class Layer(NamedTuple):
    """The value at the keys `under` of a document, but for its key `without`."""

    document: Document
    under: Path = ()
    without: str | None = None

    @property
    def data(self) -> Any:
        value: Any = reduce(lambda value, key: value[key], self.under, self.document.data)
        if self.without is None:
            return value
        return {key: part for key, part in value.items() if key != self.without}

    def location(self, keys: Sequence[str | int], *, key: bool) -> Location:
        return self.document.location((*self.under, *keys), key=key)


@dataclass(slots=True, eq=False)
class Layered:
    """Layers as one mapping, the lowest first; `_main` is where what none of them has belongs."""

    layers: Sequence[Layer]
    _main: Document

    @property
    def data(self) -> Any:
        """What the layers make of one another; made anew each time, as there may be many."""
        return reduce(merged, (layer.data for layer in self.layers))

    def known_part(self, loc: Sequence[str | int]) -> Path:
        """The longest leading part of `loc` that stands in a layer."""
        return self._find(loc)[0]

    def location(self, keys: Sequence[str | int], *, key: bool = False) -> Location:
        """The place of the value at `keys` (or of its key) in the layer that it is from."""
        known, layers = self._find(keys)
        mine = [layer for layer in layers if layer.document is self._main]
        top = (mine or layers)[-1]
        return top.location(known, key=key)

    def _find(self, keys: Sequence[str | int]) -> tuple[Path, Sequence[Layer]]:
        """The leading part of `keys` that some layer has, and the layers that it is made of."""
        layers = [(layer, layer.data) for layer in self.layers]
        known = 0
        for key in keys:
            below = [(layer, data[key]) for layer, data in layers if _has(data, key)]
            if not below:
                break
            layers = _effective(below)
            known += 1
        return tuple(keys[:known]), [layer for layer, _ in layers]


def _has(data: Any, key: str | int) -> bool:
    if isinstance(data, list):
        return isinstance(key, int) and key < len(data)
    return isinstance(data, dict) and key in data


def _effective(layers: list[tuple[Layer, Any]]) -> list[tuple[Layer, Any]]:
    """The layers from the last that isn't merged with what lies under it."""
    start = len(layers) - 1
    while start and isinstance(layers[start][1], dict) and isinstance(layers[start - 1][1], dict):
        start -= 1
    return layers[start:]


def merged(under: Any, over: Any) -> Any:
    """What `over` makes of `under`, which both stay as they are."""
    if not isinstance(under, Mapping) or not isinstance(over, Mapping):
        return over
    return {**under, **{k: merged(under[k], v) if k in under else v for k, v in over.items()}}
