"""The client's namespaces for catalog, evals and models; `serving` has those of what is deployed.

On `Pareta` a method returns its result, on `AsyncPareta` an awaitable of it. Every method may
raise the errors of `pareta_plan.errors`: APIConnectionError (and APITimeoutError) when no whole
answer came, an APIStatusError by status otherwise. Costs are integer micro-USD.
"""

from __future__ import annotations

import json
import mimetypes
import time
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from pareta_plan.client.api import Call, Resource, at, operation
from pareta_plan.client.steps import Driver, Sleep, Steps
from pareta_plan.completions import ModelList
from pareta_plan.errors import APIStatusError, APITimeoutError
from pareta_plan.wire import (
    AUTO,
    PROMPT_CHARACTERS,
    BlobUpload,
    EvalRun,
    EvalSet,
    FrontierModel,
    Leaderboard,
    Offers,
    Served,
    StartedRun,
    Task,
    TaskMatch,
)

INLINE_DOCUMENT_BYTES = 5 * 1024 * 1024
NO_CANDIDATES = "models is required (the candidates to evaluate, none of them None)"
KEYWORDS = ("all", "benchmarked")
GONE = frozenset({404, 405, 410})  # the service has moved: no generation has everything
Rows = Iterable[Mapping[str, Any]]
Frontier = str | list[str] | tuple[str, ...] | None
Source = str | Path | bytes | bytearray | BinaryIO


class Tasks(Resource[Driver]):
    """The benchmark catalog. Reads are free."""

    @operation
    def list(self) -> Steps[list[Task]]:
        """All benchmark tasks."""
        return self._api.get(list[Task], "tasks", member="tasks")

    @operation
    def retrieve(
        self, task_id: str, *, examples_n: int | None = None, documents: bool = False
    ) -> Steps[Task]:
        """A task's schema, with at most `examples_n` example rows in its `examples`.

        With `documents` the rows hold theirs as `data:` URLs, where the platform has them.
        """
        params = {} if examples_n is None else {"examples_n": examples_n}
        if documents:
            params["documents"] = 1
        return self._api.get(Task, "tasks", task_id, params=params or None)

    @operation
    def match(self, query: str, *, top_k: int = 5) -> Steps[TaskMatch]:
        """The tasks an intent in plain words may mean. Raises ValueError for a blank query."""
        if not query or not query.strip():
            raise ValueError("query is required")
        body = {"query": query, "top_k": top_k}
        call = Call("POST", at("tasks", "match"), json=body)
        return (yield from self._api.value(call, TaskMatch))

    @operation
    def leaderboard(self, task_id: str) -> Steps[Leaderboard]:
        """A task's models by measured quality, with raw unit costs."""
        return self._api.get(Leaderboard, "tasks", task_id, "leaderboard")

    @operation
    def recommended(self, task_id: str) -> Steps[str | None]:
        """What deploying `recommended` gives, None when nothing is ranked."""
        return (yield from self._api.get(Leaderboard, "tasks", task_id, "leaderboard")).recommended


class EvalSets(Resource[Driver]):
    """Uploaded rows."""

    @operation
    def create(
        self,
        *,
        task: str,
        items: Rows,
        name: str | None = None,
        prompt: str | None = None,
        idempotency_key: str | None = None,
    ) -> Steps[EvalSet]:
        """Upload rows. `prompt` says what to do with each, at most 500 characters are sent.

        Raises ValueError when there are no rows.
        """
        call = _upload(task, items, name, prompt, idempotency_key)
        return (yield from self._api.value(call, EvalSet, "eval_set"))

    @operation
    def list(self) -> Steps[list[EvalSet]]:
        """All eval sets."""
        return self._api.get(list[EvalSet], "eval-sets", member="eval_sets")

    @operation
    def retrieve(self, eval_set_id: str) -> Steps[EvalSet]:
        """One eval set."""
        return self._api.get(EvalSet, "eval-sets", eval_set_id, member="eval_set")

    @operation
    def delete(self, eval_set_id: str) -> Steps[None]:
        """Delete an eval set."""
        yield from self._api.json(Call("DELETE", at("eval-sets", eval_set_id)))

    @operation
    def upload_document(
        self,
        eval_set_id: str,
        file: Source,
        *,
        idx: int,
        field_name: str,
        mime: str | None = None,
        idempotency_key: str | None = None,
    ) -> Steps[dict[str, Any]]:
        """Attach a document (a path, bytes or a binary file) to a row, counted from 0.

        Under 5 MiB in one request, above it through a signed URL. Raises TypeError for
        anything that isn't a document.
        """
        file_name, data, mime = _document(file, mime)
        where = {"idx": idx, "field_name": field_name, "mime": mime}
        if len(data) < INLINE_DOCUMENT_BYTES:
            inline = Call(
                "POST",
                at("eval-sets", eval_set_id, "attach-blob"),
                form={name: str(value) for name, value in where.items()},
                files={"file": (file_name, data, mime)},
                key=idempotency_key,
                long=True,
            )
            return (yield from self._api.value(inline, dict[str, Any]))
        size = {"file_size": len(data)}
        mint = Call("POST", at("eval-sets", eval_set_id, "blob-upload-url"), json=where | size)
        minted = yield from self._api.value(mint, BlobUpload)
        yield from self._api.put(minted.upload_url, data, mime)
        complete = Call(
            "POST",
            at("eval-sets", eval_set_id, "blob-upload-complete"),
            json=where | {"storage_uri": minted.storage_uri},
            key=idempotency_key,
        )
        return (yield from self._api.value(complete, dict[str, Any]))


class EvalRuns(Resource[Driver]):
    """Metered runs of models over an eval set."""

    @operation
    def create(
        self,
        *,
        eval_set: str | None = None,
        task: str | None = None,
        items: Rows | None = None,
        models: Iterable[str] | None,
        frontier: Frontier = None,
        name: str | None = None,
        prompt: str | None = None,
        wait: bool = False,
        poll_interval: float = 3.0,
        timeout: float = 900.0,
        idempotency_key: str | None = None,
        max_cost_micro_usd: int | None = None,
        resumes: str | None = None,
    ) -> Steps[EvalRun]:
        """Start a run of `models` and the baselines on an eval set, or on `task` and `items`.

        `frontier` is None or "none", "all", "benchmarked", or a list of ids. With `wait` the
        result is the finished run; `poll_interval` and `timeout` are seconds. On platforms that
        know them, `max_cost_micro_usd` is a ceiling before which the run stops, and `resumes` the
        id of such a run, whose scored rows are taken over. Raises
        ValueError for another keyword, a keyword without a task, or no candidates, and
        TypeError for a frontier of another type.
        """
        open_models, listed = _candidates(models, frontier)
        if eval_set is None:
            if not (task and items):
                raise ValueError("pass eval_set=<id>, or task=... and items=... to create one")
            key = f"{idempotency_key}-set" if idempotency_key else None
            upload = _upload(task, items, name, prompt, key)
            eval_set = (yield from self._api.value(upload, EvalSet, "eval_set")).id
        if isinstance(listed, str):
            listed = yield from self._frontier_ids(listed, eval_set, task)
        candidates = [*open_models, *listed]
        if not candidates:
            raise ValueError(NO_CANDIDATES)
        more = {"max_cost_micro_usd": max_cost_micro_usd, "resumes": resumes}
        body: dict[str, Any] = {"eval_set_id": eval_set, "candidate_model_ids": candidates}
        body |= {name: value for name, value in more.items() if value is not None}
        call = Call("POST", at("eval-runs"), json=body, key=idempotency_key)
        started = yield from self._api.value(call, StartedRun)
        if wait:
            return (yield from self._waited(started.run_id, poll_interval, timeout))
        return EvalRun.model_validate({"run": {"id": started.run_id, "status": started.status}})

    @operation
    def retrieve(self, run_id: str) -> Steps[EvalRun]:
        """A run and what it found so far."""
        return self._api.get(EvalRun, "eval-runs", run_id)

    @operation
    def wait(
        self, run_id: str, *, poll_interval: float = 3.0, timeout: float = 900.0
    ) -> Steps[EvalRun]:
        """The finished run. Raises APITimeoutError after `timeout` seconds; the run goes on."""
        return self._waited(run_id, poll_interval, timeout)

    def _waited(self, run_id: str, poll_interval: float, timeout: float) -> Steps[EvalRun]:
        deadline = time.monotonic() + timeout
        while True:
            run = yield from self._api.get(EvalRun, "eval-runs", run_id)
            if run.is_terminal:
                return run
            left = deadline - time.monotonic()
            if left <= 0:
                raise APITimeoutError(
                    f"eval run {run_id} did not finish within {timeout:.0f} s",
                    hint="It goes on; wait for it by its id.",
                )
            yield Sleep(min(poll_interval, left))

    def _frontier_ids(self, keyword: str, eval_set: str, task: str | None) -> Steps[list[str]]:
        if not task:
            shape = dict[str, Any]
            found = yield from self._api.get(shape, "eval-sets", eval_set, member="eval_set")
            task = found.get("task_id")
        if not task:
            raise ValueError("can't resolve a frontier keyword without a task")
        roster = yield from _roster(self, task)
        return [m.id for m in roster if keyword == "all" or m.benchmarked]


class Evals(Resource[Driver]):
    """Bring your own rows: `sets`, `runs`, and the baselines to measure against."""

    @property
    def sets(self) -> EvalSets[Driver]:
        return EvalSets(self._api, self._driver)

    @property
    def runs(self) -> EvalRuns[Driver]:
        return EvalRuns(self._api, self._driver)

    @operation
    def frontier_models(self, task: str | None = None) -> Steps[list[FrontierModel]]:
        """The vendor roster; with a task, those that can do it, marked where benchmarked."""
        return _roster(self, task)

    @operation
    def served(self, task: str, model: str) -> Steps[Served]:
        """What the server of a project's own model says that it serves now."""
        return self._api.get(Served, "eval", "served", params={"task": task, "model": model})


class Models(Resource[Driver]):
    """Deployed endpoints as OpenAI's model list shows them."""

    @operation
    def list(self) -> Steps[ModelList]:
        """The endpoints that can be called."""
        return self._api.get(ModelList, "models")


class Platform(Resource[Driver]):
    """The platform as such."""

    @operation
    def offers(self) -> Steps[Offers]:
        """What the platform offers; asked once a client, of free routes that read.

        A platform without deployments has a router, whether it lists that or not: the hosted
        service's generations from v1 on.
        """
        if self._api.offers is None:
            deployments = yield from self._has(at("endpoints"))
            listed = yield from self._api.get(ModelList, "models")
            tasks = yield from self._api.get(list[Task], "tasks", member="tasks")
            self._api.offers = Offers(
                deployments=deployments,
                leaderboards=bool(tasks)
                and (yield from self._has(at("tasks", tasks[0].id, "leaderboard"))),
                router=not deployments or any(model.id == AUTO for model in listed),
            )
        return self._api.offers

    def _has(self, path: str) -> Steps[bool]:
        try:
            yield from self._api.json(Call("GET", path))
        except APIStatusError as refused:
            if refused.status_code in GONE:
                return False
            raise
        return True


def _upload(task: str, items: Rows, name: str | None, prompt: str | None, key: str | None) -> Call:
    count, lines = 0, BytesIO()  # of many rows no second list is made
    for item in items:
        between = b"\n" if count else b""  # none at the end: some take it for one more row
        lines.write(between + json.dumps(item, ensure_ascii=False).encode())
        count += 1
    if not count:
        raise ValueError("items is required and must be non-empty")
    form = {
        "task_id": task,
        "name": name or f"{task}, {count} rows",
        "prompt": (prompt or f"Do the task {task}.")[:PROMPT_CHARACTERS],
    }
    files = {"items": ("items.jsonl", lines.getvalue(), "application/jsonl")}
    return Call("POST", at("eval-sets"), form=form, files=files, key=key, long=True)


def _document(source: Source, mime: str | None) -> tuple[str, bytes, str]:
    """A document's name, bytes and MIME type, guessed by the name unless it is told."""
    if isinstance(source, bytes | bytearray):
        name, data = "document", bytes(source)
    elif isinstance(source, str | Path):
        name, data = Path(source).name, Path(source).read_bytes()
    elif hasattr(source, "read"):
        name, data = Path(str(getattr(source, "name", "") or "document")).name, source.read()
    else:
        raise TypeError("file must be a path, bytes, or a binary file")
    if not isinstance(data, bytes):
        raise TypeError("file must be opened in binary mode")
    return name, data, mime or mimetypes.guess_type(name)[0] or "application/octet-stream"


def _candidates(
    models: Iterable[str] | None, frontier: Frontier
) -> tuple[list[str], list[str] | str]:
    """The open models, and the baselines' ids or the keyword they are found by."""
    if isinstance(models, str) or not isinstance(frontier, str | list | tuple | None):
        raise TypeError("models must be a list, frontier None, a list, or a keyword")
    if isinstance(frontier, str) and frontier not in (*KEYWORDS, "none"):
        raise ValueError(f"unknown frontier keyword {frontier!r}: all, benchmarked or none")
    open_models = list(models or [])
    if isinstance(frontier, str):
        listed: list[str] | str = frontier if frontier in KEYWORDS else []
    else:
        listed = list(frontier or [])
    if not all(open_models) or not (open_models or listed):
        raise ValueError(NO_CANDIDATES)
    return open_models, listed


def _roster(resource: Resource[Any], task: str | None) -> Steps[list[FrontierModel]]:
    shape, params = list[FrontierModel], {"task": task} if task else None
    return resource._api.get(
        shape, "eval", "frontier-models", member="frontier_models", params=params
    )
