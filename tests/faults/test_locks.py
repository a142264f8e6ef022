"""Two applies at once: in one folder, and in two checkouts on one platform."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from pareta_plan.apply import claim
from pareta_plan.apply.claim import Claiming, Example
from pareta_plan.apply.journal import Journal
from pareta_plan.errors import ParetaError
from pareta_plan.manifest.scope import Scope
from pareta_plan.project import folder_lock
from pareta_plan.project.project import Project
from pareta_plan.project.who import whoami
from pareta_plan.wire import EvalSet
from tests.faults.platform import Platform
from tests.faults.scenarios import ALPHA, APPLY, GAMMA, LIVE, THREE, manifest
from tests.faults.world import World

Checkout = Callable[..., World]


def dies_at(world: World, point: str, *more: str) -> None:
    """Apply, and die before the first point of that name."""

    def when(name: str) -> None:
        if name == point:
            world.die()

    world.on_point = when
    assert world.run(*APPLY, "--parallelism", "1", *more).code is None
    world.on_point = None


def claims_on(world: World) -> list[str]:
    names = [owner["name"] for owner in world.platform.sets.values()]
    return [name for name in names if name.startswith("pareta-plan lock ")]


def test_another_machine_is_kept_out_until_it_is_unlocked_by_force(checkout: Checkout) -> None:
    here, there = checkout(THREE), checkout(ALPHA)
    dies_at(here, "POST /v1/endpoints")
    (claimed,) = claims_on(here)
    before = (dict(there.platform.endpoints), +there.platform.ledger)

    refused = there.run(*APPLY)
    assert refused.code == 1
    assert (
        f"another apply of this project is running on http://127.0.0.1:9: {whoami()}, since 2"
        in (refused.err)
    )
    assert "pareta-plan force-unlock" in refused.err
    assert "share this lock" in refused.err
    assert claims_on(there) == [claimed]
    assert not list(there.root.glob(".pareta/journal-*"))
    assert (dict(there.platform.endpoints), +there.platform.ledger) == before

    asked = there.run("force-unlock")
    assert asked.code == 1
    assert "nobody is there to confirm it" in asked.err
    forced = there.run("force-unlock", "--auto-approve")
    assert forced.code == 0
    assert f"by {whoami()}, since 2" in forced.out
    assert claims_on(there) == []
    assert there.run(*APPLY).code == 0
    assert "nothing is locked on" in there.run("force-unlock").err

    assert here.run(*APPLY).code == 0
    assert claims_on(here) == []
    rows = {what: n for (what, _), n in here.platform.ledger.items() if what.startswith("eval:")}
    assert set(rows.values()) == {1}, "two machines paid for the same rows"


def test_environments_and_named_projects_have_locks_of_their_own(checkout: Checkout) -> None:
    named = "version: 1\nproject: shop\nenvironments: {prod: {}, staging: {}}\n"
    here = checkout({**GAMMA, "pareta-project.yaml": named})
    there = checkout({**GAMMA, "pareta-project.yaml": named})
    dies_at(here, "POST /v1/endpoints", "--env", "prod")
    assert " lock shop/prod by " in claims_on(here)[0]
    assert there.run(*APPLY, "--env", "staging").code == 0
    refused = there.run(*APPLY, "--env", "prod")
    assert refused.code == 1
    assert "share this lock" not in refused.err
    assert "nothing is locked" in there.run("force-unlock", "--env", "staging").err
    assert there.run("force-unlock", "--env", "prod", "--auto-approve").code == 0
    assert there.run(*APPLY, "--env", "prod").code == 0
    assert here.run(*APPLY, "--env", "prod").code == 0
    assert len(here.platform.endpoints) == 2


def test_a_killed_apply_knows_its_own_claim(checkout: Checkout) -> None:
    world = checkout(ALPHA)
    dies_at(world, "POST /v1/endpoints")
    (claimed,) = claims_on(world)
    seen: list[list[str]] = []
    world.on_point = lambda _: seen.append(claims_on(world))
    assert world.run(*APPLY).code == 0
    assert all(names in ([claimed], []) for names in seen)
    assert claims_on(world) == []


def test_a_claim_is_given_back_by_a_project_that_was_renamed(checkout: Checkout) -> None:
    world = checkout(ALPHA)
    dies_at(world, "POST /v1/endpoints")
    assert len(claims_on(world)) == 1
    world.write({"pareta-project.yaml": "version: 1\nproject: shop\n"})
    assert world.run(*APPLY).code == 0
    assert claims_on(world) == []


def test_a_wait_of_no_length_is_none(checkout: Checkout) -> None:
    here, there = checkout(ALPHA), checkout(ALPHA)
    dies_at(here, "POST /v1/endpoints")
    assert there.run(*APPLY, "--lock-timeout", "nan").code == 1


def test_an_apply_with_nothing_to_do_makes_no_claim(checkout: Checkout) -> None:
    world = checkout(GAMMA)
    assert world.run(*APPLY).code == 0
    assert world.run(*APPLY).code == 0
    assert world.points == ["GET /v1/endpoints", "GET /v1/names", "GET /v1/tasks"]


def test_a_platform_that_does_not_list_the_claim_is_not_written_to(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = checkout(GAMMA)
    monkeypatch.setattr(Platform, "_list_sets", lambda *_: (200, '{"eval_sets": []}'))
    ended = world.run(*APPLY)
    assert ended.code == 1
    assert "doesn't list the eval set that claims this project" in ended.err
    assert world.platform.endpoints == {}
    assert world.run(*APPLY, "--no-lock").code == 0


def test_no_lock_makes_no_claim(checkout: Checkout) -> None:
    world = checkout(GAMMA)
    assert world.run(*APPLY, "--no-lock").code == 0
    assert "POST /v1/eval-sets" not in world.points


def test_waiting_for_another_machine(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim, "RETRY_SECONDS", 0.01)
    here, there = checkout(ALPHA), checkout(ALPHA)
    dies_at(here, "POST /v1/endpoints")
    tries = itertools.count()

    def unlock(point: str) -> None:
        if point == "GET /v1/eval-sets" and next(tries) == 6:
            for id in [s["id"] for s in there.platform.sets.values() if "lock" in s["name"]][:1]:
                del there.platform.sets[id]

    there.on_point = unlock
    waited = there.run(*APPLY, "--lock-timeout", "30")
    assert waited.code == 0
    assert waited.err.count("note: waiting for another apply of this project, of ") == 1
    assert next(tries) > 7
    assert claims_on(there) == []


def test_a_world_that_moved_while_it_was_waited_for_is_refused(checkout: Checkout) -> None:
    world = checkout(GAMMA)
    assert world.run(*APPLY).code == 0
    world.write({"gamma.yaml": manifest("gamma", "ruby-2", LIVE)})

    def move(point: str) -> None:
        if point == "GET /v1/eval-sets":
            for found in world.platform.endpoints.values():
                found["status"] = "stopped"

    world.on_point = move
    moved = world.run(*APPLY)
    assert moved.code == 5
    assert "the plan no longer fits: " in moved.err
    assert "Run the same command again: it makes a new plan." in moved.err
    assert "stopped" in moved.err
    assert list(world.platform.endpoints) == ["gamma-3cd005"]
    assert claims_on(world) == []
    assert not list(world.root.glob(".pareta/journal-*"))


def test_a_lockfile_that_changed_while_it_was_waited_for_is_not_overwritten(
    checkout: Checkout,
) -> None:
    world = checkout({**ALPHA, **GAMMA})
    assert world.run("lock").code == 0
    path = world.root / "pareta.lock"
    other = path.read_bytes() + b"\n"

    def change(point: str) -> None:
        if point == "GET /v1/eval-sets":
            path.write_bytes(other)

    world.on_point = change
    ended = world.run(*APPLY)
    assert ended.code == 5
    assert "another process wrote the lockfile meanwhile" in ended.err
    assert path.read_bytes() == other
    assert world.platform.endpoints == {}


def test_an_endpoint_that_came_up_meanwhile_is_no_world_that_moved(checkout: Checkout) -> None:
    world = checkout(GAMMA)
    dies_at(world, "POST /v1/chat/completions")
    (begun,) = world.platform.endpoints.values()
    begun["status"] = "starting"

    def come_up(point: str) -> None:
        if point == "GET /v1/eval-sets":
            begun["status"] = "live"

    world.on_point = come_up
    assert world.run(*APPLY).code == 0
    assert claims_on(world) == []


def test_waiting_for_an_apply_in_this_folder(checkout: Checkout) -> None:
    world = checkout(GAMMA)
    assert world.run("lock").code == 0
    (world.root / ".pareta").mkdir(exist_ok=True)
    held = FileLock(world.root / ".pareta" / "apply.lock", thread_local=False)
    held.acquire()
    assert world.run(*APPLY, "--lock-timeout", "0.05").code == 1
    release = threading.Timer(0.2, held.release)
    release.start()
    waited = world.run(*APPLY, "--lock-timeout", "30")
    assert waited.code == 0
    assert "waiting for another apply in this project: " in waited.err
    release.join()


def test_an_apply_in_this_folder_is_named(checkout: Checkout) -> None:
    world = checkout(GAMMA)
    said = []

    def look(point: str) -> None:
        if point.startswith("POST /v1/endpoints"):
            said.append(folder_lock.holder(Project(world.root)))

    world.on_point = look
    assert world.run(*APPLY).code == 0
    assert said[0]
    assert whoami() in said[0]
    assert folder_lock.holder(Project(world.root)) is None
    assert not (world.root / ".pareta" / "apply.holder.json").exists()


def test_nothing_else_writes_the_lockfile_while_an_apply_runs(checkout: Checkout) -> None:
    world = checkout(GAMMA)
    assert world.run(*APPLY).code == 0
    before = (world.root / "pareta.lock").read_bytes()
    world.write(ALPHA)
    with FileLock(world.root / ".pareta" / "apply.lock"):
        for command in ("plan", "lock"):
            ended = world.run(command)
            assert ended.code == 1
            assert "an apply is running in this project" in ended.err
        assert world.run("force-unlock", "--auto-approve").code == 1
    assert (world.root / "pareta.lock").read_bytes() == before
    assert world.run("plan").code == 0


def test_a_lockfile_that_an_editor_changed_meanwhile_is_told(checkout: Checkout) -> None:
    world = checkout(GAMMA)

    def edit(point: str) -> None:
        if point == "POST /v1/chat/completions":
            (world.root / "pareta.lock").write_text("something else")

    world.on_point = edit
    ended = world.run(*APPLY)
    assert ended.code == 0
    assert "note: pareta.lock was changed by something else while apply ran" in ended.err
    assert world.run("plan", "--locked", "--detailed-exitcode").code == 0


def test_a_lockfile_written_meanwhile_is_not_overwritten(checkout: Checkout) -> None:
    world = checkout(GAMMA)
    assert world.run(*APPLY).code == 0
    (world.root / "pareta.lock").write_text(
        (world.root / "pareta.lock").read_text().replace("gamma-3cd005", "gamma-000000")
    )
    mine = (world.root / "pareta.lock").read_bytes()
    world.write(ALPHA)
    other = mine.replace(b"gamma-000000", b"gamma-3cd005")

    def write(point: str) -> None:
        if point == "GET /v1/tasks":
            (world.root / "pareta.lock").write_bytes(other)

    world.on_point = write
    ended = world.run("plan")
    assert ended.code == 5
    assert "another process wrote the lockfile meanwhile" in ended.err
    assert (world.root / "pareta.lock").read_bytes() == other


class Turns:
    """A platform's eval sets, on which each request waits for its turn."""

    def __init__(self, order: tuple[int, ...]) -> None:
        self._order = list(order)
        self._sets: dict[str, EvalSet] = {}
        self._changed = threading.Condition()
        self.name = "http://127.0.0.1:9"

    def of(self, who: int) -> Any:
        """The writer of one machine."""
        turns = self

        class Writer:
            name = turns.name

            def eval_sets(self) -> list[EvalSet]:
                return list(turns.take(who, turns._sets.values))

            def create_eval_set(self, task: str, name: str, *_: Any, key: str) -> None:
                made = EvalSet(id=key, task_id=task, name=name)
                turns.take(who, lambda: turns._sets.update({key: made}))

            def delete_eval_set(self, id: str) -> None:
                turns.take(who, lambda: turns._sets.pop(id))

        return Writer()

    def take(self, who: int, act: Callable[[], Any]) -> Any:
        """Act when it is `who`'s turn; at once when the order has nothing more of him."""
        with self._changed:
            self._changed.wait_for(lambda: who not in self._order or self._order[0] == who, 10)
            if self._order and self._order[0] == who:
                self._order.pop(0)
            answer = act()
            self._changed.notify_all()
            return answer

    def leave(self, who: int) -> None:
        """Who is through takes no more turns."""
        with self._changed:
            self._order = [turn for turn in self._order if turn != who]
            self._changed.notify_all()


@pytest.mark.parametrize("order", sorted(set(itertools.permutations((0, 0, 0, 1, 1, 1)))))
def test_of_two_that_claim_at_once_at_most_one_holds(
    order: tuple[int, ...], tmp_path: Path
) -> None:
    turns, holding = Turns(order), list[int]()

    def attempt(who: int) -> None:
        with Journal(tmp_path / f"journal-{who}") as journal:
            try:
                claiming = Claiming(turns.of(who), journal, Scope("shop"))
                claiming.acquire(Example("words", {}), 0, lambda _: None, lambda _: None)
                holding.append(who)
            except ParetaError:
                assert not journal.claims
            turns.leave(who)

    machines = [threading.Thread(target=attempt, args=(who,)) for who in (0, 1)]
    for machine in machines:
        machine.start()
    for machine in machines:
        machine.join(20)
    assert len(holding) <= 1
    assert len(turns._sets) == len(holding)
