"""Files of data: what their objects are, and tables of what they can name."""

from __future__ import annotations

from typing import NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict

from pareta_plan.errors import ParetaError

T = TypeVar("T")


class Data(BaseModel):
    """A frozen object of a file; a member that nobody knows is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class UnknownName(ParetaError, ValueError):
    """A name that its table doesn't have; a ValueError too, so that pydantic tells the place."""


class Registry(dict[str, T]):
    """The things of one sort by their names. `registry[name]` raises UnknownName."""

    def __init__(self, sort: str, things: dict[str, T]) -> None:
        super().__init__(things)
        self._sort = sort

    def __missing__(self, name: str) -> NoReturn:
        from difflib import get_close_matches  # here: it is seldom needed

        close = get_close_matches(name, self, n=1)
        meant = f"; did you mean {close[0]!r}?" if close else ""
        raise UnknownName(f"there is no {self._sort} {name!r}, only {', '.join(self)}{meant}")
