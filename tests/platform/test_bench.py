from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.board import Board, BoardEntry
from pareta_plan.platform.catalog.catalog import Catalog, CatalogTask
from pareta_plan.platform.scoring import bench
from tests.platform import scripted

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


def _scripted(root: Path, *texts: str) -> tuple[Catalog, CatalogTask]:
    """The task with these held-out rows, each of a happy day, and a model that does as told."""
    scripted.install()
    labels = {"happy": "", "sad": ""}
    _add_task(root, labels=labels, models=[{"alias": "told-1", "runtime": scripted.NAME}])
    rows = [{"input": text, "expected": "happy"} for text in texts]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (root / "pet" / "heldout.jsonl").write_text(lines)
    return _load(root)


def test_failed_rows_are_counted_apart(tmp_path: Path) -> None:
    entry = bench.measure(*_scripted(tmp_path, "happy", "so happy", "grey", "refuse"), "told-1")
    assert (entry.provenance.rows, entry.provenance.errors) == (4, 1)
    assert entry.quality == 2 / 3
    assert entry.provenance.labels == {"happy": 2, "sad": 1}
    assert entry.provenance.cpu_seconds == scripted.CPU_SECONDS
    assert entry.cost_per_request_micro_usd == scripted.COST


def test_a_model_that_fails_on_every_row_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ParetaError, match="told-1 failed on all rows of pet: the text can't"):
        bench.measure(*_scripted(tmp_path, "refuse", "refuse this"), "told-1")


def test_a_model_that_breaks_is_not_measured(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="exploded"):
        bench.measure(*_scripted(tmp_path, "happy", "boom"), "told-1")


def _decisive(entry: BoardEntry) -> tuple[Any, ...]:
    quality = (entry.quality, entry.quality_ci_low, entry.quality_ci_high)
    return (*quality, entry.provenance.labels, entry.provenance.errors)


def test_a_board_of_other_rows_is_outdated_and_recommends_nothing(tmp_path: Path) -> None:
    _add_task(tmp_path)
    catalog, task = _load(tmp_path)
    bench.write(task, bench.bench(catalog, task))
    assert _load(tmp_path)[1].leaderboard().recommended
    held_out = tmp_path / "pet" / "heldout.jsonl"
    held_out.write_text(held_out.read_text().replace("she purred", "she has purred"))
    _, changed = _load(tmp_path)
    board = changed.leaderboard()
    assert changed.outdated == ["bayes-1", "linear-1"]
    assert {(entry.standing, entry.quality) for entry in board.models} == {("outdated", None)}
    assert board.recommended is None


@pytest.mark.parametrize("task", Catalog().tasks(), ids=lambda task: task.id)
def test_published_boards_are_of_the_rows_that_the_tasks_have(task: CatalogTask) -> None:
    assert task.shipped_board.entries
    assert not task.outdated
    assert {one.provenance.rows for one in task.shipped_board.entries} == {
        task.data.count("heldout")
    }


@pytest.mark.parametrize("task_id", ["comment-moderation", "contract-key-fields"])
def test_published_boards_can_be_measured_again(task_id: str) -> None:
    """Two of them; `python -m bench.boards --again` measures all, documents too."""
    catalog = Catalog()
    task = catalog.get(task_id)
    assert task is not None
    for published in (one for one in task.board.entries if one.provenance.deterministic):
        measured = bench.measure(catalog, task, published.name)
        assert _decisive(measured) == _decisive(published)
