"""What a line of a golden case's `command` can do besides running a command.

# words                     say why
@step FOLDER                copy the case's FOLDER over the project
@remove FILE                take a file away
@fresh                      be a new checkout, which has no state of its own
@copy FILE TO               copy a file within the project
@board TASK MODEL KEY=VALUE change a model on a leaderboard; MODEL `-` is the board itself
@task TASK KEY=VALUE        change a task
@baseline ID KEY=VALUE      one more baseline
@hold                       be another apply that runs in the project, to the case's end
@endpoint ID STATUS         change a deployed endpoint behind the back; `gone` deletes it
@served ID MODEL            let it serve another model behind the back
@json FILE KEY.0.KEY=VALUE  change a value in a JSON file
@attest FILE KEY=VALUE      sign its provenance as a workflow does: bundle.json and root.json
@sign FILE                  give a saved plan the digest of what it holds, as anybody can
@size FILE BYTES            make a file of so many bytes, all of them zero
@pipe FILE                  make a named pipe
@link FILE TO               make a symbolic link
@terminal                   let stdout be a terminal
@without MODULE             let a module not be installed
@version VERSION            be another version of pareta-plan
@patience SECONDS           how long apply waits for runs and endpoints
@remote KEY=VALUE           from here on talk to a platform in memory; `tests.faults.platform`
@answer REQUEST STATUS BODY what it says to a request, such as `GET /v1/tasks`; or @FILE
@eval-set TASK NAME         an eval set that it has
@at POINT DIRECTIVE         what happens in the next command, each time it comes to that point
@fault KIND POINT           what goes wrong there; `tests.faults.world`
!arguments                  run a command that must succeed, and keep nothing of what it says
~arguments                  run a command, and keep nothing of what it says on stderr
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from contextlib import closing
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from filelock import FileLock

from pareta_plan.apply import change, evaluation
from pareta_plan.plan import make
from pareta_plan.plan.model import Plan
from pareta_plan.project.folder_lock import LOCK
from tests.cli.projects import platform_state
from tests.conftest import CATALOG, Outcome
from tests.faults.platform import Platform
from tests.faults.world import Fault, Kind, World

if TYPE_CHECKING:
    import pytest

    from tests.conftest import Cli


class Stage:
    """One case under way: its project, and a catalog of its own once that is changed."""

    def __init__(self, cli: Cli, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self._cli = cli
        self._folder = folder
        self._patch = patch
        self._catalog = cli.root.parent / "catalog"
        self._world: World | None = None
        self._fault: Fault | None = None
        self._moment: tuple[str, tuple[str, ...]] | None = None
        (cli.root / ".git").mkdir()  # a repository, in which folders have the same names everywhere

    def play(self, line: str) -> Outcome | None:
        """Do what a line says; the outcome of a command that is to be kept."""
        if not line.strip() or line.startswith("#"):
            return None
        if line.startswith("@"):
            self._direct(*shlex.split(line[1:]))
            return None
        ended = self._run(line.lstrip("!~"))
        if line.startswith("~"):
            return ended._replace(err="")
        if not line.startswith("!"):
            return ended
        assert ended.code == 0, ended
        return None

    def end(self) -> None:
        """Refuse what was to happen in a command that never came."""
        assert self._fault is None, self._fault
        assert self._moment is None, self._moment

    def _run(self, line: str) -> Outcome:
        words = shlex.split(line)
        env = dict(w.split("=", 1) for w in words if w.split("=")[0].isupper() and "=" in w)
        if self._catalog.exists():
            env.setdefault("PARETA_PLAN_CATALOG", str(self._catalog))
        env.setdefault("PARETA_PLAN_PARALLELISM", "1")  # results are told as they come
        given = [word for word in words if word.partition("=")[0] not in env]
        return self._elsewhere(given, env) if self._world else self._cli(*given, **env)

    def _elsewhere(self, given: list[str], env: dict[str, str]) -> Outcome:
        world, fault, moment = self._remote_world, self._fault, self._moment
        with self._patch.context() as patch:
            for name, value in env.items():
                patch.setenv(name, value)
            ended = world.run(*given, fault=fault)
        assert fault is None or world.hit, world.points
        assert moment is None or moment[0] in world.points, world.points
        self._fault = self._moment = world.on_point = None
        return Outcome(-9 if ended.code is None else ended.code, ended.out, ended.err)

    def _direct(self, verb: str, *words: str) -> None:
        act = getattr(self, f"_do_{verb.replace('-', '_')}")
        act(*words)

    def _do_step(self, name: str) -> None:
        shutil.copytree(self._folder / name, self._cli.root, dirs_exist_ok=True)

    def _do_remove(self, name: str) -> None:
        (self._cli.root / name).unlink()

    def _do_fresh(self) -> None:
        shutil.rmtree(self._cli.root / ".pareta")

    def _do_copy(self, name: str, to: str) -> None:
        shutil.copy(self._cli.root / name, self._cli.root / to)

    def _do_board(self, task: str, model: str, *values: str) -> None:
        path = self._own_catalog() / task / "leaderboard.json"
        board = json.loads(path.read_text("utf-8"))
        entries = {entry["name"]: entry for entry in board["entries"]}
        changed = board if model == "-" else entries[model]
        changed.update(_values(values))
        path.write_text(json.dumps(board), "utf-8")

    def _do_task(self, task: str, *values: str) -> None:
        path = self._own_catalog() / task / "task.yaml"
        spec = yaml.safe_load(path.read_text("utf-8")) | _values(values)
        path.write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")

    def _do_baseline(self, id: str, *values: str) -> None:
        path = self._own_catalog() / "frontier.yaml"
        roster = [*yaml.safe_load(path.read_text("utf-8")), {"id": id, **_values(values)}]
        path.write_text(yaml.safe_dump(roster, sort_keys=False), "utf-8")

    def _own_catalog(self) -> Path:
        if not self._catalog.exists():
            shutil.copytree(CATALOG, self._catalog)
        return self._catalog

    def _do_hold(self) -> None:
        self._held = FileLock(self._cli.root / ".pareta" / LOCK)
        self._held.acquire()

    def _do_endpoint(self, id: str, status: str) -> None:
        if self._world:
            there = self._world.platform.endpoints
            there.pop(id) if status == "gone" else there[id].update(status=status)
        elif status == "gone":
            self._behind_the_back("DELETE FROM endpoints WHERE id = ?", id)
        else:
            self._behind_the_back("UPDATE endpoints SET status = ? WHERE id = ?", status, id)

    def _do_served(self, id: str, model: str) -> None:
        self._behind_the_back("UPDATE endpoints SET alias = ? WHERE id = ?", model, id)

    def _behind_the_back(self, change: str, *values: str) -> None:
        with closing(platform_state(self._cli.root)) as connection:
            assert connection.execute(change, values).rowcount == 1, values
            connection.commit()

    def _do_json(self, name: str, *values: str) -> None:
        path = self._cli.root / name
        content = json.loads(path.read_text("utf-8"))
        for where, value in _values(values).items():
            *way, last = [int(key) if key.isdigit() else key for key in where.split(".")]
            reduce(getitem, way, content)[last] = value
        path.write_text(json.dumps(content), "utf-8")

    def _do_attest(self, name: str, *values: str) -> None:
        from tests.lock.signer import Sigstore, attest  # here: most cases sign nothing

        attest(Sigstore(), self._cli.root, name, **_values(values))

    def _do_sign(self, name: str) -> None:
        path = self._cli.root / name
        saved = json.loads(path.read_text("utf-8"))
        plan = Plan.model_validate(saved["plan"])
        signed = {"digest": plan.digest, "plan": plan.model_dump(mode="json")}
        path.write_text(json.dumps(signed), "utf-8")

    def _do_size(self, name: str, size: str) -> None:
        with (self._cli.root / name).open("wb") as file:
            file.truncate(int(size))

    def _do_pipe(self, name: str) -> None:
        os.mkfifo(self._cli.root / name)

    def _do_link(self, name: str, to: str) -> None:
        (self._cli.root / name).symlink_to(to)

    def _do_terminal(self) -> None:
        self._patch.setattr(sys.stdout, "isatty", lambda: True)

    def _do_without(self, module: str) -> None:
        self._patch.setitem(sys.modules, module, None)

    def _do_version(self, version: str) -> None:
        self._patch.setattr(make, "__version__", version)

    def _do_patience(self, seconds: str) -> None:
        self._patch.setattr(evaluation, "RUN_TIMEOUT_SECONDS", float(seconds))
        self._patch.setattr(change, "START_TIMEOUT_SECONDS", float(seconds))

    def _do_remote(self, *values: str) -> None:
        self._world = World(Platform(**_values(values)), self._cli.root)

    @property
    def _remote_world(self) -> World:
        assert self._world, "@remote comes first"
        return self._world

    def _do_answer(self, request: str, status: str, body: str) -> None:
        if body.startswith("@"):
            body = (self._folder / body[1:]).read_text("utf-8")
        self._remote_world.answers[request] = int(status), body.replace(r"\n", "\n")

    def _do_eval_set(self, task: str, name: str) -> None:
        made = {"id": name, "task_id": task, "name": name, "item_count": 1}
        self._remote_world.platform.sets[name] = made

    def _do_at(self, point: str, *directive: str) -> None:
        def act(name: str) -> None:
            if name == point:
                self._direct(*directive)

        self._moment, self._remote_world.on_point = (point, directive), act

    def _do_fault(self, kind: str, point: str) -> None:
        assert self._remote_world
        self._fault = Fault(point, Kind(kind))


def _values(words: tuple[str, ...]) -> dict[str, Any]:
    pairs = (word.split("=", 1) for word in words)
    return {key: yaml.safe_load(value) for key, value in pairs}
