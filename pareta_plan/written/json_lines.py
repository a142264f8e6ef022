"""JSON as values that know their lines, one value a line or a list of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from sys import intern
from typing import Any, NamedTuple

from pareta_plan.errors import Location, RowsError


class Found(NamedTuple):
    """A row as it was written, not yet checked."""

    value: Any
    at: Location


def from_jsonl(text: str, shown: str) -> Iterator[Found | RowsError]:
    """The values of the lines, with an error in place of each that isn't JSON."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            at = Location(shown, number)
            try:
                yield Found(_DECODER.decode(line), at)
            except _JSON_ERRORS as bad:
                yield _json_error(bad, at)


def from_json(text: str, shown: str) -> Iterator[Found | RowsError]:
    """The values of a list. Raises RowsError for what is none, or no JSON."""
    start = Location(shown, 1)
    try:
        rows = json.loads(text)
    except _JSON_ERRORS as bad:
        raise _json_error(bad, start) from None
    if not isinstance(rows, list):
        raise RowsError("expected a list of rows", location=start)
    position, line, counted = text.index("[") + 1, 1, 0
    for _ in rows:  # once more, one by one: `json` keeps no places
        while text[position] in " \t\r\n,":
            position += 1
        line += text.count("\n", counted, position)
        counted = position
        at = Location(shown, line)
        try:
            value, position = _DECODER.raw_decode(text, position)
        except RowsError as bad:
            raise _json_error(bad, at) from None
        yield Found(value, at)


def columns(line: str) -> dict[str, int]:
    """Where the values of an object that fills a line begin, by their keys, counted from 1."""
    found: dict[str, int] = {}
    position = line.index("{") + 1
    while True:
        position = _past(line, position, " \t,")
        if line[position] == "}":
            return found
        key, position = _PLAIN.raw_decode(line, position)
        position = _past(line, position, " \t:")
        found[key] = position + 1
        _, position = _PLAIN.raw_decode(line, position)


def _past(line: str, position: int, skipped: str) -> int:
    while line[position] in skipped:
        position += 1
    return position


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    built = {intern(key): value for key, value in pairs}  # the same ones in every row
    if len(built) < len(pairs):
        ((twice, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise RowsError(f"key {twice!r} stands twice")
    return built


_PLAIN = json.JSONDecoder()
_DECODER = json.JSONDecoder(object_pairs_hook=_object)
_JSON_ERRORS = (ValueError, RecursionError, RowsError)


def _json_error(bad: Exception, at: Location) -> RowsError:
    """What is wrong with a JSON text that begins on the line `at`."""
    match bad:
        case RowsError():
            return RowsError(bad.message, location=at)
        case json.JSONDecodeError():
            place = Location(at.path, at.line + bad.lineno - 1, bad.colno)
            return RowsError(f"not JSON: {bad.msg}", location=place)
        case RecursionError():
            return RowsError("nested too deeply", location=at)
    return RowsError("a number has too many digits", location=at, hint="Write it as a text.")
