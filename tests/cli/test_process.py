"""What only shows in a process of its own: exit codes, pipes, kills, what is imported."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pareta_plan import user_cache
from pareta_plan.version import __version__
from scripts import help_text
from tests.cli.projects import LIVE, charges, endpoints, evaluated, manifest
from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from tests.conftest import Cli


def _read(terminal: int) -> bytes:
    """What was written to a terminal; nothing once nobody has it any more."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


@pytest.fixture(autouse=True)
def _no_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a shell, where it is no variable of the environment."""
    monkeypatch.delenv("COLUMNS", raising=False)


def loaded(*arguments: str, cli: Cli) -> set[str]:
    """The modules that the process has loaded by its end."""
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        "from pareta_plan.__main__ import main\n"
        "main()\n"
    )
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-c", code, *arguments]
    ended = subprocess.run(
        command, cwd=cli.root, env=env, capture_output=True, text=True, check=True
    )
    return set(ended.stderr.splitlines()[-1].split())


PLATFORM = {"httpcore", "httpx", "starlette", "uvicorn"}
"""What talks to a platform, or is one."""
RARE = {"jsonschema", "numpy", "PIL", "pypdfium2", "sklearn", "rich", "tesserocr", "xllamacpp"}
"""What only rows, evals, models and progress need."""


def test_version(cli: Cli) -> None:
    ended = cli.ended("--version")
    assert (ended.code, ended.out) == (0, f"pareta-plan, version {__version__}\n")


@pytest.mark.parametrize("option", ["--version", "--help", "-h"])
def test_version_and_help_load_nothing_heavy(option: str, cli: Cli) -> None:
    found = loaded(option, cli=cli)
    assert not found & (PLATFORM | RARE | {"click", "typing", "pathlib", "pydantic", "yaml"})
    assert {name for name in found if name.startswith("pareta_plan.")} <= {
        f"pareta_plan.{name}" for name in ("__main__", "cli", "cli.answers", "version")
    }


@pytest.mark.parametrize("options", [["--version"], ["--help"], ["-h"]])
def test_what_is_said_at_once_is_what_click_says(options: list[str], cli: Cli) -> None:
    at_once = cli.ended(*options)
    assert at_once == cli.ended("--no-color", *options, COLUMNS="80")
    assert at_once.code == 0
    assert at_once.out


def test_the_help_is_current() -> None:
    assert help_text.main(["--check"]) == 0


@pytest.mark.parametrize("columns", [40, 60, 79, 80, 200])
def test_the_help_fits_the_terminal(columns: int, cli: Cli) -> None:
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    command = [sys.executable, "-m", "pareta_plan", "--help"]
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    subprocess.run(command, cwd=cli.root, env=env, stdout=theirs, check=True)
    os.close(theirs)
    said = b""
    while part := _read(ours):
        said += part
    os.close(ours)
    shown = said.decode().replace("\r\n", "\n")
    assert shown == cli.ended("--help", COLUMNS=str(columns)).out
    assert max(map(len, shown.splitlines())) <= max(columns, 50)


def test_what_hinders_the_version_is_told(cli: Cli) -> None:
    command = [sys.executable, "-m", "pareta_plan", "--version"]
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            command, env=env, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: ")


def test_validate_loads_no_platform(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    found = loaded("validate", cli=cli)
    assert not found & (PLATFORM | RARE | {"asyncio", "filelock", "sqlite3"})
    assert not found & {"pareta_plan.wire", "pareta_plan.plan.model", "pareta_plan.render.plan"}


def test_a_plan_with_nothing_to_do_loads_no_model(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    assert cli("apply", "--auto-approve").code == 0
    found = loaded("plan", cli=cli)
    assert not found & RARE
    assert not found & {"pareta_plan.apply.scheduler", "pareta_plan.manifest.rules"}
    assert not [name for name in found if name.startswith("pareta_plan.platform.models.runtimes.")]


def test_help_lists_every_command_and_exit_code(cli: Cli) -> None:
    from pareta_plan.cli.main import COMMANDS

    said = cli("--help").out
    for command in COMMANDS:
        assert f"  {command} " in said
        assert cli(command, "--help").code == 0
    for code in (*range(7), 130):
        assert f"{code} " in said


def test_exit_codes_reach_the_shell(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    assert cli.ended("plan", "--detailed-exitcode").code == 2
    assert cli.ended("validate").code == 0
    assert cli.ended("bogus").code == 1
    (cli.root / "pareta.lock").unlink()
    assert cli.ended("lock", "--check").code == 5


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_is_no_terminal(closed: str, cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest()})
    shell = f"{sys.executable} -m pareta_plan plan {closed}"
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    ended = subprocess.run(
        shell, shell=True, cwd=cli.root, env=env, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0
    assert not ended.stderr
    assert ("Nothing to change" in ended.stdout) == (">&-" not in closed.replace("2>", ""))
    assert (cli.root / "pareta.lock").exists()


def test_what_an_encoding_lacks_is_escaped(cli: Cli) -> None:
    task = "task: parcel-status\n"
    cli.write({"pareta.yaml": manifest(intent="荷物はどこ 📦", more=task + LIVE)})
    said = cli.ended("plan", PYTHONIOENCODING="cp1252")
    assert said.code == 0
    assert "\\u8377\\u7269" in said.out
    shown = cli.ended("plan", "--format", "json", PYTHONIOENCODING="cp1252")
    assert "荷物はどこ 📦" in json.dumps(json.loads(shown.out), ensure_ascii=False)
    assert "荷物" in cli.ended("plan", PYTHONIOENCODING="utf-8").out


@pytest.mark.parametrize("opening", ["[", "{a: "])
def test_deep_nesting_does_not_crash_the_interpreter(opening: str, cli: Cli) -> None:
    closing = {"[": "]", "{a: ": "}"}[opening]
    nested = opening * 100_000 + closing * 100_000
    cli.write({"pareta.yaml": manifest(more=f"labels: {nested}\n")})
    started = time.monotonic()
    ended = cli.ended("validate")
    assert ended.code == 1
    assert ended.err.startswith("error: pareta.yaml:6:")
    assert time.monotonic() - started < 3


def test_a_reader_that_goes_away_is_no_error_message(cli: Cli) -> None:
    with cli.child("schema") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""


def test_a_pipe_gets_neither_colour_nor_bars(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE + evaluated("min_quality: 0.3"))})
    ended = cli.ended("apply", "--auto-approve", FORCE_COLOR="1")
    assert ended.code == 0
    assert "\x1b" not in ended.out + ended.err
    assert "\r" not in ended.out + ended.err


def test_output_is_utf8_whatever_the_locale(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more='task: parcel-status\nlabels: {"Köln→": "é"}\n')})
    assert cli.ended("validate", LC_ALL="C", PYTHONUTF8="0").code == 0
    cli.write({"pareta.yaml": manifest(more='"Köln→": x\n')})
    ended = cli.ended("validate", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert ended.code == 1
    assert "Traceback" not in ended.err


def test_ctrl_c_says_stopped(cli: Cli) -> None:
    with cli.child("serve", "--port", "0") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("export PARETA_BASE_URL=http://127.0.0.1:")
        assert process.stdout.readline().startswith("export PARETA_API_KEY=")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in err


def test_ctrl_c_while_the_program_loads_ends_it_without_a_word(cli: Cli) -> None:
    cli.write({"stand-in/click.py": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n"})
    path = os.pathsep.join([str(cli.root / "stand-in"), str(REPOSITORY)])
    ended = cli.ended("plan", PYTHONPATH=path)
    assert (ended.code, ended.out, ended.err) == (-signal.SIGINT, "", "")


def _answer(terminal: int, answer: str, process: subprocess.Popen[str]) -> None:
    if answer == "\x03":  # what a terminal of the session's own makes of it
        time.sleep(0.5)  # the prompt is out a moment before the read that a signal interrupts
        process.send_signal(signal.SIGINT)
    else:
        os.write(terminal, answer.encode() + (b"" if answer == "\x04" else b"\n"))


@pytest.mark.parametrize("answer", ["y", "n", "\x03", "\x04"])
@pytest.mark.parametrize("command", ["apply", "destroy"])
def test_a_terminal_is_asked(command: str, answer: str, cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    if command == "destroy":
        assert cli("apply", "--auto-approve").code == 0
    before = endpoints(cli.root) if command == "destroy" else {}
    ours, theirs = os.openpty()
    said = ""
    with cli.child(command, on=theirs) as process:
        os.close(theirs)
        while part := _read(ours).decode():
            said += part
            if part.endswith("[y/N]: "):
                _answer(ours, answer, process)
        shown = process.communicate(timeout=60)[0]
    os.close(ours)
    assert "? [y/N]:" in said
    assert "parcels" in shown  # the plan is shown before anybody is asked
    assert process.returncode == {"y": 0, "\x03": 130}.get(answer, 1)
    assert ("not approved: nothing was done" in said) == (answer in "n\x04")
    assert (endpoints(cli.root) == before) == (answer != "y")


def test_two_applies_at_once(cli: Cli) -> None:
    from filelock import FileLock

    cli.write({"pareta.yaml": manifest(more=LIVE)})
    assert cli("plan").code == 0
    with FileLock(cli.root / ".pareta" / "apply.lock"):
        ended = cli.ended("apply", "--auto-approve")
    assert ended.code == 1
    assert "another apply is running" in ended.err


def test_who_just_took_the_lock_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from filelock import FileLock

    cli.write({"pareta.yaml": manifest(more=LIVE)})
    assert cli("plan").code == 0
    said = {"pid": 7, "who": "ann@desk", "since": "2026-01-02T03:04:05Z"}

    def sleep(_: float) -> None:
        cli.write({".pareta/apply.holder.json": json.dumps(said)})

    monkeypatch.setattr("pareta_plan.project.folder_lock.time.sleep", sleep)
    with FileLock(cli.root / ".pareta" / "apply.lock"):
        ended = cli("apply", "--auto-approve")
    assert "process 7 of ann@desk, since 2026-01-02T03:04:05Z" in ended.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_before_anything_was_begun_ends_it_in_good_order(number: int, cli: Cli) -> None:
    from filelock import FileLock

    cli.write({"pareta.yaml": manifest(more=LIVE)})
    assert cli("plan").code == 0
    with (
        FileLock(cli.root / ".pareta" / "apply.lock"),
        cli.child("apply", "--auto-approve", "--lock-timeout", "60") as process,
    ):
        assert process.stderr is not None
        assert "waiting for another apply in this project" in process.stderr.readline()
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert process.returncode in (130, -signal.SIGINT)
    assert err.strip() == "stopped; run the same command again to go on"


def test_an_ignored_signal_stays_ignored(cli: Cli) -> None:
    ignoring = (
        "import os, signal\n"
        "from pareta_plan.cli import progress, signals\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "signals.interrupt_on_signals()\n"
        "with signals.interruptible(progress.Bars()) as stop:\n"
        "    os.kill(os.getpid(), signal.SIGHUP)\n"
        "    assert not stop.requested\n"
        "os.kill(os.getpid(), signal.SIGHUP)\n"
    )
    subprocess.run([sys.executable, "-c", ignoring], check=True)


def test_a_killed_apply_goes_on_and_pays_nothing_twice(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE + evaluated("min_quality: 0.3"))})
    with cli.child("apply", "--auto-approve") as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "calling" in line:
                break
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    ended = cli.ended("apply", "--auto-approve")
    assert ended.code == 0, ended
    entry = json.loads(cli.read("pareta.lock"))["workloads"]["parcels"]
    assert cli("plan", "--detailed-exitcode", "--locked").code == 0
    assert charges(cli.root, "eval:") == entry["evidence"]["results"]["linear-1"]["scored"] == 3
    assert charges(cli.root, "chat:") == 1


def scored_and_killed(cli: Cli, rows: int) -> None:
    """Start an apply and kill it once so many rows were scored and charged."""
    with cli.child("apply", "--auto-approve") as process:
        while process.poll() is None:
            with suppress(sqlite3.OperationalError):  # the database isn't there yet
                if charges(cli.root, "eval:") >= rows:
                    break
            time.sleep(0.002)
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL


def test_an_apply_killed_during_an_eval_ends_like_one_that_was_not(cli: Cli) -> None:
    items = "eval:\n  items: rows.jsonl\n  rows: all\n  gates: {min_quality: 0.3}\n"
    texts = [f"Late because of snow, day {day}" for day in range(4000)]
    rows = [json.dumps({"input": text, "expected": "delayed"}) + "\n" for text in texts]
    files = {"pareta.yaml": manifest(more=LIVE + items), "rows.jsonl": "".join(rows)}
    (whole := cli.sibling("whole")).write(files)
    assert whole.ended("apply", "--auto-approve").code == 0

    cli.write(files)
    for scored in (20, 1500):
        scored_and_killed(cli, scored)
        assert charges(cli.root, "eval:") < len(rows)
    assert cli.ended("apply", "--auto-approve").code == 0
    assert charges(cli.root, "eval:") == len(rows)
    locks = [json.loads(c.read("pareta.lock"))["workloads"]["parcels"] for c in (cli, whole)]
    for entry in locks:
        del entry["evidence"]["run_id"]
        del entry["evidence"]["billed_micro_usd"]  # by the time that it took, as costs are
        for figure in [one for one in entry["evidence"]["results"]["linear-1"] if "cost" in one]:
            del entry["evidence"]["results"]["linear-1"][figure]
    assert locks[0] == locks[1]
    assert endpoints(cli.root) == endpoints(whole.root)


def test_a_large_manifest_is_read_once_and_a_wrong_one_always(cli: Cli) -> None:
    many = "---\n".join(manifest(f"w-{n}", more=LIVE) for n in range(300))
    cli.write({"pareta.yaml": many})
    said = [cli("plan", "--format", "json").out for _ in range(2)]
    assert said[0] == said[1]
    kept = list((user_cache.cache_folder() / "manifests").glob("*.json"))
    assert kept
    kept[0].write_text("[{}]")  # even so nothing but a manifest gets through
    assert cli("validate").code == 1
    kept[0].write_text("not JSON")
    assert cli("plan", "--format", "json").out == said[0]
    cli.write({"pareta.yaml": many.replace("name: w-299", "nmae: w-299")})
    wrong = cli("validate")
    assert "pareta.yaml:" in wrong.err
    assert "did you mean 'name'" in wrong.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_an_apply_and_the_next_one_goes_on(number: int, cli: Cli) -> None:
    items = "eval:\n  items: rows.jsonl\n  rows: all\n  gates: {min_quality: 0.3}\n"
    texts = [f"Late because of snow, day {day}" for day in range(4000)]
    rows = [json.dumps({"input": text, "expected": "delayed"}) + "\n" for text in texts]
    both = [manifest("one", more=LIVE + items), manifest("two", more=LIVE)]
    cli.write({"pareta.yaml": "---\n".join(both), "rows.jsonl": "".join(rows)})
    with cli.child("apply", "--auto-approve", "--parallelism", "1") as process:
        while process.poll() is None:
            with suppress(sqlite3.OperationalError):
                if charges(cli.root, "eval:") >= 20:
                    break
            time.sleep(0.002)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "stopping after the steps in hand; once more stops at once" in err
    assert "stopped; run the same command again to go on" in err
    assert "Traceback" not in err
    assert [line.split()[:3] for line in out.splitlines()[-5:-3]] == [
        ["one", "create", "stopped"],
        ["two", "create", "not"],
    ]
    assert cli.ended("apply", "--auto-approve").code == 0
    assert charges(cli.root, "eval:") == len(rows)
    assert len(endpoints(cli.root)) == 2


def test_without_a_reader_an_apply_stops_before_it_deploys(cli: Cli, tmp_path: Path) -> None:
    """As in `apply | head -1`: it goes on when it is run again."""
    cli.write({"pareta.yaml": manifest(more=LIVE + evaluated("min_quality: 0.3"))})
    fresh = str(tmp_path / "cache")  # so that its model is trained, which takes a moment
    with cli.child("apply", "--auto-approve", PARETA_PLAN_CACHE=fresh) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("+ parcels")
        process.stdout.close()
        assert process.wait(timeout=60) == 130
    assert endpoints(cli.root) == {}
    assert cli.ended("apply", "--auto-approve").code == 0
    assert charges(cli.root, "chat:") == 1


def test_a_closed_pipe_is_a_stop(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    with cli.child("apply", "--auto-approve") as process:
        assert process.stdout
        process.stdout.close()
        assert process.wait(timeout=60) == 130
    assert endpoints(cli.root) == {}
