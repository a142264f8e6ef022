"""A row as it is found in a package, before rows are split."""

from __future__ import annotations

from typing import Any, NamedTuple


class Found(NamedTuple):
    """An input and its answer; rows of one `group` never stand on two sides."""

    group: str
    input: str
    expected: Any
