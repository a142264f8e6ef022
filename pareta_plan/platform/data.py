"""Files of data: what their objects are, and tables of what they can name."""

from __future__ import annotations

from typing import NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict

from pareta_plan.errors import ParetaError, meant

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

    def known(self, name: str) -> str:
        """`name`, as a validator. Raises UnknownName."""
        self[name]
        return name

    def __missing__(self, name: str) -> NoReturn:
        known = f"only {', '.join(self)}{meant(name, self)}"
        raise UnknownName(f"there is no {self._sort} {name!r}, {known}")
