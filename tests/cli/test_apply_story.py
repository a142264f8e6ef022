"""Plan, apply and what follows, on the embedded platform with models that always say the same."""

from __future__ import annotations

import json
import re
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from pareta_plan.version import __version__
from tests.cli.projects import LIVE, charges, endpoints, evaluated, manifest, platform_state

if TYPE_CHECKING:
    from tests.conftest import Cli, Outcome

MEASURED = evaluated("min_quality: 0.3")


def project(cli: Cli, *manifests: str) -> None:
    cli.write({"pareta.yaml": "---\n".join(manifests)})


def apply(cli: Cli, *options: str) -> Outcome:
    return cli("apply", "--auto-approve", *options)


def lock(cli: Cli) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(cli.read("pareta.lock"))
    return content


def deployed(cli: Cli) -> dict[str, str]:
    return endpoints(cli.root)


def spent(cli: Cli) -> int:
    return charges(cli.root)


def endpoint(cli: Cli, name: str = "parcels") -> str:
    return cli("output", name).out.strip()


def test_from_nothing_to_live_and_then_nothing_to_do(cli: Cli) -> None:
    project(cli, manifest(frontier="benchmarked", more=LIVE + MEASURED))
    assert cli("plan", "--detailed-exitcode").code == 2
    assert deployed(cli) == {}
    assert spent(cli) == 0
    first = apply(cli)
    assert first.code == 0
    assert "PASS min_quality: 1.000" in first.out
    assert "live as parcels-" in first.out
    assert deployed(cli) == {endpoint(cli): "live"}
    frozen, charges = cli.read("pareta.lock"), spent(cli)
    again = apply(cli)
    assert again.code == 0
    assert again.out.startswith("Nothing to change: 1 workload up to date.\n")
    assert again.err == ""
    assert cli("plan", "--detailed-exitcode", "--locked").code == 0
    assert cli.read("pareta.lock") == frozen
    assert spent(cli) == charges


def test_another_checkout_resolves_to_the_same_bytes(cli: Cli) -> None:
    project(cli, manifest(frontier="all", more=LIVE), manifest("other", model="bayes-1"))
    assert cli("lock").code == 0
    first = cli.read("pareta.lock")
    (cli.root / "pareta.lock").unlink()
    project(cli, manifest("other", model="bayes-1"), manifest(frontier="all", more=LIVE))
    assert cli("lock").code == 0
    assert cli.read("pareta.lock") == first


def test_evidence_of_every_candidate_is_kept(cli: Cli) -> None:
    compared = evaluated("max_gap_to_frontier: 1", rest="models: [bayes-1]")
    project(cli, manifest(frontier="[acme-large, acme-small]", more=compared))
    ended = apply(cli)
    assert ended.code == 0
    entry = lock(cli)["workloads"]["parcels"]
    assert set(entry["evidence"]["results"]) == {"linear-1", "bayes-1", "acme-large", "acme-small"}
    gap = entry["evidence"]["gaps"]["acme-large"]
    assert (gap["gap"], gap["paired"]) == (0.0, True)
    assert "deployment" not in entry
    assert re.search(r"bayes-1 +candidate +1\.000", ended.out)


def test_a_comment_or_another_order_makes_nothing_stale(cli: Cli) -> None:
    text = manifest(more=LIVE)
    project(cli, text)
    assert apply(cli).code == 0
    head, *rest = text.splitlines()
    cli.write({"pareta.yaml": "# a comment\n" + "\n".join([*reversed(rest), head]) + "\n"})
    assert cli("lock", "--check").code == 0
    assert cli("plan", "--locked", "--detailed-exitcode").code == 0


@pytest.mark.parametrize("changed", ["data", "manifest"])
def test_a_stale_lockfile_is_refused_and_renewed(changed: str, cli: Cli) -> None:
    items = manifest(more="eval:\n  items: rows.jsonl\n")
    cli.write({"pareta.yaml": items, "rows.jsonl": '{"input": "a", "expected": "lost"}\n'})
    assert cli("lock").code == 0
    if changed == "data":
        cli.write({"rows.jsonl": '{"input": "b", "expected": "lost"}\n'})
    else:
        cli.write({"pareta.yaml": items.replace("recommended", "bayes-1")})
    before = cli.read("pareta.lock")
    for command in (("lock", "--check"), ("plan", "--locked"), ("apply", "--locked")):
        ended = cli(*command)
        assert ended.code == 5
        assert f"parcels: the {'eval data' if changed == 'data' else 'manifest'} changed" in (
            ended.err
        )
    assert cli.read("pareta.lock") == before
    assert cli("plan", "--frozen").code == 0
    assert cli.read("pareta.lock") == before
    assert cli("lock").code == 0
    assert cli("lock", "--check").code == 0
    assert cli.read("pareta.lock") != before


def test_a_saved_plan_is_shown_and_applied(cli: Cli) -> None:
    project(cli, manifest(more=LIVE))
    planned = cli("plan", "--out", "release.plan")
    assert planned.code == 0
    assert "apply it with: pareta-plan apply release.plan" in planned.err
    shown = cli("show", "release.plan")
    assert (shown.code, shown.out) == (0, planned.out)
    assert shown.err == f"made on embedded in {cli.root}, by pareta-plan {__version__}\n"
    as_json = json.loads(cli("show", "release.plan", "--json").out)
    assert [step["do"] for step in as_json["changes"][0]["steps"]] == [
        "deploy",
        "call",
        "promote",
        "record",
    ]
    assert cli("apply", "release.plan").code == 0
    assert deployed(cli) == {endpoint(cli): "live"}
    stale = cli("apply", "release.plan")
    assert stale.code == 5
    assert "the plan no longer fits" in stale.err
    assert cli("show", "release.plan").out == shown.out


def test_a_saved_plan_is_refused_when_the_manifest_changed(cli: Cli) -> None:
    project(cli, manifest(more=LIVE))
    assert cli("plan", "--out", "release.plan").code == 0
    project(cli, manifest(model="bayes-1", more=LIVE))
    ended = cli("apply", "release.plan")
    assert ended.code == 5
    assert deployed(cli) == {}


def test_a_saved_plan_is_refused_when_the_lockfile_changed(cli: Cli) -> None:
    project(cli, manifest(more=LIVE))
    assert cli("plan", "--out", "release.plan").code == 0
    project(cli, manifest(model="bayes-1", more=LIVE))
    assert cli("lock").code == 0
    ended = cli("apply", "release.plan")
    assert ended.code == 5
    assert "the plan no longer fits: parcels: its manifest or its rows changed" in ended.err
    assert deployed(cli) == {}


def test_a_saved_plan_holds_gates_as_they_were_reviewed(cli: Cli) -> None:
    """Loosening a gate after the review must not let the plan through."""
    project(cli, manifest(more=LIVE + evaluated("min_quality: 0.99", right=False)))
    assert cli("plan", "--out", "release.plan").code == 0
    project(cli, manifest(more=LIVE + evaluated("min_quality: 0", right=False)))
    ended = cli("apply", "release.plan")
    assert ended.code == 5
    assert deployed(cli) == {}


@pytest.mark.parametrize("how", ["saved", "frozen"])
def test_rows_that_changed_after_the_lock_are_not_passed_off_as_the_old_ones(
    how: str, cli: Cli
) -> None:
    items = manifest(more=LIVE + "eval:\n  items: rows.jsonl\n  gates: {min_quality: 0.1}\n")
    cli.write({"pareta.yaml": items, "rows.jsonl": '{"input": "late", "expected": "lost"}\n'})
    assert cli("plan", "--out", "release.plan").code == 0
    cli.write({"rows.jsonl": '{"input": "late", "expected": "delayed"}\n'})
    ended = cli("apply", "release.plan") if how == "saved" else apply(cli, "--frozen")
    assert ended.code == 5
    assert deployed(cli) == {}
    assert spent(cli) == 0


def test_an_altered_plan_is_refused(cli: Cli) -> None:
    project(cli, manifest(more=LIVE))
    assert cli("plan", "--out", "release.plan").code == 0
    text = cli.read("release.plan")
    altered = {
        "endpoint": text.replace("parcels-", "others-"),
        "cut": text[: len(text) // 2],
        "empty": "",
        "another kind of file": cli.read("pareta.lock"),
    }
    for what, content in altered.items():
        cli.write({"release.plan": content})
        for command in (("apply", "release.plan"), ("show", "release.plan")):
            ended = cli(*command)
            assert ended.code == 1, what
            assert ended.err.startswith("error: release.plan: "), what
    assert deployed(cli) == {}


def test_a_plan_from_a_broken_path_is_an_error(cli: Cli) -> None:
    project(cli, manifest(more=LIVE))
    ended = cli("plan", "--out", "no/such/folder/release.plan")
    assert ended.code in (0, 1)
    (cli.root / "file").write_text("")
    ended = cli("plan", "--out", "file/release.plan")
    assert ended.code == 1
    assert ended.err.startswith("error: ")


def test_json_of_a_plan_carries_its_digest(cli: Cli) -> None:
    project(cli, manifest(frontier="benchmarked", more=LIVE + MEASURED))
    plan = json.loads(cli("plan", "--format", "json").out)
    assert plan["digest"].startswith("sha256:")
    assert plan["reserve_micro_usd"] == 3 * (4000 + 3) + 3  # and one call of what comes up
    assert plan["changes"][0]["action"] == "create"


def test_json_of_an_apply_is_all_of_stdout(cli: Cli) -> None:
    project(cli, manifest(more=LIVE + MEASURED))
    told = json.loads(apply(cli, "--json").out)
    (result,) = told["results"]
    assert (told["why"], told["exit_code"], told["totals"]["done"]) == ("done", 0, 1)
    assert told["billed_micro_usd"] == result["billed_micro_usd"]
    assert result["status"] == "done"
    assert result["verdicts"][0]["outcome"] == "pass"
    assert result["endpoint"] == endpoint(cli)
    assert json.loads(apply(cli, "--json").out)["results"] == []


def test_a_failed_gate_leaves_the_old_endpoint_serving(cli: Cli) -> None:
    project(cli, manifest(more=LIVE + MEASURED))
    assert apply(cli).code == 0
    old = endpoint(cli)
    worse = evaluated("min_quality: 0.9", right=False)
    project(cli, manifest(model="bayes-1", more=LIVE + worse))
    ended = apply(cli)
    assert ended.code == 3
    assert "FAIL min_quality: 0.000" in ended.out
    assert f"{old} goes on serving" in ended.out
    assert deployed(cli) == {old: "live"}
    assert endpoint(cli) == old
    charges = spent(cli)
    again = apply(cli)
    assert again.code == 3
    assert spent(cli) == charges
    assert deployed(cli) == {old: "live"}


def test_a_better_model_replaces_the_old_one(cli: Cli) -> None:
    project(cli, manifest(more=LIVE + MEASURED))
    assert apply(cli).code == 0
    old = endpoint(cli)
    project(cli, manifest(model="bayes-1", more=LIVE + MEASURED))
    ended = apply(cli)
    assert ended.code == 0
    assert "model swapped from linear-1 to bayes-1" in ended.out
    assert endpoint(cli) != old
    assert deployed(cli) == {endpoint(cli): "live"}


def test_an_inconclusive_gate_blocks_unless_a_warning_will_do(cli: Cli) -> None:
    project(cli, manifest(more=LIVE + evaluated("min_quality: 0.9")))
    ended = apply(cli)
    assert ended.code == 4
    assert "INCONCLUSIVE min_quality: 1.000" in ended.out
    assert deployed(cli) == {}
    charges = spent(cli)
    project(cli, manifest(more=LIVE + evaluated("min_quality: 0.9, on_inconclusive: warn")))
    warned = apply(cli)
    assert warned.code == 0
    assert deployed(cli) == {endpoint(cli): "live"}
    assert spent(cli) == charges + 1  # the endpoint's first call, and no second evaluation


def test_a_loosened_gate_deploys_without_a_second_evaluation(cli: Cli) -> None:
    project(cli, manifest(more=LIVE + evaluated("min_quality: 0.9", right=False)))
    assert apply(cli).code == 3
    charges = spent(cli)
    project(cli, manifest(more=LIVE + evaluated("min_quality: 0", right=False)))
    assert apply(cli).code == 0
    assert spent(cli) == charges + 1


def test_one_failed_gate_does_not_stop_the_others(cli: Cli) -> None:
    bad = evaluated("min_quality: 0.9", right=False)
    project(cli, manifest("a", more=LIVE + bad), manifest("b", more=LIVE + MEASURED))
    ended = apply(cli)
    assert ended.code == 3
    assert "Applied: 1 done, 1 gated." in ended.out
    assert list(deployed(cli)) == [endpoint(cli, "b")]


@pytest.mark.parametrize(
    "gate",
    ["max_gap_to_frontier: 0.1", "min_savings: 2"],
)
@pytest.mark.parametrize("frontier", ["none", "[]"])
def test_a_gate_on_baselines_without_any_is_refused(gate: str, frontier: str, cli: Cli) -> None:
    project(cli, manifest(frontier=frontier, more=LIVE + evaluated(gate)))
    for command in (("validate",), ("plan",), ("apply", "--auto-approve")):
        ended = cli(*command)
        assert ended.code == 1
        assert f": parcels: {gate.partition(':')[0]} needs a baseline" in ended.err


@pytest.mark.parametrize("cost", ["0.001", "0"])
def test_a_cost_cap_stops_before_anything_is_spent(cost: str, cli: Cli) -> None:
    project(cli, manifest(frontier="benchmarked", more=LIVE + MEASURED))
    assert apply(cli, "--max-cost", cost).code == 6
    assert spent(cli) == 0
    assert deployed(cli) == {}
    assert apply(cli, "--max-cost", "0.02").code == 0


@pytest.mark.parametrize("cost", ["inf", "nan", "1e308"])
def test_an_odd_cost_cap_is_no_crash(cost: str, cli: Cli) -> None:
    project(cli, manifest(more=LIVE))
    ended = apply(cli, "--max-cost", cost)
    assert ended.code in (0, 1)


def test_a_removed_manifest_deletes_only_when_allowed(cli: Cli) -> None:
    project(cli, manifest(more=LIVE), manifest("other", more=LIVE))
    assert apply(cli).code == 0
    old = endpoint(cli)
    project(cli, manifest("other", more=LIVE))
    refused = apply(cli)
    assert refused.code == 1
    assert "--allow-destroy" in refused.err
    assert old in deployed(cli)
    allowed = apply(cli, "--allow-destroy")
    assert allowed.code == 0
    assert f"deleted {old}" in allowed.out
    assert list(deployed(cli)) == [endpoint(cli, "other")]
    assert list(lock(cli)["workloads"]) == ["other"]
    assert cli("plan", "--detailed-exitcode", "--locked").code == 0


def test_a_removed_deploy_deletes_only_when_allowed(cli: Cli) -> None:
    project(cli, manifest(more=LIVE))
    assert apply(cli).code == 0
    project(cli, manifest())
    assert apply(cli).code == 1
    assert len(deployed(cli)) == 1
    assert apply(cli, "--allow-destroy").code == 0
    assert deployed(cli) == {}
    assert cli("plan", "--detailed-exitcode").code == 0


def test_prevent_destroy_wins(cli: Cli) -> None:
    kept = manifest(more=LIVE + "prevent_destroy: true\n")
    project(cli, kept, manifest("other", more=LIVE))
    assert apply(cli).code == 0
    old = endpoint(cli)
    project(cli, manifest("other", more=LIVE))
    refused = apply(cli, "--allow-destroy")
    assert refused.code == 1
    assert "prevent_destroy" in refused.err
    assert old in deployed(cli)


def test_prevent_destroy_wins_in_a_saved_plan_and_over_a_removed_deploy(cli: Cli) -> None:
    project(cli, manifest(more=LIVE + "prevent_destroy: true\n"))
    assert apply(cli).code == 0
    project(cli, manifest(more="prevent_destroy: true\n"))
    assert cli("plan", "--out", "release.plan").code == 0
    assert cli("apply", "release.plan", "--allow-destroy").code == 1
    assert len(deployed(cli)) == 1


def test_stopped_and_back_to_live(cli: Cli) -> None:
    project(cli, manifest(more=LIVE))
    assert apply(cli).code == 0
    id = endpoint(cli)
    project(cli, manifest(more="deploy: {state: stopped}\n"))
    assert "stop (state changed): the manifest wants it stopped" in cli("plan").out
    assert apply(cli).code == 0
    assert deployed(cli) == {id: "stopped"}
    assert cli("plan", "--detailed-exitcode").code == 0
    project(cli, manifest(more=LIVE))
    assert "start (state changed): its endpoint is stopped" in cli("plan").out
    assert apply(cli).code == 0
    assert deployed(cli) == {id: "live"}
    assert cli("plan", "--detailed-exitcode").code == 0


def test_stopped_from_the_start(cli: Cli) -> None:
    project(cli, manifest(more="deploy: {state: stopped}\n"))
    assert apply(cli).code == 0
    assert deployed(cli) == {endpoint(cli): "stopped"}
    assert cli("plan", "--detailed-exitcode").code == 0


def test_stopped_with_another_model(cli: Cli) -> None:
    project(cli, manifest(more=LIVE))
    assert apply(cli).code == 0
    project(cli, manifest(model="bayes-1", more="deploy: {state: stopped}\n"))
    assert apply(cli).code == 0
    assert deployed(cli) == {endpoint(cli): "stopped"}
    assert cli("plan", "--detailed-exitcode").code == 0


def test_an_endpoint_deleted_behind_our_back_is_made_again(cli: Cli) -> None:
    project(cli, manifest(more=LIVE))
    assert apply(cli).code == 0
    with closing(platform_state(cli.root)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM idempotency")
        connection.execute("DELETE FROM endpoints")
    assert "is gone" in cli("plan").out
    assert apply(cli).code == 0
    assert deployed(cli) == {endpoint(cli): "live"}


def test_a_rollback_to_the_old_lockfile_needs_no_new_evaluation(cli: Cli) -> None:
    first = manifest(more=LIVE + MEASURED)
    project(cli, first)
    assert apply(cli).code == 0
    before = cli.read("pareta.lock")
    project(cli, manifest(model="bayes-1", more=LIVE + MEASURED))
    assert apply(cli).code == 0
    charges = spent(cli)
    project(cli, first)
    cli.write({"pareta.lock": before})
    plan = cli("plan")
    assert "evaluate" not in plan.out
    assert apply(cli, "--locked").code == 0
    assert spent(cli) <= charges + 1
    assert endpoint(cli) in deployed(cli)


def test_a_renamed_deploy_moves_the_endpoint(cli: Cli) -> None:
    project(cli, manifest(more=LIVE))
    assert apply(cli).code == 0
    project(cli, manifest(more="deploy: {name: desk}\n"))
    ended = apply(cli)
    assert ended.code == 0
    assert list(deployed(cli)) == [endpoint(cli)]
    assert endpoint(cli).startswith("desk-")
    assert "from linear-1 to linear-1" not in ended.out


def test_output_for_the_next_step(cli: Cli) -> None:
    project(cli, manifest("parcel-desk", more=LIVE), manifest("other", more=LIVE), manifest("idle"))
    assert cli("output").out == ""
    assert apply(cli).code == 0
    ids = {name: endpoint(cli, name) for name in ("other", "parcel-desk")}
    assert cli("output").out == "".join(f"{name}  {id}  {name}\n" for name, id in ids.items())
    told = json.loads(cli("output", "--format", "json").out)
    assert (told["endpoints"], told["names"]) == (ids, {name: name for name in ids})
    assert cli("output", "--format", "dotenv").out == (
        f"PARETA_ENDPOINT_OTHER={ids['other']}\nPARETA_ENDPOINT_PARCEL_DESK={ids['parcel-desk']}\n"
        "PARETA_MODEL_OTHER=other\nPARETA_MODEL_PARCEL_DESK=parcel-desk\n"
    )
    assert cli("output", "other", "--format", "dotenv").out == (
        f"PARETA_ENDPOINT_OTHER={ids['other']}\nPARETA_MODEL_OTHER=other\n"
    )
    hostile = cli.read("pareta.lock").replace(ids["other"], "x; $(touch pwned)")
    cli.write({"pareta.lock": hostile})
    assert cli("output", "other", "--format", "dotenv").out == (
        "PARETA_ENDPOINT_OTHER='x; $(touch pwned)'\nPARETA_MODEL_OTHER=other\n"
    )
    for name in ("idle", "nobody"):
        refused = cli("output", name)
        assert refused.code == 1
        assert "parcel-desk" in refused.err


def test_the_endpoint_is_called_before_it_counts_as_deployed(cli: Cli) -> None:
    project(cli, manifest(more=LIVE))
    ended = apply(cli)
    assert "parcels: calling (parcels-" in ended.err
    assert spent(cli) == 1


def test_upgrade_is_what_moves_a_resolution(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from pareta_plan.platform.catalog.catalog import CatalogTask

    project(cli, manifest(more=LIVE), manifest("other"))
    assert apply(cli).code == 0
    before, real = cli.read("pareta.lock"), CatalogTask.leaderboard

    def moved(task: CatalogTask) -> Any:
        board = real(task)
        models = sorted(board.models, key=lambda entry: entry.name)
        recommended = next(entry.name for entry in models if entry.kind == "open")
        return board.model_copy(update={"recommended": recommended, "models": models})

    monkeypatch.setattr(CatalogTask, "leaderboard", moved)
    assert cli("plan", "--detailed-exitcode", "--locked").code == 0
    assert cli("lock").code == 0
    assert cli.read("pareta.lock") == before
    assert cli("lock", "--upgrade-workload", "other").code == 0
    models = {n: e["model"]["resolved"]["id"] for n, e in lock(cli)["workloads"].items()}
    assert models == {"other": "bayes-1", "parcels": "linear-1"}
    assert cli("lock", "--upgrade").code == 0
    assert "swapped from linear-1 to bayes-1" in cli("plan").out


def test_a_document_that_is_not_there_stops_before_anything_is_spent(cli: Cli) -> None:
    more = """
        task: waybill-fields
        eval:
          items: rows.csv
          documents: {field: document, path: 'docs/{id}.pdf'}
        """
    rows = "id,expected.sender\na,Nord\nb,Sud\n"
    cli.write({"pareta.yaml": manifest(more=more), "rows.csv": rows, "docs/a.pdf": "%PDF-1.4"})
    ended = apply(cli)
    assert ended.code == 1
    assert "error: rows.csv:3: document 'docs/b.pdf' can't be read: No such file" in ended.err
    assert not (cli.root / "pareta.lock").exists()
    assert not (cli.root / ".pareta" / "journal.jsonl").exists()


def test_changed_documents_make_the_lockfile_stale(cli: Cli) -> None:
    more = """
        task: waybill-fields
        eval:
          items: rows.csv
          documents: {field: document, path: 'docs/{id}.pdf'}
        """
    rows = "id,expected.sender\na,Nord\n"
    cli.write({"pareta.yaml": manifest(more=more), "rows.csv": rows, "docs/a.pdf": "%PDF-1.4"})
    assert cli("lock").code == 0
    cli.write({"docs/a.pdf": "%PDF-1.5"})
    assert "the eval data changed" in cli("lock", "--check").err


def test_state_stays_out_of_version_control(cli: Cli) -> None:
    project(cli, manifest(more=LIVE))
    assert apply(cli).code == 0
    assert cli.read(".pareta/.gitignore") == "*\n"
    assert sorted(p.name for p in cli.root.iterdir()) == [".pareta", "pareta.lock", "pareta.yaml"]


def test_rows_that_a_newer_task_refuses_are_found_while_planning(cli: Cli) -> None:
    project(cli, manifest(more=LIVE + MEASURED.replace("expected: lost", "expected: stolen")))
    ended = cli("plan")
    assert ended.code == 1
    assert "error: pareta.yaml:" in ended.err
    assert "'stolen' is not one of" in ended.err
