"""Tables of labelled rows: CSV, JSON lines, and Parquet where pyarrow is installed."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from pareta_plan import files
from pareta_plan.errors import Location, ParetaError, RowsError, UsageError, listed, meant, refuse
from pareta_plan.written.json_lines import from_jsonl
from pareta_plan.written.yaml_source import decoded

MAX_BYTES = 200_000_000
_NOT_PARQUET = "not Parquet: {}"


class Line(NamedTuple):
    """A row of the table, by its columns, and its line in the file."""

    number: int
    values: Mapping[str, Any]

    def value(self, column: str) -> Any:
        """The value in a column, or an object of those in the columns `COLUMN.FIELD`."""
        if column in self.values:
            return self.values[column]
        begin = f"{column}."
        fields = {n.removeprefix(begin): v for n, v in self.values.items() if n.startswith(begin)}
        return fields if any(value is not None for value in fields.values()) else None


def read(path: Path) -> list[Line]:
    """The rows of a file.

    Raises RowsError, or ManyErrors, with the places of what can't be read, and UsageError for a
    file of another sort.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise UsageError(f"{str(path)!r}: rows are read from {', '.join(_READERS)}")
    data = files.read_bytes(path, limit=MAX_BYTES, what="file of rows", typed=True)
    found = [*reader(data, str(path))]
    if not found:
        raise RowsError("the file has no rows", location=Location(str(path)))
    return found


def columns(lines: Sequence[Line]) -> list[str]:
    """The columns, in the order in which they come up, and what they are fields of."""
    named = dict.fromkeys(name for line in lines for name in line.values)
    return [*named, *dict.fromkeys(name.partition(".")[0] for name in named if "." in name)]


def check_column(path: Path, known: Sequence[str], name: str, option: str) -> None:
    """Refuse a column that the file hasn't got. Raises UsageError with the nearest."""
    if name not in known:
        raise UsageError(
            f"{option}: {path!s} has no column {name!r}{meant(name, known)}",
            hint=f"Its columns: {listed([*known], 20)}.",
        )


def _from_csv(data: bytes, shown: str) -> Iterator[Line]:
    import csv

    text = decoded(data, shown, RowsError)
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=lambda sign: (head.count(sign), sign == ","))
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if None in cells:
                place = Location(shown, reader.line_num)
                raise RowsError("more cells than the header", location=place)
            yield Line(reader.line_num, {column: cell or None for column, cell in cells.items()})
    except csv.Error as bad:
        raise RowsError(f"not CSV: {bad}", location=Location(shown, reader.line_num)) from None


def _from_jsonl(data: bytes, shown: str) -> Iterator[Line]:
    errors: list[ParetaError] = []
    for found in from_jsonl(decoded(data, shown, RowsError), shown):
        if isinstance(found, RowsError):
            errors.append(found)
        elif not isinstance(found.value, Mapping):
            errors.append(RowsError("expected an object", location=found.at))
        else:
            yield Line(found.at.line, found.value)
    refuse(errors)


def _from_parquet(data: bytes, shown: str) -> Iterator[Line]:
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise UsageError(
            f"{shown!r}: Parquet is read where pyarrow is installed",
            hint="`pip install pyarrow`, or write the rows as CSV or JSON lines.",
        ) from None
    try:
        rows = parquet.read_table(io.BytesIO(data)).to_pylist()
    except (arrow.ArrowException, OSError, ValueError) as bad:
        said = str(bad).split("\n", 1)[0]
        raise RowsError(_NOT_PARQUET.format(said), location=Location(shown)) from None
    for number, row in enumerate(rows, start=1):
        yield Line(number, row)


_READERS = {".csv": _from_csv, ".jsonl": _from_jsonl, ".parquet": _from_parquet}
