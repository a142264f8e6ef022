"""The routes of the HTTP contract. A new one is a row here, and a model in `bodies`."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from starlette import routing
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.responses import JSONResponse

from pareta_plan import completions, wire
from pareta_plan.platform import bodies
from pareta_plan.platform.bodies import Nothing
from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.catalog.generation import Generation
from pareta_plan.platform.http import answers
from pareta_plan.platform.http.guard import Guard, refused, unroutable
from pareta_plan.platform.http.kept import Kept
from pareta_plan.platform.http.pools import Pool, Pools
from pareta_plan.platform.http.route import Asked, Route
from pareta_plan.platform.http.web import chunks, events
from pareta_plan.platform.platform import Platform
from pareta_plan.platform.refusal import Refusal, not_found
from pareta_plan.platform.scoring.examples import shown
from pareta_plan.platform.serving.receipt import Receipt

if TYPE_CHECKING:
    from pareta_plan.platform.chat_body import Chat


def create_app(platform: Platform, api_key: str) -> Guard:
    """The application that serves `platform` to whoever has `api_key`."""
    kept = Kept()
    platform.on_change = kept.clear
    handlers = {Refusal: refused, HTTPException: unroutable}
    return Guard(ExceptionMiddleware(create_router(platform, kept), handlers), api_key, kept)


def create_router(platform: Platform, kept: Kept) -> routing.Router:
    """What answers a request by its method and path, and puts into `kept` what stays the same."""
    pools = Pools()
    routes = [
        routing.Route(route.path, route.endpoint(platform, pools, kept), methods=[route.method])
        for route in table(platform.catalog.generation)
    ]
    # a slash more isn't redirected: it would send clients to whatever host they named
    return routing.Router(routes, redirect_slashes=False)


def table(generation: Generation) -> tuple[Route[Any], ...]:
    """Every route of a platform of this generation."""
    everywhere = (*CATALOG, *INFERENCE, *EVALS, *GENERAL)
    return everywhere if generation.routes else (*everywhere, *DEPLOYMENTS, *METRICS)


def _task(platform: Platform, task_id: str) -> CatalogTask:
    task = platform.catalog.get(task_id)
    if task is None:
        raise not_found("task", task_id)
    return task


def _tasks(platform: Platform, _asked: Asked[Nothing]) -> Any:
    return {"tasks": [task.task_wire().to_dict() for task in platform.catalog.tasks()]}


def _roster(platform: Platform, asked: Asked[bodies.Roster]) -> Any:
    named = asked.sent.task
    roster = platform.catalog.roster(_task(platform, named) if named else None)
    return {"frontier_models": [model.to_dict() for model in roster], "task": named}


def _served(platform: Platform, asked: Asked[bodies.Named]) -> Any:
    task, model = _task(platform, asked.sent.task), asked.sent.model
    return wire.Served(task=task.id, model=model, served=platform.served(task, model)).to_dict()


def _proposed(platform: Platform, asked: Asked[bodies.Proposing]) -> Any:
    from pareta_plan.platform.evals.contract import propose

    return propose(platform.catalog, platform.matching, asked.sent, asked.file)


def _chat_body() -> type[Chat]:
    from pareta_plan.platform.chat_body import Chat

    return Chat


def _chat(platform: Platform, asked: Asked[Chat]) -> Any:
    receipt = Receipt()
    if asked.sent.stream:
        stream = platform.inference.stream(asked.sent, asked.key, receipt)
        return chunks(stream, receipt.headers)
    answer = platform.inference.complete(asked.sent, asked.key, receipt)
    return JSONResponse(answer, headers=receipt.headers())


def _metric(dimension: str, platform: Platform, asked: Asked[Nothing]) -> Any:
    return platform.endpoints.metric(asked.id, dimension)


@cache
def _document(generation: Generation) -> dict[str, Any]:
    from pareta_plan.platform.http.openapi import document

    return document(table(generation))


TASK = "/v1/tasks/{task_id}"
ENDPOINT = "/v1/endpoints/{endpoint_id}"
SET = "/v1/eval-sets/{set_id}"

GENERAL = (
    Route(
        "GET", "/healthz", Nothing, answers.STATUS, "Whether it serves",
        lambda p, asked: {"status": "ok"}, pool=Pool.LOOP,
    ),
    Route(
        "GET", "/openapi.json", Nothing, dict[str, Any], "This document",
        lambda p, asked: _document(p.catalog.generation), constant=True,
    ),
    Route(
        "PUT", "/uploads/{token}", bodies.Upload, answers.STATUS, "Send an announced document",
        lambda p, asked: p.documents.receive(asked.id, asked.sent, asked.file), refuses=(409,),
        admits=lambda p, token: p.documents.promised(token).size,
    ),
)  # fmt: skip

CATALOG = (  # the router tries them in this order
    Route(
        "POST", "/v1/tasks/match", bodies.Match, wire.TaskMatch, "Find the task that words mean",
        lambda p, asked: p.matching.match(asked.sent.query, asked.sent.top_k), constant=True,
    ),
    Route(
        "GET", "/v1/tasks", Nothing, answers.TASKS, "Every benchmark task", _tasks, constant=True
    ),
    Route(
        "GET", TASK, bodies.Examples, wire.Task, "A task, with examples where they are asked for",
        lambda p, asked: shown(_task(p, asked.id), asked.sent.examples_n, asked.sent.documents),
        constant=True,
    ),
    Route(
        "GET", "/v1/eval/frontier-models", bodies.Roster, answers.ROSTER,
        "The baselines, of a task or of all", _roster, refuses=(404,), constant=True,
    ),
    Route(
        "GET", "/v1/eval/served", bodies.Named, wire.Served,
        "What the server of a project's own model says that it serves", _served,
        refuses=(404, wire.UNREACHABLE), pool=Pool.MODELS,
    ),
)  # fmt: skip

DEPLOYMENTS = (
    Route(
        "GET", f"{TASK}/leaderboard", Nothing, wire.Leaderboard, "A task's models, ranked",
        lambda p, asked: _task(p, asked.id).leaderboard(), constant=True,
    ),
    Route(
        "GET", "/v1/endpoints", Nothing, [wire.Endpoint], "Every endpoint",
        lambda p, asked: p.endpoints.every(),
    ),
    Route(
        "POST", "/v1/endpoints", bodies.Deploy, None, "Deploy a model, and tell how that goes",
        lambda p, asked: events(p.endpoints.deploy(asked.sent, asked.key)),
        events=wire.DeployEvent, refuses=(409,),
    ),
    Route(
        "GET", ENDPOINT, Nothing, wire.Endpoint, "An endpoint",
        lambda p, asked: p.endpoints.get(asked.id),
    ),
    Route(
        "DELETE", ENDPOINT, Nothing, None, "Delete an endpoint",
        lambda p, asked: p.endpoints.delete(asked.id),
    ),
    Route(
        "POST", f"{ENDPOINT}/start", Nothing, answers.SWITCHED, "Have an endpoint answer again",
        lambda p, asked: p.endpoints.switch(asked.id, wire.LIVE, asked.key), refuses=(409,),
    ),
    Route(
        "POST", f"{ENDPOINT}/stop", Nothing, answers.SWITCHED, "Have an endpoint answer no longer",
        lambda p, asked: p.endpoints.switch(asked.id, wire.STOPPED, asked.key), refuses=(409,),
    ),
    Route(
        "GET", "/v1/names", Nothing, answers.NAMES, "Every stable name",
        lambda p, asked: p.names.every(),
    ),
    Route(
        "PUT", "/v1/names/{name}", bodies.Promote, wire.Name, "Let a name reach an endpoint",
        lambda p, asked: p.names.put(asked.id, asked.sent), refuses=(409,),
    ),
)  # fmt: skip

METRICS = tuple(
    Route(
        "GET", f"{ENDPOINT}/{dimension}", Nothing, shape, f"An endpoint's {dimension}",
        partial(_metric, dimension),
    )
    for dimension, shape in answers.METRICS.items()
)  # fmt: skip

INFERENCE = (
    Route(
        "POST", "/v1/chat/completions", _chat_body, completions.ChatCompletion,
        "Have a model answer, at once or in pieces", _chat,
        events=completions.ChatCompletionChunk, refuses=(402, 404, 429, 503), pool=Pool.MODELS,
    ),
    Route(
        "GET", "/v1/models", Nothing, completions.ModelList, "The models that answer",
        lambda p, asked: p.endpoints.models(),
    ),
)  # fmt: skip

EVALS = (
    Route(
        "GET", "/v1/eval-sets", Nothing, answers.EVAL_SETS, "Every eval set",
        lambda p, asked: p.sets.every(),
    ),
    Route(
        "POST", "/v1/eval-sets", bodies.NewSet, answers.EVAL_SET, "Keep rows to score models on",
        lambda p, asked: p.sets.create(asked.sent, asked.file, asked.key),
    ),
    Route(
        "POST", "/v1/eval-sets/propose-contract", bodies.Proposing, wire.Contract,
        "Find the task that could grade rows; keeps nothing", _proposed,
    ),
    Route(
        "GET", SET, Nothing, answers.EVAL_SET, "An eval set", lambda p, asked: p.sets.get(asked.id)
    ),
    Route(
        "DELETE", SET, Nothing, None, "Delete an eval set with its documents",
        lambda p, asked: p.sets.delete(asked.id), refuses=(409,),
    ),
    Route(
        "POST", f"{SET}/attach-blob", bodies.Attach, answers.ATTACHED, "Attach a row's document",
        lambda p, asked: p.documents.attach(asked.id, asked.sent, asked.file, asked.key),
        refuses=(409,),
    ),
    Route(
        "POST", f"{SET}/blob-upload-url", bodies.Announce, wire.BlobUpload,
        "Announce a row's document",
        lambda p, asked: p.documents.promise(asked.id, asked.sent, asked.key), refuses=(409,),
    ),
    Route(
        "POST", f"{SET}/blob-upload-complete", bodies.Complete, answers.ATTACHED,
        "Attach the document that came",
        lambda p, asked: p.documents.complete(asked.id, asked.sent, asked.key), refuses=(409,),
    ),
    Route(
        "POST", "/v1/eval-runs", bodies.NewRun, wire.StartedRun, "Score models on an eval set",
        lambda p, asked: p.runs.start(asked.sent, asked.key), status=202, refuses=(402, 404),
    ),
    Route(
        "GET", "/v1/eval-runs/{run_id}", Nothing, wire.EvalRun, "How far a run is, and its results",
        lambda p, asked: p.runs.get(asked.id),
    ),
)  # fmt: skip
