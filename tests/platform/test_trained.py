"""Trained models are kept as plain arrays; what isn't as it was written is trained anew."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pareta_plan.platform.catalog.catalog import Catalog, CatalogTask
from pareta_plan.platform.models import loading, trained
from pareta_plan.platform.models.model import Model
from tests.platform.test_models import make_task

RAN: list[str] = []


class Evil:
    """Runs code where it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return RAN.append, ("code",)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PARETA_PLAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "trained"


@pytest.fixture
def pets(tmp_path: Path) -> CatalogTask:
    folder = tmp_path / "pet"
    folder.mkdir()
    return make_task(folder)


def load(task: CatalogTask, runtime: str = "linear", **options: Any) -> tuple[Model, bool]:
    """A model, and whether it was trained."""
    stages: list[str] = []
    model = loading.load(task, runtime, options, lambda stage, *_: stages.append(stage))
    return model, "training" in stages


def test_a_kept_model_answers_as_the_trained_one(cache: Path) -> None:
    task = Catalog().get("spam-detection")
    assert task
    (first, was_trained), (second, is_trained) = load(task), load(task)
    assert (was_trained, is_trained) == (True, False)
    assert len(list(cache.iterdir())) == 1
    texts = [row["input"] for row in task.rows("heldout")]
    answers = [[model.predict(text).output for text in texts] for model in (first, second)]
    assert answers[0] == answers[1]


def test_a_kept_ranker_answers_as_the_trained_one() -> None:
    task = Catalog().get("contract-key-fields")
    assert task
    spec = task.model("ranker-1")
    assert spec
    (first, was_trained), (second, is_trained) = (
        load(task, "ranker", **spec.options) for _ in range(2)
    )
    assert (was_trained, is_trained) == (True, False)
    for row in task.rows("heldout")[:20]:
        assert first.predict(row["input"]).output == second.predict(row["input"]).output


@pytest.mark.parametrize("change", ["rows", "options", "library", "code"])
def test_what_it_follows_from_is_its_name(
    pets: CatalogTask, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(pets)[1]
    options: dict[str, Any] = {}
    if change == "rows":
        path = pets.folder / "dev.jsonl"
        path.write_text(path.read_text().replace("purrs", "sleeps"))
        pets = CatalogTask(pets.folder, pets.spec)
    elif change == "options":
        options = {"C": 1.0}
    elif change == "library":
        monkeypatch.setattr("sklearn.__version__", "0.0")
    else:
        monkeypatch.setattr(trained, "_code", lambda: "other")
    assert load(pets, **options)[1]


def evil_arrays() -> bytes:
    buffer = BytesIO()
    arrays: dict[str, Any] = {"0.idf_": np.array([Evil()], dtype=object)}
    np.savez(buffer, **arrays)
    return hashlib.sha256(buffer.getvalue()).digest() + buffer.getvalue()


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda data: data[:-1],
    "empty": lambda _: b"",
    "one bit": lambda data: data[:-40] + bytes([data[-40] ^ 1]) + data[-39:],
    "a pickle": lambda _: pickle.dumps(Evil()),
    "a pickle under its digest": lambda _: evil_arrays(),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_file_that_was_changed_is_trained_anew(
    pets: CatalogTask, cache: Path, damage: str
) -> None:
    model, _ = load(pets)
    (path,) = cache.iterdir()
    whole = path.read_bytes()
    path.write_bytes(DAMAGE[damage](whole))
    again, is_trained = load(pets)
    assert is_trained
    assert again.predict("a purring cat").output == model.predict("a purring cat").output
    assert not RAN
    assert path.read_bytes() == whole


def test_a_cache_that_cannot_be_used_is_done_without(pets: CatalogTask, cache: Path) -> None:
    cache.parent.mkdir()
    cache.write_text("a file where the folder has to be")
    assert load(pets)[1]
    assert load(pets)[1]


def test_the_oldest_files_go(
    pets: CatalogTask, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trained, "KEPT", 2)
    for inverse in (1.0, 2.0, 3.0):
        load(pets, C=inverse)
    assert len(list(cache.glob("*.npz"))) == 2
    assert not load(pets, C=3.0)[1]
