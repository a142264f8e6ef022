"""An apply that ends between any two writes of its journal, and the one that goes on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pareta_plan.apply.journal import Journal
from pareta_plan.project.project import Project
from tests.cli.projects import LIVE, charges, endpoints, evaluated, manifest

if TYPE_CHECKING:
    from tests.conftest import Cli


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours may catch it."""


def killed_at(write: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process die before its journal's so many-th write, and write no more."""
    left, real = write, Journal._write

    def dying(journal: Journal, entry: dict[str, Any]) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed
        real(journal, entry)

    def dead(project: Project, lock: Any) -> None:
        if left < 0:
            raise Killed
        write_lockfile(project, lock)

    write_lockfile = Project.write_lockfile
    monkeypatch.setattr(Journal, "_write", dying)
    monkeypatch.setattr(Project, "write_lockfile", dead)


def apply_killed_at(write: int, cli: Cli) -> None:
    with pytest.MonkeyPatch.context() as patch:
        killed_at(write, patch)
        with pytest.raises(Killed):
            cli("apply", "--auto-approve", "--allow-destroy")


def journaled_writes(cli: Cli) -> int:
    """How many lines the next apply writes into its journal, found by doing it."""
    with pytest.MonkeyPatch.context() as patch:
        lines: list[dict[str, Any]] = []
        real = Journal._write

        def counted(journal: Journal, entry: dict[str, Any]) -> None:
            lines.append(entry)
            real(journal, entry)

        patch.setattr(Journal, "_write", counted)
        assert cli("apply", "--auto-approve", "--allow-destroy").code == 0
    return len(lines)


FIRST = manifest(more=LIVE + evaluated("min_quality: 0.3"))


@pytest.mark.parametrize("write", range(1, 11))
def test_a_first_apply_goes_on_wherever_it_was_killed(write: int, cli: Cli) -> None:
    cli.write({"pareta.yaml": FIRST})
    apply_killed_at(write, cli)
    assert cli("apply", "--auto-approve").code == 0
    entry = json.loads(cli.read("pareta.lock"))["workloads"]["parcels"]
    assert charges(cli.root, "eval:") == 3
    assert charges(cli.root, "chat:") == 1
    assert entry["evidence"]["results"]["linear-1"]["quality"] == 1
    assert endpoints(cli.root) == {entry["deployment"]["endpoint"]: "live"}
    assert cli("plan", "--detailed-exitcode", "--locked").code == 0
    assert not (cli.root / ".pareta" / "journal.jsonl").exists()


def test_those_were_all_the_writes_of_a_first_apply(cli: Cli) -> None:
    cli.write({"pareta.yaml": FIRST})
    assert journaled_writes(cli) == 11


@pytest.mark.parametrize("write", range(1, 9))
def test_a_replacement_goes_on_wherever_it_was_killed(write: int, cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    assert cli("apply", "--auto-approve").code == 0
    cli.write({"pareta.yaml": manifest(model="bayes-1", more=LIVE)})
    apply_killed_at(write, cli)
    assert "live" in endpoints(cli.root).values()
    assert cli("apply", "--auto-approve").code == 0
    assert endpoints(cli.root) == {cli("output", "parcels").out.strip(): "live"}
    assert charges(cli.root, "chat:") == 2
    assert cli("plan", "--detailed-exitcode", "--locked").code == 0


def test_a_killed_apply_whose_manifest_changed_meanwhile(cli: Cli) -> None:
    cli.write({"pareta.yaml": FIRST})
    apply_killed_at(6, cli)
    cli.write({"pareta.yaml": FIRST.replace("recommended", "bayes-1")})
    assert cli("apply", "--auto-approve").code == 0
    live = cli("output", "parcels").out.strip()
    assert endpoints(cli.root)[live] == "live"
    assert cli("plan", "--detailed-exitcode", "--locked").code == 0
    assert endpoints(cli.root) == {live: "live"}, "the killed apply's endpoint was left behind"
