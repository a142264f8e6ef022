"""The OpenAPI 3.1 document of a table of routes.

Source: https://spec.openapis.org/oas/v3.1.1. Only imported when somebody asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from pareta_plan.platform.http.guard import is_open
from pareta_plan.platform.http.route import Route
from pareta_plan.platform.http.web import MAX_KEY
from pareta_plan.version import __version__

Json = dict[str, Any]

SCHEMAS = "#/components/schemas/{model}"
REFUSED = {"$ref": "#/components/responses/Refused"}
MEDIA = {"json": "application/json", "form": "multipart/form-data", "bytes": "*/*"}
BINARY = {"type": "string", "contentMediaType": "application/octet-stream"}
ERROR = {
    "type": "object",
    "description": "The same as OpenAI tells it, where its clients ask",
    "properties": {
        "message": {"type": "string"},
        "type": {"type": "string"},
        "code": {"type": ["string", "null"]},
        "param": {"type": ["string", "null"]},
    },
    "required": ["message", "type", "code", "param"],
}
COMPONENTS = {
    "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
    "parameters": {
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "The same key with the same request has its effect, and its price, once",
            "schema": {"type": "string", "maxLength": MAX_KEY},
        }
    },
    "headers": {"RequestId": {"required": True, "schema": {"type": "string"}}},
    "responses": {
        "Refused": {
            "description": "Why it is not answered",
            "headers": {"x-request-id": {"$ref": "#/components/headers/RequestId"}},
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "properties": {"detail": {"type": "string"}, "error": ERROR},
                        "required": ["detail"],
                    }
                }
            },
        }
    },
}


def document(routes: tuple[Route[Any], ...]) -> Json:
    """What the routes take and answer."""
    schemas = _Schemas()
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.1",
        "info": {"title": "Pareta platform", "version": __version__},
        "security": [{"key": []}],
        "paths": paths,
        "components": {"schemas": schemas.named, **COMPONENTS},
    }


class _Schemas:
    """JSON schemas of what the routes take and answer; those of models are `named`, once."""

    def __init__(self) -> None:
        self.named: Json = {}

    def of(self, shape: Any, mode: JsonSchemaMode = "serialization") -> Json:
        """The schema of an answer's shape, or of a model."""
        if isinstance(shape, Mapping):
            members = {name: self.of(inner) for name, inner in shape.items()}
            return {"type": "object", "properties": members, "required": list(members)}
        if isinstance(shape, list):
            return {"type": "array", "items": self.of(shape[0])}
        found = TypeAdapter(list[shape]).json_schema(mode=mode, ref_template=SCHEMAS)
        self.named |= found.pop("$defs", {})
        return dict(found["items"])


def _operation(route: Route[Any], schemas: _Schemas) -> Json:
    body, free = _body(route, schemas), is_open(route.path)
    return {
        "operationId": "_".join([route.method.lower(), *re.findall("[a-z0-9_]+", route.path)]),
        "summary": route.does,
        **({"security": []} if free else {}),
        "parameters": [*_parameters(route)],
        **({"requestBody": {"required": True, "content": body}} if body else {}),
        "responses": _answered(route, schemas)
        | {str(status): REFUSED for status in _refusals(route, free)}
        | {"5XX": REFUSED},
    }


def _parameters(route: Route[Any]) -> Iterator[Json]:
    for name in re.findall(r"{(\w+)}", route.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    if route.model.kind == "query":
        for name, schema in route.model.model_json_schema()["properties"].items():
            yield {"name": name, "in": "query", "schema": schema}
    if route.method == "POST":
        yield {"$ref": "#/components/parameters/IdempotencyKey"}


def _body(route: Route[Any], schemas: _Schemas) -> Json:
    model, name = route.model, route.model.file_part
    if model.kind not in MEDIA:
        return {}
    if model.kind == "bytes":
        return {MEDIA["bytes"]: {}}
    fields = schemas.of(model, "validation")
    file = {"type": "object", "properties": {name: BINARY}, "required": [name]}
    return {MEDIA[model.kind]: {"schema": {"allOf": [fields, file]} if name else fields}}


def _answered(route: Route[Any], schemas: _Schemas) -> Json:
    content = {}
    if route.answer is not None:
        content["application/json"] = {"schema": schemas.of(route.answer)}
    if route.events:
        streamed = {"contentMediaType": "text/event-stream"}
        events = {"type": "string", **streamed, "contentSchema": schemas.of(route.events)}
        content["text/event-stream"] = {"schema": events}
    told = {"headers": {"x-request-id": {"$ref": "#/components/headers/RequestId"}}}
    if not content:
        return {"204": {"description": "Done", **told}}
    return {str(route.status): {"description": route.does, **told, "content": content}}


def _refusals(route: Route[Any], free: bool) -> list[int]:
    """The statuses that follow from what a route is, and those it says itself."""
    found = {
        400: route.method == "POST" or route.model.kind != "nothing",
        401: not free,
        404: "{" in route.path,
        413: route.model.kind in MEDIA,
        422: route.method == "POST",
    }
    return sorted({status for status, so in found.items() if so} | {*route.refuses})
