"""What binds a task of the project's own: all that decides in its folder, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from pareta_plan.errors import Location
from pareta_plan.project.catalog import Catalog, own_tasks

CATALOGS = [Catalog("catalog", Location("pareta-project.yaml"))]


def digest(root: Path) -> str:
    return own_tasks(root, CATALOGS)["mail"].digest


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "task.yaml")
    write(tmp_path, "dev.jsonl")
    (tmp_path / "catalog" / "no-task").mkdir()
    return tmp_path


def write(root: Path, name: str, text: str = "a") -> None:
    path = root / "catalog" / "mail" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize("name", ["task.yaml", "dev.jsonl", "heldout.jsonl", "documents/a.pdf"])
def test_what_decides_changes_the_digest(root: Path, name: str) -> None:
    before = digest(root)
    write(root, name, "b")
    assert digest(root) != before


@pytest.mark.parametrize("name", ["leaderboard.json", "README.md", ".hidden", ".git/config"])
def test_what_decides_nothing_does_not(root: Path, name: str) -> None:
    before = digest(root)
    write(root, name, "b")
    assert digest(root) == before


def test_a_file_that_moves_changes_the_digest(root: Path) -> None:
    write(root, "documents/a.pdf")
    before = digest(root)
    folder = root / "catalog" / "mail" / "documents"
    (folder / "a.pdf").rename(folder / "b.pdf")
    assert digest(root) != before


def test_folders_without_a_task_are_none(root: Path) -> None:
    assert [*own_tasks(root, CATALOGS)] == ["mail"]
