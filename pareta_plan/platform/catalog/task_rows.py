"""The rows of a task as a team writes them: all that is wrong in them, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pareta_plan.errors import Location, ParetaError, RowsError, meant
from pareta_plan.platform.catalog.spec import TaskFile
from pareta_plan.platform.kinds.kind import Kind
from pareta_plan.platform.sources.near import near_pairs
from pareta_plan.written.explain import shown as as_yaml
from pareta_plan.written.json_lines import columns, from_jsonl
from pareta_plan.written.yaml_source import decoded

SPLITS = ("dev", "heldout")
LEAST_HELD_OUT = 10
"""From fewer rows nobody can tell a good model from a bad one: with all ten right, the interval of
its accuracy still begins at 0.72."""
LEAST_OF_EACH = {"dev": 2, "heldout": 1}
"""Rows of each label, or with each field."""
_KEYS = ("id", "input", "expected")


class Row(NamedTuple):
    """A row that can be read, and the text of its line."""

    value: Any
    at: Location
    line: str

    def place(self, key: str) -> Location:
        """Where the value of one of its keys is; the row itself where it hasn't got it."""
        column = columns(self.line).get(key, 1)
        return self.at._replace(column=column)

    @property
    def text(self) -> str:
        """What is compared with other rows: the input, or of a document what it says."""
        said = self.value["input"]
        return said if isinstance(said, str) else str(self.value["expected"])


class Rows(NamedTuple):
    """The good rows of a split, and what is wrong with the others."""

    rows: list[Row]
    errors: list[ParetaError]


def read(data: bytes, shown: str, folder: Path, file: TaskFile, answers: Kind) -> Rows:
    """Read a split's bytes; `folder` has the documents that rows name."""
    try:
        text = decoded(data, shown, RowsError)
    except RowsError as bad:
        return Rows([], [bad])
    rows: list[Row] = []
    errors: list[ParetaError] = []
    lines = text.split("\n")
    for found in from_jsonl(text, shown):
        if isinstance(found, RowsError):
            errors.append(found)
            continue
        row = Row(found.value, found.at, lines[found.at.line - 1])
        wrong = [*_wrong(row, folder, file, answers)]
        errors += wrong
        if not wrong:
            rows.append(row)
    return Rows(rows, errors)


def _wrong(row: Row, folder: Path, file: TaskFile, answers: Kind) -> Iterator[ParetaError]:
    if not isinstance(row.value, Mapping):
        said = f"expected an object with `id`, `input` and `expected`, got {as_yaml(row.value)}"
        yield RowsError(said, location=row.at)
        return
    for key in row.value:
        if key not in _KEYS:
            yield RowsError(f"unknown key {key!r}{meant(key, _KEYS)}", location=row.place(key))
    for key in _KEYS:
        if key not in row.value:
            yield RowsError(f"the row has no `{key}`", location=row.at)
    if "id" in row.value and not (isinstance(row.value["id"], str) and row.value["id"].strip()):
        said = f"id: expected a text, got {as_yaml(row.value['id'])}"
        yield RowsError(said, location=row.place("id"))
    if "input" in row.value:
        yield from _wrong_input(row, folder, file)
    if "expected" in row.value:
        for misfit in answers.misfits(row.value["expected"]):
            where = ".".join(map(str, ("expected", *misfit.keys)))
            yield RowsError(f"{where}: {misfit.words}", location=row.place("expected"))


def _wrong_input(row: Row, folder: Path, file: TaskFile) -> Iterator[ParetaError]:
    said = row.value["input"]
    if file.blob_field is None:
        if not (isinstance(said, str) and said.strip()):
            words = f"input: expected a text, got {as_yaml(said)}"
            yield RowsError(words, location=row.place("input"))
        return
    if not isinstance(said, Mapping):
        words = f"input: expected an object with `{file.blob_field}`, got {as_yaml(said)}"
        yield RowsError(words, location=row.place("input"))
        return
    for key in said:
        if key != file.blob_field:
            words = f"input: unknown key {key!r}{meant(key, [file.blob_field])}"
            yield RowsError(words, location=row.place("input"))
    document = said.get(file.blob_field)
    if isinstance(document, str) and not _is_inside(folder, document):
        near = meant(document, _files(folder))
        words = f"the document {document!r} isn't in the task's folder{near}"
        yield RowsError(words, location=row.place("input"))


def _is_inside(folder: Path, name: str) -> bool:
    try:
        path = (folder / name).resolve()
        return path.is_relative_to(folder.resolve()) and path.is_file()
    except (OSError, RuntimeError, ValueError):
        return False


def _files(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]


def together(splits: Mapping[str, Sequence[Row]], answers: Kind) -> Iterator[ParetaError]:
    """What is wrong with rows that are good alone: ids and inputs that stand twice."""
    yield from _ids_twice(row for split in SPLITS for row in splits[split])
    for rows in splits.values():
        yield from _contradictions(rows)
    dev, held_out = splits["dev"], splits["heldout"]
    texts = [[answers.compared(row.text) for row in rows] for rows in (held_out, dev)]
    for pair in near_pairs(*texts):
        mine, other = held_out[pair.one], dev[pair.other]
        how = "the same" if pair.similarity == 1 else f"nearly the same ({pair.similarity:.0%})"
        yield RowsError(
            f"the held-out row {mine.value['id']!r} is {how} as the development row at {other.at}",
            location=mine.place("input"),
            hint="A model that learned a row proves nothing on it: take one of the two out.",
        )


def _ids_twice(rows: Iterator[Row]) -> Iterator[ParetaError]:
    first: dict[str, Row] = {}
    for row in rows:
        id = row.value["id"]
        if (before := first.setdefault(id, row)) is not row:
            place = before.place("id")
            yield RowsError(
                f"the id {id!r} stands twice; the first is at {place}", location=row.place("id")
            )


def _contradictions(rows: Sequence[Row]) -> Iterator[ParetaError]:
    first: dict[str, Row] = {}
    for row in (one for one in rows if isinstance(one.value["input"], str)):
        before = first.setdefault(row.value["input"], row)
        if before.value["expected"] != row.value["expected"]:
            yield RowsError(
                f"expected: another answer than that of the same input at {before.at}",
                location=row.place("expected"),
            )
