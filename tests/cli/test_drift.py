"""What moved on the platform since it was locked, in `drift`'s words."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.cli.projects import LIVE, endpoints, manifest, platform_state

if TYPE_CHECKING:
    from tests.conftest import Cli

SOURCE = Path(__file__).parent.parent / "catalog"


class Catalog:
    """The tests' catalog, to be changed under a lockfile's feet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(SOURCE, folder)

    @property
    def env(self) -> dict[str, str]:
        return {"PARETA_PLAN_CATALOG": str(self.folder)}

    def entry(self, name: str, **values: Any) -> None:
        """Change a model's entry on the leaderboard of parcel-status."""
        path = self.folder / "parcel-status" / "leaderboard.json"
        board = json.loads(path.read_text("utf-8"))
        next(entry for entry in board["entries"] if entry["name"] == name).update(values)
        path.write_text(json.dumps(board), "utf-8")

    def task(self, **values: Any) -> None:
        """Change the task itself."""
        path = self.folder / "parcel-status" / "task.yaml"
        task = yaml.safe_load(path.read_text("utf-8")) | values
        path.write_text(yaml.safe_dump(task, sort_keys=False), "utf-8")


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "moving-catalog")


def moved(cli: Cli, catalog: Catalog, *options: str) -> list[tuple[str, str, str | None]]:
    ended = cli("drift", "--json", *options, **catalog.env)
    assert ended.code == 0, ended
    told = json.loads(ended.out)["drift"]
    return [(found["kind"], found["subject"], found["now"]) for found in told]


def locked(cli: Cli, catalog: Catalog, text: str) -> str:
    cli.write({"pareta.yaml": text})
    assert cli("apply", "--auto-approve", **catalog.env).code == 0
    return cli.read("pareta.lock")


def test_nothing_moved(cli: Cli, catalog: Catalog) -> None:
    locked(cli, catalog, manifest(frontier="benchmarked", more=LIVE))
    ended = cli("drift", "--detailed-exitcode", **catalog.env)
    assert (ended.code, ended.out) == (0, "No drift.\n")


def test_a_catalog_that_moved_is_drift_and_makes_nothing_stale(cli: Cli, catalog: Catalog) -> None:
    before = locked(cli, catalog, manifest(frontier="benchmarked"))
    catalog.entry("bayes-1", quality=0.99)
    catalog.entry("linear-1", quality=0.85, cost_per_request_micro_usd=30)
    catalog.task(frontier=["acme-large", "acme-small"])
    assert moved(cli, catalog) == [
        ("re-ranked", "recommended", "bayes-1"),
        ("quality moved", "linear-1", "0.850"),
        ("price moved", "linear-1", "$0.000030"),
        ("roster changed", "acme-small", "acme-small"),
    ]
    assert cli("plan", "--locked", "--detailed-exitcode", **catalog.env).code == 0
    assert cli.read("pareta.lock") == before
    ended = cli("drift", "--detailed-exitcode", **catalog.env)
    assert ended.code == 2
    assert "parcels  re-ranked recommended: linear-1 -> bayes-1\n" in ended.out
    assert ended.out.endswith("4 things moved.\n")
    assert cli("lock", "--upgrade", **catalog.env).code == 0
    assert moved(cli, catalog) == []


def test_long_names_are_wrapped(cli: Cli, catalog: Catalog) -> None:
    name = "a" * 50
    locked(cli, catalog, manifest(name))
    catalog.entry("linear-1", quality=0.5)
    said = cli("drift", **catalog.env).out
    assert "quality moved" in said
    assert all(len(line) <= 80 for line in said.splitlines())


def test_small_moves_are_within_tolerance(cli: Cli, catalog: Catalog) -> None:
    locked(cli, catalog, manifest())
    catalog.entry("linear-1", quality=0.95, cost_per_request_micro_usd=4)
    assert moved(cli, catalog, "--quality", "0.05", "--price", "0.5") == []
    assert len(moved(cli, catalog)) == 2


def test_a_model_and_a_task_that_are_gone(cli: Cli, catalog: Catalog) -> None:
    locked(cli, catalog, manifest(model="bayes-1"))
    catalog.task(models=[{"alias": "linear-1", "runtime": "linear"}])
    assert moved(cli, catalog) == [("model gone", "bayes-1", None)]
    shutil.rmtree(catalog.folder / "parcel-status")
    assert moved(cli, catalog) == [("task gone", "parcel-status", None)]


def test_a_task_that_scores_otherwise_is_another_in_all_but_name(
    cli: Cli, catalog: Catalog
) -> None:
    locked(cli, catalog, manifest())
    labels = {"delivered": "there", "delayed": "late", "lost": "gone"}
    catalog.task(labels=labels)
    ((kind, subject, now),) = moved(cli, catalog)
    assert (kind, subject) == ("scoring changed", "parcel-status")
    assert now
    assert now.startswith("sha256:")


def test_endpoints_that_others_touched(cli: Cli, catalog: Catalog) -> None:
    locked(cli, catalog, manifest(more=LIVE))
    (id,) = endpoints(cli.root)
    with closing(platform_state(cli.root)) as database, database:
        database.execute("UPDATE endpoints SET status = 'stopped'")
    assert moved(cli, catalog) == [("endpoint stopped", id, "stopped")]
    with closing(platform_state(cli.root)) as database, database:
        database.execute("UPDATE endpoints SET status = 'live', alias = 'bayes-1'")
    assert moved(cli, catalog) == [("endpoint differs", id, "parcel-status bayes-1")]
    with closing(platform_state(cli.root)) as database, database:
        database.execute("UPDATE endpoints SET id = 'somebody-elses'")
    assert moved(cli, catalog) == [
        ("endpoint missing", id, None),
        ("unmanaged", "somebody-elses", "parcel-status bayes-1 live"),
    ]


def test_without_a_lockfile(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest()})
    ended = cli("drift")
    assert ended.code == 5
    assert "there is no lockfile yet" in ended.err


def test_an_alias_chosen_by_name_is_held_while_the_task_is_the_same(cli: Cli) -> None:
    def model() -> str:
        entry = json.loads(cli.read("pareta.lock"))["workloads"]["parcels"]
        return str(entry["model"]["resolved"]["id"])

    cli.write({"pareta.yaml": manifest()})
    assert cli("lock", "--upgrade-workload", "parcels==bayes-1").code == 0
    cli.write({"pareta.yaml": manifest(frontier="benchmarked")})
    assert cli("lock").code == 0
    assert model() == "bayes-1"
    assert cli("lock", "--upgrade-workload", "parcels").code == 0
    assert model() == "linear-1"
