"""Both faces of the client behind one way of driving them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from pareta_plan import AsyncPareta, Pareta

KEY = "pareta_sk_unit_77"

# A call is given a client of either face and gives a result or an awaitable of it, which only
# the one who knows the face can tell.
Call = Callable[[Any], Any]


class Face(NamedTuple):
    """Runs calls on a client of its own."""

    name: str
    run: Callable[..., Any]
    collect: Callable[..., list[Any]]


def _run(url: str, call: Call, **options: Any) -> Any:
    with Pareta(**({"api_key": KEY, "base_url": url} | options)) as pa:
        return call(pa)


def _collect(url: str, call: Call, **options: Any) -> list[Any]:
    with Pareta(**({"api_key": KEY, "base_url": url} | options)) as pa:
        return list(call(pa))


def _arun(url: str, call: Call, **options: Any) -> Any:
    async def use() -> Any:
        async with AsyncPareta(**({"api_key": KEY, "base_url": url} | options)) as pa:
            return await call(pa)

    return asyncio.run(use())


def _acollect(url: str, call: Call, **options: Any) -> list[Any]:
    async def use() -> list[Any]:
        async with AsyncPareta(**({"api_key": KEY, "base_url": url} | options)) as pa:
            return [value async for value in await call(pa)]

    return asyncio.run(use())


SYNC = Face("Pareta", _run, _collect)
ASYNC = Face("AsyncPareta", _arun, _acollect)
FACES = (SYNC, ASYNC)
