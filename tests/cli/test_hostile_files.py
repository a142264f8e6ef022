"""Files that no editor would write: an error with its place, never a traceback."""

from __future__ import annotations

import errno
import json
import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from pareta_plan.errors import ProjectError
from pareta_plan.files import write_atomic
from pareta_plan.project.layout import ignore_state
from tests.cli.projects import LIVE, evaluated, manifest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Cli

HEAD = manifest()
ITEMS = HEAD + "eval:\n  items: {}\n"
PLACED = re.compile(r"^error: \S+:\d+(:\d+)?: \S")


def refused(cli: Cli, *words: str, whole_file: bool = False) -> str:
    """Run `validate`, which must refuse the project with a place and all of `words`."""
    ended = cli("validate")
    assert ended.code == 1, ended
    assert ended.out == ""
    first = ended.err.splitlines()[0]
    assert re.match(r"error: \S+: \S", first) if whole_file else PLACED.match(first), ended.err
    for word in words:
        assert word in ended.err
    return ended.err


MANIFESTS: dict[str, tuple[bytes, str]] = {
    "UTF-8 with a BOM": (b"\xef\xbb\xbf" + HEAD.encode(), "byte-order mark"),
    "UTF-16": (HEAD.encode("utf-16"), "byte-order mark"),
    "Latin-1": (HEAD.encode() + "labels: {stadt: Köln}\n".encode("latin-1"), "0xf6 is not UTF-8"),
    "UTF-16 without a BOM": (HEAD.encode("utf-16-le"), "pareta.yaml:1:"),
    "NUL": (HEAD.encode() + b"labels: {a: \x00}\n", "pareta.yaml:6:13: "),
    "escape": (HEAD.encode() + b"labels: {a: \x1b[2J}\n", "pareta.yaml:6:13: "),
    "control character in quotes": (HEAD.encode() + b'labels: {a: "\x07"}\n', "pareta.yaml:6:14: "),
    "an escaped lone surrogate": (HEAD.encode() + b'labels: {a: "\\ud800"}\n', "pareta.yaml:6:"),
    "a surrogate in UTF-8": (HEAD.encode() + b"labels: {a: \xed\xa0\x80}\n", "0xed is not UTF-8"),
    "deep lists": (HEAD.encode() + b"labels: " + b"[" * 3000, "pareta.yaml:"),
    "deep mappings": (HEAD.encode() + b"labels: " + b"{a: " * 3000, "pareta.yaml:"),
    "deep blocks": (
        HEAD.encode() + b"labels:\n" + b"".join(b" " * n + b"a:\n" for n in range(1, 900)),
        "too deep",
    ),
    "a huge version": (HEAD.replace("1", "9" * 6000, 1).encode(), "version: "),
    "a huge float": (
        HEAD.encode() + b"eval: {rows: [{input: a, expected: lost}], max_cost_usd: 1e999}\n",
        "pareta.yaml:6:",
    ),
    "an infinite cap": (
        HEAD.encode() + b"eval: {rows: [{input: a, expected: lost}], max_cost_usd: .inf}\n",
        "pareta.yaml:6:58: .inf is no finite number",
    ),
    "many nodes": (HEAD.encode() + b"labels: {a: [" + b"1," * 60_000 + b"]}\n", "too large"),
    "a list as key": (HEAD.encode() + b"? [a, b]\n: c\n", "expected a plain key"),
    "an unknown alias": (HEAD.encode() + b"labels: *nobody\n", "undefined alias"),
    "a tag on a scalar": (HEAD.encode() + b"labels: {a: !!binary aGk=}\n", "not allowed"),
    "a tag on a list": (HEAD.replace("none", "!!python/tuple [a]").encode(), "not allowed"),
    "a tag on a mapping": (HEAD.encode() + b"labels: !!map:evil {a: b}\n", "not allowed"),
    "a tag on a key": (HEAD.encode() + b"labels: {!!binary aGk=: b}\n", "not allowed"),
    "a Python name as key": (HEAD.encode() + b"!!python/name:os.sep x: b\n", "not allowed"),
    "deep sequences in blocks": (HEAD.encode() + b"labels:\n" + b"- " * 5000, "too deep"),
    "deep complex keys": (HEAD.encode() + b"labels: " + b"{? " * 5000, "too deep"),
    "a cap that is no number": (
        HEAD.encode() + b"eval: {rows: [{input: a, expected: lost}], max_cost_usd: .NaN}\n",
        "pareta.yaml:6:58: .NaN is no finite number",
    ),
    "a cap beyond all money": (
        HEAD.encode() + b"eval: {rows: [{input: a, expected: lost}], max_cost_usd: 1000000001}\n",
        "max_cost_usd: ",
    ),
    "endless savings": (
        HEAD.encode() + b"eval: {rows: [{expected: a}], gates: {min_savings: .inf}}\n",
        ".inf is no finite number",
    ),
    "an infinite row": (
        HEAD.encode() + b"eval: {rows: [{input: .inf, expected: lost}]}\n",
        "pareta.yaml:6:23: .inf is no finite number",
    ),
    "an unknown directive": (b"%YAML 9.9\n---\n" + HEAD.encode(), "pareta.yaml:1:"),
}


@pytest.mark.parametrize("what", MANIFESTS)
def test_a_manifest_that_no_editor_writes(what: str, cli: Cli) -> None:
    data, word = MANIFESTS[what]
    cli.write({"pareta.yaml": data})
    refused(cli, word)


def test_a_manifest_of_fifty_megabytes(cli: Cli) -> None:
    cli.write({"pareta.yaml": HEAD.encode() + b"# filler\n" * (50_000_000 // 9)})
    refused(cli, "bytes", "eval.items", whole_file=True)


ROWS: dict[str, tuple[str, bytes, str]] = {
    "JSONL: not UTF-8": ("rows.jsonl", b'{"input": "\xf6", "expected": "lost"}\n', "not UTF-8"),
    "JSONL: UTF-16": ("rows.jsonl", '{"expected": 1}'.encode("utf-16"), "not UTF-8"),
    "JSONL: NaN": ("rows.jsonl", b'{"expected": "lost", "input": NaN}\n', "rows.jsonl:1"),
    "JSONL: infinity": ("rows.jsonl", b'{"expected": -Infinity}\n', "rows.jsonl:1"),
    "JSONL: a float beyond": ("rows.jsonl", b'{"expected": 1e999}\n', "rows.jsonl:1"),
    "JSONL: lone surrogate": (
        "rows.jsonl",
        b'{"input": "\\ud800", "expected": "lost"}\n',
        "rows.jsonl:1",
    ),
    "JSONL: huge number": ("rows.jsonl", b'{"expected": ' + b"9" * 5000 + b"}\n", "rows.jsonl:1"),
    "JSONL: deep": ("rows.jsonl", b'{"expected": ' + b"[" * 100_000, "rows.jsonl:1"),
    "JSONL: deep and closed": (
        "rows.jsonl",
        b'{"expected": ' + b"[" * 20_000 + b"]" * 20_000 + b"}\n",
        "rows.jsonl:1",
    ),
    "JSONL: duplicate key": (
        "rows.jsonl",
        b'{"input": "a", "expected": "lost", "expected": "delayed"}\n',
        "rows.jsonl:1",
    ),
    "JSONL: duplicate key within": (
        "rows.jsonl",
        b'{"input": {"a": 1, "b": 2, "a": 3}, "expected": "lost"}\n',
        "key 'a' stands twice",
    ),
    "JSON: duplicate key": (
        "rows.json",
        b'[{"expected": "lost"},\n{"expected": "lost",\n"expected": "delayed"}]',
        "rows.json:2: key 'expected' stands twice",
    ),
    "JSONL: NUL": ("rows.jsonl", b"\x00\x00\x00\n", "rows.jsonl:1"),
    "JSONL: second line cut": ("rows.jsonl", b'{"expected": "lost"}\n{"expec', "rows.jsonl:2"),
    "JSON: NaN": ("rows.json", b'[{"expected": NaN}]', "rows.json:1"),
    "JSON: deep": ("rows.json", b"[" * 100_000, "rows.json:1"),
    "JSON: huge number": ("rows.json", b'[{"expected": ' + b"9" * 5000 + b"}]", "rows.json:1"),
    "JSON: cut": ("rows.json", b'[\n{"expected": "lost"},\n', "rows.json:3"),
    "CSV: not UTF-8": ("rows.csv", b"input,expected\na,lost\n\xff,lost\n", "rows.csv:3"),
    "CSV: quote never closed": ("rows.csv", b'input,expected\n"a,lost\n', "rows.csv:"),
    "CSV: huge cell": ("rows.csv", b"input,expected\n" + b"x" * 200_000 + b",lost", "rows.csv:"),
    "CSV: too few cells": ("rows.csv", b"input,expected\na\n", "rows.csv:2"),
    "CSV: a value and its parts": (
        "rows.csv",
        b"input,expected,expected.sender\na,lost,Nord\n",
        "rows.csv:1",
    ),
    "CSV: a column twice": ("rows.csv", b"input,expected,expected\na,lost,found\n", "rows.csv:1"),
    "CSV: a value and its parts, of the input": (
        "rows.csv",
        b"input.a,input,expected\na,b,lost\n",
        "rows.csv:1: there are columns 'input' and 'input.FIELD'",
    ),
    "YAML: no number": ("rows.yaml", b"- expected: lost\n  input: .nan\n", "rows.yaml:2:10: "),
    "YAML: deep in brackets": (
        "rows.yaml",
        b"- {expected: lost, input: " + b"[" * 200_000 + b"}\n",
        "rows.yaml:1",
    ),
    "YAML: a tag on a list": ("rows.yaml", b"- !!set [a]\n", "not allowed"),
    "YAML: empty": ("rows.yaml", b"# none yet\n", "expected a list of rows"),
    "YAML: more than is read": ("rows.yaml", b"# filler\n" * 120_000, "as JSONL"),
    "YAML: two documents": ("rows.yaml", b"- expected: a\n---\n- expected: b\n", "rows.yaml:3"),
    "YAML: not a list": ("rows.yaml", b"rows: []\n", "rows.yaml:1"),
    "YAML: key twice": (
        "rows.yaml",
        b"- {input: a, expected: lost}\n- input: b\n  input: c\n",
        "rows.yaml:3:",
    ),
    "YAML: infinity": ("rows.yaml", b"- {input: .inf, expected: lost}\n", "rows.yaml:1"),
    "YAML: deep": ("rows.yaml", b"- " * 5000 + b"a\n", "rows.yaml:1"),
    "YAML: a tab": ("rows.yaml", b"- input: a\n\texpected: lost\n", "rows.yaml:2"),
}


@pytest.mark.parametrize("what", ROWS)
def test_eval_rows_that_no_editor_writes(what: str, cli: Cli) -> None:
    name, data, word = ROWS[what]
    cli.write({"pareta.yaml": ITEMS.format(name), name: data})
    refused(cli, word)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("rows.jsonl", b'\xef\xbb\xbf{"input": "a", "expected": "lost"}\r\n\r\n'),
        ("rows.csv", b"\xef\xbb\xbfinput,expected\r\na,lost\r\n"),
        ("rows.json", b'\xef\xbb\xbf[{"input": "a", "expected": "lost"}]'),
        ("rows.yml", b"- input: a\r\n  expected: lost\r\n"),
        ("ROWS.JSONL", '{"input": "a\u2028b\u0085c", "expected": "lost"}\n'.encode()),
    ],
)
def test_rows_as_spreadsheets_and_windows_write_them(name: str, data: bytes, cli: Cli) -> None:
    cli.write({"pareta.yaml": ITEMS.format(name), name: data})
    assert cli("validate").code == 0


def test_the_first_line_of_a_key_that_stands_twice_is_right(cli: Cli) -> None:
    rows = "- {input: a, expected: lost}\n- input: b\n  input: c\n"
    cli.write({"pareta.yaml": ITEMS.format("rows.yaml"), "rows.yaml": rows})
    refused(cli, "first on line 2")


def test_brackets_nested_as_deeply_as_is_allowed(cli: Cli) -> None:
    value = "[" * 24 + "a" + "]" * 24
    cli.write({"pareta.yaml": HEAD + f"eval: {{rows: [{{input: {value}, expected: lost}}]}}\n"})
    assert cli("validate").code == 0


def test_a_path_through_a_link_is_refused(cli: Cli) -> None:
    outside = cli.root.parent / "secret.jsonl"
    outside.write_text('{"input": "my secret", "expected": "lost"}\n')
    (cli.root / "rows.jsonl").symlink_to(outside)
    cli.write({"pareta.yaml": ITEMS.format("rows.jsonl")})
    assert "my secret" not in refused(cli, "outside the project")


def test_a_manifest_through_a_link_is_refused(cli: Cli) -> None:
    outside = cli.root.parent / "outside.yaml"
    outside.write_text("secret: words\n")
    (cli.root / "pareta.yaml").symlink_to(outside)
    said = refused(cli, "outside the project", whole_file=True)
    assert "secret" not in said
    assert "words" not in said


def test_a_link_to_itself_is_an_error(cli: Cli) -> None:
    (cli.root / "loop.yaml").symlink_to("loop.yaml")
    ended = cli("validate")
    assert ended.code == 1
    assert "loop.yaml" in ended.err


def test_a_folder_linked_into_itself_ends(cli: Cli) -> None:
    cli.write({"a/one.yaml": HEAD})
    (cli.root / "a" / "again").symlink_to(cli.root / "a")
    assert cli("validate").code == 0


@pytest.mark.parametrize("path", ["docs/{id:>300000}.pdf", "{id!r}.pdf", "{0}.pdf", "{id[0]}.pdf"])
def test_a_document_pattern_holds_names_of_fields_only(path: str, cli: Cli) -> None:
    documents = f"  documents: {{field: document, path: '{path}'}}\n"
    text = ITEMS.format("rows.jsonl") + documents
    cli.write({"pareta.yaml": text, "rows.jsonl": '{"id": "a", "expected": {}}\n'})
    refused(cli)


def test_braces_that_hold_no_field_are_said_once_at_the_pattern(cli: Cli) -> None:
    documents = "  documents: {field: document, path: '{id}/{id:>3}.pdf'}\n"
    text = ITEMS.format("rows.jsonl") + documents
    cli.write({"pareta.yaml": text, "rows.jsonl": '{"id": "a", "expected": {}}\n' * 3})
    said = refused(cli, "pareta.yaml:8:38: not a path pattern")
    assert said.count("error: ") == 1


@pytest.mark.parametrize("id", ["a" * 300, "a/" * 3000, "a\x00b", "circle", "yes/no"])
def test_a_document_that_no_file_system_can_name(id: str, cli: Cli) -> None:
    (cli.root / "circle.pdf").symlink_to("circle.pdf")
    text = ITEMS.format("rows.jsonl") + "  documents: {field: document, path: '{id}.pdf'}\n"
    cli.write({"pareta.yaml": text, "rows.jsonl": json.dumps({"id": id, "expected": {}})})
    refused(cli, "rows.jsonl:1: ")


@pytest.mark.parametrize("id", ["true", "null", "[1]", '{"a": 1}', "1.5"])
def test_only_text_and_whole_numbers_fill_a_document_path(id: str, cli: Cli) -> None:
    text = ITEMS.format("rows.jsonl") + "  documents: {field: document, path: '{id}.pdf'}\n"
    cli.write({"pareta.yaml": text, "rows.jsonl": f'{{"id": {id}, "expected": {{}}}}\n'})
    refused(cli, "rows.jsonl:1: the row has no 'id'")


def test_a_document_pattern_does_not_reach_into_values(cli: Cli) -> None:
    documents = "  documents: {field: document, path: 'docs/{id.__class__}.pdf'}\n"
    text = ITEMS.format("rows.jsonl") + documents
    cli.write({"pareta.yaml": text, "rows.jsonl": '{"id": "a", "expected": {}}\n'})
    assert "class 'str'" not in refused(cli)


@pytest.mark.parametrize("name", ["rows\x00.jsonl", "a" * 2000 + ".jsonl", "~/rows.jsonl"])
def test_an_odd_file_name_is_an_error(name: str, cli: Cli) -> None:
    cli.write({"pareta.yaml": ITEMS.format(json.dumps(name))})
    refused(cli, "pareta.yaml:7:10: ")


def test_eval_rows_through_links_in_a_circle_are_an_error(cli: Cli) -> None:
    (cli.root / "rows.jsonl").symlink_to("rows.jsonl")
    cli.write({"pareta.yaml": ITEMS.format("rows.jsonl")})
    refused(cli, "pareta.yaml:7:10: ", "'rows.jsonl'")


@pytest.mark.parametrize("name", ["a\x00.yaml", "loop.yaml"])
def test_odd_names_of_rows_beside_a_broken_manifest(name: str, cli: Cli) -> None:
    (cli.root / "loop.yaml").symlink_to("loop.yaml")
    cli.write({"one.yaml": ITEMS.format(json.dumps(name)), "two.yaml": "- a\n"})
    refused(cli, "two.yaml: ", whole_file=True)


@pytest.mark.parametrize("out", ["pareta.yaml/a.plan", "folder"])
def test_a_plan_that_cannot_be_saved_is_an_error(out: str, cli: Cli) -> None:
    cli.write({"pareta.yaml": HEAD, "folder/x": ""})
    ended = cli("plan", "--out", out)
    assert ended.code != 0
    assert out in ended.err


def test_writing_where_nothing_can_be_written_names_the_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "file" / "x", tmp_path / "folder"):
        with pytest.raises(ProjectError, match=re.escape(str(path))):
            write_atomic(path, b"data")
    with pytest.raises(ProjectError, match="file"):
        ignore_state(tmp_path / "file")
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["file", "folder"]


LOCKFILES = {
    "not UTF-8": b"\xff\xfe{}",
    "NUL": b"\x00" * 100,
    "deep": b'{"workloads": ' + b"[" * 100_000,
    "a list": b"[]",
    "a number": b"7",
    "an unknown key": b'{"platform": "embedded", "version": 1, "workloads": {}, "new": 1}',
}


@pytest.mark.parametrize("what", LOCKFILES)
def test_a_damaged_lockfile(what: str, cli: Cli) -> None:
    cli.write({"pareta.yaml": HEAD, "pareta.lock": LOCKFILES[what]})
    for command in ("lock", "output"):
        ended = cli(command)
        assert ended.code == 1
        assert ended.err.startswith("error: pareta.lock"), ended.err
    assert (cli.root / "pareta.lock").read_bytes() == LOCKFILES[what]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("model", "resolved", "quality"), float("nan")),
        (("model", "resolved", "quality"), float("inf")),
        (("model", "resolved", "cost_per_request_micro_usd"), -1),
        (("model", "resolved", "cost_per_request_micro_usd"), 10**400),
        (("task", "score"), float("nan")),
        (("data", "rows"), -3),
        (("deployment", "quality"), float("-inf")),
        (("evidence", "billed_micro_usd"), -1),
    ],
)
def test_a_lockfile_with_impossible_figures(path: tuple[str, ...], value: float, cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE + evaluated("min_quality: 0.3"))})
    assert cli("apply", "--auto-approve").code == 0
    lock = json.loads(cli.read("pareta.lock"))
    part = lock["workloads"]["parcels"]
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    cli.write({"pareta.lock": json.dumps(lock)})
    ended = cli("plan", "--frozen")
    assert ended.code == 1
    assert (
        f"pareta.lock: the lockfile is damaged at workloads.parcels.{'.'.join(path)}" in ended.err
    )


def test_a_lockfiles_names_are_those_of_manifests(cli: Cli) -> None:
    """They become names of variables."""
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    assert cli("apply", "--auto-approve").code == 0
    hostile = cli.read("pareta.lock").replace('"parcels": {', '"a\\nPATH": {')
    cli.write({"pareta.lock": hostile})
    ended = cli("output", "--format", "dotenv")
    assert (ended.code, ended.out) == (1, "")
    assert "the lockfile is damaged" in ended.err


def test_links_out_of_the_project_are_not_followed(cli: Cli) -> None:
    """Neither to read a lockfile, nor to write the platform's state."""
    other = cli.sibling("other")
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    other.write({"secret": "pareta", "state/x": ""})
    (cli.root / ".pareta").symlink_to(other.root / "state")
    for command in (("plan",), ("apply", "--auto-approve"), ("drift",)):
        ended = cli(*command)
        assert ended.code == 1
        assert "'.pareta' is outside the project" in ended.err
    (cli.root / ".pareta").unlink()
    (cli.root / ".pareta").mkdir()
    (cli.root / ".pareta" / "platform").symlink_to(other.root / "state")
    assert "'.pareta/platform' is outside the project" in cli("plan").err
    (cli.root / ".pareta" / "platform").unlink()
    (cli.root / "pareta.lock").symlink_to(other.root / "secret")
    for command in (("plan", "--frozen"), ("lock",), ("output",)):
        ended = cli(*command)
        assert ended.code == 1
        assert "'pareta.lock' is outside the project" in ended.err
    assert [path.name for path in (other.root / "state").iterdir()] == ["x"]


def test_a_folder_that_cannot_be_read_is_not_one_without_manifests(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.write({"a.yaml": manifest(), "sub/b.yaml": manifest("other")})
    assert cli("validate").code == 0
    scan, code = os.scandir, errno.EACCES

    def refuse(path: Any) -> Any:
        if str(path).endswith("sub"):
            raise OSError(code, os.strerror(code), str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    ended = cli("validate")
    assert ended.code == 1
    assert "sub: Permission denied" in ended.err
    assert "make it readable" in ended.err
    code = errno.ENOENT  # as another tool's temporary folder, that goes while it is looked at
    assert "1 workload: valid" in cli("validate").err
