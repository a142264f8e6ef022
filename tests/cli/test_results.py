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
    Draft202012Validator(schema("results")).validate(told)
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
