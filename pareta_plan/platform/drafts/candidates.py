"""Rows whose answer puts candidates in order: the input as models read it, and the right ids."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pareta_plan.errors import RowsError
from pareta_plan.platform.kinds.ranking import QUERY, as_input, candidates

_TEXT = ("text", "title", "name", "content", "body")
_SIGNS = ("\n", "|")


def ranked(line: int, query: str, given: Any, right: Any) -> tuple[str, list[str]]:
    """The input of a row, and the ids of those that are right, named by their id or their text.

    Raises RowsError for candidates that can't be read, and for a right one that isn't among them.
    """
    texts = _texts(line, query, given)
    ids = [_id(line, one, texts) for one in _right(right)]
    input = query if given is None else as_input(query, texts)
    return input, list(dict.fromkeys(ids))


def _texts(line: int, query: str, given: Any) -> dict[str, str]:
    if given is None:
        try:
            return candidates(query).texts
        except ValueError as bad:
            raise RowsError(
                f"line {line} has no candidates: {bad}",
                hint="--candidates names the column that has them.",
            ) from None
    found = dict(_named(_unpacked(given)))
    if len(found) < 2 or any(":" in id or not id.split() == [id] for id in {*found, QUERY}):
        raise RowsError(
            f"line {line}: these are no candidates: {str(given)[:60]!r}",
            hint="Two or more: a list of texts, a list of objects with `id` and `text`, or an "
            "object of texts by their ids. Ids have no blanks and no colons.",
        )
    return found


def _unpacked(given: Any) -> Any:
    """What a cell has: JSON, or texts on lines of their own or with bars between them."""
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except ValueError:
        sign = next((sign for sign in _SIGNS if sign in given), _SIGNS[0])
        return [part.strip() for part in given.split(sign) if part.strip()]


def _named(given: Any) -> Iterator[tuple[str, str]]:
    if isinstance(given, Mapping):
        yield from ((str(id), str(text)) for id, text in given.items())
    for n, one in enumerate(given if isinstance(given, list) else [], start=1):
        if isinstance(one, Mapping):
            text = next((one[name] for name in _TEXT if name in one), "")
            yield str(one.get("id", f"c{n}")), str(text)
        else:
            yield f"c{n}", str(one)


def _right(value: Any) -> list[str]:
    unpacked = _unpacked(value) if isinstance(value, str) else value
    return [str(one) for one in (unpacked if isinstance(unpacked, list) else [unpacked])]


def _id(line: int, right: str, texts: Mapping[str, str]) -> str:
    if right in texts:
        return right
    for id, text in texts.items():
        if text.strip() == right.strip():
            return id
    raise RowsError(
        f"line {line}: {right[:60]!r} is none of its candidates",
        hint="The right ones are named by their id, or by their text.",
    )
