"""Deployments: created by a stream of events, then listed, stopped, started, measured, deleted."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from sqlite3 import Connection
from typing import Any

from pareta_plan.platform.bodies import Deploy
from pareta_plan.platform.catalog.catalog import Catalog, CatalogTask
from pareta_plan.platform.refusal import Refusal, bad_request, not_found
from pareta_plan.platform.serving import metrics
from pareta_plan.platform.serving.deployed import Tasks, kept, spec_of
from pareta_plan.platform.serving.deploys import DeployFailed, Deploys
from pareta_plan.platform.store import contents, names
from pareta_plan.platform.store import endpoints as rows
from pareta_plan.platform.store.endpoints import EndpointRow
from pareta_plan.platform.store.idempotency import Answer, Effect, RequestKey, once
from pareta_plan.platform.store.store import Store
from pareta_plan.wire import AUTO, DeployEvent, Endpoint, Leaderboard


class Endpoints:
    """What `/v1/endpoints` does; `url` is where the server answers."""

    def __init__(
        self, store: Store, catalog: Catalog, tasks: Tasks, deploys: Deploys, url: str
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._tasks = tasks
        self._deploys = deploys
        self._url = f"{url}/v1"

    def deploy(
        self, body: Deploy, key: RequestKey | None
    ) -> Generator[DeployEvent | None, None, None]:
        """Create an endpoint and have its model loaded, listened to or not.

        Gives the events of that; None is a while without any. Raises Refusal at once: 400 for
        an unknown task or alias, 409 for a taken name.
        """
        self._deploys.drop_abandoned()
        creation: list[tuple[EndpointRow, CatalogTask]] = []
        answer = once(self._store, key, lambda: self._creation(body, creation.append))
        name = answer.body["id"]
        following = [self._deploys.begin(*created) for created in creation]
        return self._told(name, following[0] if following else self._deploys.follow(name))

    def every(self) -> list[dict[str, Any]]:
        """All endpoints, oldest first."""
        with self._store.read() as connection:
            return [self.shown(row) for row in rows.every(connection)]

    def get(self, endpoint_id: str) -> dict[str, Any]:
        """One endpoint. Raises Refusal (404)."""
        with self._store.read() as connection:
            return self.shown(require(connection, endpoint_id))

    def switch(self, endpoint_id: str, status: str, key: RequestKey | None) -> dict[str, Any]:
        """Make an endpoint `live` or `stopped`. Raises Refusal: 404, or 409 while it starts."""

        def effect(connection: Connection) -> Answer:
            row = require(connection, endpoint_id)
            if row.status == "starting":
                raise Refusal(409, f"the endpoint {endpoint_id!r} is still starting")
            if row.status != status:
                rows.set_status(connection, endpoint_id, status)
            return Answer(
                {"id": row.id, "name": row.id, "status": status}, 200, rows.subject(row.id)
            )

        return once(self._store, key, lambda: effect).body

    def delete(self, endpoint_id: str) -> None:
        """Delete an endpoint and the memory of the requests that made it. Raises Refusal (404)."""
        with self._store.write() as connection:
            if not rows.remove(connection, endpoint_id):
                raise not_found("endpoint", endpoint_id)

    def metric(self, endpoint_id: str, dimension: str) -> dict[str, Any]:
        """One dimension, measured on this endpoint. Raises Refusal (404)."""
        with self._store.read() as connection:
            row = require(connection, endpoint_id)
            measured = metrics.MEASURED.get(dimension)
            values = measured(connection, row.id) if measured else self._quality(row)
        return {"endpoint": row.id, **values}

    def models(self) -> dict[str, Any]:
        """Endpoints and stable names as OpenAI's list of models; with a router, `auto` is all."""
        with self._store.read() as connection:
            having_url = [row for row in rows.every(connection) if row.status != "starting"]
            named = names.every(connection)
        made = {row.id: int(row.created) for row in having_url}
        made |= {one.name: made[one.endpoint_id] for one in named if one.endpoint_id in made}
        shown = {AUTO: 0} if self._catalog.generation.routes else made
        common = {"object": "model", "owned_by": "pareta"}
        data = [{"id": id, **common, "created": at} for id, at in shown.items()]
        return {"object": "list", "data": data}

    def shown(self, row: EndpointRow) -> dict[str, Any]:
        """An endpoint as clients see it."""
        task = self._task(row)
        return Endpoint(
            id=row.id,
            name=row.id,
            model=row.alias,
            status=row.status,
            task=row.task_id,
            url=None if row.status == "starting" else self._url,
            recommended_system_prompt=_prompt(task, "recommended_system_prompt"),
            prompt_scaffold=_prompt(task, "prompt_scaffold"),
            **_declared(row),
        ).to_dict()

    def _told(
        self, name: str, following: Iterator[DeployEvent | None]
    ) -> Generator[DeployEvent | None, None, None]:
        try:
            yield from following
            yield DeployEvent(event="complete", data={"endpoint": self.get(name)})
        except DeployFailed as error:
            yield DeployEvent(event="error", data={"message": str(error)})
        except Refusal as refusal:
            yield DeployEvent(event="error", data={"message": refusal.detail})

    def _creation(
        self, body: Deploy, created: Callable[[tuple[EndpointRow, CatalogTask]], None]
    ) -> Effect:
        task = self._catalog.get(body.task)
        if task is None:
            raise bad_request(f"there is no task {body.task!r}")
        alias = _alias(task, body.model)
        name = body.name or _name(task.id)

        def effect(connection: Connection) -> Answer:
            if rows.get(connection, name):
                raise Refusal(409, f"there is an endpoint {name!r} already")
            if names.get(connection, name):
                raise Refusal(409, f"{name!r} is the stable name of an endpoint")
            owner, own = self._deploys.owner, kept(task, alias)
            digest = task.content.digest
            row = EndpointRow(name, task.id, alias, "starting", owner, time.time(), own, digest)
            contents.add(connection, *task.content)
            rows.add(connection, row)
            created((row, task))
            return Answer({"id": name}, 200, rows.subject(name))

        return effect

    def _task(self, row: EndpointRow) -> CatalogTask | None:
        with suppress(Refusal):
            return self._tasks.of(row)
        return None

    def _quality(self, row: EndpointRow) -> dict[str, Any]:
        """By today's board, where it is of what the endpoint answers by."""
        task = self._catalog.get(row.task_id)
        same = task and row.content in (None, task.content.digest)
        board = task.leaderboard() if task and same else Leaderboard(task_id=row.task_id)
        entry = next((e.to_dict() for e in board.models if e.name == row.alias), None)
        return metrics.quality(entry, board.metric)


def _declared(row: EndpointRow) -> dict[str, Any]:
    """The digest of what a project's model stands for, where it is one."""
    spec = spec_of(row)
    return {"declared": spec.options.get("declared")} if spec else {}


def require(connection: Connection, endpoint_id: str) -> EndpointRow:
    """An endpoint. Raises Refusal (404)."""
    row = rows.get(connection, endpoint_id)
    if row is None:
        raise not_found("endpoint", endpoint_id)
    return row


def _alias(task: CatalogTask, model: str) -> str:
    aliases = ", ".join(spec.alias for spec in task.models)
    alias = task.leaderboard().recommended if model == "recommended" else model
    if alias is None:
        raise bad_request(f"{task.id} has no measured models yet; name one of {aliases}")
    if task.model(alias) is None:
        raise bad_request(f"{task.id} has no model {model!r}; its models are {aliases}")
    return alias


def _name(task_id: str) -> str:
    fit = re.sub("[^a-z0-9-]+", "-", task_id.lower())
    return f"{fit[:54]}-{secrets.token_hex(4)}"


def _prompt(task: CatalogTask | None, field: str) -> str | None:
    return task.spec.prompt if task and task.spec.answers.prompt_field == field else None
