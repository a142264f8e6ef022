"""A plan with nothing to do, beside octoDNS with nothing to do, and the requests it takes.

python -m bench.noop_plan [--workloads N] [--runs N] [--state FOLDER]
                          [--pareta-plan SCRIPT] [--octodns SCRIPT]
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench import installed
from bench.counting import counting_proxy
from bench.dns import noop_sync
from bench.served import connected, free_port, serving
from bench.timing import Command, interleaved, report

TASKS = 6
NO_CHANGES = "Nothing to change"
OCTODNS, REMOTE, EMBEDDED = "octodns-sync", "plan, platform on loopback", "plan, embedded platform"
GOALS = {REMOTE: 0.5}

MANIFEST = """\
version: 1
name: {name}
intent: Workload {name} of the benchmark, {title}
model: recommended
frontier: none
task: {task}
deploy: {{state: live}}
"""


@dataclass(frozen=True)
class Bench:
    """The installed program, the folder of the projects, and the port that lockfiles name."""

    script: Path
    state: Path
    port: int

    @property
    def remote(self) -> Path:
        """The project whose platform is served on loopback."""
        return self.state / "remote"

    @property
    def embedded(self) -> Path:
        """The same project, with the same state, on the embedded platform."""
        return self.state / "embedded"

    def command(self, *arguments: str, project: Path | None = None, says: str = "") -> Command:
        """`pareta-plan` on a project, by default the one on loopback."""
        within = project or self.remote
        env = installed.environment() if within == self.embedded else connected(self.port)
        return Command([self.script, "-C", within, *arguments], env, says)

    def plan(self, project: Path | None = None) -> Command:
        """The plan that must find nothing to do."""
        return self.command("plan", "--detailed-exitcode", project=project, says=NO_CHANGES)


def main() -> None:
    """Measure and print."""
    given = _arguments()
    script = given.pareta_plan or installed.pareta_plan()
    octodns = given.octodns or installed.octodns()
    with tempfile.TemporaryDirectory() as scratch:
        sync = noop_sync(octodns, Path(scratch, "octodns"), given.workloads)
        bench = _deployed(script, given.state or Path(scratch, "state"), given.workloads)
        _measure(bench, sync, given.runs)
        _count(bench, Path(scratch, "unlocked"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workloads", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--state", type=Path, help="keep what is deployed here, for the next time")
    parser.add_argument("--pareta-plan", type=Path, help="a script that is installed already")
    parser.add_argument("--octodns", type=Path, help="an octodns-sync that is installed already")
    return parser.parse_args()


def _deployed(script: Path, state: Path, workloads: int) -> Bench:
    """The projects with everything deployed; made if they aren't there from an earlier time."""
    lockfile = state / "embedded" / "pareta.lock"
    if state.exists():
        return _kept(script, state, workloads)
    bench = Bench(script, state, free_port())
    bench.remote.mkdir(parents=True)
    with serving(bench.script, bench.remote, bench.port):
        _write_manifests(bench.remote, _measured_tasks(bench), workloads)
        _say_seconds(f"lock of {workloads} workloads", bench.command("lock"))
        _say_seconds(f"apply of {workloads} workloads", bench.command("apply", "--auto-approve"))
    shutil.copytree(bench.remote, bench.embedded)
    _rename_platform(lockfile)
    return bench


def _kept(script: Path, state: Path, workloads: int) -> Bench:
    """What an earlier run deployed, if that was as many and to the end."""
    lockfile = state / "remote" / "pareta.lock"
    locked = json.loads(lockfile.read_bytes()) if (state / "embedded").exists() else {}
    if len(locked.get("workloads", ())) != workloads:
        raise SystemExit(f"{state} doesn't hold {workloads} deployed workloads: name another")
    return Bench(script, state, urlsplit(locked["platform"]).port or 0)


def _say_seconds(what: str, command: Command) -> None:
    begun = time.perf_counter()
    command.output()
    print(f"{what}: {time.perf_counter() - begun:.1f} s", file=sys.stderr)


def _measured_tasks(bench: Bench) -> list[dict[str, Any]]:
    """The first text tasks of the catalog that recommend a model."""
    every = json.loads(bench.command("catalog", "list", "--json").output())
    found = []
    for task in (task for task in every if not task["has_blob_input"]):
        board = bench.command("catalog", "leaderboard", task["id"], "--json").output()
        if json.loads(board).get("recommended"):
            found.append(task)
    if len(found) < TASKS:
        raise SystemExit(f"the catalog has {len(found)} measured text tasks; {TASKS} are needed")
    return found[:TASKS]


def _write_manifests(project: Path, tasks: list[dict[str, Any]], workloads: int) -> None:
    """One file a task, with its share of the workloads."""
    documents: dict[str, list[str]] = {task["id"]: [] for task in tasks}
    for number in range(workloads):
        task = tasks[number % len(tasks)]
        name, title = f"workload-{number:04}", task["title"].lower()
        documents[task["id"]].append(MANIFEST.format(name=name, task=task["id"], title=title))
    for id, manifests in documents.items():
        (project / f"{id}.yaml").write_text("---\n".join(manifests), encoding="utf-8")


def _rename_platform(lockfile: Path) -> None:
    lock = json.loads(lockfile.read_bytes())
    lock["platform"] = "embedded"
    text = json.dumps(lock, sort_keys=True, indent=2, ensure_ascii=False)
    lockfile.write_text(f"{text}\n", encoding="utf-8")


def _measure(bench: Bench, sync: Command, runs: int) -> None:
    commands = {OCTODNS: sync, REMOTE: bench.plan(), EMBEDDED: bench.plan(bench.embedded)}
    with serving(bench.script, bench.remote, bench.port):
        report(interleaved(commands, runs), OCTODNS, GOALS)


def _count(bench: Bench, unlocked: Path) -> None:
    """Count requests: of a plan with nothing to do, and of one that has to resolve everything."""
    shutil.copytree(bench.remote, unlocked, ignore=shutil.ignore_patterns("pareta.lock", ".pareta"))
    behind = free_port()
    with (
        serving(bench.script, bench.remote, behind),
        counting_proxy(bench.port, behind) as seen,
    ):
        bench.plan().output()
        _print_requests("nothing to do", seen)
        seen.clear()
        bench.command("plan", project=unlocked).output()
        _print_requests("no lockfile yet", seen)


def _print_requests(what: str, seen: Counter[str]) -> None:
    print(f"requests, {what}: {seen.total()} for {TASKS} tasks (goal: at most {2 * TASKS + 3})")
    for request, times in sorted(seen.items()):
        print(f"  {times:4} {request}")


if __name__ == "__main__":
    main()
