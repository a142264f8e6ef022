"""What is deployed answers by the task that was gated, whatever became of its folder since."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pareta_plan.platform.server import FOLLOW_SECONDS
from tests.cli.own_tasks import DEVELOPMENT, ROWS, TASK, add_task
from tests.cli.projects import endpoints
from tests.platform.driving import KEY, chat, client_of, deployed

if TYPE_CHECKING:
    from tests.conftest import Cli

PROJECT = "version: 1\ncatalog: [catalog]\n"
OTHER = {"repair": "garden", "garden": "repair"}
TEXT, LABEL = ROWS[6]
"""A row that the model gets right."""


def manifest(rows: tuple[tuple[str, str], ...]) -> str:
    wanted = {
        "version": 1,
        "name": "notes",
        "task": TASK,
        "model": "bayes-1",
        "frontier": "none",
        "deploy": {"state": "live"},
        "eval": {
            "rows": [{"input": t, "expected": label} for t, label in rows],
            "gates": {"min_quality": 0.75, "on_inconclusive": "warn"},
        },
    }
    return json.dumps(wanted)


def swapped(rows: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((text, OTHER[label]) for text, label in rows)


def write_swapped(task: Path) -> None:
    """Development rows with each other's labels."""
    lines = [
        json.dumps({"id": text, "input": text, "expected": label})
        for text, label in swapped(DEVELOPMENT)
    ]
    (task / "dev.jsonl").write_text("\n".join(lines) + "\n")


def answer(cli: Cli) -> str:
    """What the project's endpoint says in a process of its own."""
    from pareta_plan.platform.server import LocalServer

    [endpoint] = endpoints(cli.root)
    folders = [cli.root / "catalog"] if (cli.root / "catalog").exists() else []
    with (
        LocalServer(cli.root / ".pareta" / "platform", KEY, catalog_folders=folders) as server,
        client_of(server.url) as http,
    ):
        shown = http.get(f"/v1/endpoints/{endpoint}").json()
        assert shown["promptScaffold"] == "Name whom the note is for."
        said = chat(http, model=endpoint, content=TEXT)
        assert said.status_code == 200, said.text
        return str(said.json()["choices"][0]["message"]["content"])


def test_an_edited_task_changes_what_is_deployed_when_it_is_applied(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = add_task(cli.root / "catalog", monkeypatch)
    monkeypatch.delenv("PARETA_PLAN_CATALOG")
    cli.write({"pareta-project.yaml": PROJECT, "pareta.yaml": manifest(ROWS)})
    assert cli("catalog", "bench", TASK).code == 0
    assert cli("apply", "--auto-approve").code == 0
    assert answer(cli) == LABEL

    write_swapped(task)
    spec = (task / "task.yaml").read_text()
    (task / "task.yaml").write_text(spec.replace("Name whom", "Tell whom"))
    assert answer(cli) == LABEL, "nothing is applied yet"
    ended = cli("apply", "--auto-approve")
    assert ended.code == 3, ended
    said = " ".join(ended.out.split())
    assert "replace (task changed" in said
    assert "the folder of the task desk-mail changed since it was deployed" in said
    (task / "task.yaml").write_text(spec)

    shutil.move(task.parent, cli.root / "elsewhere")
    cli.write({"pareta-project.yaml": "version: 1\n"})
    assert answer(cli) == LABEL, "its gate failed, and its folder is gone"

    shutil.move(cli.root / "elsewhere", task.parent)
    cli.write({"pareta-project.yaml": PROJECT, "pareta.yaml": manifest(swapped(ROWS))})
    ended = cli("apply", "--auto-approve")
    assert ended.code == 0, ended
    assert answer(cli) == OTHER[LABEL]


def test_a_platform_that_runs_takes_up_a_task_that_checks(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pareta_plan.platform.server import LocalServer

    task = add_task(cli.root / "catalog", monkeypatch)
    monkeypatch.delenv("PARETA_PLAN_CATALOG")
    spec = (task / "task.yaml").read_text()
    state, folders = cli.root / ".pareta" / "platform", [task.parent]
    with (
        LocalServer(state, KEY, catalog_folders=folders, alone=True) as server,
        client_of(server.url) as http,
    ):

        def title() -> str:
            return str(http.get(f"/v1/tasks/{TASK}").json()["title"])

        def becomes(wanted: str) -> None:
            until = time.monotonic() + 10
            while title() != wanted:
                assert time.monotonic() < until
                time.sleep(0.05)

        def write(text: str) -> None:
            (task / "task.yaml").write_text(text)

        def matched() -> list[str]:
            found = http.post("/v1/tasks/match", json={"query": "gnomes"}).json()["candidates"]
            return [candidate["task_id"] for candidate in found]

        assert deployed(http, "old", task=TASK, model="bayes-1")
        before = chat(http, "old", TEXT).json()["choices"]
        assert TASK not in matched()
        write(spec.replace("Desk mail", "Desk notes").replace("caretaker,", "gnomes,"))
        write_swapped(task)
        becomes("Desk notes")
        assert TASK in matched()
        assert chat(http, "old", TEXT).json()["choices"] == before
        assert deployed(http, "new", task=TASK, model="bayes-1")
        assert chat(http, "new", TEXT).json()["choices"] != before
        for good, bad in (("frontier: []", "frontier: [nobody]"), ("accuracy", "rouge-l")):
            write(spec.replace("Desk mail", "Broken").replace(good, bad))
            time.sleep(3 * FOLLOW_SECONDS)
            assert title() == "Desk notes", "it doesn't check"
        write(spec)
        becomes("Desk mail")
