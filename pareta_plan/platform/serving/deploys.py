"""Loading an endpoint's model in the background, and telling whoever listens.

A deploy goes on when its client goes away. Every process holds a lock of its own as long as
it lives; an endpoint left `starting` by a process that died is dropped.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Iterator
from contextlib import ExitStack

from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.models.fleet import NOT_LOADED, STAGES, Fleet, ModelFailed
from pareta_plan.platform.serving.deployed import spec_of
from pareta_plan.platform.store import endpoints as rows
from pareta_plan.platform.store.endpoints import EndpointRow
from pareta_plan.platform.store.locks import Locks
from pareta_plan.platform.store.store import Store, StoreClosed
from pareta_plan.wire import DeployEvent

log = logging.getLogger(__name__)

TICK_SECONDS = 0.5
JOIN_SECONDS = 5.0
LOST = "the server that deployed it stopped before it was ready"


class DeployFailed(Exception):
    """Why an endpoint did not become ready, in words fit for clients."""


class Deployment:
    """The events of a deploy under way."""

    def __init__(self) -> None:
        self._events: list[DeployEvent] = []
        self._failure: str | None = None
        self._over = False
        self._changed = threading.Condition()

    def say(self, stage: str, label: str, share: float | None = None) -> None:
        """Tell of a stage; `share` done in [0, 1]."""
        data = {"stage": stage, "label": label}
        percent = {} if share is None else {"pct": round(share * 100, 1)}
        with self._changed:
            self._events.append(DeployEvent(event="progress", data={**data, **percent}))
            self._changed.notify_all()

    def end(self, failure: str | None = None) -> None:
        """No more events; `failure` says why it came to nothing."""
        with self._changed:
            self._failure, self._over = failure, True
            self._changed.notify_all()

    def events(self) -> Iterator[DeployEvent | None]:
        """All events from the first on; None whenever nothing happened for a while.

        Raises DeployFailed at the end if it failed.
        """
        seen = 0
        while True:
            with self._changed:
                if len(self._events) == seen and not self._over:
                    self._changed.wait(TICK_SECONDS)
                fresh, over = self._events[seen:], self._over
            yield from fresh
            seen += len(fresh)
            if over:
                break
            if not fresh:
                yield None
        if self._failure:
            raise DeployFailed(self._failure)


class Deploys:
    """The deploys of this process, and a look at those of others."""

    def __init__(self, store: Store, fleet: Fleet, locks: Locks) -> None:
        self.owner = secrets.token_hex(8)
        self._store = store
        self._fleet = fleet
        self._locks = locks
        self._guard = threading.Lock()
        self._running: dict[str, tuple[Deployment, threading.Thread]] = {}
        self._presence = ExitStack()
        self._presence.enter_context(locks.hold(_process(self.owner)))

    def begin(self, row: EndpointRow, task: CatalogTask) -> Iterator[DeployEvent | None]:
        """Load the model of a new endpoint in a thread of its own; gives the events of that."""
        deployment, name = Deployment(), row.id
        thread = threading.Thread(
            target=self._run,
            args=(deployment, row, task),
            name=f"deploy {name}",
            daemon=True,
        )
        with self._guard:
            self._running[name] = deployment, thread
        thread.start()
        return deployment.events()

    def follow(self, name: str) -> Iterator[DeployEvent | None]:
        """The events of a deploy from its first on, wherever it runs; at once if it is over.

        None stands for a while without news. Raises DeployFailed.
        """
        with self._guard:
            running = self._running.get(name)
        return running[0].events() if running else self._watch(name)

    def drop_abandoned(self) -> None:
        """Drop the endpoints that a dead process left starting."""
        with self._store.read() as connection:
            starting = [row for row in rows.every(connection) if row.status == "starting"]
        for row in starting:
            if self._is_dead(row.owner):
                self._drop(row.id)

    def close(self) -> None:
        """Wait a little for deploys under way, and be gone."""
        with self._guard:
            threads = [thread for _, thread in self._running.values()]
        for thread in threads:
            thread.join(JOIN_SECONDS)
        self._locks.forget(_process(self.owner))
        self._presence.close()

    def _run(self, deployment: Deployment, row: EndpointRow, task: CatalogTask) -> None:
        failure: str | None = NOT_LOADED
        name = row.id
        try:
            failure = self._bring_up(deployment, row, task)
        except StoreClosed:
            failure = LOST
        except Exception as error:
            log.error("the deploy of %s failed: %s", name, type(error).__name__)
        finally:
            with self._guard:
                self._running.pop(name, None)
            deployment.end(failure)

    def _bring_up(self, deployment: Deployment, row: EndpointRow, task: CatalogTask) -> str | None:
        name = row.id
        deployment.say("resolving", f"{row.alias} for {task.id}")

        def on_stage(stage: str, share: float | None) -> None:
            deployment.say(stage, STAGES[stage], share)

        try:
            self._fleet.get(task, row.alias, on_stage, spec_of(row))
        except ModelFailed as error:
            self._drop(name)
            return str(error)
        with self._store.write() as connection:
            if not rows.set_status(connection, name, "live"):
                return "the endpoint was deleted while it started"
        deployment.say("ready", "Ready to answer")
        return None

    def _watch(self, name: str) -> Iterator[None]:
        pause = threading.Event()
        while True:
            with self._store.read() as connection:
                row = rows.get(connection, name)
            if row is None:
                raise DeployFailed(NOT_LOADED)
            if row.status != "starting":
                return
            if self._is_dead(row.owner):
                self._drop(name)
                raise DeployFailed(LOST)
            pause.wait(TICK_SECONDS)
            yield None

    def _is_dead(self, owner: str) -> bool:
        with self._locks.claim(_process(owner)) as free:
            return free

    def _drop(self, name: str) -> None:
        with self._store.write() as connection:
            rows.remove(connection, name)


def _process(owner: str) -> str:
    return f"process:{owner}"
