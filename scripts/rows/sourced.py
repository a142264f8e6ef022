"""What is recorded of rows that come from a source."""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pareta_plan.platform.catalog.catalog import Catalog, CatalogTask
from pareta_plan.platform.catalog.task_data import ROWS_FILE, RowsRecord, SplitRecord
from pareta_plan.platform.sources import kept
from pareta_plan.platform.sources.split import PARTS


def sourced() -> dict[str, CatalogTask]:
    """The built-in tasks whose rows come from a source, by id."""
    return {task.id: task for task in Catalog().tasks() if task.spec.source}


def files(task: CatalogTask) -> Iterator[tuple[Path, bytes]]:
    """The task's record and what it should hold; fetches the source's archive."""
    source = task.spec.source
    if source is None:
        return
    made = kept.made_of(task.id, source, _tell)
    record = RowsRecord(**{part: _of(task, made[part]) for part in PARTS})
    text = json.dumps(record.model_dump(exclude_none=True), indent=2, sort_keys=True)
    yield task.folder / ROWS_FILE, f"{text}\n".encode()


def is_at_hand(task: CatalogTask) -> bool:
    """Whether the archive needs no fetching."""
    return kept.is_by_hand(task.spec.source) if task.spec.source else False


def _of(task: CatalogTask, data: bytes) -> SplitRecord:
    rows = [json.loads(line) for line in data.decode().split("\n") if line]
    labels = dict(sorted(Counter(str(row["expected"]) for row in rows).items()))
    return SplitRecord(
        rows=len(rows),
        sha256=hashlib.sha256(data).hexdigest(),
        answers=labels if task.spec.answers.one_of else None,
    )


def _tell(stage: str, label: str, _share: float | None) -> None:
    print(f"{stage}: {label}", file=sys.stderr)
