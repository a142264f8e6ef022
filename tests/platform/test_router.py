"""The router's generation over HTTP: `auto`, and the prompt that an eval set must carry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pareta_plan.platform.catalog.generation import Generation
from pareta_plan.platform.server import LocalServer

KEY = "pareta_sk_router"
CATALOG = Path(__file__).parent.parent / "catalog"
ROWS = b'{"input": "Delivered at the door", "expected": "delivered"}\n'
ASKED = {"role": "system", "content": "Tell the status of a parcel"}
SAID = {"role": "user", "content": "Delivered at the door"}


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    state = tmp_path_factory.mktemp("state")
    with (
        LocalServer(state, KEY, catalog_folders=[CATALOG], generation=Generation.V3) as server,
        httpx.Client(
            base_url=server.url, headers={"Authorization": f"Bearer {KEY}"}, timeout=20
        ) as client,
    ):
        yield client


def create(http: httpx.Client, **fields: str) -> httpx.Response:
    form = {"task_id": "parcel-status", **fields}
    return http.post("/v1/eval-sets", data=form, files={"items": ("rows.jsonl", ROWS)})


def chat(http: httpx.Client, *messages: dict[str, str], model: str = "auto") -> httpx.Response:
    body: dict[str, Any] = {"model": model, "messages": list(messages)}
    return http.post("/v1/chat/completions", json=body)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/endpoints"),
        ("POST", "/v1/endpoints"),
        ("GET", "/v1/endpoints/one"),
        ("GET", "/v1/tasks/parcel-status/leaderboard"),
    ],
)
def test_what_is_not_there(http: httpx.Client, method: str, path: str) -> None:
    assert http.request(method, path).status_code == 404


def test_an_eval_set_must_say_what_its_rows_ask(http: httpx.Client) -> None:
    for fields in ({}, {"prompt": "  "}):
        refused = create(http, **fields)
        assert refused.status_code == 400
        assert "prompt is required" in refused.json()["detail"]
    assert create(http, prompt="x" * 501).status_code == 400
    made = create(http, prompt="x" * 500)
    assert made.status_code == 200
    assert made.json()["eval_set"]["prompt"] == "x" * 500


def test_auto_is_the_one_model(http: httpx.Client) -> None:
    assert [model["id"] for model in http.get("/v1/models").json()["data"]] == ["auto"]
    made = create(http, prompt="Tell the status.").json()["eval_set"]["id"]
    body = {"eval_set_id": made, "candidate_model_ids": ["linear-1"]}
    refused = http.post("/v1/eval-runs", json=body)
    assert refused.status_code == 400
    assert "it has auto, " in refused.json()["detail"]


def test_a_request_goes_to_the_task_that_its_system_message_asks_for(http: httpx.Client) -> None:
    answered = chat(http, ASKED, SAID)
    assert answered.status_code == 200
    assert answered.json()["model"] == "auto"
    assert answered.json()["choices"][0]["message"]["content"] == "delivered"


def test_a_request_for_nothing_known_is_refused(http: httpx.Client) -> None:
    refused = chat(http, {"role": "user", "content": "zzz"})
    assert refused.status_code == 400
    assert "auto finds no task" in refused.json()["detail"]


def test_another_model_is_not_there(http: httpx.Client) -> None:
    missing = chat(http, ASKED, SAID, model="linear-1")
    assert missing.status_code == 404
    assert "auto" in missing.json()["detail"]
