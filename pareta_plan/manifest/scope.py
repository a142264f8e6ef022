"""Whose deployments are meant: a project's, in one of its environments."""

from __future__ import annotations

from typing import Any, Self


class Scope(str):
    """`project`, `project/env`, `/env` or nothing: a text in files, with parts that can be asked.

    It is a part of endpoint ids and of locks.
    """

    __slots__ = ()

    @classmethod
    def of(cls, project: str | None, env: str | None) -> Self:
        """The scope of a project, which may have no name, in an environment or in none."""
        return cls("/".join([project or "", *([] if env is None else [env])]))

    @property
    def project(self) -> str:
        """The project's name, empty without one."""
        return self.partition("/")[0]

    @property
    def env(self) -> str | None:
        return self.partition("/")[2] or None

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, handler: Any) -> Any:
        from pydantic_core.core_schema import no_info_after_validator_function

        return no_info_after_validator_function(cls, handler(str))


NAMELESS = Scope()
