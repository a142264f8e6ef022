"""What several tests do over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

import httpx

KEY = "pareta_sk_test"

MOODS = [
    {"input": "a happy day", "expected": "happy"},
    {"input": "a grey day", "expected": "sad"},
    {"input": "not happy at all", "expected": "sad"},
]


def client_of(url: str) -> httpx.Client:
    return httpx.Client(
        base_url=url, headers={"Authorization": f"Bearer {KEY}"}, timeout=20, trust_env=False
    )


def deploy(
    http: httpx.Client, headers: Mapping[str, str] | None = None, **body: Any
) -> list[tuple[str, Any]]:
    answer = http.post("/v1/endpoints", json={"task": "mood", **body}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    return parse_events(answer.text)


def parse_events(text: str) -> list[tuple[str, Any]]:
    blocks = (block.splitlines() for block in text.split("\n\n") if block.startswith("event:"))
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for name, data in blocks
    ]


def deployed(http: httpx.Client, name: str, **body: Any) -> str:
    kind, data = deploy(http, name=name, **body)[-1]
    assert kind == "complete", data
    return str(data["endpoint"]["id"])


def chat(http: httpx.Client, model: str, content: Any, **more: Any) -> httpx.Response:
    headers = more.pop("headers", None)
    body = {"model": model, "messages": [{"role": "user", "content": content}], **more}
    return http.post("/v1/chat/completions", json=body, headers=headers)


def stream(http: httpx.Client, model: str, content: str, **more: Any) -> list[Any]:
    answer = chat(http, model, content, stream=True, **more)
    assert answer.status_code == 200, answer.text
    lines = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def create_set(
    http: httpx.Client,
    rows: Iterable[Any],
    task: str = "mood",
    headers: Mapping[str, str] | None = None,
    **fields: str,
) -> httpx.Response:
    lines = "\n".join(json.dumps(row) for row in rows).encode()
    return http.post(
        "/v1/eval-sets",
        files={"items": ("items.jsonl", lines, "application/jsonl")},
        data={"task_id": task, **fields},
        headers=headers,
    )


def set_of(http: httpx.Client, rows: Iterable[Any], task: str = "mood") -> str:
    answer = create_set(http, rows, task)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["eval_set"]["id"])


def start_run(
    http: httpx.Client, set_id: str, *models: str, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    body = {"eval_set_id": set_id, "candidate_model_ids": list(models)}
    return http.post("/v1/eval-runs", json=body, headers=headers)


def finished(http: httpx.Client, run_id: str, seconds: float = 30) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found: dict[str, Any] = http.get(f"/v1/eval-runs/{run_id}").json()
        if found["run"]["status"] in ("completed", "failed"):
            return found
        time.sleep(0.02)
    raise AssertionError(f"the run is still {found['run']}")


def evaluated(http: httpx.Client, rows: Iterable[Any], *models: str) -> dict[str, Any]:
    answer = start_run(http, set_of(http, rows), *models)
    assert answer.status_code == 202, answer.text
    return finished(http, answer.json()["run_id"])
