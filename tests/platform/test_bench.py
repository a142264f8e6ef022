from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.catalog import Board, BoardEntry, Catalog, CatalogTask
from pareta_plan.platform.model import Document, Prediction
from pareta_plan.platform.models import loading
from pareta_plan.platform.scoring import bench

CATS = ["the kitten purrs", "my cat meows", "a tabby cat", "she purred"]
DOGS = ["the puppy barks", "walk the dog", "he wagged and barked", "our dog fetches"]


def _add_task(root: Path, **changes: Any) -> None:
    folder = root / "pet"
    folder.mkdir()
    spec = {
        "id": "pet",
        "title": "Pets",
        "description": "Cat or dog.",
        "keywords": [],
        "kind": "classification",
        "scorer": "accuracy",
        "labels": {"cat": "", "dog": ""},
        "prompt": "Cat or dog?",
        "models": [
            {"alias": "linear-1", "runtime": "linear"},
            {"alias": "bayes-1", "runtime": "bayes"},
        ],
        "frontier": [],
    }
    (folder / "task.yaml").write_text(yaml.safe_dump(spec | changes))
    rows = [*((text, "cat") for text in CATS), *((text, "dog") for text in DOGS)]
    lines = [
        json.dumps({"id": f"p{n}", "input": text, "expected": label})
        for n, (text, label) in enumerate(rows)
    ]
    for split in ("dev", "heldout"):
        (folder / f"{split}.jsonl").write_text("\n".join(lines) + "\n")


def _load(root: Path) -> tuple[Catalog, CatalogTask]:
    catalog = Catalog([root])
    task = catalog.get("pet")
    assert task is not None
    return catalog, task


def test_a_board_tells_what_was_measured(tmp_path: Path) -> None:
    _add_task(tmp_path)
    catalog, task = _load(tmp_path)
    heard: list[tuple[str, str, float | None]] = []
    board = bench.bench(catalog, task, lambda *step: heard.append(step))
    assert [entry.name for entry in board.entries] == ["bayes-1", "linear-1"]
    entry = board.entries[0]
    assert (entry.kind, entry.quality, entry.quality_ci_high) == ("open", 1.0, 1.0)
    assert entry.cost_per_request_micro_usd == 1
    assert entry.provenance.rows == 8
    assert entry.provenance.data_digest == task.digest("heldout")
    assert entry.provenance.labels == {"cat": 4, "dog": 4}
    assert ("measuring", "linear-1", 1.0) in heard
    assert heard[0][0] == "training"


def test_a_written_board_is_canonical_and_reads_back(tmp_path: Path) -> None:
    _add_task(tmp_path)
    catalog, task = _load(tmp_path)
    board = bench.bench(catalog, task)
    path = bench.write(task, board)
    text = path.read_bytes().decode()
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"
    assert Board.model_validate_json(text) == board
    assert bench.write(task, board).read_bytes().decode() == text
    assert sorted(p.name for p in path.parent.iterdir()) == [
        "dev.jsonl",
        "heldout.jsonl",
        "leaderboard.json",
        "task.yaml",
    ]
    assert _load(tmp_path)[1].leaderboard().recommended == "bayes-1"


def test_an_unknown_model_is_refused(tmp_path: Path) -> None:
    _add_task(tmp_path)
    with pytest.raises(ParetaError, match="no model 'gone-1'"):
        bench.measure(*_load(tmp_path), "gone-1")


class _Moody:
    """Answers `cat`, and fails on texts that hold one of its bad words."""

    name = "moody 1.0"
    deterministic = True
    context_k = 1

    def __init__(self, *bad_words: str) -> None:
        self.bad_words = bad_words
        self.asked: list[str | Document] = []

    def predict(self, value: str | Document) -> Prediction:
        self.asked.append(value)
        if any(word in str(value) for word in self.bad_words):
            raise ParetaError("not that word")
        return Prediction("cat", 7.2)

    def stream(self, value: str | Document) -> Iterator[str | Prediction]:
        yield self.predict(value)


def test_failed_rows_are_counted_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _add_task(tmp_path)
    monkeypatch.setattr(loading, "load", lambda *_: _Moody("puppy", "dog"))
    entry = bench.measure(*_load(tmp_path), "linear-1")
    assert (entry.provenance.rows, entry.provenance.errors) == (8, 3)
    assert entry.quality == 4 / 5
    assert entry.provenance.labels == {"cat": 5}
    assert entry.cost_per_request_micro_usd == 100


def test_a_model_that_fails_on_every_row_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _add_task(tmp_path)
    monkeypatch.setattr(loading, "load", lambda *_: _Moody(""))
    with pytest.raises(ParetaError, match="linear-1 failed on all rows of pet: not that word"):
        bench.measure(*_load(tmp_path), "linear-1")


def test_document_rows_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _add_task(tmp_path, blob_field="scan")
    model = _Moody()
    monkeypatch.setattr(loading, "load", lambda *_: model)
    drawn = Document(b"%PDF", "application/pdf")
    bench.measure(*_load(tmp_path), "linear-1", document=lambda _: drawn)
    assert model.asked == [drawn] * 8


def _deterministic() -> list[tuple[str, str]]:
    return [
        (task.id, entry.name)
        for task in Catalog().tasks()
        for entry in task.board.entries
        if entry.provenance.deterministic
    ]


def _decisive(entry: BoardEntry) -> tuple[Any, ...]:
    quality = (entry.quality, entry.quality_ci_low, entry.quality_ci_high)
    return (*quality, entry.provenance.labels, entry.provenance.errors)


@pytest.mark.parametrize(("task_id", "model_id"), _deterministic())
def test_published_boards_can_be_measured_again(task_id: str, model_id: str) -> None:
    catalog = Catalog()
    task = catalog.get(task_id)
    assert task is not None
    published = next(entry for entry in task.board.entries if entry.name == model_id)
    assert published.provenance.data_digest == task.digest("heldout")
    assert _decisive(bench.measure(catalog, task, model_id)) == _decisive(published)
