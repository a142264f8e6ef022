"""Errors that say what a user can act on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.projects import LIVE, manifest

if TYPE_CHECKING:
    from tests.conftest import Cli

ITEMS = manifest(more="eval:\n  items: {}\n")


@pytest.mark.parametrize("name", ["data/rows.jsonl", "folder.jsonl"])
def test_an_eval_file_is_named_as_the_manifest_names_it(name: str, cli: Cli) -> None:
    cli.write({"pareta.yaml": ITEMS.format(name), "folder.jsonl/x": ""})
    ended = cli("validate")
    assert ended.code == 1
    assert ended.err.startswith("error: pareta.yaml:7:10: ")
    assert f"'{name}'" in ended.err
    assert str(cli.root) not in ended.err


def test_a_bad_jsonl_line_has_one_line_number(cli: Cli) -> None:
    rows = '{"input": "a", "expected": "lost"}\n{"input": "b", expected: "lost"}\n'
    cli.write({"pareta.yaml": ITEMS.format("rows.jsonl"), "rows.jsonl": rows})
    ended = cli("validate")
    assert ended.code == 1
    assert ended.err.startswith("error: rows.jsonl:2:16: not JSON")
    assert "line 1" not in ended.err


def test_a_missing_column_is_said_once(cli: Cli) -> None:
    rows = "input,label\n" + "a,lost\n" * 5
    cli.write({"pareta.yaml": ITEMS.format("rows.csv"), "rows.csv": rows})
    ended = cli("validate")
    assert ended.code == 1
    assert ended.err.count("error: ") == 1
    assert ended.err.startswith("error: rows.csv:1: ")
    assert "expected" in ended.err


@pytest.mark.parametrize(
    "text",
    [
        manifest(intent="'  '"),
        manifest(frontier="[acme-large, 'a b']"),
        manifest(model="'a b'"),
        manifest(more="task: 'a b'\n"),
        manifest(more="labels: {'': 5}\n"),
    ],
)
def test_no_message_shows_a_regular_expression_or_a_class(text: str, cli: Cli) -> None:
    cli.write({"pareta.yaml": text})
    said = cli("validate").err
    assert said.startswith("error: pareta.yaml:")
    for word in ("String", "pattern", "\\S", "Input"):
        assert word not in said


@pytest.mark.parametrize("value", ["5", "1.5", "true"])
def test_quotes_are_advised_around_numbers_and_booleans(value: str, cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(model=value)})
    assert f"got {value}; put quotes around it" in cli("validate").err


@pytest.mark.parametrize(("value", "word"), [("''", "words"), ("x" * 2001, "at most 2000")])
def test_a_text_of_the_wrong_length_says_what_fits(value: str, word: str, cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(intent=value)})
    assert cli("validate").err.startswith(f"error: pareta.yaml:3:9: intent: expected {word}")


@pytest.mark.parametrize("value", ["", "[a, b]", "{a: b}"])
def test_quotes_are_advised_only_where_they_help(value: str, cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(model=value)})
    ended = cli("validate")
    assert ended.code == 1
    assert "quotes" not in ended.err


def test_values_are_shown_as_yaml_writes_them(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(model="true")})
    assert "True" not in cli("validate").err
    cli.write({"pareta.yaml": manifest(model="", more="eval: {models: {a: true}}\n")})
    said = cli("validate").err
    assert "got nothing" in said
    assert "got a mapping" in said


def test_a_newer_manifest_needs_a_newer_program(cli: Cli) -> None:
    for version, advised in (("2", True), ("0", False), ("two", False), ("", False)):
        cli.write({"pareta.yaml": manifest().replace("1", version, 1)})
        ended = cli("validate")
        assert ended.code == 1
        assert ("newer pareta-plan" in ended.err) is advised


@pytest.mark.parametrize("text", ["", "# none yet\n", "---\n", "---\n---\n"])
def test_an_empty_manifest_is_told_what_to_hold(text: str, cli: Cli) -> None:
    cli.write({"pareta.yaml": text})
    said = cli("validate").err
    assert said.startswith("error: pareta.yaml: the file is empty")
    assert "version: 1" in said
    assert "init" not in said


@pytest.mark.parametrize("end", ["---\n", "---\n# no more\n", "...\n---\n---\n"])
def test_empty_documents_count_for_nothing(end: str, cli: Cli) -> None:
    cli.write({"pareta.yaml": "---\n---\n" + manifest() + end})
    ended = cli("validate")
    assert (ended.code, ended.err) == (0, "1 workload: valid\n")


def test_an_unknown_pinned_task_lists_the_tasks(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more="task: parcel-state\n")})
    ended = cli("plan")
    assert ended.code == 1
    assert ended.err.startswith("error: pareta.yaml:6:7: no task 'parcel-state' in the catalog")
    assert "did you mean 'parcel-status'?" in ended.err
    assert "waybill-fields" in ended.err


def test_an_intent_that_comes_close_to_a_task_is_not_told_to_pin_that_one(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(intent="repair luggage carousels at the airport")})
    ended = cli("plan")
    assert ended.code == 1
    assert "closest: luggage-mood (0." in ended.err
    assert "`task: ID`" in ended.err
    assert "`task: luggage-mood`" not in ended.err
    assert "`pareta-plan catalog new NAME --from rows.csv" in ended.err
    assert not (cli.root / "pareta.lock").exists()


def test_every_workload_that_cannot_be_resolved_is_said_in_one_run(cli: Cli) -> None:
    texts = [manifest(intent="bake bread"), manifest("other", more="task: nothing-such\n")]
    cli.write({"pareta.yaml": "---\n".join(texts)})
    ended = cli("plan")
    assert ended.code == 1
    assert ended.err.count("error: ") == 2


def test_catalog_commands_on_an_unknown_task_say_where_to_look(cli: Cli) -> None:
    for command in ("leaderboard", "show", "frontier"):
        ended = cli("catalog", command, "parcel-state")
        assert ended.code == 1
        assert "parcel-state" in ended.err
        assert "catalog list" in ended.err


def test_the_document_field_must_be_the_tasks(cli: Cli) -> None:
    more = """
        task: waybill-fields
        eval:
          items: rows.csv
          documents: {field: scan, path: 'docs/{id}.pdf'}
        """
    rows = "id,expected.sender\na,Nord\n"
    cli.write({"pareta.yaml": manifest(more=more), "rows.csv": rows, "docs/a.pdf": "%PDF-1.4"})
    ended = cli("plan")
    assert ended.code == 1
    assert ended.err.startswith("error: pareta.yaml:9:22: ")
    assert "'scan'" in ended.err
    assert "takes the document in 'document'" in ended.err


def test_an_ambiguous_intent_is_told_of_even_when_nothing_is_deployed(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(intent="chauffeur")})
    ended = cli("lock")
    assert ended.code == 0
    assert "chauffeur-score" in ended.out + ended.err


def test_a_frozen_lockfile_without_a_workload_is_not_passed_over(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    assert cli("lock").code == 0
    other = manifest("other", more=LIVE)
    cli.write({"pareta.yaml": manifest(more=LIVE) + "---\n" + other})
    ended = cli("plan", "--frozen")
    assert "other" in ended.out + ended.err


@pytest.mark.parametrize("before", [True, False])
def test_no_colour_may_be_said_before_and_after_a_command(
    before: bool, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    commands = (("plan",), ("catalog", "show", "parcel-status"))
    for command in commands:
        assert "\x1b[" in cli(*command).out
        plainly = ("--no-color", *command) if before else (*command, "--no-color")
        ended = cli(*plainly)
        assert (ended.code, "\x1b[" in ended.out) == (0, False)


def test_of_very_many_errors_the_first_hundred_are_printed(cli: Cli) -> None:
    every = (f"version: 1\nname: w{i}\nintent: x\nmodel: recommended\n" for i in range(150))
    cli.write({"pareta.yaml": "---\n".join(every)})
    lines = cli("validate").err.splitlines()
    errors = [line for line in lines if line.startswith("error: ")]
    assert (len(errors), errors[-1]) == (101, "error: and 50 more errors")


def test_of_many_errors_the_first_and_their_number_are_told(cli: Cli) -> None:
    """As many in every format, the last of which says how many more there are."""
    labels = "".join(f"  k{n}: {n}\n" for n in range(1000))
    cli.write({"pareta.yaml": manifest(more="labels:\n") + labels})
    said = cli("validate").err.splitlines()
    assert len(said) == 101
    assert said[-1] == "error: and 900 more errors"
    as_json = json.loads(cli("validate", "--format", "json").out)["errors"]
    assert len(as_json) == 101
    assert as_json[-1]["what"] == "and 900 more errors"
    sarif = json.loads(cli("validate", "--format", "sarif").out)["runs"][0]
    told = [*sarif["results"], *sarif["invocations"][0].get("toolExecutionNotifications", [])]
    assert len(told) == 101
    assert "900 more errors" in json.dumps(sarif)


def test_what_a_command_line_says_of_itself_is_escaped_too(cli: Cli) -> None:
    ended = cli("validate", "--\x1b[2J\n::error::x", COLUMNS="80")
    assert ended.code == 1
    assert "\x1b" not in ended.err
    assert not any(line.lstrip().startswith("::") for line in ended.err.splitlines())
