"""The routes of the HTTP contract: each parses, calls the platform, and answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.evals.documents import MAX_ATTACHED, MAX_UPLOADED
from pareta_plan.platform.http.guard import Guard, refused
from pareta_plan.platform.http.web import (
    MAX_CHAT,
    MAX_ITEMS,
    bare_key,
    chunks,
    detail,
    events,
    read_body,
    read_form,
    read_json,
)
from pareta_plan.platform.platform import Platform
from pareta_plan.platform.refusal import Refusal, bad_request, not_found
from pareta_plan.platform.serving import endpoints
from pareta_plan.wire import Wire

Handler = Callable[[Request], Awaitable[Response]]

MAX_QUERY = 2000
MAX_TOP_K = 50


def create_app(platform: Platform, api_key: str) -> Starlette:
    """The application that serves `platform` to whoever has `api_key`."""
    routes = _Routes(platform)
    deploys = platform.catalog.generation.deploys
    return Starlette(
        routes=[
            Route("/healthz", routes.health),
            Route("/uploads/{token}", routes.put_upload, methods=["PUT"]),
            *_catalog(routes),
            *(_deployments(routes) if deploys else []),
            *_inference(routes),
            *_evals(routes),
        ],
        middleware=[Middleware(Guard, api_key=api_key)],
        exception_handlers={Refusal: refused, HTTPException: _http_error},
    )


def _catalog(routes: _Routes) -> list[Route]:
    return [
        Route("/v1/tasks", routes.tasks),
        Route("/v1/tasks/match", routes.match, methods=["POST"]),
        Route("/v1/tasks/{task_id}", routes.task),
        Route("/v1/eval/frontier-models", routes.frontier_models),
    ]


def _deployments(routes: _Routes) -> list[Route]:
    """What a platform has that ranks its models and deploys them."""
    one = "/v1/endpoints/{endpoint_id}"
    return [
        Route("/v1/tasks/{task_id}/leaderboard", routes.leaderboard),
        Route("/v1/endpoints", routes.list_endpoints, methods=["GET"]),
        Route("/v1/endpoints", routes.deploy, methods=["POST"]),
        Route(one, routes.get_endpoint, methods=["GET"]),
        Route(one, routes.delete_endpoint, methods=["DELETE"]),
        Route(f"{one}/start", routes.switch("live"), methods=["POST"]),
        Route(f"{one}/stop", routes.switch("stopped"), methods=["POST"]),
        *(Route(f"{one}/{name}", routes.metric(name)) for name in endpoints.DIMENSIONS),
    ]


def _inference(routes: _Routes) -> list[Route]:
    return [
        Route("/v1/chat/completions", routes.chat, methods=["POST"]),
        Route("/v1/models", routes.models),
    ]


def _evals(routes: _Routes) -> list[Route]:
    one = "/v1/eval-sets/{set_id}"
    return [
        Route("/v1/eval-sets", routes.list_sets, methods=["GET"]),
        Route("/v1/eval-sets", routes.create_set, methods=["POST"]),
        Route(one, routes.get_set, methods=["GET"]),
        Route(one, routes.delete_set, methods=["DELETE"]),
        Route(f"{one}/attach-blob", routes.attach_blob, methods=["POST"]),
        Route(f"{one}/blob-upload-url", routes.promise_upload, methods=["POST"]),
        Route(f"{one}/blob-upload-complete", routes.complete_upload, methods=["POST"]),
        Route("/v1/eval-runs", routes.start_run, methods=["POST"]),
        Route("/v1/eval-runs/{run_id}", routes.get_run),
    ]


class _Routes:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    # --- catalog

    async def tasks(self, _request: Request) -> Response:
        tasks = await run_in_threadpool(self._platform.catalog.tasks)
        return JSONResponse({"tasks": [task.task_wire().to_dict() for task in tasks]})

    async def task(self, request: Request) -> Response:
        task = await self._task(request.path_params["task_id"])
        return _wire(task.task_wire(_whole(request, "examples_n")))

    async def match(self, request: Request) -> Response:
        body = (await read_json(request)).values
        query, top_k = body.get("query"), body.get("top_k", 5)
        if not isinstance(query, str) or not query.strip():
            raise bad_request("query is required")
        if len(query) > MAX_QUERY:
            raise bad_request(f"query may have at most {MAX_QUERY} characters")
        if type(top_k) is not int or not 1 <= top_k <= MAX_TOP_K:
            raise bad_request(f"top_k must be a whole number from 1 to {MAX_TOP_K}")
        return _wire(await run_in_threadpool(lambda: self._platform.matcher.match(query, top_k)))

    async def leaderboard(self, request: Request) -> Response:
        return _wire((await self._task(request.path_params["task_id"])).leaderboard())

    async def frontier_models(self, request: Request) -> Response:
        task_id = request.query_params.get("task")
        task = await self._task(task_id) if task_id else None
        roster = self._platform.catalog.roster(task)
        models = [model.to_dict() for model in roster]
        return JSONResponse({"frontier_models": models, "task": task_id})

    async def _task(self, task_id: str) -> CatalogTask:
        task = await run_in_threadpool(self._platform.catalog.get, task_id)
        if task is None:
            raise not_found("task", task_id)
        return task

    # --- endpoints and inference

    async def list_endpoints(self, _request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self._platform.endpoints.every))

    async def deploy(self, request: Request) -> Response:
        body = await read_json(request)
        deploy = self._platform.endpoints.deploy
        return events(await run_in_threadpool(deploy, body.values, body.key))

    async def get_endpoint(self, request: Request) -> Response:
        get = self._platform.endpoints.get
        return JSONResponse(await run_in_threadpool(get, request.path_params["endpoint_id"]))

    async def delete_endpoint(self, request: Request) -> Response:
        delete = self._platform.endpoints.delete
        await run_in_threadpool(delete, request.path_params["endpoint_id"])
        return Response(status_code=204)

    def switch(self, status: str) -> Handler:
        async def handler(request: Request) -> Response:
            switch, name = self._platform.endpoints.switch, request.path_params["endpoint_id"]
            return JSONResponse(await run_in_threadpool(switch, name, status, bare_key(request)))

        return handler

    def metric(self, dimension: str) -> Handler:
        async def handler(request: Request) -> Response:
            metric, name = self._platform.endpoints.metric, request.path_params["endpoint_id"]
            return JSONResponse(await run_in_threadpool(metric, name, dimension))

        return handler

    async def chat(self, request: Request) -> Response:
        body = await read_json(request, MAX_CHAT)
        streaming = body.values.get("stream") or False
        if not isinstance(streaming, bool):
            raise bad_request("stream must be true or false")
        if streaming:
            return await chunks(self._platform.inference.stream(body.values, body.key))
        complete = self._platform.inference.complete
        return JSONResponse(await run_in_threadpool(complete, body.values, body.key))

    async def models(self, _request: Request) -> Response:
        routes = self._platform.catalog.generation.routes
        listed = self._platform.endpoints.router if routes else self._platform.endpoints.models
        return JSONResponse(await run_in_threadpool(listed))

    # --- evals

    async def list_sets(self, _request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self._platform.sets.every))

    async def create_set(self, request: Request) -> Response:
        form = await read_form(request, "items", MAX_ITEMS)
        create = self._platform.sets.create
        return JSONResponse(await run_in_threadpool(create, form.fields, form.file, form.key))

    async def get_set(self, request: Request) -> Response:
        get = self._platform.sets.get
        return JSONResponse(await run_in_threadpool(get, request.path_params["set_id"]))

    async def delete_set(self, request: Request) -> Response:
        delete = self._platform.sets.delete
        await run_in_threadpool(delete, request.path_params["set_id"])
        return Response(status_code=204)

    async def attach_blob(self, request: Request) -> Response:
        form = await read_form(request, "file", MAX_ATTACHED)
        attach, set_id = self._platform.documents.attach, request.path_params["set_id"]
        answer = await run_in_threadpool(attach, set_id, form.fields, form.file, form.key)
        return JSONResponse(answer)

    async def promise_upload(self, request: Request) -> Response:
        body = await read_json(request)
        promise, set_id = self._platform.documents.promise, request.path_params["set_id"]
        return JSONResponse(await run_in_threadpool(promise, set_id, body.values, body.key))

    async def put_upload(self, request: Request) -> Response:
        data = await read_body(request, MAX_UPLOADED)
        mime, token = request.headers.get("content-type"), request.path_params["token"]
        await run_in_threadpool(self._platform.documents.receive, token, mime, data)
        return JSONResponse({"status": "received"})

    async def complete_upload(self, request: Request) -> Response:
        body = await read_json(request)
        complete, set_id = self._platform.documents.complete, request.path_params["set_id"]
        return JSONResponse(await run_in_threadpool(complete, set_id, body.values, body.key))

    async def start_run(self, request: Request) -> Response:
        body = await read_json(request)
        answer = await run_in_threadpool(self._platform.runs.start, body.values, body.key)
        return JSONResponse(answer.body, answer.status)

    async def get_run(self, request: Request) -> Response:
        get = self._platform.runs.get
        return JSONResponse(await run_in_threadpool(get, request.path_params["run_id"]))


def _wire(value: Wire) -> Response:
    return JSONResponse(value.to_dict())


def _whole(request: Request, name: str) -> int:
    text = request.query_params.get(name, "0")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise bad_request(f"{name} must be a whole number")
    return int(text)


async def _http_error(_request: Request, error: Exception) -> Any:
    if not isinstance(error, HTTPException):
        raise error
    return detail(error.status_code, error.detail, error.headers)
