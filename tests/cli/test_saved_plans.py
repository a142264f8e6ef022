"""Saved plans that were made for somewhere else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pareta_plan.platform.server import LocalServer
from tests.cli.projects import LIVE, ROWS, endpoints, evaluated, manifest
from tests.conftest import CATALOG

if TYPE_CHECKING:
    from tests.conftest import Cli

KEY = "pareta_sk_saved_plans"


def test_a_plan_holds_no_rows(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE + evaluated("min_quality: 0.1"))})
    for form in (("--out", "release.plan"), ("--format", "json")):
        planned = cli("plan", *form)
        assert planned.code == 0
        said = planned.out + cli.read("release.plan")
        assert not [text for text, _ in ROWS if text in said]


def test_a_plan_of_another_version_of_the_tool(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    assert cli("plan", "--out", "release.plan").code == 0
    monkeypatch.setattr("pareta_plan.plan.make.__version__", "9.9")
    ended = cli("apply", "release.plan")
    assert ended.code == 5
    assert ", this is 9.9" in ended.err
    assert endpoints(cli.root) == {}


def test_a_plan_of_another_platform(cli: Cli, tmp_path: Path) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    assert cli("plan", "--out", "release.plan").code == 0
    with LocalServer(tmp_path / "state", KEY, catalog_folders=[CATALOG]) as server:
        env = {"PARETA_BASE_URL": server.url, "PARETA_API_KEY": KEY}
        assert cli("apply", "release.plan", **env).code == 5  # the lockfile is of another one too
        assert cli("lock", "--move", **env).code == 0
        ended = cli("apply", "release.plan", **env)
        assert ended.code == 5
        assert f"it was made on embedded, this is {server.url}" in ended.err
        assert "Nothing" not in cli("plan", "--locked", **env).out


def test_a_plan_of_a_project_that_got_a_name(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    assert cli("plan", "--out", "release.plan").code == 0
    cli.write({"pareta-project.yaml": "version: 1\nproject: shop\n"})
    assert cli("lock").code == 0
    ended = cli("apply", "release.plan")
    assert ended.code == 5
    assert "it was made for no named project, this is shop" in ended.err
