"""The OpenAPI document is valid, complete, and says of answers what they really are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.routing import Route

from pareta_plan.platform.catalog.generation import Generation
from pareta_plan.platform.http.kept import Kept
from pareta_plan.platform.http.routes import create_router, table
from pareta_plan.platform.platform import Platform
from pareta_plan.platform.server import LocalServer
from tests.platform.driving import (
    KEY,
    MOODS,
    chat,
    client_of,
    create_set,
    deployed,
    finished,
    parse_events,
    set_of,
    start_run,
    stream,
)


class Watch:
    """Holds every answer that a client gets against the document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self.seen: set[tuple[str, str]] = set()

    def __call__(self, answer: httpx.Response) -> None:
        """Check an answer. An event hook of httpx."""
        answer.read()
        method, path = answer.request.method.lower(), self._path(answer.request)
        told = self._document["paths"][path][method]["responses"]
        status = str(answer.status_code)
        response = self._resolved(told[status if status in told else f"{status[0]}XX"])
        assert "x-request-id" in answer.headers
        if answer.is_success:
            self.seen.add((method, path))
        if "content" not in response:
            assert answer.content == b""
            return
        media = answer.headers["content-type"].partition(";")[0]
        schema = response["content"][media]["schema"]
        if media == "application/json":
            self._validate(answer.json(), schema)
        else:
            for event in _events(answer.text):
                self._validate(event, schema["contentSchema"])

    def _path(self, request: httpx.Request) -> str:
        fits: Iterator[str] = (
            path
            for path, operations in self._document["paths"].items()
            if re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), request.url.path)
            and request.method.lower() in operations
        )
        return next(fits)

    def _resolved(self, response: dict[str, Any]) -> Any:
        name = response.get("$ref", "").rpartition("/")[2]
        return self._document["components"]["responses"][name] if name else response

    def _validate(self, value: Any, schema: dict[str, Any]) -> None:
        whole = {**schema, "components": self._document["components"]}
        Draft202012Validator(whole).validate(value)


def _events(text: str) -> list[Any]:
    if named := parse_events(text):
        return [{"event": event, "data": data} for event, data in named]
    lines = [line.removeprefix("data: ") for line in text.split("\n\n") if line]
    return [json.loads(line) for line in lines if line != "[DONE]"]


@pytest.fixture(scope="module", params=Generation)
def either(
    request: pytest.FixtureRequest, catalog_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    state, folders = tmp_path_factory.mktemp("state"), [catalog_dir]
    with (
        LocalServer(state, KEY, catalog_folders=folders, generation=request.param) as server,
        client_of(server.url) as http,
    ):
        yield http


def test_the_document_is_openapi(either: httpx.Client) -> None:
    document = either.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(document).validate()
    operations = [op for path in document["paths"].values() for op in path.values()]
    assert len({op["operationId"] for op in operations}) == len(operations)


def test_it_needs_the_key(either: httpx.Client) -> None:
    assert either.get("/openapi.json", headers={"Authorization": ""}).status_code == 401


@pytest.mark.parametrize("generation", Generation)
def test_every_route_is_in_the_document(generation: Generation, tmp_path: Path) -> None:
    from pareta_plan.platform.http.openapi import document

    platform = Platform(tmp_path, "http://unused", generation=generation)
    router = create_router(platform, Kept())
    routes = [route for route in router.routes if isinstance(route, Route)]
    platform.close()
    served = {
        (method, route.path) for route in routes for method in (route.methods or set()) - {"HEAD"}
    }
    paths = document(table(generation))["paths"]
    assert {(method.upper(), path) for path in paths for method in paths[path]} == served
    assert ("/v1/endpoints" in paths) == (generation is Generation.V0)


def test_what_is_common_to_many_routes(http: httpx.Client) -> None:
    document = http.get("/openapi.json").json()
    paths = document["paths"]
    open_to_all = {
        path for path in paths for op in paths[path].values() if op.get("security") == []
    }
    assert open_to_all == {"/healthz", "/uploads/{token}"}
    key = {"$ref": "#/components/parameters/IdempotencyKey"}
    for path, operations in paths.items():
        for method, op in operations.items():
            assert (key in op["parameters"]) == (method == "post"), path
    form = paths["/v1/eval-sets"]["post"]["requestBody"]["content"]["multipart/form-data"]
    assert form["schema"]["allOf"][0] == {"$ref": "#/components/schemas/NewSet"}
    assert form["schema"]["allOf"][1]["required"] == ["items"]
    parts = document["components"]["schemas"]["ChatMessage"]["properties"]["content"]["anyOf"][1]
    assert parts["items"]["discriminator"]["mapping"]["file"] == "#/components/schemas/FilePart"


def test_real_answers_are_as_the_document_says(server: LocalServer, mood: str) -> None:
    with client_of(server.url) as http:
        document = http.get("/openapi.json").json()
        watch = Watch(document)
        http.event_hooks = {"response": [watch]}
        _look(http, mood)
        _serve(http)
        _evaluate(http)
        _attach(http)
    every = {(method, path) for path, ops in document["paths"].items() for method in ops}
    assert watch.seen == every


def test_the_router_s_answers_too(either: httpx.Client) -> None:
    watch = Watch(either.get("/openapi.json").json())
    either.event_hooks = {"response": [watch]}
    for path in ("/v1/models", "/v1/tasks", "/v1/eval/frontier-models", "/v1/eval-sets"):
        either.get(path)
    create_set(either, MOODS)
    create_set(either, MOODS, prompt="Judge the mood.")
    chat(either, "auto", "mood")
    assert len(watch.seen) >= 5


def _look(http: httpx.Client, endpoint: str) -> None:
    for path in (
        "/healthz",
        "/openapi.json",
        "/v1/tasks",
        "/v1/tasks/mood?examples_n=2",
        "/v1/tasks/mood?examples_n=x",
        "/v1/tasks/none",
        "/v1/tasks/mood/leaderboard",
        "/v1/tasks/ends/leaderboard",
        "/v1/eval/frontier-models",
        "/v1/eval/frontier-models?task=mood",
        "/v1/eval/served?task=mood&model=quick-1",
        "/v1/eval/served?task=mood&model=gone-1",
        "/v1/eval/frontier-models?task=none",
        "/v1/models",
        "/v1/endpoints",
        f"/v1/endpoints/{endpoint}",
        "/v1/endpoints/none",
        "/v1/names",
        "/v1/eval-sets/none",
        "/v1/eval-runs/none",
    ):
        http.get(path)
        http.get(path, headers={"Authorization": "Bearer wrong"})
    for query in ("mood", "nothing of the kind", "", "x" * 2_000_000):
        http.post("/v1/tasks/match", json={"query": query})
    http.put("/v1/names/looked-at", json={"endpoint": endpoint})
    http.put("/v1/names/looked-at", json={"endpoint": "none"})


def _serve(http: httpx.Client) -> None:
    name = deployed(http, "told")
    http.post("/v1/endpoints", json={"task": "mood", "name": "no-model", "model": "lost-1"})
    http.post("/v1/endpoints", json={"task": "mood", "name": name})
    http.post("/v1/endpoints", json={})
    for content in ("happy", "refuse", "boom", "", [{"type": "text", "text": "grey"}]):
        chat(http, name, content)
    stream(http, name, "happy", stream_options={"include_usage": True})
    for headers in ({"Idempotency-Key": "told"}, {"Idempotency-Key": "k" * 256}):
        for content in ("happy", "grey"):
            chat(http, name, content, headers=headers)
    for dimension in ("performance", "uptime", "cost", "quality", "activity"):
        http.get(f"/v1/endpoints/{name}/{dimension}")
    http.post(f"/v1/endpoints/{name}/stop")
    chat(http, name, "happy")
    http.post(f"/v1/endpoints/{name}/start")
    for _ in range(2):
        http.delete(f"/v1/endpoints/{name}")


def _evaluate(http: httpx.Client) -> None:
    set_id = set_of(http, MOODS)
    create_set(http, MOODS, "none")
    http.post("/v1/eval-sets", content=b"x")
    http.get("/v1/eval-sets")
    http.post("/v1/eval-sets/propose-contract", files={"items": b'{"expected": "sad"}'})
    http.post("/v1/eval-sets/propose-contract", content=b"x")
    http.get(f"/v1/eval-sets/{set_id}")
    finished(http, start_run(http, set_id, "quick-1", "vision-x").json()["run_id"])
    start_run(http, set_id, "none")
    start_run(http, "none", "quick-1")
    for _ in range(2):
        http.delete(f"/v1/eval-sets/{set_id}")


def _attach(http: httpx.Client) -> None:
    one = f"/v1/eval-sets/{set_of(http, [{'expected': {}}], 'page-ends')}"
    place = {"idx": 0, "field_name": "document", "mime": "application/pdf"}
    form = {name: str(value) for name, value in place.items()}
    for data in (b"one two", b""):
        http.post(f"{one}/attach-blob", data=form, files={"file": ("a.pdf", data)})
    given = http.post(f"{one}/blob-upload-url", json={**place, "file_size": 3}).json()
    http.post(f"{one}/blob-upload-url", json={**place, "file_size": 1 << 40})
    mime = {"Content-Type": "application/pdf"}
    for data in (b"one", b"two", b"long"):
        http.put(given["upload_url"], content=data, headers=mime)
    http.put("/uploads/none", content=b"x")
    uri = given["storage_uri"]
    http.post(f"{one}/blob-upload-complete", json={**place, "storage_uri": uri})
    http.post(f"{one}/blob-upload-complete", json={**place, "storage_uri": f"{uri}x"})
