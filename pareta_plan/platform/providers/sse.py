"""Server-sent events out of pieces of bytes, as the HTML standard's section 9.2 has them."""

from __future__ import annotations

import codecs
from collections.abc import AsyncIterator
from typing import NamedTuple


class Event(NamedTuple):
    """An event: its name ("message" where it has none) and its data."""

    name: str
    data: str


async def events(pieces: AsyncIterator[bytes]) -> AsyncIterator[Event]:
    """The events of a stream. Raises ValueError where it is not UTF-8.

    The last one counts without the empty line behind it: some servers close instead.
    """
    name, data = "", list[str]()
    async for line in _lines(pieces):
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            data.append(value)
        elif field == "event":
            name = value
        elif not line and data:
            yield Event(name or "message", "\n".join(data))
            name, data = "", []
    if data:
        yield Event(name or "message", "\n".join(data))


async def _lines(pieces: AsyncIterator[bytes]) -> AsyncIterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    rest = list[str]()  # joined once: a line may come in very many pieces
    async for piece in pieces:
        *whole, last = decoder.decode(piece).split("\n")
        for line in whole:
            yield "".join([*rest, line]).removesuffix("\r")
            rest = []
        rest.append(last)
    decoder.decode(b"", final=True)
    if line := "".join(rest):
        yield line
