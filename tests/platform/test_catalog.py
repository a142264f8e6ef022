from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from pydantic import ValidationError

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.board import Board, BoardEntry, Provenance
from pareta_plan.platform.catalog.catalog import (
    BUILT_IN,
    Catalog,
    CatalogTask,
)
from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.models.pricing import listed, on_cpu

PET: dict[str, Any] = {
    "id": "pet",
    "title": "Pets",
    "description": "Cat or dog.",
    "keywords": ["pets"],
    "kind": "classification",
    "scorer": "accuracy",
    "labels": {"cat": "about a cat", "dog": "about a dog"},
    "prompt": "Cat or dog?",
    "models": [{"alias": "linear-1", "runtime": "linear"}],
    "frontier": ["smollm2-135m-instruct"],
}
BILL: dict[str, Any] = PET | {
    "id": "bill",
    "kind": "extraction",
    "scorer": "field-f1",
    "labels": None,
    "fields": {
        "vendor": {"type": "name", "description": "who sent it"},
        "total": {"type": "money", "description": "what is due"},
        "items": {
            "type": "list",
            "description": "its lines",
            "fields": {"price": {"type": "money", "description": "the line's price"}},
        },
    },
    "blob_field": "document",
    "frontier": ["tesseract+smollm2-135m-instruct"],
}
ROW = {"id": "pet-d-1", "input": "purr", "expected": "cat"}


def _add(root: Path, spec: dict[str, Any], folder: str | None = None) -> Path:
    path = root / (folder or spec["id"]) / "task.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(spec, sort_keys=False))
    (path.parent / "dev.jsonl").write_text((json.dumps(ROW) + "\n") * 3)
    return path


def _task(catalog: Catalog, task_id: str) -> CatalogTask:
    task = catalog.get(task_id)
    assert task is not None
    return task


def _entry(name: str, kind: str, quality: float, cost: int = 1) -> BoardEntry:
    provenance = Provenance(
        model="secret",
        rows=1,
        errors=0,
        data_digest="sha256:0",
        date="2026-01-01",
        cpu_seconds=0.1,
        usd_per_cpu_hour=0.05,
        deterministic=True,
    )
    values = {"quality": quality, "quality_ci_low": 0.0, "quality_ci_high": 1.0}
    rest = {"cost_per_request_micro_usd": cost, "context_k": 2, "provenance": provenance}
    return BoardEntry.model_validate({"name": name, "kind": kind, **values, **rest})


def _measured(root: Path, spec: dict[str, Any], *entries: BoardEntry) -> CatalogTask:
    path = _add(root, spec)
    board = Board(task_id=spec["id"], metric=spec["scorer"], entries=list(entries))
    (path.parent / "leaderboard.json").write_text(board.model_dump_json())
    return _task(Catalog([root]), spec["id"])


def test_the_built_in_catalog_is_sound() -> None:
    catalog = Catalog()
    for task in catalog.tasks():
        assert task.folder.name == task.id
        assert task.folder.parent == BUILT_IN
        assert all(catalog.candidate(task, id_) for id_ in task.spec.frontier)


def test_further_folders_add_tasks(tmp_path: Path) -> None:
    _add(tmp_path, PET)
    assert _task(Catalog([tmp_path]), "pet").spec.title == "Pets"
    assert Catalog([tmp_path]).get("unheard-of") is None


def test_a_task_twice_is_an_error_with_its_place(tmp_path: Path) -> None:
    _add(tmp_path, PET, "a")
    second = _add(tmp_path, PET, "b")
    with pytest.raises(ParetaError, match=r"'pet' is in .*a too") as caught:
        Catalog([tmp_path]).tasks()
    assert caught.value.location is not None
    assert caught.value.location.path == str(second)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"labels": None}, "needs labels"),
        ({"kind": "extraction", "scorer": "field-f1"}, "needs fields"),
        ({"scorer": "field-f1"}, "doesn't fit"),
        ({"models": [{"alias": "Linear", "runtime": "linear"}]}, "family-rank"),
        ({"models": [{"alias": "a-1", "runtime": "bayes"}] * 2}, "named twice"),
        ({"recommended": "bayes-1"}, "'bayes-1' isn't one of its models"),
        (
            {"models": [{"alias": "liner-1", "runtime": "liner"}]},
            "models.0.runtime: .* no runtime 'liner', only bayes, .*; did you mean 'linear'",
        ),
        ({"kind": "classificaton"}, "no kind 'classificaton', .*did you mean 'classification'"),
        ({"scorer": "f2"}, "the scorer f2 doesn't fit the kind classification"),
        ({"frontier": ["gpt"]}, "no baseline 'gpt'"),
        ({"surprise": 1}, "surprise"),
        ({"title": None}, "title"),
    ],
)
def test_a_broken_task_names_file_and_reason(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    path = _add(tmp_path, PET | changes)
    with pytest.raises(ParetaError, match=reason) as caught:
        Catalog([tmp_path]).tasks()
    assert str(caught.value).startswith(str(path))


def test_only_a_list_has_fields() -> None:
    inner = {"x": {"type": "text", "description": ""}}
    fields = {"vendor": {"type": "name", "description": "", "fields": inner}}
    with pytest.raises(ValidationError, match="type name can't have fields"):
        TaskSpec.model_validate(BILL | {"fields": fields})


def test_yaml_that_is_none_names_the_line(tmp_path: Path) -> None:
    path = _add(tmp_path, PET)
    path.write_text("id: pet\ntitle: [\n")
    with pytest.raises(ParetaError, match=r"task\.yaml:3:1: not YAML"):
        Catalog([tmp_path]).tasks()


def test_a_classification_on_the_wire(tmp_path: Path) -> None:
    _add(tmp_path, PET)
    task = _task(Catalog([tmp_path]), "pet").task_wire(2)
    assert (task.id, task.default_scorer, task.has_blob_input) == ("pet", "accuracy", False)
    assert task.examples == [ROW, ROW]
    assert task.input_schema is not None
    assert task.output_schema is not None
    assert task.output_schema["enum"] == ["cat", "dog"]
    jsonschema.validate(ROW["input"], task.input_schema)
    jsonschema.validate(ROW["expected"], task.output_schema)
    assert "examples" not in _task(Catalog([tmp_path]), "pet").task_wire().to_dict()


def test_a_document_extraction_on_the_wire(tmp_path: Path) -> None:
    _add(tmp_path, BILL)
    task = _task(Catalog([tmp_path]), "bill").task_wire(1)
    assert task.has_blob_input
    assert task.examples == [ROW | {"input": {"document": None}}]
    schema = task.output_schema
    assert schema is not None
    jsonschema.validate({"vendor": None, "total": "1.00", "items": [{"price": 2}]}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"unknown": 1}, schema)
    assert schema["properties"]["total"]["description"] == "what is due"


def test_nothing_measured_recommends_nothing(tmp_path: Path) -> None:
    _add(tmp_path, PET)
    board = _task(Catalog([tmp_path]), "pet").leaderboard()
    assert (board.recommended, board.frontier, board.models) == (None, None, [])
    assert board.metric == "accuracy"


def test_a_leaderboard_ranks_and_keeps_its_secrets(tmp_path: Path) -> None:
    models = [{"alias": f"m-{n}", "runtime": "linear"} for n in (1, 2, 3)]
    task = _measured(
        tmp_path,
        PET | {"models": models},
        _entry("m-1", "open", 0.7),
        _entry("smollm2-135m-instruct", "frontier", 0.9),
        _entry("m-2", "open", 0.8, cost=2),
        _entry("m-3", "open", 0.8, cost=1),
        _entry("gone-1", "open", 1.0),
    )
    board = task.leaderboard()
    assert [e.name for e in board.models] == ["smollm2-135m-instruct", "m-3", "m-2", "m-1"]
    assert board.recommended == "m-3"
    assert board.frontier is not None
    assert board.frontier.quality == 0.9
    assert "secret" not in board.model_dump_json()
    assert "linear" not in board.model_dump_json()


def test_a_curated_pick_wins(tmp_path: Path) -> None:
    models = [{"alias": f"m-{n}", "runtime": "linear"} for n in (1, 2)]
    spec = PET | {"models": models, "recommended": "m-2"}
    task = _measured(tmp_path, spec, _entry("m-1", "open", 0.9), _entry("m-2", "open", 0.8))
    assert task.leaderboard().recommended == "m-2"


def test_a_broken_board_names_its_file(tmp_path: Path) -> None:
    path = _add(tmp_path, PET).with_name("leaderboard.json")
    path.write_text('{"task_id": "pet"}')
    with pytest.raises(ParetaError, match="metric") as caught:
        _task(Catalog([tmp_path]), "pet").leaderboard()
    assert str(caught.value).startswith(str(path))


def test_the_roster_holds_who_can_do_the_task(tmp_path: Path) -> None:
    _add(tmp_path, PET)
    _add(tmp_path, BILL)
    catalog = Catalog([tmp_path])
    everyone = {model.id: model for model in catalog.roster()}
    assert everyone.keys() == {"smollm2-135m-instruct", "tesseract+smollm2-135m-instruct"}
    assert not any(model.benchmarked for model in everyone.values())
    [reader] = catalog.roster(_task(catalog, "bill"))
    assert (reader.id, reader.vision, reader.benchmarked) == (
        "tesseract+smollm2-135m-instruct",
        True,
        True,
    )
    assert [m.id for m in catalog.roster(_task(catalog, "pet"))] == ["smollm2-135m-instruct"]


def test_candidates_are_the_tasks_own_and_the_roster(tmp_path: Path) -> None:
    _add(tmp_path, PET)
    catalog = Catalog([tmp_path])
    pet = _task(catalog, "pet")
    alias, baseline = (
        catalog.candidate(pet, "linear-1"),
        catalog.candidate(pet, pet.spec.frontier[0]),
    )
    assert alias is not None
    assert baseline is not None
    assert (alias.runtime, baseline.runtime) == ("linear", "smollm")
    assert catalog.candidate(pet, "bayes-1") is None
    assert catalog.candidate(pet, "tesseract+smollm2-135m-instruct") is None


@pytest.mark.parametrize(
    ("cpu_seconds", "cost"),
    [(0, 1), (0.001, 1), (0.072, 1), (0.0721, 2), (72, 1000), (3600, 50_000)],
)
def test_cpu_time_is_billed_in_whole_micro_dollars(cpu_seconds: float, cost: int) -> None:
    assert listed(on_cpu("", cpu_seconds).cost) == cost
