"""Chat completions in OpenAI's wire format, answered by an endpoint's model and metered."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any

from pareta_plan.platform.bodies import MAX_TEXT
from pareta_plan.platform.catalog.catalog import Catalog, CatalogTask
from pareta_plan.platform.catalog.router import Router
from pareta_plan.platform.document import Document
from pareta_plan.platform.models.fleet import Fleet, ModelFailed, Served
from pareta_plan.platform.models.model import Interrupted, Prediction
from pareta_plan.platform.models.pricing import kept
from pareta_plan.platform.refusal import Refusal, bad_request
from pareta_plan.platform.serving.content import last_user_content
from pareta_plan.platform.serving.deployed import spec_of
from pareta_plan.platform.serving.endpoints import require
from pareta_plan.platform.store import endpoints as rows
from pareta_plan.platform.store import idempotency
from pareta_plan.platform.store.endpoints import EndpointRow, RequestRow
from pareta_plan.platform.store.idempotency import Answer, RequestKey
from pareta_plan.platform.store.ledger import Meter
from pareta_plan.platform.store.locks import Locks
from pareta_plan.platform.store.store import Store
from pareta_plan.wire import AUTO

if TYPE_CHECKING:
    from pareta_plan.platform.chat_body import Chat

Chunk = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """One accepted chat request."""

    endpoint: EndpointRow
    served: Served
    value: str | Document
    key: RequestKey | None = None
    usage_wanted: bool = False
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    at: float = field(default_factory=time.time)
    clock: float = field(default_factory=time.perf_counter)


@dataclass(frozen=True, slots=True)
class Inference:
    """What `/v1/chat/completions` does."""

    _store: Store
    _catalog: Catalog
    _fleet: Fleet
    _meter: Meter
    _locks: Locks
    _router: Router

    def complete(self, body: Chat, key: RequestKey | None) -> dict[str, Any]:
        """The whole completion.

        Raises Refusal: 400, 402 when the balance doesn't pay for it, 404, 503 when the endpoint
        isn't live, and what ModelFailed says. A keyed request is answered, and charged, once.
        """
        with self._alone(key):
            if seen := idempotency.recall(self._store, key):
                return seen.body
            with self._accepted(body, key) as job:
                try:
                    prediction = job.served.predict(job.value)
                except (ModelFailed, Interrupted) as error:
                    raise self._failed(job, error) from error
                return self._charge(job, prediction)

    def stream(self, body: Chat, key: RequestKey | None) -> Generator[Chunk, None, None]:
        """The completion in chunks; the refusals of `complete` come with the first one."""
        with self._alone(key):
            if seen := idempotency.recall(self._store, key):
                yield from _replayed(seen.body)
                return
            with self._accepted(body, key) as job:
                try:
                    yield from self._pieces(job)
                except (ModelFailed, Interrupted) as error:
                    raise self._failed(job, error) from error

    @contextmanager
    def _alone(self, key: RequestKey | None) -> Iterator[None]:
        """Keep other requests with the same key waiting."""
        if key is None:
            yield
            return
        name = f"request:{key.name}"
        with self._locks.hold(name):
            try:
                yield
            finally:
                self._locks.forget(name)

    def _pieces(self, job: Job) -> Iterator[Chunk]:
        opening: Chunk | None = _chunk(job, {"role": "assistant", "content": ""})
        said = False
        for piece in job.served.stream(job.value):
            if opening:
                yield opening
                opening = None
            if isinstance(piece, Prediction):
                whole = self._charge(job, piece)
                if not said:
                    yield _chunk(job, {"content": as_text(piece.output)})
                yield from _ending(job, whole["usage"])
            elif piece:
                said = True
                yield _chunk(job, {"content": piece})

    @contextmanager
    def _accepted(self, body: Chat, key: RequestKey | None) -> Iterator[Job]:
        """The request as a job, with its usual price held back until it is done."""
        value = last_user_content(body.messages)
        endpoint = self._endpoint(body)
        if endpoint.status != "live":
            raise Refusal(503, f"the endpoint {body.model!r} is {endpoint.status}")
        task = self._catalog.get(endpoint.task_id)
        if task is None:
            raise Refusal(503, f"the task {endpoint.task_id!r} is no longer in the catalog")
        _check_fits(task, value)
        with self._meter.hold(task.price(endpoint.alias)):
            try:
                served = self._fleet.get(task, endpoint.alias, deployed=spec_of(endpoint))
            except ModelFailed as error:
                raise Refusal(error.status, str(error)) from error
            yield Job(endpoint, served, value, key, body.usage_wanted)

    def _endpoint(self, body: Chat) -> EndpointRow:
        """The endpoint that answers; for `auto` one that lives as long as the request."""
        if not self._catalog.generation.routes:
            with self._store.read() as connection:
                return require(connection, body.model)
        if body.model != AUTO:
            raise Refusal(404, f"there is no model {body.model!r}; the model here is {AUTO!r}")
        task = self._router.task([message.model_dump() for message in body.messages])
        return EndpointRow(AUTO, task.id, AUTO, "live", "", 0.0)

    def _charge(self, job: Job, prediction: Prediction) -> dict[str, Any]:
        completion = _completion(job, prediction)
        cost = kept(prediction.cost)
        subject = rows.subject(job.endpoint.id)
        with self._store.write() as connection:
            cause = f"chat:{job.id}"
            self._meter.charge(connection, cause=cause, subject=subject, pico_usd=cost)
            self._record(connection, job, completion["usage"], cost)
            idempotency.remember(connection, job.key, Answer(completion, 200, subject))
        return completion

    def _failed(self, job: Job, error: ModelFailed | Interrupted) -> Refusal:
        if isinstance(error, Interrupted):
            return Refusal(503, "the platform is stopping")
        with self._store.write() as connection:
            self._record(connection, job, {}, None)
        return Refusal(error.status, str(error))

    def _record(
        self, connection: Connection, job: Job, usage: Mapping[str, int], cost: int | None
    ) -> None:
        if rows.get(connection, job.endpoint.id) is None:
            return  # deleted meanwhile: the charge stands, there is nothing to show it on
        request = RequestRow(
            id=job.id,
            endpoint_id=job.endpoint.id,
            at=job.at,
            latency_ms=(time.perf_counter() - job.clock) * 1000,
            ok=cost is not None,
            prompt_tokens=usage.get("prompt_tokens", 0),
            completion_tokens=usage.get("completion_tokens", 0),
            cost_pico_usd=cost or 0,
        )
        rows.add_request(connection, request)


def as_text(output: Any) -> str:
    """A model's answer as a message: a label as it is, anything else as compact JSON."""
    if isinstance(output, str):
        return output
    return json.dumps(output, ensure_ascii=False, separators=(",", ":"))


def _check_fits(task: CatalogTask, value: str | Document) -> None:
    wants_document = task.spec.blob_field is not None
    if wants_document and not isinstance(value, Document):
        raise bad_request(f"{task.id} reads a document: send it as a file or image_url part")
    if not wants_document and isinstance(value, Document):
        raise bad_request(f"{task.id} reads text, not documents")
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise Refusal(413, f"a text may have at most {MAX_TEXT:,} characters, not {len(value):,}")


def _completion(job: Job, prediction: Prediction) -> dict[str, Any]:
    message = {"role": "assistant", "content": as_text(prediction.output)}
    usage = {
        "prompt_tokens": prediction.prompt_tokens,
        "completion_tokens": prediction.completion_tokens,
        "total_tokens": prediction.prompt_tokens + prediction.completion_tokens,
    }
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {**_head(job, "chat.completion"), "choices": [choice], "usage": usage}


def _chunk(job: Job, delta: Mapping[str, Any], finish_reason: str | None = None) -> Chunk:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {**_head(job, "chat.completion.chunk"), "choices": [choice]}


def _head(job: Job, kind: str) -> Chunk:
    return {"id": job.id, "object": kind, "created": int(job.at), "model": job.endpoint.id}


def _ending(job: Job, usage: Mapping[str, int]) -> Iterator[Chunk]:
    yield _chunk(job, {}, "stop")
    if job.usage_wanted:
        yield {**_chunk(job, {}), "choices": [], "usage": dict(usage)}


def _replayed(completion: Mapping[str, Any]) -> Iterator[Chunk]:
    choice: Mapping[str, Any] = completion["choices"][0]
    head = {key: completion[key] for key in ("id", "created", "model")}
    said = {"index": 0, "delta": choice["message"], "finish_reason": None}
    ended = {"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}
    for shown in (said, ended):
        yield {**head, "object": "chat.completion.chunk", "choices": [shown]}
