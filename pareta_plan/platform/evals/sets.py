"""Eval sets: rows checked against their task's schemas, kept until they are deleted."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from io import BytesIO
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any

from pareta_plan.platform.bodies import MAX_TEXT, NewSet
from pareta_plan.platform.catalog.catalog import Catalog, CatalogTask
from pareta_plan.platform.parsing import parse_json
from pareta_plan.platform.refusal import Refusal, bad_request
from pareta_plan.platform.store import evals as rows
from pareta_plan.platform.store import runs
from pareta_plan.platform.store.evals import SetRow
from pareta_plan.platform.store.idempotency import Answer, Effect, RequestKey, once
from pareta_plan.platform.store.store import Store
from pareta_plan.wire import PROMPT_CHARACTERS, EvalSet

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

MAX_ROWS = 100_000
MAX_ROW_BYTES = 1_000_000

Item = dict[str, Any]


class EvalSets:
    """What `/v1/eval-sets` does, apart from documents."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store = store
        self._catalog = catalog

    def create(self, form: NewSet, items: bytes, key: RequestKey | None) -> dict[str, Any]:
        """Keep the rows of a JSONL file. Raises Refusal (400), with the line of a bad row."""
        return once(self._store, key, lambda: self._creation(form, items)).body

    def every(self) -> dict[str, Any]:
        """All eval sets, oldest first."""
        with self._store.read() as connection:
            return {"eval_sets": [self._shown(row) for row in rows.every(connection)]}

    def get(self, set_id: str) -> dict[str, Any]:
        """One eval set. Raises Refusal (404)."""
        with self._store.read() as connection:
            return {"eval_set": self._shown(rows.get(connection, set_id))}

    def delete(self, set_id: str) -> None:
        """Delete rows and documents; runs and their results stay. Raises Refusal (404, 409)."""
        with self._store.write() as connection:
            require_idle(connection, set_id)
            rows.remove(connection, set_id)

    def _creation(self, form: NewSet, items: bytes) -> Effect:
        task = self._catalog.get(form.task_id)
        if task is None:
            raise bad_request(f"task_id must name a task; there is no {form.task_id!r}")
        parsed = parse_rows(task, items)
        name, prompt = form.name or f"{task.id}, {len(parsed)} rows", self._prompt(form.prompt)
        new = SetRow(f"es_{secrets.token_hex(8)}", task.id, name, prompt, len(parsed))

        def effect(connection: Connection) -> Answer:
            rows.add(connection, new, parsed)
            return Answer({"eval_set": self._shown(new)}, 200, rows.subject(new.id))

        return effect

    def _prompt(self, said: str) -> str | None:
        """What the rows ask; the router's generation insists on it, v0 ignores it."""
        if self._catalog.generation.routes and not said.strip():
            raise bad_request("prompt is required: a sentence on what to do with each row")
        if self._catalog.generation.routes and len(said) > PROMPT_CHARACTERS:
            raise bad_request(f"prompt may have at most {PROMPT_CHARACTERS} characters")
        return said or None

    def _shown(self, row: SetRow) -> dict[str, Any]:
        task = self._catalog.get(row.task_id)
        strategy = task.spec.answers.name if task else None
        return EvalSet(**asdict(row), scoring_strategy=strategy).to_dict()


def require_idle(connection: Connection, set_id: str) -> SetRow:
    """An eval set that no run is reading. Raises Refusal (404, 409)."""
    row = rows.get(connection, set_id)
    if runs.active(connection, set_id):
        raise Refusal(409, f"the eval set {set_id!r} is being evaluated")
    return row


def parse_rows(task: CatalogTask, data: bytes) -> list[str]:
    """The rows of a JSONL file as JSON, each fit for the task. Raises Refusal (400)."""
    from jsonschema import Draft202012Validator

    wire = task.task_wire()
    schemas = {"input": wire.input_schema or {}, "expected": wire.output_schema or {}}
    validators = {name: Draft202012Validator(schema) for name, schema in schemas.items()}
    return [
        json.dumps(_row(task, validators, number, row), ensure_ascii=False)
        for number, row in read_rows(data)
    ]


def read_rows(data: bytes) -> Iterator[tuple[int, Item]]:
    """The objects of a JSONL file with the numbers of their lines, one by one.

    Raises Refusal (400).
    """
    count = sum(1 for _ in _lines(data))
    if not count:
        raise bad_request("items has no rows")
    if count > MAX_ROWS:
        raise bad_request(f"items has {count:,} rows; at most {MAX_ROWS:,} are allowed")
    return ((number, _object(number, line)) for number, line in _lines(data))


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines that aren't blank, with their numbers; one by one, since there may be many."""
    numbered = enumerate(BytesIO(data.removeprefix(b"\xef\xbb\xbf")), start=1)
    return ((number, line) for number, line in numbered if line.strip())


def _object(number: int, line: bytes) -> Item:
    if len(line.rstrip(b"\n")) > MAX_ROW_BYTES:
        raise bad_request(f"items line {number}: a row may have at most {MAX_ROW_BYTES} bytes")
    row = parse_json(line, f"items line {number}")
    if not isinstance(row, dict):
        raise bad_request(f"items line {number}: a row must be an object")
    return row


def _row(
    task: CatalogTask, validators: Mapping[str, Draft202012Validator], number: int, row: Item
) -> Item:
    from jsonschema.exceptions import best_match

    if task.spec.blob_field:
        row.setdefault("input", {})
    for name, validator in validators.items():
        if name not in row:
            raise bad_request(f"items line {number}: {name} is missing")
        if error := best_match(validator.iter_errors(row[name])):
            place = name + error.json_path.removeprefix("$")
            raise bad_request(f"items line {number}: {place}: {error.message[:300]}")
    if isinstance(row["input"], str) and len(row["input"]) > MAX_TEXT:
        raise bad_request(f"items line {number}: a text may have at most {MAX_TEXT:,} characters")
    return row
