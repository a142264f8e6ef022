"""Plans and applies of a part of the project."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

from tests.cli.projects import LIVE, endpoints, manifest, platform_state

if TYPE_CHECKING:
    from tests.conftest import Cli

TWO = "---\n".join(manifest(name, more=LIVE) for name in ("one", "two"))


def test_a_saved_plan_is_applied_with_its_selection(cli: Cli) -> None:
    cli.write({"pareta.yaml": TWO})
    assert cli("plan", "--target", "one", "--out", "one.plan").code == 0
    for option in ("--target", "--exclude"):
        refused = cli("apply", "one.plan", option, "two")
        assert (refused.code, "a saved plan takes no" in refused.err) == (1, True)
    ended = cli("apply", "one.plan")
    assert (ended.code, "1 not selected" in ended.out) == (0, True), ended
    assert [id.rpartition("-")[0] for id in endpoints(cli.root)] == ["one"]
    assert cli("apply", "one.plan").code == 5


def test_an_endpoint_that_is_not_selected_may_move_under_a_saved_plan(cli: Cli) -> None:
    cli.write({"pareta.yaml": TWO})
    assert cli("apply", "--auto-approve", "--target", "two").code == 0
    assert cli("plan", "--target", "one", "--out", "one.plan").code == 0
    (two,) = endpoints(cli.root)
    with closing(platform_state(cli.root)) as connection:
        connection.execute("UPDATE endpoints SET status = 'stopped' WHERE id = ?", (two,))
        connection.commit()
    assert cli("apply", "one.plan").code == 0
    assert endpoints(cli.root)[two] == "stopped"


def test_what_another_workload_wants_is_not_deleted_though_it_is_not_selected(cli: Cli) -> None:
    box = "deploy: {name: box}\n"
    cli.write({"pareta.yaml": manifest("before", more=box)})
    assert cli("apply", "--auto-approve").code == 0
    deployed = endpoints(cli.root)
    cli.write({"pareta.yaml": manifest("after", more=box)})
    ended = cli("apply", "--auto-approve", "--target", "before")
    assert ended.code == 0, ended
    assert "forget box-" in ended.out
    assert endpoints(cli.root) == deployed
    assert list(json.loads(cli.read("pareta.lock"))["workloads"]) == ["after"]


def test_a_workload_whose_manifest_is_gone_is_selected_by_name(cli: Cli) -> None:
    cli.write({"pareta.yaml": TWO})
    assert cli("apply", "--auto-approve").code == 0
    cli.write({"pareta.yaml": manifest("three")})
    ended = cli("apply", "--auto-approve", "--allow-destroy", "--target", "t*", "--exclude", "th*")
    assert ended.code == 0, ended
    assert [id.rpartition("-")[0] for id in endpoints(cli.root)] == ["one"]
