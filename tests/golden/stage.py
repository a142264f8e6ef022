"""What a line of a golden case's `command` can do besides running a command.

# words                     say why
@step FOLDER                copy the case's FOLDER over the project
@remove FILE                take a file away
@copy FILE TO               copy a file within the project
@board TASK MODEL KEY=VALUE change a model on a leaderboard; MODEL `-` is the board itself
@task TASK KEY=VALUE        change a task
@hold                       be another apply that runs in the project, to the case's end
@endpoint ID STATUS         change a deployed endpoint behind the back; `gone` deletes it
@served ID MODEL            let it serve another model behind the back
@json FILE KEY.0.KEY=VALUE  change a value in a JSON file
!arguments                  run a command that must succeed, and keep nothing of what it says
"""

from __future__ import annotations

import json
import shlex
import shutil
from contextlib import closing
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from filelock import FileLock

from pareta_plan.apply_lock import LOCK
from tests.cli.projects import platform_state
from tests.conftest import CATALOG

if TYPE_CHECKING:
    from tests.conftest import Cli, Outcome


class Stage:
    """One case under way: its project, and a catalog of its own once that is changed."""

    def __init__(self, cli: Cli, folder: Path) -> None:
        self._cli = cli
        self._folder = folder
        self._catalog = cli.root.parent / "catalog"
        (cli.root / ".git").mkdir()  # a repository, in which folders have the same names everywhere

    def play(self, line: str) -> Outcome | None:
        """Do what a line says; the outcome of a command that is to be kept."""
        if not line.strip() or line.startswith("#"):
            return None
        if line.startswith("@"):
            verb, *words = shlex.split(line[1:])
            getattr(self, f"_{verb}")(*words)
            return None
        ended = self._run(line.lstrip("!~"))
        if line.startswith("~"):
            return ended._replace(err="")
        if not line.startswith("!"):
            return ended
        assert ended.code == 0, ended
        return None

    def _run(self, line: str) -> Outcome:
        words = shlex.split(line)
        env = dict(w.split("=", 1) for w in words if w.split("=")[0].isupper() and "=" in w)
        if self._catalog.exists():
            env.setdefault("PARETA_PLAN_CATALOG", str(self._catalog))
        env.setdefault("PARETA_PLAN_PARALLELISM", "1")  # results are told as they come
        given = [word for word in words if word.partition("=")[0] not in env]
        return self._cli(*given, **env)

    def _step(self, name: str) -> None:
        shutil.copytree(self._folder / name, self._cli.root, dirs_exist_ok=True)

    def _remove(self, name: str) -> None:
        (self._cli.root / name).unlink()

    def _copy(self, name: str, to: str) -> None:
        shutil.copy(self._cli.root / name, self._cli.root / to)

    def _board(self, task: str, model: str, *values: str) -> None:
        path = self._own_catalog() / task / "leaderboard.json"
        board = json.loads(path.read_text("utf-8"))
        entries = {entry["name"]: entry for entry in board["entries"]}
        changed = board if model == "-" else entries[model]
        changed.update(_values(values))
        path.write_text(json.dumps(board), "utf-8")

    def _task(self, task: str, *values: str) -> None:
        path = self._own_catalog() / task / "task.yaml"
        spec = yaml.safe_load(path.read_text("utf-8")) | _values(values)
        path.write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")

    def _own_catalog(self) -> Path:
        if not self._catalog.exists():
            shutil.copytree(CATALOG, self._catalog)
        return self._catalog

    def _hold(self) -> None:
        self._held = FileLock(self._cli.root / ".pareta" / LOCK)
        self._held.acquire()

    def _endpoint(self, id: str, status: str) -> None:
        if status == "gone":
            self._behind_the_back("DELETE FROM endpoints WHERE id = ?", id)
        else:
            self._behind_the_back("UPDATE endpoints SET status = ? WHERE id = ?", status, id)

    def _served(self, id: str, model: str) -> None:
        self._behind_the_back("UPDATE endpoints SET alias = ? WHERE id = ?", model, id)

    def _behind_the_back(self, change: str, *values: str) -> None:
        with closing(platform_state(self._cli.root)) as connection:
            assert connection.execute(change, values).rowcount == 1, values
            connection.commit()

    def _json(self, name: str, *values: str) -> None:
        path = self._cli.root / name
        content = json.loads(path.read_text("utf-8"))
        for where, value in _values(values).items():
            *way, last = [int(key) if key.isdigit() else key for key in where.split(".")]
            reduce(getitem, way, content)[last] = value
        path.write_text(json.dumps(content), "utf-8")


def _values(words: tuple[str, ...]) -> dict[str, Any]:
    pairs = (word.split("=", 1) for word in words)
    return {key: yaml.safe_load(value) for key, value in pairs}
