"""Files of eval rows: JSONL, JSON, CSV and YAML as plain values with their places.

CSV has the columns `input` and `expected`, or `expected.FIELD` for each field of an object.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pareta_plan import files
from pareta_plan.errors import Location, ManifestError, RowsError
from pareta_plan.written import yaml_source
from pareta_plan.written.json_lines import Found, from_json, from_jsonl

MAX_FILE_BYTES = 200_000_000


def read(root: Path, name: str, place: Location) -> Iterator[Found | RowsError]:
    """The rows of a project's file, with an error in place of each that can't be read.

    Raises ProjectError when the whole file can't be; `place` is where the manifest names it.
    """
    path = files.inside(root, name, place)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise RowsError(f"{name!r}: rows are read from {', '.join(_READERS)}", location=place)
    data = files.read_bytes(
        path, limit=MAX_FILE_BYTES, what="eval file", name=name, location=place, typed=True
    )
    shown = files.shown(path, root.resolve())
    return reader(yaml_source.decoded(data, shown, RowsError), shown)


def _from_csv(text: str, shown: str) -> Iterator[Found | RowsError]:
    import csv

    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        _check_columns(reader.fieldnames or (), Location(shown, 1))
        for cells in reader:
            at = Location(shown, reader.line_num)
            if None in cells:
                yield RowsError("more cells than the header", location=at)
            else:
                yield Found(_unflattened(cells), at)
    except csv.Error as bad:
        raise RowsError(f"not CSV: {bad}", location=Location(shown, reader.line_num)) from None


def _check_columns(columns: Sequence[str], at: Location) -> None:
    named = [column for column in columns if column]
    whole = {column for column in named if "." not in column}
    parts = {head for head, dot, _ in (column.partition(".") for column in named) if dot}
    twice = [column for column, count in Counter(named).items() if count > 1]
    if twice:
        raise RowsError(f"column {twice[0]!r} stands twice", location=at)
    if both := sorted(whole & parts):
        raise RowsError(
            f"there are columns {both[0]!r} and '{both[0]}.FIELD'",
            location=at,
            hint="A value is either one cell or an object of several.",
        )
    if columns and "expected" not in whole | parts:
        raise RowsError(
            "no column is called `expected`",
            location=at,
            hint=f"The columns are: {', '.join(named[:10])}.",
        )


def _unflattened(cells: Mapping[str, str | None]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column, cell in cells.items():
        if cell is None:
            continue
        head, _, field = column.partition(".")
        if field:
            row.setdefault(head, {})[field] = cell or None
        else:
            row[head] = cell
    return row


def _from_yaml(text: str, shown: str) -> Iterator[Found | RowsError]:
    try:
        document = yaml_source.read_list(text, shown)
    except ManifestError as bad:
        raise RowsError(bad.message, location=bad.location, hint=bad.hint) from None
    for i, row in enumerate(document.data):
        yield Found(row, document.location((i,)))


_READERS = {
    ".jsonl": from_jsonl,
    ".json": from_json,
    ".csv": _from_csv,
    ".yaml": _from_yaml,
    ".yml": _from_yaml,
}
