"""The claim of an apply on a platform that others use too: ours, served over loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pareta_plan import Pareta
from pareta_plan.platform.server import LocalServer
from tests.cli.projects import LIVE, evaluated, manifest
from tests.conftest import CATALOG

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Cli

KEY = "pareta_sk_claims"


def test_a_claim_is_made_seen_and_given_back(cli: Cli, tmp_path: Path) -> None:
    text = manifest(more=LIVE + evaluated("min_quality: 0.3"))
    cli.write({"pareta.yaml": text})
    (other := cli.sibling("other")).write({"pareta.yaml": text})
    with (
        LocalServer(tmp_path / "served", KEY, catalog_folders=[CATALOG]) as server,
        Pareta(api_key=KEY, base_url=server.url) as pa,
    ):
        env = {"PARETA_API_KEY": KEY, "PARETA_BASE_URL": server.url}
        row = {"input": "Late", "expected": "delayed"}
        name = "pareta-plan lock default by ann@desk since 2026-01-02T03:04:05Z 00ff"
        pa.evals.sets.create(task="parcel-status", items=[row], name=name, prompt="nothing")

        refused = cli("apply", "--auto-approve", **env)
        assert refused.code == 1
        assert "ann@desk, since 2026-01-02T03:04:05Z" in refused.err
        assert pa.endpoints.list() == []

        forced = other("force-unlock", "--auto-approve", **env)
        assert forced.code == 0
        assert forced.out == (f"locked on {server.url} by ann@desk, since 2026-01-02T03:04:05Z\n")
        for checkout in (cli, other):
            assert checkout("apply", "--auto-approve", **env).code == 0
        assert [kept.name for kept in pa.evals.sets.list()] != []
        assert not [s for s in pa.evals.sets.list() if str(s.name).startswith("pareta-plan lock")]


def test_nothing_is_locked_on_the_embedded_platform(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    ended = cli("force-unlock")
    assert (ended.code, ended.err) == (0, "nothing is locked on embedded\n")
    assert not (cli.root / ".pareta").exists()
