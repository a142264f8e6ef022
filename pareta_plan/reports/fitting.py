"""A document of blocks, of which as much is kept as fits: whole items, the weightiest blocks first.

What is left out is counted, so that nobody takes a part for the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from pareta_plan.words import count


@dataclass(frozen=True)
class Block:
    """Lines that belong together: how they open, one by one, and how they close.

    Of several blocks those with more `weight` are kept, up to the first that has to be cut. A
    block is kept with no item only where it never had any.
    """

    weight: int
    head: Sequence[str] = ()
    items: Sequence[str] = ()
    tail: Sequence[str] = ()
    noun: str = ""
    """What an item is called, where it is counted as left out."""


@dataclass(frozen=True)
class Limit:
    """The most that a document may measure, and how that is measured."""

    most: int
    size: Callable[[str], int] = field(repr=False)


def characters(text: str) -> int:
    """Its UTF-16 code units: at least as many as its characters, however those are counted."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def octets(text: str) -> int:
    """Its bytes in UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))


def fitted(
    blocks: Sequence[Block], limit: Limit, left_out: Callable[[str], Block], last: Block
) -> str:
    """The document of the blocks with a blank line between them, within the limit.

    `left_out` makes the block that says what is missing; it and the `last` one are always there.
    """
    document = _document([*blocks, last])
    if limit.size(document) <= limit.most:
        return document
    nouns = dict.fromkeys(block.noun for block in blocks if block.items)
    longest = left_out(", ".join(count(10**9, noun) for noun in nouns))
    room = limit.most - limit.size(_document([longest, last]))
    kept: dict[int, Block] = {}
    for n, block in sorted(enumerate(blocks), key=lambda pair: -pair[1].weight):
        part = _part(block, room, limit.size)
        if part is not None:
            kept[n] = part
            room -= limit.size(_document([part])) + 1
        if part is None or len(part.items) < len(block.items):
            break
    said = _missing(blocks, kept)
    return _document([*(kept[n] for n in sorted(kept)), *([left_out(said)] if said else []), last])


def _part(block: Block, room: int, size: Callable[[str], int]) -> Block | None:
    """As many of a block's items as there is room for; None where there is none for any."""
    frame = size(_document([Block(0, block.head, (), block.tail)])) + 1
    ends = accumulate((size(item) + 1 for item in block.items), initial=frame)
    most = sum(end <= room for end in ends) - 1
    if most < 0 or (block.items and not most):
        return None
    return Block(block.weight, block.head, block.items[:most], block.tail, block.noun)


def _missing(blocks: Sequence[Block], kept: dict[int, Block]) -> str:
    missing: dict[str, int] = {}
    for n, block in enumerate(blocks):
        left = len(block.items) - (len(kept[n].items) if n in kept else 0)
        missing[block.noun] = missing.get(block.noun, 0) + left
    return ", ".join(count(left, noun) for noun, left in missing.items() if left)


def _document(blocks: Iterable[Block]) -> str:
    parts = ("\n".join([*block.head, *block.items, *block.tail]) for block in blocks)
    return "\n\n".join(parts) + "\n"
