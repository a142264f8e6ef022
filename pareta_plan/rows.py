"""Eval rows of a project: read with their places, checked before anything is spent.

A row is `{"input": ..., "expected": ...}`, with an `id` or any other field that the path of
its document uses. JSONL, JSON, CSV (columns `input`, `expected` or `expected.FIELD`) and YAML.
"""

from __future__ import annotations

import csv
import io
import json
import mimetypes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pareta_plan import files, yaml_source
from pareta_plan.canonical import digest_bytes, digest_json
from pareta_plan.errors import Location, ManyErrors, ParetaError, ProjectError, RowsError
from pareta_plan.lockfile import LockedData
from pareta_plan.manifest import Documents, Eval, Located

if TYPE_CHECKING:
    from pareta_plan.wire import Task

MAX_FILE_BYTES = 200_000_000
MAX_DOCUMENT_BYTES = 50_000_000
MAX_ERRORS = 20


@dataclass(frozen=True, slots=True)
class Attachment:
    """A row's document."""

    path: Path
    mime: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it goes over the wire, where it stood, and its document."""

    value: Mapping[str, Any]
    at: Location
    document: Attachment | None = None


@dataclass(frozen=True, slots=True)
class EvalData:
    """A workload's rows; `field` takes the document on document tasks."""

    rows: tuple[Row, ...]
    field: str | None
    locked: LockedData


def read(root: Path, located: Located) -> EvalData | None:
    """The eval rows of a manifest, None when it has no eval.

    Raises RowsError (ManyErrors for several) with file and line.
    """
    eval = located.manifest.eval
    if eval is None:
        return None
    found = list(_collect(_rows(root, located, eval)))
    if not found:
        raise RowsError(
            "the eval has no rows", location=located.at("eval", "items" if eval.items else "rows")
        )
    if eval.documents:
        attach = _attacher(root, located, eval.documents)
        found = list(_collect(attach(row) for row in found))
    return EvalData(
        rows=tuple(found),
        field=eval.documents.field if eval.documents else None,
        locked=LockedData(digest=_digest(found), rows=len(found)),
    )


def check(data: EvalData, task: Task, located: Located) -> None:
    """Hold every row against its task. Raises RowsError, or ManyErrors, with file and line."""
    if task.has_blob_input and data.field is None:
        raise RowsError(
            f"{task.id} reads documents, but the eval names none",
            location=located.at("eval"),
            hint="Add `documents: {field: document, path: data/{id}.pdf}` to `eval`.",
        )
    if not task.has_blob_input and data.field is not None:
        raise RowsError(f"{task.id} reads no documents", location=located.at("eval", "documents"))
    errors = [error for row in data.rows if (error := _misfit(row, task))]
    _raise(errors)


def _misfit(row: Row, task: Task) -> RowsError | None:
    from jsonschema import Draft202012Validator

    parts = [("expected", task.output_schema)]
    if not task.has_blob_input:
        parts.append(("input", task.input_schema))
    for part, schema in parts:
        for problem in Draft202012Validator(schema or {}).iter_errors(row.value[part]):
            where = ".".join([part, *(str(p) for p in problem.absolute_path)])
            return RowsError(
                f"{where}: {_shortened(problem.message)}",
                location=row.at,
                hint=f"`pareta-plan catalog show {task.id}` prints the schema with examples.",
            )
    return None


def _shortened(message: str) -> str:
    return message if len(message) <= 300 else f"{message[:140]} ... {message[-140:]}"


def _rows(root: Path, located: Located, eval: Eval) -> Iterator[Row | ParetaError]:
    if eval.rows is not None:
        for i, value in enumerate(eval.rows):
            yield _checked(value, located.at("eval", "rows", i))
        return
    name = eval.items or ""
    place = located.at("eval", "items")
    path = files.inside(root, name, place)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise RowsError(f"{name!r}: rows are read from {', '.join(_READERS)}", location=place)
    data = files.read_bytes(path, limit=MAX_FILE_BYTES, what="eval file", location=place)
    shown = files.shown(path, root.resolve())
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        line = data[: bad.start].count(b"\n") + 1
        raise RowsError("not UTF-8", location=Location(shown, line)) from None
    for value, line in reader(text, shown):
        at = Location(shown, line)
        yield value if isinstance(value, ParetaError) else _checked(value, at)


def _checked(value: Any, at: Location) -> Row | RowsError:
    if not isinstance(value, dict):
        return RowsError(f"expected an object, got {type(value).__name__}", location=at)
    if "expected" not in value:
        return RowsError("the row has no `expected`", location=at)
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as bad:
        return RowsError(f"the row holds what JSON can't carry: {bad}", location=at)
    return Row(value={"input": {}, **value}, at=at)


def _from_jsonl(text: str, shown: str) -> Iterator[tuple[Any, int]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield json.loads(line), number
            except (ValueError, RecursionError) as bad:
                yield RowsError(f"not JSON: {bad}", location=Location(shown, number)), number


def _from_json(text: str, shown: str) -> Iterator[tuple[Any, int]]:
    try:
        rows = json.loads(text)
    except json.JSONDecodeError as bad:
        raise RowsError(
            f"not JSON: {bad.msg}", location=Location(shown, bad.lineno, bad.colno)
        ) from None
    except RecursionError:
        raise RowsError("nested too deeply", location=Location(shown, 1)) from None
    if not isinstance(rows, list):
        raise RowsError("expected a list of rows", location=Location(shown, 1))
    yield from zip(rows, _item_lines(text, len(rows)), strict=True)


def _item_lines(text: str, count: int) -> Iterator[int]:
    """The lines on which a JSON list's items begin: decoded one by one, as `json` keeps none."""
    decoder, position, line, counted = json.JSONDecoder(), text.index("[") + 1, 1, 0
    for _ in range(count):
        while text[position] in " \t\r\n,":
            position += 1
        line += text.count("\n", counted, position)
        counted = position
        yield line
        _, position = decoder.raw_decode(text, position)


def _from_csv(text: str, shown: str) -> Iterator[tuple[Any, int]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        for cells in reader:
            if None in cells:
                error = RowsError(
                    "more cells than the header", location=Location(shown, reader.line_num)
                )
                yield error, reader.line_num
                continue
            yield _unflattened(cells), reader.line_num
    except csv.Error as bad:
        raise RowsError(f"not CSV: {bad}", location=Location(shown, reader.line_num)) from None


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


def _from_yaml(text: str, shown: str) -> Iterator[tuple[Any, int]]:
    # A list as the only value of a mapping, so that one reader of YAML serves both.
    indented = "rows:\n" + "\n".join(f"  {line}" for line in text.split("\n"))
    try:
        (document,) = yaml_source.read_documents(indented.encode(), shown)
        rows = document.data["rows"]
    except ParetaError as bad:
        line = bad.location.line - 1 if bad.location else 0
        raise RowsError(bad.message, location=Location(shown, line), hint=bad.hint) from None
    if not isinstance(rows, list):
        raise RowsError("expected a list of rows", location=Location(shown, 1))
    for i, row in enumerate(rows):
        yield row, document.location(("rows", i)).line - 1


_READERS = {
    ".jsonl": _from_jsonl,
    ".json": _from_json,
    ".csv": _from_csv,
    ".yaml": _from_yaml,
    ".yml": _from_yaml,
}


def _attacher(root: Path, located: Located, documents: Documents) -> Any:
    place = located.at("eval", "documents", "path")

    def attach(row: Row) -> Row | ParetaError:
        try:
            name = documents.path.format_map(_Plain(row.value))
            path = files.inside(root, name, row.at)
        except KeyError as missing:
            return RowsError(f"the row has no {missing} for {documents.path!r}", location=row.at)
        except (ValueError, IndexError) as bad:
            return RowsError(f"not a path pattern: {bad}", location=place)
        except ProjectError as outside:
            return outside
        if not path.is_file():
            return RowsError(f"no document {name!r}", location=row.at)
        if path.stat().st_size > MAX_DOCUMENT_BYTES:
            return RowsError(f"document {name!r} is over 50 MB", location=row.at)
        mime = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return Row(value=row.value, at=row.at, document=Attachment(path, mime))

    return attach


class _Plain(dict[str, str]):
    """Only plain values fill a path: a format string can't reach into objects."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        super().__init__({k: str(v) for k, v in row.items() if isinstance(v, (str, int))})


def _collect(rows: Iterator[Row | ParetaError]) -> Iterator[Row]:
    errors: list[ParetaError] = []
    for row in rows:
        if isinstance(row, Row):
            yield row
        else:
            errors.append(row)
    _raise(errors)


def _raise(errors: list[Any]) -> None:
    if len(errors) > MAX_ERRORS:
        errors = [*errors[:MAX_ERRORS], RowsError(f"and {len(errors) - MAX_ERRORS} more rows")]
    if errors:
        raise errors[0] if len(errors) == 1 else ManyErrors(errors)


def _digest(rows: list[Row]) -> str:
    def part(row: Row) -> list[Any]:
        document = row.document
        return [row.value, digest_bytes(document.path.read_bytes()) if document else None]

    return digest_json([part(row) for row in rows])
