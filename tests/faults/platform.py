"""A platform in memory that speaks the v0 contract, and keeps a ledger of every charge.

Nothing of it is random and no time passes: a run goes on a step with every look at it, an
endpoint that was left while it started is up after two. Ids are made of content.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

import httpx

PRICES = {"ruby-1": 10, "ruby-2": 12, "mute-1": 8, "acme-large": 100}
LOOKS = 2
ROUTES: list[tuple[str, str, str]] = [
    ("GET", r"/v1/tasks", "tasks"),
    ("POST", r"/v1/tasks/match", "match"),
    ("GET", r"/v1/tasks/([^/]+)", "task"),
    ("GET", r"/v1/tasks/([^/]+)/leaderboard", "leaderboard"),
    ("GET", r"/v1/eval/frontier-models", "roster"),
    ("GET", r"/v1/endpoints", "list_endpoints"),
    ("POST", r"/v1/endpoints", "deploy"),
    ("GET", r"/v1/endpoints/([^/]+)", "get_endpoint"),
    ("DELETE", r"/v1/endpoints/([^/]+)", "delete_endpoint"),
    ("POST", r"/v1/endpoints/([^/]+)/(start|stop)", "switch"),
    ("GET", r"/v1/models", "list_models"),
    ("GET", r"/v1/names", "list_names"),
    ("PUT", r"/v1/names/([^/]+)", "put_name"),
    ("POST", r"/v1/chat/completions", "chat"),
    ("GET", r"/v1/eval-sets", "list_sets"),
    ("POST", r"/v1/eval-sets", "create_set"),
    ("DELETE", r"/v1/eval-sets/([^/]+)", "delete_set"),
    ("POST", r"/v1/eval-sets/([^/]+)/attach-blob", "attach"),
    ("POST", r"/v1/eval-runs", "start_run"),
    ("GET", r"/v1/eval-runs/([^/]+)", "get_run"),
]

PAPER = {"type": "object", "properties": {"paper": {"type": "string"}}}


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


@dataclass
class Platform:
    """The whole state. `deaf` are the routes that ignore Idempotency-Keys, as older servers do."""

    mute: frozenset[str] = frozenset()
    """Models whose endpoints come up and answer no call."""
    deaf: frozenset[str] = frozenset()
    overrun: int = 1
    """How many times its price a row is really billed."""
    nameless: bool = False
    """Whether it has no stable names, as the hosted one."""
    scoreless: bool = False
    """Whether it tells no row's score."""
    endpoints: dict[str, dict[str, Any]] = field(default_factory=dict)
    names: dict[str, dict[str, str]] = field(default_factory=dict)
    sets: dict[str, dict[str, Any]] = field(default_factory=dict)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    ledger: Counter[tuple[str, int]] = field(default_factory=Counter)
    keys: dict[tuple[str, str], tuple[str, str, tuple[int, str]]] = field(default_factory=dict)
    made: Counter[str] = field(default_factory=Counter)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Act on a request, and answer it."""
        name, parts = self._route(request)
        act: Callable[..., tuple[int, str]] = getattr(self, f"_{name}")
        try:
            status, text = self._keyed(request, name, lambda: act(request, *parts))
        except Refused as refused:
            status, text = refused.status, json.dumps({"detail": str(refused)})
        return response(status, text)

    def heard(self, request: httpx.Request) -> None:
        """The answer arrived: whoever listened to a deploy heard it to its end."""
        if self._route(request)[0] == "deploy":
            found = self.endpoints.get(json.loads(request.content)["name"])
            if found and found["status"] == "starting":
                found["status"] = "live"

    def _route(self, request: httpx.Request) -> tuple[str, tuple[str, ...]]:
        for method, pattern, name in ROUTES:
            found = re.fullmatch(pattern, request.url.path)
            if found and method == request.method:
                return name, found.groups()
        raise AssertionError(f"no route for {request.method} {request.url.path}")

    def _keyed(
        self, request: httpx.Request, name: str, act: Callable[[], tuple[int, str]]
    ) -> tuple[int, str]:
        key = request.headers.get("idempotency-key")
        if key is None or name in self.deaf or name == "match":
            return act()
        place, body = (request.url.path, key), _meaning(request)
        if place in self.keys:
            before, _, answer = self.keys[place]
            if before != body:
                raise Refused(422, "this Idempotency-Key was used before, with another body")
            return self._by_now(*answer) if name == "start_run" else answer
        answer = act()
        subject = json.loads(body).get("name", "") if name == "deploy" else answer[1]
        self.keys[place] = body, subject, answer
        return answer

    def _by_now(self, status: int, text: str) -> tuple[int, str]:
        started = json.loads(text)
        run = self.runs.get(started["run_id"], started)
        return status, json.dumps({**started, "status": run["status"]})

    def _forget(self, id: str) -> None:
        self.keys = {
            place: kept
            for place, kept in self.keys.items()
            if id not in kept[1] and f"/{id}/" not in place[0]
        }

    # --- catalog

    def _tasks(self, _: httpx.Request) -> tuple[int, str]:
        return _ok({"tasks": [_task("words"), _task("papers")]})

    def _task(self, request: httpx.Request, id: str) -> tuple[int, str]:
        n = int(request.url.params.get("examples_n", 0))
        row = {"input": "an example", "expected": "yes"}
        return _ok(_task(id) | {"examples": [row][:n]})

    def _match(self, request: httpx.Request) -> tuple[int, str]:
        query = json.loads(request.content)["query"]
        chosen = {"task_id": "words", "score": 0.9, "confidence": "high"}
        return _ok({"query": query, "matched": True, "chosen": chosen, "candidates": [chosen],
                    "ambiguous": False, "matcher": "keyword"})  # fmt: skip

    def _leaderboard(self, _: httpx.Request, id: str) -> tuple[int, str]:
        entries = [_entry(name) for name in ("ruby-1", "ruby-2", "mute-1")]
        return _ok({"task_id": id, "metric": "accuracy", "recommended": "ruby-1",
                    "models": entries, "frontier": _entry("acme-large")})  # fmt: skip

    def _roster(self, _: httpx.Request) -> tuple[int, str]:
        model = {"id": "acme-large", "vendor": "Acme", "vision": True, "benchmarked": True}
        return _ok({"frontier_models": [model], "task": None})

    # --- endpoints

    def _list_models(self, _: httpx.Request) -> tuple[int, str]:
        return _ok({"data": [{"id": id, "owned_by": "pareta"} for id in self.endpoints]})

    def _list_endpoints(self, _: httpx.Request) -> tuple[int, str]:
        for id in self.endpoints:
            self._look(id)
        return 200, json.dumps([_shown(e) for e in self.endpoints.values()])

    def _get_endpoint(self, _: httpx.Request, id: str) -> tuple[int, str]:
        self._look(id)
        return _ok(_shown(self._endpoint(id)))

    def _look(self, id: str) -> None:
        found = self._endpoint(id)
        found["looks"] += 1
        if found["status"] == "starting" and found["looks"] >= LOOKS:
            found["status"] = "live"

    def _endpoint(self, id: str) -> dict[str, Any]:
        if id not in self.endpoints:
            raise Refused(404, f"there is no endpoint {id}")
        return self.endpoints[id]

    def _deploy(self, request: httpx.Request) -> tuple[int, str]:
        body = json.loads(request.content)
        if body["name"] in self.endpoints:
            raise Refused(409, f"there is an endpoint {body['name']} already")
        made = {"id": body["name"], "name": body["name"], "model": body["model"],
                "task": body["task"], "status": "starting", "looks": 0}  # fmt: skip
        self.endpoints[body["name"]] = made
        events = [
            ("progress", {"stage": "loading", "pct": 50}),
            ("complete", {"endpoint": _shown(made) | {"status": "live"}}),
        ]
        said = "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)
        return 200, said

    def _delete_endpoint(self, _: httpx.Request, id: str) -> tuple[int, str]:
        self._endpoint(id)
        del self.endpoints[id]
        self.names = {name: n for name, n in self.names.items() if n["endpoint"] != id}
        self._forget(id)
        return 204, ""

    def _switch(self, _: httpx.Request, id: str, verb: str) -> tuple[int, str]:
        found = self._endpoint(id)
        if found["status"] == "starting":
            raise Refused(409, f"{id} is still starting")
        found["status"] = {"start": "live", "stop": "stopped"}[verb]
        return _ok({"id": id, "status": found["status"]})

    def _list_names(self, _: httpx.Request) -> tuple[int, str]:
        if self.nameless:
            raise Refused(404, "Not Found")
        return _ok({"names": [*self.names.values()]})

    def _put_name(self, request: httpx.Request, name: str) -> tuple[int, str]:
        body = json.loads(request.content)
        self._endpoint(body["endpoint"])
        self.names[name] = {"name": name, "endpoint": body["endpoint"], "scope": body["scope"]}
        return _ok(self.names[name])

    def _chat(self, request: httpx.Request) -> tuple[int, str]:
        id = json.loads(request.content)["model"]
        found = self._endpoint(id)
        if found["status"] != "live":
            raise Refused(503, f"{id} is {found['status']}")
        if found["model"] in self.mute:
            raise Refused(500, "the model says nothing")
        self.ledger[f"chat:{id}", PRICES[found["model"]]] += 1
        answer = {"index": 0, "message": {"role": "assistant", "content": "yes"}}
        return _ok({"id": f"chat_{id}", "choices": [answer]})

    # --- evals

    def _list_sets(self, _: httpx.Request) -> tuple[int, str]:
        return _ok({"eval_sets": [_set_shown(s) for s in self.sets.values()]})

    def _create_set(self, request: httpx.Request) -> tuple[int, str]:
        form = _form(request)
        rows = form["items"].decode().split("\n")
        name = form["name"].decode()
        self.made[name] += 1
        id = f"es_{_digest(name, self.made[name])}"
        self.sets[id] = {"id": id, "task_id": form["task_id"].decode(), "name": name,
                         "item_count": len(rows), "rows": rows, "documents": {}}  # fmt: skip
        return _ok({"eval_set": _set_shown(self.sets[id])})

    def _delete_set(self, _: httpx.Request, id: str) -> tuple[int, str]:
        if self.sets.pop(id, None) is None:
            raise Refused(404, f"there is no eval set {id}")
        self._forget(id)
        return 204, ""

    def _attach(self, request: httpx.Request, id: str) -> tuple[int, str]:
        form = _form(request)
        self.sets[id]["documents"][int(form["idx"])] = _digest(form["file"].decode("latin-1"))
        return _ok({"status": "attached"})

    def _start_run(self, request: httpx.Request) -> tuple[int, str]:
        body = json.loads(request.content)
        owner = self.sets.get(body["eval_set_id"])
        if owner is None:
            raise Refused(404, "there is no such eval set")
        if owner["task_id"] == "papers" and len(owner["documents"]) < owner["item_count"]:
            raise Refused(400, "a document is missing")
        models = body["candidate_model_ids"]
        content = _digest(owner["rows"], sorted(owner["documents"].items()), models)
        self.made[content] += 1
        id = f"run_{content}_{self.made[content]}"
        self.runs[id] = {"id": id, "eval_set_id": owner["id"], "status": "queued", "looks": 0,
                         "candidate_model_ids": models, "rows": len(owner["rows"])}  # fmt: skip
        return 202, json.dumps({"run_id": id, "status": "queued"})

    def _get_run(self, _: httpx.Request, id: str) -> tuple[int, str]:
        run = self.runs.get(id)
        if run is None:
            raise Refused(404, f"there is no run {id}")
        if run["looks"] < LOOKS:
            self._score(run)
        over = run["looks"] >= LOOKS
        run["status"] = "completed" if over else "running"
        shown = {k: run[k] for k in ("id", "eval_set_id", "status", "candidate_model_ids")}
        spent = sum(micro * n for (what, micro), n in self.ledger.items() if f":{id}:" in what)
        results = [_result(m, run["rows"], self.overrun) for m in run["candidate_model_ids"]]
        if self.scoreless:
            results = [{**result, "per_item": []} for result in results]
        return _ok({"run": shown | {"total_cost_micro_usd": spent},
                    "results": results if over else []})  # fmt: skip

    def _score(self, run: dict[str, Any]) -> None:
        """Bill the next part of the rows."""
        done, run["looks"] = run["looks"] * run["rows"] // LOOKS, run["looks"] + 1
        for idx in range(done, run["looks"] * run["rows"] // LOOKS):
            for model in run["candidate_model_ids"]:
                what = f"eval:{run['id']}:{model}:{idx}"
                self.ledger[what, PRICES[model] * self.overrun] += 1


def response(status: int, text: str) -> httpx.Response:
    """An answer: events, or JSON."""
    kind = "text/event-stream" if text.startswith("event:") else "application/json"
    return httpx.Response(status, text=text, headers={"content-type": kind})


def _task(id: str) -> dict[str, Any]:
    blob = id == "papers"
    return {
        "id": id,
        "default_scorer": "classification",
        "has_blob_input": blob,
        "input_schema": PAPER if blob else {"type": "string"},
        "output_schema": {"type": "string"},
    }


def _entry(name: str) -> dict[str, Any]:
    kind = "frontier" if name.startswith("acme") else "open"
    return {"name": name, "kind": kind, "quality": 0.9, "cost_per_request_micro_usd": PRICES[name]}


def _shown(endpoint: dict[str, Any]) -> dict[str, Any]:
    return {k: endpoint[k] for k in ("id", "name", "model", "task", "status")}


def _set_shown(owner: dict[str, Any]) -> dict[str, Any]:
    return {k: owner[k] for k in ("id", "task_id", "name", "item_count")}


def _result(model: str, rows: int, overrun: int) -> dict[str, Any]:
    items = [{"idx": idx, "score": 1.0, "prediction": f"answer {idx}"} for idx in range(rows)]
    return {
        "model_id": model,
        "kind": _entry(model)["kind"],
        "quality_mean": 1.0,
        "quality_ci_low": 0.5,
        "quality_ci_high": 1.0,
        "mean_cost_micro_usd": PRICES[model] * overrun,
        "n_succeeded": rows,
        "error_count": 0,
        "per_item": items,
    }


def _ok(value: dict[str, Any]) -> tuple[int, str]:
    return 200, json.dumps(value)


def _form(request: httpx.Request) -> dict[str, bytes]:
    head = b"Content-Type: " + request.headers["content-type"].encode() + b"\r\n\r\n"
    found = {}
    for part in message_from_bytes(head + request.content).walk():
        data = part.get_payload(decode=True)
        if isinstance(data, bytes):
            found[str(part.get_param("name", header="content-disposition"))] = data
    return found


def _meaning(request: httpx.Request) -> str:
    """The body without what differs between two sendings of the same: a form's boundary."""
    if request.headers.get("content-type", "").startswith("multipart/"):
        fields = {name: data.decode("latin-1") for name, data in _form(request).items()}
        return json.dumps(fields, sort_keys=True)
    return request.content.decode() or "{}"


def _digest(*values: object) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]
