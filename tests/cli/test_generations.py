"""Planning, evaluating and gating on a platform whose one model is a router, `auto`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pareta_plan import AsyncPareta, Offers, Pareta
from pareta_plan.platform.catalog.generation import Generation
from pareta_plan.platform.server import LocalServer
from tests.cli.projects import LIVE, charges_of, evaluated, manifest

if TYPE_CHECKING:
    from tests.conftest import Cli

KEY = "pareta_sk_generation_3"
CATALOG = Path(__file__).parent.parent / "catalog"


class Hosted:
    """A platform of the router's generation, and the environment that names it."""

    def __init__(self, url: str, state: Path) -> None:
        self.url = url
        self.state = state
        self.env = {"PARETA_BASE_URL": url, "PARETA_API_KEY": KEY}


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    state = tmp_path / "hosted"
    with LocalServer(state, KEY, catalog_folders=[CATALOG], generation=Generation.V3) as server:
        yield Hosted(server.url, state)


def test_auto_is_measured_gated_and_then_up_to_date(cli: Cli, hosted: Hosted) -> None:
    gates = evaluated("min_quality: 0.3, max_error_rate: 0")
    cli.write({"pareta.yaml": manifest(model="auto", frontier="benchmarked", more=gates)})
    applied = cli("apply", "--auto-approve", **hosted.env)
    assert applied.code == 0, applied
    assert "the platform's router" in applied.out
    assert "PASS min_quality" in applied.out
    evidence = json.loads(cli.read("pareta.lock"))["workloads"]["parcels"]["evidence"]
    assert set(evidence["results"]) == {"auto", "acme-large"}
    again = cli("apply", "--auto-approve", **hosted.env)
    assert (again.code, "Nothing to change" in again.out) == (0, True)
    assert charges_of(hosted.state, "eval:") == 6  # three rows, two models, once


def test_a_gate_that_auto_fails_ends_with_3(cli: Cli, hosted: Hosted) -> None:
    gates = evaluated("min_quality: 0.9", right=False)
    cli.write({"pareta.yaml": manifest(model="auto", more=gates)})
    failed = cli("apply", "--auto-approve", **hosted.env)
    assert failed.code == 3, failed
    assert "FAIL min_quality" in failed.out


@pytest.mark.parametrize(
    ("model", "more", "missing", "instead", "at"),
    [
        ("recommended", "", "has no leaderboards", "`model: auto`", "pareta.yaml:4:8"),
        ("linear-1", "", "has no leaderboards", "`model: auto`", "pareta.yaml:4:8"),
        ("auto", LIVE, "has no deployments", "Take `deploy` out", "pareta.yaml:6:9"),
    ],
)
def test_what_the_platform_lacks_is_one_clear_error(
    model: str, more: str, missing: str, instead: str, at: str, cli: Cli, hosted: Hosted
) -> None:
    cli.write({"pareta.yaml": manifest(model=model, more=more)})
    refused = cli("plan", **hosted.env)
    assert refused.code == 1
    assert refused.err.startswith(f"error: {at}: parcels: {hosted.url} ")
    assert missing in refused.err
    assert instead in refused.err
    assert refused.err.count("error: ") == 1
    assert not (cli.root / "pareta.lock").exists()


def test_two_things_lacking_are_still_one_error(cli: Cli, hosted: Hosted) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    refused = cli("plan", **hosted.env)
    assert refused.err.count("error: ") == 1
    assert "no leaderboards" in refused.err
    assert "no deployments" in refused.err


def test_auto_where_there_is_no_router(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(model="auto")})
    refused = cli("plan")
    assert refused.code == 1
    assert "has no router, so there is no model 'auto'" in refused.err
    assert "Write `model: recommended`" in refused.err


def test_auto_compared_where_there_is_no_router(cli: Cli) -> None:
    compared = evaluated(rest="models: [auto]")
    cli.write({"pareta.yaml": manifest(more=compared)})
    refused = cli("plan")
    assert refused.code == 1
    assert "the embedded platform has no router" in refused.err


def test_a_cap_cannot_be_kept_without_prices(cli: Cli, hosted: Hosted) -> None:
    capped = evaluated(rest="max_cost_usd: 1")
    cli.write({"pareta.yaml": manifest(model="auto", more=capped)})
    refused = cli("apply", "--auto-approve", **hosted.env)
    assert refused.code == 6
    assert "no price" in refused.err


def test_a_platform_that_moved_on_is_told_apart(cli: Cli, tmp_path: Path) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    state = tmp_path / "moving"
    with LocalServer(state, KEY, catalog_folders=[CATALOG]) as before:
        env = {"PARETA_BASE_URL": before.url, "PARETA_API_KEY": KEY}
        assert cli("apply", "--auto-approve", **env).code == 0
        port = int(before.url.rpartition(":")[2])
    with LocalServer(state, KEY, catalog_folders=[CATALOG], generation=Generation.V3, port=port):
        refused = cli("plan", **env)
    assert refused.code == 1
    assert "no deployments" in refused.err
    assert "no leaderboards" in refused.err


def test_the_catalog_commands(cli: Cli, hosted: Hosted) -> None:
    assert "parcel-status" in cli("catalog", "list", **hosted.env).out
    shown = cli("catalog", "show", "parcel-status", **hosted.env)
    assert (shown.code, "`auto`" in shown.out) == (0, True)
    assert "acme-large" in cli("catalog", "frontier", "parcel-status", **hosted.env).out
    ranked = cli("catalog", "leaderboard", "parcel-status", **hosted.env)
    assert (ranked.code, "has no leaderboards" in ranked.err) == (1, True)
    unknown = cli("catalog", "show", "nothing", **hosted.env)
    assert (unknown.code, "no task 'nothing'" in unknown.err) == (1, True)


def test_what_a_platform_offers_is_asked_once(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Pareta(api_key=KEY, base_url=hosted.url) as pa:
        found = pa.platform.offers()
        assert found == Offers(deployments=False, leaderboards=False, router=True)
        monkeypatch.setattr(pa.platform._driver.http, "send", None)  # a second look would fail
        assert pa.platform.offers() is found


async def _offers(url: str) -> Offers:
    async with AsyncPareta(api_key=KEY, base_url=url) as pa:
        return await pa.platform.offers()


def test_the_asynchronous_client_finds_the_same(hosted: Hosted) -> None:
    import asyncio

    assert asyncio.run(_offers(hosted.url)).router


def test_rows_are_proposed_a_task_before_a_set_is_made(hosted: Hosted) -> None:
    rows = [{"input": "a", "expected": label} for label in ("billing", "sales")] * 2
    with Pareta(base_url=hosted.url, api_key=KEY) as client:
        contract = client.evals.sets.propose_contract(items=rows, prompt="sort support tickets")
        assert client.evals.sets.list() == []
    assert [one["task_id"] for one in contract.proposals] == ["support-ticket-routing"]
    assert contract.homogeneous
    assert contract.conflict is None
