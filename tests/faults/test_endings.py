"""How an apply ends: what it says of every workload, what it cost, and when it stops by itself."""

from __future__ import annotations

import errno
import json
import os
import signal
import threading
from collections.abc import Callable
from threading import Event
from typing import Any

import httpx
import pytest

from pareta_plan.apply import evaluation
from pareta_plan.apply.change import ChangeRun
from pareta_plan.apply.stop import Stop
from pareta_plan.cli import signals
from pareta_plan.cli.progress import Bars
from pareta_plan.client.remote import Writer
from tests.faults.platform import Platform
from tests.faults.scenarios import ALPHA, APPLY, GAMMA, LIVE, THREE, Files, manifest, measured
from tests.faults.world import Fault, Kind, World

Checkout = Callable[..., World]
SERIAL = (*APPLY, "--parallelism", "1")
EVALUATION = 4 * (10 + 100)
MUTE: Files = {"alpha.yaml": manifest("alpha", "mute-1", LIVE)}


def two_evaluations() -> Files:
    return {**ALPHA, "delta.yaml": manifest("delta", more=LIVE + measured(tag="other")), **GAMMA}


def billed(world: World, what: str = "eval:") -> int:
    return sum(m * n for (name, m), n in world.platform.ledger.items() if name.startswith(what))


def test_what_is_really_billed_is_held_against_the_cap(checkout: Checkout) -> None:
    world = checkout(two_evaluations(), Platform(overrun=2))
    reserved = 2 * EVALUATION + 3 * 10
    cap = f"{reserved / 1e6:.6f}"
    ended = world.run(*SERIAL, "--max-cost", cap)
    assert ended.code == 6
    assert billed(world) == 2 * EVALUATION
    skipped = "skipped: the apply may cost $0.000450 more; with $0.000880 billed or reserved"
    assert skipped in " ".join(ended.out.split())
    lines = ended.out.splitlines()
    table = [line for line in lines if line.startswith(("alpha  ", "delta  ", "gamma  "))]
    assert [line.split()[2] for line in table] == ["done", "skipped", "done"]
    assert "Billed for evaluations: $0.000880, of $0.000910 reserved." in ended.out
    assert "Raise the cap and run the same command again" in ended.out

    assert world.run(*SERIAL, "--max-cost", cap).code == 6
    assert billed(world) == 2 * EVALUATION
    higher = world.run(*SERIAL, "--max-cost", "1")
    assert higher.code == 0
    assert "The apply it went on with had been billed $0.000880." in higher.out
    assert billed(world) == 4 * EVALUATION
    assert world.run("plan", "--detailed-exitcode").code == 0


def test_a_later_evaluation_does_not_slip_under_a_cap_that_was_reached(checkout: Checkout) -> None:
    small = manifest("small", more=LIVE + measured(rows=2, tag="small"))
    world = checkout({**two_evaluations(), "small.yaml": small}, Platform(overrun=2))
    cap = 2 * EVALUATION + EVALUATION // 2 + 4 * 10
    ended = world.run(*SERIAL, "--max-cost", f"{cap / 1e6:.6f}", "--json")
    assert ended.code == 6
    statuses = {r["workload"]: r["status"] for r in json.loads(ended.out)["results"]}
    assert statuses == {"alpha": "done", "delta": "skipped", "gamma": "done", "small": "skipped"}


def test_what_a_workload_was_billed_counts_towards_its_own_cap(checkout: Checkout) -> None:
    capped = "  max_cost_usd: 0.001\n"
    alpha = manifest("alpha", more=LIVE + measured() + capped)
    world = checkout({"alpha.yaml": alpha, **GAMMA}, Platform(overrun=2))
    trial = checkout({"alpha.yaml": alpha, **GAMMA}, Platform(overrun=2))
    assert trial.run(*SERIAL).code == 0
    deploys = trial.points.index("POST /v1/endpoints")
    assert world.run(*SERIAL, fault=Fault(deploys, Kind.BEFORE)).code is None
    other = manifest("alpha", more=LIVE + measured(tag="other") + capped)
    world.write({"alpha.yaml": other})
    low = world.run(*SERIAL, "--max-cost", "0.0001")
    assert low.code == 6
    assert "Nothing more was spent than the $0.000880 of the apply that was stopped." in low.err
    ended = world.run(*SERIAL)
    assert ended.code == 6
    assert "skipped: alpha may cost $0.000450 more" in ended.out
    assert billed(world) == 2 * EVALUATION
    assert list(world.platform.endpoints) == ["gamma-3cd005"]


def test_what_a_failed_apply_was_billed_is_no_part_of_the_next_one(checkout: Checkout) -> None:
    world = checkout({**ALPHA, "beta.yaml": manifest("beta", "mute-1", LIVE)})
    world.platform.mute = frozenset({"mute-1"})
    assert world.run(*SERIAL).code == 1
    world.write({"alpha.yaml": manifest("alpha", "ruby-2", LIVE + measured())})
    again = world.run(*SERIAL, "--max-cost", f"{(EVALUATION + 100) / 1e6:.6f}")
    assert again.code == 1
    assert "alpha  replace  done" in again.out
    assert "had been billed" not in again.out


def test_two_workloads_that_measure_the_same_pay_once(checkout: Checkout) -> None:
    twin = manifest("twin", more=LIVE + measured())
    world = checkout({**ALPHA, "twin.yaml": twin})
    ended = world.run(*APPLY, "--parallelism", "2", "--json")
    assert ended.code == 0
    assert (
        sum(result["billed_micro_usd"] for result in json.loads(ended.out)["results"]) == EVALUATION
    )
    assert billed(world) == EVALUATION
    assert len(world.platform.endpoints) == 2


def test_what_the_platform_gives_back_is_billed_to_nobody(checkout: Checkout) -> None:
    """A second checkout, or a second look at the same models, buys nothing."""
    world = checkout(ALPHA)
    assert world.run(*APPLY).code == 0
    assert billed(world) == EVALUATION
    second = checkout(ALPHA, world.platform)
    ended = second.run(*APPLY)
    assert ended.code == 0
    assert "alpha: the platform has this evaluation already; nothing is billed" in ended.err
    assert "Billed for evaluations: $0.000000" in ended.out
    assert billed(second) == EVALUATION


@pytest.mark.parametrize("kind", [Kind.LOST, Kind.AFTER, Kind.BUSY])
def test_a_run_whose_answer_was_lost_is_billed_all_the_same(checkout: Checkout, kind: Kind) -> None:
    """Though it is over by the time that it is asked for again."""
    trial = checkout(ALPHA, Platform())
    assert trial.run(*APPLY).code == 0
    world = checkout(ALPHA)

    def finish(_: str) -> None:
        for id in world.platform.runs:
            for _look in range(5):
                url = f"http://platform/v1/eval-runs/{id}"
                world.platform.handle(httpx.Request("GET", url))

    world.on_point = finish
    ended = world.run(*APPLY, fault=Fault(trial.points.index("POST /v1/eval-runs"), kind))
    if ended.code is None:
        ended = world.run(*APPLY)
    assert ended.code == 0
    assert "Billed for evaluations: $0.000440" in ended.out
    assert billed(world) == EVALUATION


def test_json_says_what_was_reserved_and_billed(checkout: Checkout) -> None:
    world = checkout({**ALPHA, "beta.yaml": manifest("beta", "mute-1", LIVE)})
    world.platform.mute = frozenset({"mute-1"})
    ended = world.run(*SERIAL, "--fail-fast", "--json")
    alpha, beta = json.loads(ended.out)["results"]
    assert (alpha["reserve_micro_usd"], alpha["billed_micro_usd"]) == (EVALUATION + 10, EVALUATION)
    assert alpha["reason"] is None
    assert beta["status"] == "failed"
    assert beta["billed_micro_usd"] == 0


def test_independent_workloads_go_on_when_one_fails(checkout: Checkout) -> None:
    world = checkout({**MUTE, **GAMMA}, Platform(mute=frozenset({"mute-1"})))
    ended = world.run(*SERIAL)
    assert ended.code == 1
    assert "Applied: 1 done, 1 failed." in ended.out
    assert list(world.platform.endpoints) == ["gamma-3cd005"]


def test_a_full_disk_is_an_error_that_starts_nothing_more(checkout: Checkout) -> None:
    world, trial = checkout({**ALPHA, **GAMMA}), checkout({**ALPHA, **GAMMA}, Platform())
    assert trial.run(*SERIAL).code == 0
    before = trial.points.index("POST /v1/eval-runs") - 1
    assert trial.points[before] == "journal"
    ended = world.run(*SERIAL, fault=Fault(before, Kind.FULL))
    assert ended.code == 1
    assert "can't write the journal: No space left on device" in " ".join(ended.out.split())
    assert "Make room, then run the same command again" in ended.out
    assert world.platform.runs == {}
    assert world.platform.endpoints == {}
    again = world.run(*SERIAL)
    assert again.code == 0
    assert +world.platform.ledger == +trial.platform.ledger


def test_a_lockfile_that_could_not_be_written_is_told_last(checkout: Checkout) -> None:
    world, trial = checkout({**GAMMA, **ALPHA}), checkout({**GAMMA, **ALPHA}, Platform())
    assert trial.run(*SERIAL).code == 0
    last = max(n for n, point in enumerate(trial.points) if point == "lockfile")
    ended = world.run(*SERIAL, fault=Fault(last, Kind.FULL))
    assert ended.code == 1
    assert "Applied: 1 done, 1 failed." in ended.out
    said = ended.err[ended.err.index("error: can't write ") :]
    assert "No space left on device\n  Make room, then run the same command again.\n" in said
    assert list(world.root.glob(".pareta/journal-*"))
    again = world.run(*SERIAL)
    assert again.code == 0
    assert +world.platform.ledger == +trial.platform.ledger
    assert (world.root / "pareta.lock").read_bytes() == (trial.root / "pareta.lock").read_bytes()


def test_when_nobody_hears_it_any_more_nothing_goes_on_past_the_claim(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, released, late = checkout(THREE), threading.Event(), list[bool]()
    create, delete = Writer.create_eval_set, Writer.delete_eval_set

    def slow(self: Writer, task: str, name: str, *rest: Any, key: str) -> Any:
        if "lock" not in name:
            late.append(released.wait(0.5))
        return create(self, task, name, *rest, key=key)

    def unlock(self: Writer, id: str) -> None:
        released.set()
        delete(self, id)

    def gone(*_: object) -> None:
        raise OSError(errno.EIO, "the terminal is gone")

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "create_eval_set", slow)
        patch.setattr(Writer, "delete_eval_set", unlock)
        patch.setattr(Bars, "show", gone)
        ended = world.run(*SERIAL)
        for thread in [thread for thread in threading.enumerate() if thread.name == "apply"]:
            thread.join(10)
    assert (ended.code, released.is_set(), late) == (1, True, [False])
    assert world.run(*SERIAL).code == 0
    assert len(world.platform.endpoints) == 3


def test_fail_fast_begins_nothing_after_a_failure(checkout: Checkout) -> None:
    world = checkout({**MUTE, **GAMMA}, Platform(mute=frozenset({"mute-1"})))
    ended = world.run(*SERIAL, "--fail-fast")
    assert ended.code == 1
    assert "gamma  create  skipped  alpha is not done (--fail-fast)" in ended.out
    assert "Applied: 0 done, 1 failed, 1 skipped." in ended.out
    assert world.platform.endpoints == {}
    world.platform.mute = frozenset()
    assert world.run(*SERIAL).code == 0
    assert len(world.platform.endpoints) == 2


def test_what_takes_an_endpoint_over_must_be_done_before_it_is_given_up(checkout: Checkout) -> None:
    world = checkout(ALPHA)
    assert world.run(*SERIAL).code == 0
    gated = "deploy: {name: alpha, state: live}\n" + measured("min_savings: 50")
    world.write({"alpha.yaml": None, "omega.yaml": manifest("omega", more=gated)})
    ended = world.run(*SERIAL)
    assert ended.code == 3
    assert "alpha  update  skipped" in ended.out
    recorded = json.loads((world.root / "pareta.lock").read_text())["workloads"]
    assert recorded["alpha"]["deployment"]["endpoint"] == "alpha-3cd005"
    assert list(world.platform.endpoints) == ["alpha-3cd005"]


@pytest.mark.parametrize(
    "changed",
    [
        manifest("alpha", "ruby-2", LIVE + measured()),
        manifest("alpha", more=LIVE + measured("min_quality: 0")),
        manifest("alpha", more=LIVE + measured(tag="other")),
    ],
)
def test_a_stopped_apply_of_a_saved_plan_goes_on_with_nothing_else(
    changed: str, checkout: Checkout
) -> None:
    world, trial = checkout({**ALPHA, **GAMMA}), checkout({**ALPHA, **GAMMA}, Platform())
    assert trial.run(*SERIAL).code == 0
    plan = str(world.root / "release.plan")
    assert world.run("plan", "--out", plan).code == 0
    apply = ("apply", plan, "--parallelism", "1")
    at = trial.points.index("POST /v1/eval-runs")
    assert world.run(*apply, fault=Fault(at, Kind.AFTER)).code is None
    world.write({"alpha.yaml": changed})
    assert world.run("lock").code == 0
    refused = world.run(*apply)
    assert refused.code == 5
    assert "alpha: its manifest or its rows changed" in refused.err
    assert world.platform.endpoints == {}
    world.write(ALPHA)
    assert world.run("lock").code == 0
    assert world.run(*apply).code == 0
    assert +world.platform.ledger == +trial.platform.ledger


def test_an_endpoint_that_answers_nothing_is_taken_down_and_the_old_one_serves(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = checkout(GAMMA)
    assert world.run(*SERIAL).code == 0
    before = (world.root / "pareta.lock").read_bytes()
    world.write({"gamma.yaml": manifest("gamma", "ruby-2", LIVE)})
    empty = (200, json.dumps({"id": "chat", "choices": []}))
    monkeypatch.setattr(Platform, "_chat", lambda *_: empty)
    ended = world.run(*SERIAL)
    assert ended.code == 1
    assert "came up but its answer is empty" in ended.out
    assert list(world.platform.endpoints) == ["gamma-3cd005"]
    made = [json.loads(b)["workloads"]["gamma"]["deployment"] for b in (before, _lockfile(world))]
    assert made[0] == made[1]


def test_what_replaces_is_in_the_lockfile_before_the_old_one_goes(checkout: Checkout) -> None:
    world = checkout(GAMMA)
    assert world.run(*SERIAL).code == 0
    world.write({"gamma.yaml": manifest("gamma", "ruby-2", LIVE)})
    recorded = []

    def look(point: str) -> None:
        if point == "DELETE /v1/endpoints/gamma-3cd005":
            recorded.append(b"gamma-1554aa" in _lockfile(world))

    world.on_point, world.record_seconds = look, 3600.0
    assert world.run(*SERIAL).code == 0
    assert recorded == [True]


@pytest.mark.parametrize("deaf", [frozenset(), frozenset({"deploy"})])
def test_a_deployment_whose_answer_was_lost_is_found(
    deaf: frozenset[str], checkout: Checkout
) -> None:
    world, trial = checkout(GAMMA, Platform(deaf=deaf)), checkout(GAMMA, Platform(deaf=deaf))
    assert trial.run(*SERIAL).code == 0
    ended = world.run(*SERIAL, fault=Fault(trial.points.index("POST /v1/endpoints"), Kind.LOST))
    assert ended.code == 0, ended
    assert list(world.platform.endpoints) == ["gamma-3cd005"]
    assert +world.platform.ledger == +trial.platform.ledger


def test_deletions_wait_for_what_comes_up(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, gone, call = checkout({**ALPHA, **GAMMA}), Event(), ChangeRun._call
    assert world.run(*APPLY).code == 0
    world.write({"alpha.yaml": None, "delta.yaml": manifest("delta", more=LIVE)})
    early = []

    def late(running: ChangeRun, endpoint: str) -> None:
        early.append(gone.wait(0.3))
        call(running, endpoint)

    monkeypatch.setattr(ChangeRun, "_call", late)
    world.on_point = lambda point: gone.set() if point.startswith("DELETE /v1/endpoints") else None
    assert world.run(*APPLY).code == 0
    assert (early, gone.is_set()) == ([False], True)


def test_a_run_that_takes_too_long_is_taken_up_by_the_next_apply(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = checkout(ALPHA)
    with monkeypatch.context() as patch:
        patch.setattr(evaluation, "RUN_TIMEOUT_SECONDS", 0.0)
        ended = world.run(*SERIAL)
    assert ended.code == 1
    assert "is still running after 0 minutes" in ended.out
    assert "it takes up the same run and pays nothing twice" in " ".join(ended.out.split())
    assert world.run(*SERIAL).code == 0
    assert billed(world) == EVALUATION


def _lockfile(world: World) -> bytes:
    return (world.root / "pareta.lock").read_bytes()


def test_a_saved_plan_is_not_the_rest_of_another_apply(checkout: Checkout) -> None:
    world, trial = checkout(GAMMA), checkout(GAMMA, Platform())
    assert trial.run(*SERIAL).code == 0
    plan = str(world.root / "release.plan")
    assert world.run("plan", "--out", plan).code == 0
    called = trial.points.index("POST /v1/chat/completions")
    assert world.run(*SERIAL, fault=Fault(called, Kind.BEFORE)).code is None
    refused = world.run("apply", plan)
    assert refused.code == 5
    assert "endpoint gamma-3cd005 was not there, is now live" in refused.err


def test_the_next_saved_plan_takes_a_stopped_apply_over_and_goes_on_too(checkout: Checkout) -> None:
    world = checkout({**ALPHA, **GAMMA})
    plan, apply = str(world.root / "release.plan"), ("apply", "--parallelism", "1")
    assert world.run("plan", "--out", plan).code == 0
    stopped = world.run(*apply, plan, fault=Fault(12, Kind.AFTER))
    assert stopped.code is None
    world.write({"gamma.yaml": manifest("gamma", "ruby-2", LIVE)})
    assert world.run("plan", "--out", plan).code == 0
    calls = 0

    def die_at_the_second_call(point: str) -> None:
        nonlocal calls
        calls += point == "POST /v1/chat/completions"
        if calls == 2:
            world.die()

    world.on_point = die_at_the_second_call
    assert world.run(*apply, plan).code is None
    world.on_point = None
    assert len(world.platform.endpoints) == 2
    assert world.run(*apply, plan).code == 0
    assert world.run("plan", "--detailed-exitcode").code == 0
    assert not list(world.root.glob(".pareta/journal-*"))


def test_the_final_table_fits_80_columns(checkout: Checkout) -> None:
    long = "a-workload-with-a-name-longer-than-its-column"
    files: Files = {"long.yaml": manifest(long, "mute-1", LIVE), **GAMMA}
    world = checkout(files, Platform(mute=frozenset({"mute-1"})))
    ended = world.run(*SERIAL)
    lines = ended.out.splitlines()
    first = next(
        n for n, line in enumerate(lines) if line.startswith("a-workload-with-a-name-long...")
    )
    table = lines[first : first + 2]
    assert table[0].startswith("a-workload-with-a-name-long...")
    assert table[1].split()[1:3] == ["create", "done"]
    assert all(len(line) <= 80 for line in table), table


@pytest.mark.parametrize("kind", [Kind.LOST, Kind.AFTER])
@pytest.mark.parametrize("point", ["POST /v1/eval-runs", "POST /v1/chat/completions"])
def test_a_metered_request_that_is_repeated_is_told(
    kind: Kind, point: str, checkout: Checkout
) -> None:
    world, trial = checkout(ALPHA), checkout(ALPHA, Platform())
    assert trial.run(*SERIAL).code == 0
    said = world.run(*SERIAL, fault=Fault(trial.points.index(point), kind)).err
    if kind is Kind.AFTER:
        said = world.run(*SERIAL).err
    assert "the answer to a metered request was lost" in said
    assert "Idempotency-Key" in said
    assert +world.platform.ledger == +trial.platform.ledger


def test_ctrl_c_says_what_was_done_and_what_is_left(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, heard = checkout(THREE), Event()
    request = Stop.request

    def hear(stop: Stop) -> None:
        request(stop)
        heard.set()

    monkeypatch.setattr(Stop, "request", hear)

    def press(point: str) -> None:
        if point == "POST /v1/chat/completions" and not heard.is_set():
            os.kill(os.getpid(), signal.SIGINT)
            assert heard.wait(60)  # the main thread hears it, and this is another one

    world.on_point = press
    ended = world.run(*SERIAL)
    assert ended.code == 130
    table = [line.split(maxsplit=3) for line in ended.out.splitlines()[-6:-3]]
    assert [row[0] for row in table] == ["alpha", "beta", "gamma"]
    assert table[0][2] in ("stopped", "done")
    assert [row[2:4] for row in table[1:]] == [["not", "started"]] * 2
    assert "stopped; run the same command again to go on" in ended.err
    world.on_point = None
    assert world.run(*SERIAL).code == 0
    assert len(world.platform.endpoints) == 3


def test_the_second_signal_stops_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(BaseException):
        pass

    def gone(code: int) -> None:
        raise Gone(code)

    monkeypatch.setattr(os, "_exit", gone)
    before = signal.getsignal(signal.SIGTERM)
    with Bars() as bars, signals.interruptible(bars) as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.requested
        with pytest.raises(Gone, match="130"):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGTERM) is before
