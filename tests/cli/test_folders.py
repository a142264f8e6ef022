"""Which folder is the project, where none is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pareta_plan.project.layout import project_around
from tests.cli.projects import manifest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Cli


def folders(root: Path, *names: str) -> Path:
    """Folders, and files where a name has a dot; the last one made."""
    path = root
    for name in names:
        path = root / name
        if "." in path.name.removeprefix("."):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        else:
            path.mkdir(parents=True, exist_ok=True)
    return path


@pytest.mark.parametrize(
    "mark", ["pareta.yaml", "pareta-project.yaml", "pareta.lock", "pareta.prod.lock"]
)
def test_the_nearest_project_above_in_the_repository(mark: str, tmp_path: Path) -> None:
    here = folders(tmp_path, "repo/.git", f"repo/{mark}", f"repo/team/{mark}", "repo/team/a/b")
    home = tmp_path / "home"
    assert project_around(here, home) == tmp_path / "repo" / "team"
    assert project_around(tmp_path / "repo" / "team", home) == tmp_path / "repo" / "team"


def test_nothing_above_the_repository_or_home_or_elsewhere_is_taken(tmp_path: Path) -> None:
    folders(tmp_path, "pareta.yaml", "home/pareta.yaml")
    for here in ("repo/.git", "repo/a"), ("elsewhere/a",), ("home/repo/.git", "home/repo/a"):
        folder = folders(tmp_path, *here)
        assert project_around(folder, tmp_path / "home") == folder
    folder = folders(tmp_path, "home/work/a")
    assert project_around(folder, tmp_path / "home") == tmp_path / "home"


def test_a_command_in_a_subfolder_says_which_project_it_took(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(), ".git/HEAD": "", "docs/notes.txt": ""})
    below = type(cli)(cli.root / "docs", cli._monkeypatch, cli._capsys)
    ended = below("validate")
    assert ended.code == 0
    assert ended.err == f"project: {cli.root} (`-C .` takes this folder)\n1 workload: valid\n"
    assert "no manifest in ." in below("-C", ".", "validate").err
    assert cli("validate").err == "1 workload: valid\n"
    assert below("plan").code == 0
    assert (cli.root / "pareta.lock").exists()


def test_init_is_for_the_folder_at_hand(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(), ".git/HEAD": "", "docs/notes.txt": ""})
    below = type(cli)(cli.root / "docs", cli._monkeypatch, cli._capsys)
    assert below("init").code == 0
    assert (cli.root / "docs" / "pareta.yaml").exists()
