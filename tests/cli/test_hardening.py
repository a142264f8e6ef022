"""Odd places to write to, text that would steer a terminal, and folders that must stay clean."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from pareta_plan.cli import main as command_line
from pareta_plan.errors import ParetaError
from pareta_plan.escapes import json_visible, visible
from pareta_plan.manifest.reading import parse
from pareta_plan.project.lockfile import Savings
from pareta_plan.render.comparison import saved_text
from pareta_plan.words import block, table
from tests.cli.projects import LIVE, evaluated, manifest

if TYPE_CHECKING:
    from tests.conftest import Cli

needs_fifo = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")


def refused(cli: Cli, *arguments: str) -> str:
    """Run a command that must end with a plain error; what it says."""
    ended = cli(*arguments)
    assert (ended.code, ended.out) == (1, ""), ended
    assert ended.err.startswith("error: "), ended.err
    return ended.err


@needs_fifo
def test_a_plan_is_saved_to_a_regular_file_only(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest()})
    os.mkfifo(cli.root / "pipe")
    assert "not a regular file" in refused(cli, "plan", "--out", "pipe")
    assert "not a regular file" in refused(cli, "plan", "--out", os.devnull)
    assert "name of a file" in refused(cli, "plan", "--out", "-")
    assert not (cli.root / ".pareta").exists()
    assert not (cli.root / "-").exists()


def test_a_plan_makes_no_folder(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest()})
    said = refused(cli, "plan", "--out", "typo/a.plan")
    assert "no folder 'typo'" in said
    assert not (cli.root / "typo").exists()


@pytest.mark.parametrize("before", ['{"digest": "sha256:0"', None])
def test_a_plan_is_saved_behind_a_link(before: str | None, cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest()} | ({"real.plan": before} if before else {}))
    (cli.root / "a.plan").symlink_to("real.plan")
    assert cli("plan", "--out", "a.plan").code == 0
    assert (cli.root / "a.plan").is_symlink()
    assert json.loads(cli.read("real.plan"))


def test_a_plan_is_not_saved_out_of_the_project_through_a_link_in_it(cli: Cli) -> None:
    other = cli.sibling("other")
    other.write({"file": "", "folder/x": ""})
    cli.write({"pareta.yaml": manifest()})
    (cli.root / "a.plan").symlink_to(other.root / "file")
    (cli.root / "plans").symlink_to(other.root / "folder")
    for out in ("a.plan", "plans/a.plan"):
        assert "leads out of the project" in refused(cli, "plan", "--out", out)
    assert other.read("file") == ""
    assert [path.name for path in (other.root / "folder").iterdir()] == ["x"]
    for out in ("../other/file", str(other.root / "file")):
        assert cli("plan", "--out", out).code == 0


@pytest.mark.parametrize(
    "out",
    ["pareta.yaml", "other.YML", "pareta.lock", "pareta.prod.lock", "rows.jsonl", "data/rows.csv"],
)
def test_a_plan_is_saved_over_nothing_but_a_plan(out: str, cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(), "rows.jsonl": "{}", "data/rows.csv": "input,expected"})
    there = {path: path.read_bytes() for path in cli.root.rglob("*.*") if path.is_file()}
    refused(cli, "plan", "--out", out)
    assert {path: path.read_bytes() for path in there} == there
    for _ in range(2):  # the second over the first
        assert cli("plan", "--out", "a.plan").code == 0


def test_a_plan_through_links_in_a_circle_is_an_error(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest()})
    (cli.root / "a.plan").symlink_to("a.plan")
    refused(cli, "plan", "--out", "a.plan")


@pytest.mark.parametrize(
    "more",
    [
        'labels: {a: "x\\e[2Jy"}',
        'labels: {"a\\u009b": x}',
        'task: "a\\x7f"',
        'labels: {a: "a\\rb"}',
    ],
)
def test_a_manifest_holds_no_control_characters(more: str, cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=more + "\n")})
    said = refused(cli, "validate")
    assert said.startswith("error: pareta.yaml:6:")
    assert "control character" in said
    assert visible(said.strip()) == said.strip()


def test_an_intent_in_several_lines_is_shown_as_one(cli: Cli) -> None:
    text = (
        manifest(intent="|\n  parcel\tstatus\n  \n  of ours", more=LIVE)
        + "labels: {a: 'b\n\n    c'}\n"
    )
    assert parse(text.encode(), "pareta.yaml")
    cli.write({"pareta.yaml": text})
    assert "intent    parcel status of ours\n" in cli("plan").out


def test_text_from_elsewhere_cannot_steer_the_terminal() -> None:
    assert visible("a\x1b[2J\r\n\x9b\u202eKöln") == "a\\x1b[2J\\r\\n\\x9b\\u202eKöln"
    assert block("a\nerror: \x07") == "a\n  error: \\x07"
    assert table([["a\x1b"], ["bb"]]) == ["a\\x1b", "bb"]
    value = {"a\x9b": "\x7f\n\u2028"}
    written = json_visible(json.dumps(value, indent=2, ensure_ascii=False))
    assert json.loads(written) == value
    assert written.count("\n") == 2
    assert not {"\x9b", "\x7f", "\u2028"} & set(written)


def test_text_from_elsewhere_is_no_command_to_a_ci(cli: Cli) -> None:
    """GitHub and others act on lines of a log, also on one that begins within an intent."""
    commands = "::set-output name=a::b", "##[add-mask]x", "##vso[task.setvariable variable=a]b"
    intent = f"parcel status {'a' * 50} {' '.join(commands)} std::string"
    cli.write({"pareta.yaml": manifest(intent=f'"{intent}"', more="task: parcel-status\n" + LIVE)})
    planned = cli("plan", "--out", "release.plan").out
    for said in (planned, cli("explain", "parcels").out, cli("show", "release.plan").out):
        assert not any(line.strip().startswith("::") for line in said.splitlines())
        assert "##[" not in said
        assert "##vso[" not in said
        assert "std::string" in said
    as_json = cli("plan", "--format", "json").out
    assert "##[" not in as_json
    assert json.loads(as_json)["changes"][0]["resolution"]["intent"] == intent


def test_an_error_is_printed_without_control_characters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    command_line.report(ParetaError("no \x1b[31m", hint="try\nmore \x07"))
    assert capsys.readouterr().err == "error: no \\x1b[31m\n  try\n  more \\x07\n"


def test_what_the_system_refuses_is_an_error(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "/there/apply.lock")

    cli.write({"pareta.yaml": manifest()})
    monkeypatch.setattr("pareta_plan.project.layout.ignore_state", read_only)
    assert refused(cli, "lock") == "error: Permission denied: /there/apply.lock\n"


def test_stopping_tells_how_to_go_on(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    cli.write({"pareta.yaml": manifest()})
    monkeypatch.setattr("pareta_plan.project.layout.ignore_state", stop)
    ended = cli("lock")
    assert ended.code == 130
    assert "stopped; run the same command again to go on" in ended.err


def test_ctrl_c_outside_of_main_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "main", stop)
    monkeypatch.setattr(command_line, "gc", type("Gc", (), {"freeze": str}))
    with pytest.raises(SystemExit) as ended:
        command_line.process()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "stopped\n"


@pytest.mark.parametrize(
    "command", ["plan", "lock", "apply --auto-approve", "catalog list", "serve --port 0"]
)
def test_a_mistyped_project_makes_no_folder(command: str, cli: Cli) -> None:
    cli.write({"file": ""})
    for place in ("typo", "file"):
        assert f"no folder {place}" in refused(cli, "-C", place, *command.split())
    assert [path.name for path in cli.root.iterdir()] == ["file"]


@pytest.mark.parametrize("command", ["list", "show parcels", "match parcels", "frontier parcels"])
def test_a_look_at_the_catalog_leaves_nothing_behind(command: str, cli: Cli) -> None:
    cli("catalog", *command.split())
    assert list(cli.root.iterdir()) == []


def test_a_look_at_the_catalog_uses_the_state_that_is_there(cli: Cli) -> None:
    state = cli.root / ".pareta" / "platform"
    state.mkdir(parents=True)
    assert cli("catalog", "list").code == 0
    assert [*state.iterdir()]


@pytest.mark.parametrize("amount", ["nan", "inf", "1e308", "-1"])
def test_credit_is_an_amount_of_money(amount: str, cli: Cli) -> None:
    said = refused(cli, "serve", "--port", "0", f"--credit-usd={amount}")
    assert "0 to 1,000,000,000" in said


@needs_fifo
def test_a_pipe_of_eval_rows_is_refused(cli: Cli) -> None:
    os.mkfifo(cli.root / "rows.jsonl")
    cli.write({"pareta.yaml": manifest(more="eval:\n  items: rows.jsonl\n")})
    said = refused(cli, "validate")
    assert said.startswith("error: pareta.yaml:7:10: ")
    assert "not a regular file" in said


@pytest.mark.parametrize("command", ["show", "leaderboard", "frontier"])
@pytest.mark.parametrize("task", ["", " "])
def test_an_empty_task_is_an_error(command: str, task: str, cli: Cli) -> None:
    assert "the task is empty" in refused(cli, "catalog", command, task)


def test_a_long_intent_is_wrapped(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(intent="parcel status " * 20, more=LIVE)})
    lines = cli("plan").out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.startswith(" " * 14 + "parcel") for line in lines)


def test_a_ceiling_is_named_where_something_is_spent(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    assert "prices: $0.000003\n" in cli("plan").out  # a call of what comes up
    cli.write({"pareta.yaml": manifest(more=LIVE + evaluated())})
    assert "prices: $0.000012\n" in cli("plan").out
    cli("apply", "--auto-approve")
    cli.write({"pareta.yaml": manifest(more="deploy: {state: stopped}\n" + evaluated())})
    assert "Cost estimate" not in cli("plan").out


def test_savings_without_end_are_free() -> None:
    saved = Savings(baseline="b", times=2.0, low=1.93, high=2.2, bounds="rows")
    rounded = Savings(baseline="b", low=5123.0, bounds="rounding")
    free = Savings(baseline="b", bounds="rows")
    assert [*map(saved_text, (None, saved, rounded, free))] == [
        "-",
        "2.0x",
        "at least 5,100x",
        "free",
    ]
