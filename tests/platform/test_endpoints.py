"""Deploys as streams of events, then what can be done with an endpoint."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from pareta_plan.platform.server import LocalServer
from tests.platform import scripted
from tests.platform.driving import (
    chat,
    deploy,
    deployed,
)


def test_a_deploy_tells_its_stages_and_completes_once(
    http: httpx.Client, server: LocalServer
) -> None:
    told = deploy(http, name="first", model="quick-2")
    kinds = [kind for kind, _ in told]
    assert kinds == ["progress"] * (len(told) - 1) + ["complete"]
    stages = [data["stage"] for _, data in told[:-1]]
    assert stages == ["resolving", "pulling weights", "ready"]
    assert told[1][1]["pct"] == 50.0
    endpoint = told[-1][1]["endpoint"]
    assert endpoint == http.get("/v1/endpoints/first").json()
    assert endpoint["url"] == f"{server.url}/v1"
    assert (endpoint["id"], endpoint["name"], endpoint["model"]) == ("first", "first", "quick-2")
    assert (endpoint["status"], endpoint["task"]) == ("live", "mood")
    assert endpoint["promptScaffold"] == "Do mood."
    assert endpoint["recommendedSystemPrompt"] is None
    assert endpoint in http.get("/v1/endpoints").json()


def test_recommended_and_a_name_made_up(http: httpx.Client) -> None:
    endpoint = deploy(http)[-1][1]["endpoint"]
    assert endpoint["model"] == "quick-1"
    assert endpoint["name"].startswith("mood-")
    extraction = deploy(http, task="ends", model="ends-1")[-1][1]["endpoint"]
    assert extraction["recommendedSystemPrompt"] == "Do ends."
    assert extraction["promptScaffold"] is None


REFUSED_DEPLOYS = [
    ({}, "task is required"),
    ({"task": 3}, "task is required"),
    ({"task": "nope"}, "nope"),
    ({"task": "mood", "model": "ends-1"}, "quick-1, quick-2"),
    ({"task": "mood", "model": "vision-x"}, "quick-1"),
    ({"task": "mood", "model": 7}, "alias"),
    ({"task": "ends"}, "ends-1"),
    ({"task": "mood", "name": "No Spaces"}, "name must be"),
    ({"task": "mood", "name": ""}, "name must be"),
    ({"task": "mood", "name": "x" * 64}, "name must be"),
    ({"task": "mood", "name": "line\n"}, "name must be"),
]


@pytest.mark.parametrize(("body", "words"), REFUSED_DEPLOYS)
def test_a_deploy_that_cannot_be_meant(
    http: httpx.Client, body: dict[str, Any], words: str
) -> None:
    answer = http.post("/v1/endpoints", json=body)
    assert answer.status_code == 400
    assert words in answer.json()["detail"]


def test_a_taken_name_is_a_conflict(http: httpx.Client, mood: str) -> None:
    answer = http.post("/v1/endpoints", json={"task": "mood", "name": mood})
    assert answer.status_code == 409


def test_a_model_that_cannot_load_leaves_no_endpoint(http: httpx.Client) -> None:
    kind, data = deploy(http, name="lost", model="lost-1")[-1]
    assert (kind, data) == ("error", {"message": "the model could not be loaded"})
    assert http.get("/v1/endpoints/lost").status_code == 404
    assert deployed(http, "lost", model="quick-1")


@pytest.mark.usefixtures("closed_gate")
def test_a_deploy_goes_on_without_its_client(http: httpx.Client) -> None:
    body = {"task": "gated-mood", "model": "gate-1", "name": "gated"}
    with http.stream("POST", "/v1/endpoints", json=body) as answer:
        assert next(answer.iter_lines()) == "event: progress"
    starting = http.get("/v1/endpoints/gated").json()
    assert (starting["status"], starting["url"]) == ("starting", None)
    assert chat(http, "gated", "hello").status_code == 503
    assert "gated" not in [m["id"] for m in http.get("/v1/models").json()["data"]]
    assert http.post("/v1/endpoints/gated/stop").status_code == 409
    scripted.GATE.set()
    deadline = time.monotonic() + 5
    while http.get("/v1/endpoints/gated").json()["status"] != "live":
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_stop_start_delete(http: httpx.Client) -> None:
    name = deployed(http, "short-lived")
    assert http.post(f"/v1/endpoints/{name}/stop").json()["status"] == "stopped"
    answer = chat(http, name, "happy?")
    assert (answer.status_code, "stopped" in answer.json()["detail"]) == (503, True)
    assert http.post(f"/v1/endpoints/{name}/start").json()["status"] == "live"
    assert chat(http, name, "happy?").status_code == 200
    deleted = http.delete(f"/v1/endpoints/{name}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    for path in ("", "/uptime", "/quality"):
        assert http.get(f"/v1/endpoints/{name}{path}").status_code == 404
    for verb in ("start", "stop"):
        assert http.post(f"/v1/endpoints/{name}/{verb}").status_code == 404
    assert http.delete(f"/v1/endpoints/{name}").status_code == 404
    assert chat(http, name, "happy?").status_code == 404


def test_metrics_are_of_requests_really_made(http: httpx.Client) -> None:
    name = deployed(http, "measured")
    for content in ("so happy", "so grey", "boom"):
        chat(http, name, content)
    http.post(f"/v1/endpoints/{name}/stop")

    def metric(dimension: str) -> Any:
        return http.get(f"/v1/endpoints/{name}/{dimension}", params={"days": 7}).json()

    performance = metric("performance")
    assert (performance["requests"], performance["errors"]) == (3, 1)
    assert performance["prompt_tokens"] == 4
    assert 0 < performance["latency_ms"]["p50"] <= performance["latency_ms"]["p99"]
    assert metric("cost")["total_cost_micro_usd"] == 2 * scripted.COST
    assert metric("cost")["mean_cost_micro_usd"] == scripted.COST
    assert metric("uptime")["status"] == "stopped"
    assert 0 < metric("uptime")["uptime"] <= 1
    assert [r["ok"] for r in metric("activity")["requests"]] == [False, True, True]
    assert [e["status"] for e in metric("activity")["events"]] == ["stopped", "live", "starting"]
    assert metric("quality")["quality"] == 0.75
    assert http.get(f"/v1/endpoints/{name}/beauty").status_code == 404


def test_metrics_of_an_endpoint_nobody_called(http: httpx.Client) -> None:
    name = deployed(http, "idle", model="quick-2")
    performance = http.get(f"/v1/endpoints/{name}/performance").json()
    assert (performance["latency_ms"], performance["error_rate"]) == (None, 0.0)
    assert http.get(f"/v1/endpoints/{name}/quality").json()["quality"] is None
    assert http.get(f"/v1/endpoints/{name}/cost").json()["mean_cost_micro_usd"] is None


def put_name(http: httpx.Client, name: str, endpoint: str, **more: Any) -> httpx.Response:
    return http.put(f"/v1/names/{name}", json={"endpoint": endpoint, **more})


def test_a_stable_name_reaches_what_was_last_promoted(http: httpx.Client) -> None:
    old, new = deployed(http, "named-a"), deployed(http, "named-b")
    shop = {"scope": "shop"}
    assert chat(http, "moody", "a happy day").status_code == 404
    assert put_name(http, "moody", old, **shop).json() == {
        "name": "moody",
        "endpoint": old,
        "scope": "shop",
    }
    assert chat(http, "moody", "a happy day").json()["model"] == old
    assert put_name(http, "moody", new, **shop).status_code == 200
    assert put_name(http, "moody", new, **shop).status_code == 200, "once more is the same"
    assert chat(http, "moody", "a happy day").json()["model"] == new
    assert "moody" in {one["id"] for one in http.get("/v1/models").json()["data"]}

    refused = {
        put_name(http, "moody", old, scope="other").status_code: "another project's",
        put_name(http, new, old, **shop).status_code: "an endpoint's id",
        deploy_status(http, "moody"): "the other way round",
    }
    assert [*refused] == [409]
    assert put_name(http, "Moody!", old, **shop).status_code == 400
    assert put_name(http, "moody", "nothing", **shop).status_code == 400
    renamed = put_name(http, "moody", old, scope="other", replaces=new)
    assert renamed.json()["scope"] == "other", "a renamed project takes its names along"

    put_name(http, "moodier", old, scope="other")
    named = {one["name"] for one in http.get("/v1/names").json()["names"]}
    assert named & {"moody", "moodier"} == {"moodier"}, "one name an endpoint"
    http.delete(f"/v1/endpoints/{old}")
    assert chat(http, "moodier", "a happy day").status_code == 404
    assert "moodier" not in http.get("/v1/names").text


def deploy_status(http: httpx.Client, name: str) -> int:
    return http.post("/v1/endpoints", json={"task": "mood", "name": name}).status_code
