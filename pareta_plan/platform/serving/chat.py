"""Chat completions in OpenAI's wire format, answered by an endpoint's model and metered."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any

from pareta_plan.platform.bodies import MAX_TEXT
from pareta_plan.platform.catalog.catalog import Catalog, CatalogTask
from pareta_plan.platform.catalog.router import Router
from pareta_plan.platform.document import Document
from pareta_plan.platform.models.fleet import Fleet, ModelFailed, Served
from pareta_plan.platform.models.model import Interrupted, Prediction
from pareta_plan.platform.models.passing import Bill, Passage, PassingModel
from pareta_plan.platform.models.pricing import kept, whole_micro_usd
from pareta_plan.platform.refusal import Refusal, bad_request
from pareta_plan.platform.serving import passed
from pareta_plan.platform.serving.content import last_user_content
from pareta_plan.platform.serving.deployed import Tasks, spec_of
from pareta_plan.platform.serving.names import reached
from pareta_plan.platform.serving.receipt import Receipt
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
    value: str | Document = ""
    passage: Passage | None = None
    """A chat that is passed on whole, instead of the value."""
    key: RequestKey | None = None
    usage_wanted: bool = False
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    at: float = field(default_factory=time.time)
    clock: float = field(default_factory=time.perf_counter)

    def answer(self) -> tuple[dict[str, Any], Bill]:
        """The whole completion and what it came to. Raises ModelFailed, Interrupted."""
        if self.passage is None:
            prediction = self.served.predict(self.value)
            return _completion(self, prediction), _bill(prediction)
        with self.served.telling():
            told = self.passage.complete()
        return passed.shown(told, _head(self, "chat.completion")), self.passage.bill() or Bill()


@dataclass(frozen=True, slots=True)
class Inference:
    """What `/v1/chat/completions` does."""

    _store: Store
    _catalog: Catalog
    _tasks: Tasks
    _fleet: Fleet
    _meter: Meter
    _locks: Locks
    _router: Router

    def complete(self, body: Chat, key: RequestKey | None, receipt: Receipt) -> dict[str, Any]:
        """The whole completion; what it cost goes on the receipt.

        Raises Refusal: 400, 402 when the balance doesn't pay for it, 404, 503 when the endpoint
        isn't live, and what ModelFailed says. A keyed request is answered, and charged, once.
        """
        with self._alone(key):
            if seen := idempotency.recall(self._store, key):
                receipt.billed_micro_usd = 0
                return seen.body
            with self._accepted(body, key) as job:
                try:
                    completion, bill = job.answer()
                except (ModelFailed, Interrupted) as error:
                    raise self._failed(job, error) from error
                receipt.billed_micro_usd = self._charge(job, bill, completion)
                return completion

    def stream(
        self, body: Chat, key: RequestKey | None, receipt: Receipt
    ) -> Generator[Chunk, None, None]:
        """The completion in chunks; the refusals of `complete` come with the first one.

        An empty chunk is a while without any.
        """
        with self._alone(key):
            if seen := idempotency.recall(self._store, key):
                receipt.billed_micro_usd = 0
                yield from seen.body.get("chunks") or _replayed(seen.body)
                return
            with self._accepted(body, key) as job:
                try:
                    yield from self._passed(job) if job.passage else self._pieces(job)
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
                whole = _completion(job, piece)
                self._charge(job, _bill(piece), whole)
                if not said:
                    yield _chunk(job, {"content": as_text(piece.output)})
                yield from _ending(job, whole["usage"])
            elif piece:
                said = True
                yield _chunk(job, {"content": piece})

    def _passed(self, job: Job) -> Iterator[Chunk]:
        """The chunks of a chat that is passed on. One that is left is charged for what came."""
        told: list[Chunk] = []
        ended = False
        try:
            with closing(self._passing(job)) as chunks:
                for chunk in chunks:
                    told += [chunk] if chunk else []
                    if told:  # the first decides whether it is answered at all
                        yield chunk
            ended = True
        finally:
            self._settle(job, {"chunks": told} if ended else None)

    def _passing(self, job: Job) -> Generator[Chunk, None, None]:
        if job.passage is None:
            raise AssertionError("only a chat with a passage is passed on")
        head = _head(job, "chat.completion.chunk")
        with job.served.telling(), closing(job.passage.stream()) as chunks:
            for chunk in chunks:
                found = passed.chunk_shown(chunk, head, usage_wanted=job.usage_wanted)
                if found or not chunk:
                    yield found or {}

    def _settle(self, job: Job, whole: dict[str, Any] | None) -> None:
        """Charge a stream that was passed on for what came of it; only a whole one is kept."""
        if job.passage and (bill := job.passage.bill()):
            self._charge(job, bill, whole)

    @contextmanager
    def _accepted(self, body: Chat, key: RequestKey | None) -> Iterator[Job]:
        """The request as a job, with its usual price held back until it is done."""
        endpoint = self._endpoint(body)
        passes = endpoint.own is not None and not passed.is_bare(body)
        value = "" if passes else last_user_content(body.messages)
        if endpoint.status != "live":
            raise Refusal(503, f"the endpoint {body.model!r} is {endpoint.status}")
        task = self._tasks.of(endpoint)
        if not passes:
            _check_fits(task, value)
        with self._meter.hold(self._price(endpoint)):
            try:
                served = self._fleet.get(task, endpoint.alias, deployed=spec_of(endpoint))
            except ModelFailed as error:
                raise Refusal(error.status, str(error)) from error
            passage = _passage(served, body, task.spec.prompt) if passes else None
            yield Job(endpoint, served, value, passage, key, body.usage_wanted)

    def _price(self, endpoint: EndpointRow) -> int | None:
        """What a request usually costs, by the task's board as it is now."""
        task = self._catalog.get(endpoint.task_id)
        return task.price(endpoint.alias) if task else None

    def _endpoint(self, body: Chat) -> EndpointRow:
        """The endpoint that answers; for `auto` one that lives as long as the request."""
        if not self._catalog.generation.routes:
            with self._store.read() as connection:
                return reached(connection, body.model)
        if body.model != AUTO:
            raise Refusal(404, f"there is no model {body.model!r}; the model here is {AUTO!r}")
        task = self._router.task([message.model_dump() for message in body.messages])
        return EndpointRow(AUTO, task.id, AUTO, "live", "", 0.0)

    def _charge(self, job: Job, bill: Bill, whole: dict[str, Any] | None) -> int:
        """Charge, record and, where it is whole, remember an answer; give what was charged."""
        cost = kept(bill.cost)
        subject = rows.subject(job.endpoint.id)
        with self._store.write() as connection:
            cause = f"chat:{job.id}"
            self._meter.charge(connection, cause=cause, subject=subject, pico_usd=cost)
            self._record(connection, job, bill, cost)
            if whole is not None:
                idempotency.remember(connection, job.key, Answer(whole, 200, subject))
        return whole_micro_usd(cost)

    def _failed(self, job: Job, error: ModelFailed | Interrupted) -> Refusal:
        if isinstance(error, Interrupted):
            return Refusal(503, "the platform is stopping")
        with self._store.write() as connection:
            if not (job.passage and job.passage.bill()):  # else what came is recorded
                self._record(connection, job, Bill(), None)
        return Refusal(error.status, str(error))

    def _record(self, connection: Connection, job: Job, bill: Bill, cost: int | None) -> None:
        if rows.get(connection, job.endpoint.id) is None:
            return  # deleted meanwhile: the charge stands, there is nothing to show it on
        request = RequestRow(
            id=job.id,
            endpoint_id=job.endpoint.id,
            at=job.at,
            latency_ms=(time.perf_counter() - job.clock) * 1000,
            ok=cost is not None,
            prompt_tokens=bill.prompt_tokens,
            completion_tokens=bill.completion_tokens,
            cost_pico_usd=cost or 0,
        )
        rows.add_request(connection, request)


def as_text(output: Any) -> str:
    """A model's answer as a message: a label as it is, anything else as compact JSON."""
    if isinstance(output, str):
        return output
    return json.dumps(output, ensure_ascii=False, separators=(",", ":"))


def _bill(prediction: Prediction) -> Bill:
    return Bill(prediction.cost, prediction.prompt_tokens, prediction.completion_tokens)


def _passage(served: Served, body: Chat, prompt: str) -> Passage:
    """The chat as its model takes it. Raises Refusal."""
    if not isinstance(served.model, PassingModel):
        raise AssertionError("a project's model takes chats")
    try:
        with served.telling():
            return served.model.passage(passed.passed(body, prompt))
    except ModelFailed as error:
        raise Refusal(error.status, str(error)) from error


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
