"""`results` on the embedded platform: from an apply to rows, files, and what changed since."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

from jsonschema import Draft202012Validator

from pareta_plan.reports.schemas import schema
from tests.cli.projects import LIVE, evaluated, manifest

if TYPE_CHECKING:
    from tests.conftest import Cli


def apply(cli: Cli, **more: str) -> None:
    cli.write({"pareta.yaml": manifest(frontier="benchmarked", more=LIVE + evaluated(), **more)})
    ended = cli("apply", "--auto-approve")
    assert ended.code == 0, ended


def test_rows_as_text_json_csv_and_html(cli: Cli) -> None:
    apply(cli)
    said = cli("results", "parcels").out
    assert "row 1  pareta.yaml:9" in said
    assert all(len(line) <= 80 for line in said.splitlines())
    told = json.loads(cli("results", "--json").out)
    Draft202012Validator(schema("results-report")).validate(told)
    (workload,) = told["workloads"]
    assert [row["expected"] for row in workload["rows"]] == ["delivered", "delayed", "lost"]
    assert {*workload["models"]} == {*workload["rows"][0]["answers"]} == {"linear-1", "acme-large"}
    assert cli("results", "parcels", "--format", "csv").out.count("\n") == 4
    for form in ("html", "json"):
        name = f"results.{form}"
        assert cli("results", "--format", form, "--out", name).code == 0
        assert cli("results", "--format", form, "--out", name).code == 0
        assert cli.read(name) == cli("results", "--format", form).out
    assert cli("results", "--format", "html", "--out", "results.json").code == 1
    assert cli.read("results.json") == cli("results", "--json").out


def test_rows_are_reported_beside_what_is_printed_and_after_an_apply(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(frontier="benchmarked", more=LIVE + evaluated())})
    assert cli("apply", "--auto-approve", "--report", "html=applied.html").code == 0
    page = cli.read("applied.html")
    files = [f"{form}=rows.{form}" for form in ("json", "html", "csv")]
    said = cli("results", "parcels", "--limit", "1", *(f"--report={one}" for one in files))
    assert said.out == cli("results", "parcels", "--limit", "1").out
    assert len(json.loads(cli.read("rows.json"))["workloads"][0]["rows"]) == 1
    assert cli.read("rows.csv").count("\n") == 2
    assert cli("results", "--report", "html=applied.html").code == 0
    assert cli.read("applied.html") == page, "the same page, whichever command wrote it"
    again = cli("apply", "--auto-approve", "--report", "html=again.html")
    assert (again.code, cli.read("again.html")) == (0, page)
    assert cli("results", "parcels", "--report", "junit=rows.xml").code == 1


def test_rows_that_are_not_there_are_told_in_json_and_leave_files_alone(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    files = ("--report", "html=rows.html", "--report", "json=rows.json")
    ended = cli("apply", "--auto-approve", *files)
    assert ended.code == 0, ended
    assert "note: no report of rows: no workload has evidence yet" in ended.err
    assert not (cli.root / "rows.html").exists()
    refused = cli("results", "parcels", *files)
    told = json.loads(cli.read("rows.json"))
    Draft202012Validator(schema("results-report")).validate(told)
    assert (told["kind"], told["exit_code"], told["why"]) == ("results", 1, "error")
    assert [error["what"] for error in told["errors"]] == [
        "parcels has no eval, and so no rows to show"
    ]
    assert refused.code == 1
    assert not (cli.root / "rows.html").exists()


def test_a_fresh_checkout_has_no_rows_on_the_embedded_platform(cli: Cli) -> None:
    apply(cli)
    shutil.rmtree(cli.root / ".pareta")
    ended = cli("results", "parcels")
    assert ended.code == 1
    assert "isn't on the embedded platform" in ended.err
    assert "kept in .pareta/ where it was made" in ended.err
    assert not (cli.root / ".pareta").exists()


def test_what_changed_since_a_revision(cli: Cli) -> None:
    def git(*arguments: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *who, *arguments], cwd=cli.root, check=True, capture_output=True)

    apply(cli)
    git("init", "-b", "main")
    git("add", ".")
    git("commit", "-m", "one")
    apply(cli, model="bayes-1")
    ended = cli("results", "parcels", "--before", "main")
    assert ended.code == 0, ended
    assert ", by linear-1 then, bayes-1 now" in ended.out
    assert "alike 3" in ended.out
    assert cli("results", "parcels", "--before", "--output=x").code == 1
    assert not (cli.root / "x").exists()
