"""Eval rows of a project: read with their places, checked before anything is spent.

A row is `{"input": ..., "expected": ...}`, with an `id` or any other field that the path of
its document uses.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pareta_plan import files
from pareta_plan.canonical import digest_bytes, digest_json
from pareta_plan.errors import Location, ParetaError, ProjectError, RowsError, StaleError, listed
from pareta_plan.manifest.manifest import Documents, Eval
from pareta_plan.manifest.reading import Located
from pareta_plan.project import row_files
from pareta_plan.project.row_errors import BadRow, refuse_rows
from pareta_plan.written.explain import shown
from pareta_plan.written.json_lines import Found

if TYPE_CHECKING:
    from jsonschema import ValidationError

    from pareta_plan.project.lockfile import LockedData
    from pareta_plan.wire import Task

MAX_DOCUMENT_BYTES = 50_000_000

_FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A row's document, as it was when the rows were read."""

    path: Path
    mime: str
    digest: str

    def read(self) -> bytes:
        """Its bytes. Raises ProjectError when they are no longer there, StaleError when changed.

        What was reviewed, and what evidence is kept under, is the digest.
        """
        data = _document(self.path)
        if digest_bytes(data) != self.digest:
            raise StaleError(
                f"document {self.path.name!r} changed while the command ran",
                hint="Run the same command again: it makes a new plan.",
            )
        return data


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it goes over the wire, where it stood, and its document."""

    value: Mapping[str, Any]
    at: Location
    document: Attachment | None = None

    @property
    def content(self) -> list[Any]:
        """What its digest is of: the row itself, and the digest of its document."""
        return [self.value, self.document and self.document.digest]

    @property
    def digest(self) -> str:
        """The same for rows of the same content, wherever they stand."""
        return digest_json(self.content)


@dataclass(frozen=True, slots=True)
class EvalData:
    """A workload's rows; `field` takes the document on document tasks."""

    rows: tuple[Row, ...]
    field: str | None
    digest: str

    @property
    def locked(self) -> LockedData:
        """What the lockfile says of them."""
        from pareta_plan.project.lockfile import LockedData

        return LockedData(digest=self.digest, rows=len(self.rows))

    def drawn(self, grown: Sequence[int] = ()) -> list[int]:
        """The rows' places in an order that looks random and follows from their content alone.

        It is that of digests: nobody can choose it, and a sorted file tells the same as any other.
        `grown` are how many rows there were each time before some were added: those come later.
        """
        met: Counter[str] = Counter()
        keys = []
        for idx, row in enumerate(self.rows):
            digest = row.digest
            drawn = digest_json(["drawn", digest, met[digest]])
            keys.append((bisect_right(grown, idx), drawn, idx))
            met[digest] += 1
        return [idx for *_, idx in sorted(keys)]

    def added_to(self, digest: str, rows: int) -> int | None:
        """How many rows come after `rows` of this digest; None where it has no more than those.

        So it is where they were changed, moved or taken out.
        """
        if not 0 < rows < len(self.rows) or self.part(range(rows)).digest != digest:
            return None
        return len(self.rows) - rows

    def part(self, places: Sequence[int]) -> EvalData:
        """The rows at these places, in that order."""
        rows = tuple(self.rows[idx] for idx in places)
        return EvalData(rows, self.field, digest_json([row.content for row in rows]))


def read(root: Path, located: Located) -> EvalData:
    """The eval rows of a manifest that has an eval.

    Raises RowsError (ManyErrors for several) with file and line.
    """
    eval = located.manifest.eval
    assert eval is not None  # noqa: S101 - for the types: whoever asks knows
    found = list(_collect(_rows(root, located, eval)))
    if not found:
        raise RowsError(
            "the eval has no rows", location=located.at("eval", "items" if eval.items else "rows")
        )
    if documents := eval.documents:
        _check_pattern(documents.path, located.at("eval", "documents", "path"))
        found = list(_collect(_attach(root, documents, row) for row in found))
    digest = digest_json([row.content for row in found])
    return EvalData(tuple(found), documents.field if documents else None, digest)


def check(data: EvalData, task: Task, located: Located) -> None:
    """Hold every row against its task. Raises RowsError, or ManyErrors, with file and line."""
    from jsonschema.exceptions import SchemaError, UnknownType
    from referencing.exceptions import Unresolvable

    nonsense = (SchemaError, UnknownType, Unresolvable, re.error)
    try:
        _check_field(data.field, task, located)
        refuse_rows(error for row in data.rows if (error := _misfit(row, task)))
    except (*nonsense, TypeError, AttributeError, ArithmeticError, RecursionError):
        raise RowsError(
            f"the platform's schema of {task.id} is none: no row can be held against it",
            location=located.at("eval"),
            hint=f"`pareta-plan catalog show {task.id}` prints it; the platform has to mend it.",
        ) from None


def _check_field(field: str | None, task: Task, located: Located) -> None:
    """A document must go where the task takes one."""
    if not task.has_blob_input:
        if field is not None:
            place = located.at("eval", "documents")
            raise RowsError(f"{task.id} reads no documents", location=place)
        return
    fields = list((task.input_schema or {}).get("properties", {}))
    if field is None:
        example = fields[0] if fields else "document"
        raise RowsError(
            f"{task.id} reads documents, but the eval names none",
            location=located.at("eval"),
            hint=f'Add `documents: {{field: {example}, path: "data/{{id}}.pdf"}}` to `eval`.',
        )
    if fields and field not in fields:
        raise RowsError(
            f"the input of {task.id} has no field {field!r}",
            location=located.at("eval", "documents", "field"),
            hint=f"It takes the document in {' or '.join(map(repr, fields))}.",
        )


def _misfit(row: Row, task: Task) -> RowsError | None:
    from jsonschema import Draft202012Validator

    parts = [("expected", task.output_schema)]
    if not task.has_blob_input:
        parts.append(("input", task.input_schema))
    for part, schema in parts:
        for problem in Draft202012Validator(schema or {}).iter_errors(row.value[part]):
            where = ".".join([part, *(str(p) for p in problem.absolute_path)])
            said = problem.message
            if len(said) > 300:
                said = f"{said[:140]} ... {said[-140:]}"
            return BadRow(
                f"the row's {where}: {said}",
                of_many=f"{where}: {said}",
                kind=_kind(part, problem),
                location=row.at,
                hint=f"`pareta-plan catalog show {task.id}` prints the schema with examples.",
            )
    return None


def _kind(part: str, problem: ValidationError) -> Hashable:
    """What is alike: the same rule of the schema broken, but each unknown label told of its own."""
    if problem.validator in ("enum", "const"):
        return None
    return part, *(key for key in problem.absolute_schema_path)


def _rows(root: Path, located: Located, eval: Eval) -> Iterator[Row | ParetaError]:
    found: Iterable[Found | RowsError]
    if eval.written is None:
        found = row_files.read(root, eval.items or "", located.at("eval", "items"))
    else:
        written = enumerate(eval.written)
        found = (Found(value, located.at("eval", "rows", i)) for i, value in written)
    for one in found:
        yield one if isinstance(one, RowsError) else _checked(*one, input=eval.documents is None)


def _checked(value: Any, at: Location, *, input: bool) -> Row | RowsError:
    """The row; `input` is whether it has to have one."""
    if not isinstance(value, dict):
        return RowsError(f"expected an object, got {shown(value)}", location=at)
    for part, needed in (("input", input), ("expected", True)):
        if needed and part not in value:
            return _without(part, value, at)
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError as bad:
        half = f"{ord(bad.object[bad.start]):04x}"
        return RowsError(f"the row holds half of a character alone: \\u{half}", location=at)
    except RecursionError:
        return RowsError("nested too deeply", location=at)
    except ValueError:
        return RowsError("the row holds a number that is not finite", location=at)
    return Row(value={"input": {}, **value}, at=at)


def _without(part: str, row: Mapping[str, Any], at: Location) -> BadRow:
    names = [key if key.isidentifier() and len(key) < 40 else repr(key[:40]) for key in row]
    has = listed(names, 10) or "nothing"
    hint = 'A row is {"input": ..., "expected": ...}; `documents` in `eval` names documents.'
    return BadRow(
        f"the row has no `{part}`; it has {has}",
        of_many=f"no `{part}`; they have {has}",
        location=at,
        hint=hint,
    )


def _attach(root: Path, documents: Documents, row: Row) -> Row | ParetaError:
    try:
        name = _filled(documents.path, row)
        path = files.inside(root, name, row.at)
        digest = digest_bytes(_document(path, name, row.at))
    except ProjectError as bad:
        return bad
    import mimetypes

    mime = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Row(value=row.value, at=row.at, document=Attachment(path, mime, digest))


def _document(path: Path, name: str | None = None, place: Location | None = None) -> bytes:
    return files.read_bytes(
        path, limit=MAX_DOCUMENT_BYTES, what="document", name=name or path.name, location=place
    )


def _check_pattern(pattern: str, place: Location) -> None:
    """Only names of fields stand in braces: a path can't reach into values or pad them."""
    if set("{}") & set(_FIELD.sub("", pattern)):
        raise RowsError(
            f"not a path pattern: {pattern!r}",
            location=place,
            hint="Braces hold the name of a row's field and nothing else, as in docs/{id}.pdf.",
        )


def _filled(pattern: str, row: Row) -> str:
    def value(found: re.Match[str]) -> str:
        value = row.value.get(found[1])
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise RowsError(f"the row has no {found[1]!r} for {pattern!r}", location=row.at)
        return str(value)

    return _FIELD.sub(value, pattern)


def _collect(rows: Iterator[Row | ParetaError]) -> Iterator[Row]:
    errors: list[ParetaError] = []
    for row in rows:
        if isinstance(row, Row):
            yield row
        else:
            errors.append(row)
    refuse_rows(errors)
