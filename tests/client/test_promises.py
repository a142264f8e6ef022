"""What the documents promise beside their snippets, on both faces against a live platform."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from pareta_plan import (
    AsyncPareta,
    DeployEvent,
    Endpoint,
    EvalRun,
    NotFoundError,
    ParetaError,
    wire,
)
from pareta_plan.client.resources import EvalRuns, Evals, EvalSets, Tasks
from pareta_plan.platform.catalog.catalog import BUILT_IN
from pareta_plan.platform.invoices.invoices import render
from pareta_plan.platform.server import LocalServer
from tests.client.driving import KEY, Call, Face
from tests.client.faulty import Faulty, answer

TASK = "parcel-status"
ROWS = [
    {"input": "Delivered to the neighbour this morning", "expected": "delivered"},
    {"input": "It comes a day later than promised", "expected": "delayed"},
]
HELLO: list[Any] = [{"role": "user", "content": "Your parcel was delivered"}]
LIVE: Any = {"task": TASK, "wait": True}
QUICK: Any = {"wait": True, "poll_interval": 0.02}


SIGNATURES = [
    (Tasks.match, "(self, query: 'str', *, top_k: 'int' = 5) -> 'Steps[TaskMatch]'"),
    (
        Tasks.retrieve,
        (
            "(self, task_id: 'str', *, examples_n: 'int | None' = None, documents: 'bool' = False)"
            " -> 'Steps[Task]'"
        ),
    ),
    (Tasks.list, "(self) -> 'Steps[list[Task]]'"),
    (Tasks.leaderboard, "(self, task_id: 'str') -> 'Steps[Leaderboard]'"),
    (Tasks.recommended, "(self, task_id: 'str') -> 'Steps[str | None]'"),
    (Evals.frontier_models, "(self, task: 'str | None' = None) -> 'Steps[list[FrontierModel]]'"),
]


@pytest.mark.parametrize(("method", "signature"), SIGNATURES, ids=lambda _: "")
def test_signatures_are_those_of_the_reference(method: Any, signature: str) -> None:
    assert str(inspect.signature(method)) == signature


@pytest.mark.parametrize(
    "call",
    [
        lambda pa: pa.tasks.match("q", 5),
        lambda pa: pa.tasks.retrieve("q", 3),
        lambda pa: pa.endpoints.deploy("parcel-status"),
        lambda pa: pa.evals.sets.create(TASK, ROWS),
        lambda pa: pa.evals.sets.upload_document("es", b"", 0, "document"),
        lambda pa: pa.evals.runs.create("es", ["m"]),
        lambda pa: pa.evals.runs.wait("run", 1.0),
        lambda pa: pa.chat.completions.create("e", HELLO),
        lambda pa: type(pa)(KEY),
    ],
)
def test_options_go_by_their_names(face: Face, call: Call) -> None:
    with Faulty([]) as server, pytest.raises(TypeError, match="positional"):
        face.run(server.url, call)


def runs(**given: Any) -> Call:
    return lambda pa: pa.evals.runs.create(**given)


REFUSED: list[tuple[Call, type[Exception], str]] = [
    (lambda pa: pa.tasks.match(""), ValueError, "query"),
    (lambda pa: pa.tasks.match(" \n\t"), ValueError, "query"),
    (runs(eval_set="es", models=["m"], frontier="best"), ValueError, "'best'"),
    (runs(eval_set="es", models=["m"], frontier=""), ValueError, "''"),
    (runs(task=TASK, items=ROWS, models=["m"], frontier="best"), ValueError, "'best'"),
    (runs(eval_set="es", models=[]), ValueError, "models is required"),
    (runs(eval_set="es", models=None, frontier="none"), ValueError, "models is required"),
    (runs(eval_set="es", models=[], frontier=[]), ValueError, "models is required"),
    (runs(eval_set="es", models=[None]), ValueError, "models is required"),
    (runs(models=["m"]), ValueError, "eval_set"),
    (runs(task=TASK, items=[], models=["m"]), ValueError, "items"),
    (runs(eval_set="es", models=["m"], frontier=5), TypeError, "frontier"),
    (runs(eval_set="es", models=["m"], frontier={"a": 1}), TypeError, "frontier"),
    (runs(eval_set="es", models=["m"], frontier=True), TypeError, "frontier"),
    (runs(eval_set="es", models="qwen-1"), TypeError, "models"),
    (lambda pa: pa.evals.sets.create(task=TASK, items=[]), ValueError, "items"),
    (lambda pa: pa.endpoints.deploy(task=""), ValueError, "task"),
    (lambda pa: pa.chat.completions.create(model="e", messages=[]), ValueError, "messages"),
    (
        lambda pa: pa.evals.sets.upload_document("es", 5, idx=0, field_name="f"),
        TypeError,
        "file",
    ),
]


@pytest.mark.parametrize(("call", "kind", "says"), REFUSED)
def test_what_cannot_be_meant_is_refused_before_any_request(
    face: Face, call: Call, kind: type[Exception], says: str
) -> None:
    with Faulty([answer()]) as server:
        with pytest.raises(kind, match=says):
            face.run(server.url, call)
        assert server.asked == []


@pytest.mark.parametrize("keyword", ["all", "benchmarked"])
def test_a_keyword_needs_a_task(face: Face, keyword: str) -> None:
    create = runs(eval_set="es", models=["m"], frontier=keyword)
    for found in ('{"id": "es"}', '{"id": "es", "task_id": null}'):
        script = [answer(body=f'{{"eval_set": {found}}}')]
        with Faulty(script) as server, pytest.raises(ValueError, match="without a task"):
            face.run(server.url, create)


STARTED = answer(202, '{"run_id": "run_1", "status": "queued"}')
ROSTER = answer(body='{"frontier_models": [{"id": "a", "benchmarked": true}, {"id": "b"}]}')
SET = answer(body='{"eval_set": {"id": "es", "task_id": "t"}}')


@pytest.mark.parametrize(
    ("frontier", "script", "sent"),
    [
        (None, [STARTED], ["m"]),
        ("none", [STARTED], ["m"]),
        ([], [STARTED], ["m"]),
        (["x", "y"], [STARTED], ["m", "x", "y"]),
        (("x",), [STARTED], ["m", "x"]),
        ("all", [SET, ROSTER, STARTED], ["m", "a", "b"]),
        ("benchmarked", [SET, ROSTER, STARTED], ["m", "a"]),
    ],
)
def test_a_frontier_is_resolved_before_the_run_is_sent(
    face: Face, frontier: Any, script: list[bytes], sent: list[str]
) -> None:
    with Faulty(script) as server:
        run = face.run(server.url, runs(eval_set="es", models=["m"], frontier=frontier))
    assert json.loads(server.asked[-1].body)["candidate_model_ids"] == sent
    assert (run.id, run.status, run.is_terminal) == ("run_1", "queued", False)
    if len(script) == 3:
        assert server.asked[1].line == "GET /v1/eval/frontier-models?task=t HTTP/1.1"


def test_a_keyword_for_the_task_that_is_given_asks_for_no_eval_set(face: Face) -> None:
    with Faulty([ROSTER, STARTED]) as server:
        face.run(server.url, runs(eval_set="es", task="t", models=None, frontier="benchmarked"))
    assert json.loads(server.asked[-1].body)["candidate_model_ids"] == ["a"]


@pytest.mark.parametrize("kind", ["Pareta", "AsyncPareta"])
def test_from_env_reads_both_variables(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import pareta_plan

    client = getattr(pareta_plan, kind)
    with pytest.raises(ParetaError, match="no API key"):
        client.from_env()
    monkeypatch.setenv("PARETA_API_KEY", KEY)
    assert client.from_env().base_url == "https://api.pareta.ai"
    monkeypatch.setenv("PARETA_BASE_URL", "https://platform.example/")
    assert client.from_env().base_url == "https://platform.example"
    assert client.from_env(base_url=None).base_url == "https://platform.example"
    assert client.from_env(base_url="https://other.example").base_url == "https://other.example"
    monkeypatch.setenv("PARETA_BASE_URL", "platform.example")
    with pytest.raises(ParetaError, match="PARETA_BASE_URL"):
        client.from_env()


@pytest.mark.parametrize(
    ("micro_usd", "dollars"),
    [(0, "0.00"), (9_999, "0.00"), (10_000, "0.01"), (19_999, "0.01"), (1_234_567, "1.23")],
)
def test_a_billed_total_is_floored_to_cents_beside_the_exact_one(
    micro_usd: int, dollars: str
) -> None:
    run = EvalRun.model_validate({"run": {"id": "r", "total_cost_micro_usd": micro_usd}})
    assert (run.cost_micro_usd, run.cost) == (micro_usd, Decimal(dollars))


def test_unit_prices_are_raw_micro_usd(face: Face, server: LocalServer) -> None:
    board = face.run(server.url, lambda pa: pa.tasks.leaderboard(TASK))
    prices = [entry.cost_per_request_micro_usd for entry in board.models]
    assert all(isinstance(price, int) and price > 0 for price in prices)
    qualities = [entry.quality for entry in board.models]
    assert qualities == sorted(qualities, reverse=True)
    assert board.frontier.kind == "frontier"
    assert face.run(server.url, lambda pa: pa.tasks.recommended(TASK)) == board.recommended


ANSWERS: dict[str, Any] = {
    "Task": {"id": "t", "has_blob_input": True},
    "TaskMatchCandidate": {"task_id": "t", "score": 0.5, "confidence": "low"},
    "Capability": {"id": "c"},
    "TaskMatch": {"query": "q", "matched": False, "candidates": [], "chosen": None},
    "Contract": {"proposals": [{"task_id": "t", "confidence": "low"}], "homogeneous": True},
    "Majority": {"answer": "low", "quality": 0.5},
    "LeaderboardEntry": {"name": "m-1", "kind": "open", "quality": None},
    "Leaderboard": {"task_id": "t", "models": [{"name": "m-1", "kind": "open", "new": [1]}]},
    "FrontierModel": {"id": "f", "vision": True},
    "Endpoint": {"id": "e", "name": "e", "task": "t", "recommendedSystemPrompt": "Do."},
    "DeployEvent": {"event": "progress", "data": {"stage": "loading", "new": {"a": 1}}},
    "EvalSet": {"id": "es", "task_id": "t"},
    "BlobUpload": {"upload_url": "https://h/", "storage_uri": "s"},
    "EvalItemResult": {"idx": 0, "error": None},
    "EvalResult": {"model_id": "m-1", "per_item": [{"idx": 0, "new": "a"}]},
    "RunProgress": {"stage": "scoring"},
    "Run": {"id": "r", "status": "queued"},
    "EvalRun": {"run": {"id": "r", "new": 1}, "results": []},
    "StartedRun": {"run_id": "r"},
    "Served": {"task": "t", "model": "m", "served": "sha256:1"},
    "Message": {"role": "user", "content": [{"type": "text"}]},
    "Choice": {"index": 0, "message": {"content": "x", "new": 1}},
    "Usage": {"prompt_tokens": 1, "prompt_tokens_details": {"cached": 0}},
    "ChatCompletion": {"id": "c", "object": "chat.completion", "choices": []},
    "ChatCompletionChunk": {"id": "c", "choices": [{"delta": {}}]},
    "Model": {"id": "e", "created": 5},
    "Name": {"name": "n", "endpoint": "e"},
    "ModelList": {"data": [{"id": "e", "new": 1}], "object": "list"},
    "Offers": {"deployments": False, "leaderboards": False, "router": True},
}


def _kinds() -> Iterator[type[wire.Wire]]:
    for value in vars(wire).values():
        if isinstance(value, type) and issubclass(value, wire.Wire) and value is not wire.Wire:
            yield value


@pytest.mark.parametrize("kind", list(_kinds()), ids=lambda kind: kind.__name__)
def test_every_answer_keeps_the_servers_json(kind: type[wire.Wire]) -> None:
    sent = {**ANSWERS[kind.__name__], "of_a_later_server": {"a": [1, None, "ü"]}}
    value = kind.model_validate(sent)
    assert value.to_dict() == sent
    for name, member in sent.items():
        assert value[name] == member
        assert value.get(name) == member
    assert (value.get("nothing"), value.get("nothing", 5)) == (None, 5)
    with pytest.raises(KeyError):
        value["nothing"]
    assert value.of_a_later_server == {"a": [1, None, "ü"]}  # type: ignore[attr-defined]


def test_tasks(face: Face, server: LocalServer) -> None:
    assert TASK in [task.id for task in face.run(server.url, lambda pa: pa.tasks.list())]
    task = face.run(server.url, lambda pa: pa.tasks.retrieve(TASK, examples_n=2))
    assert len(task.to_dict()["examples"]) == len(task.examples) == 2
    assert (task.default_scorer, task.has_blob_input) == ("accuracy", False)
    with pytest.raises(NotFoundError, match="request"):
        face.run(server.url, lambda pa: pa.tasks.retrieve("nothing"))
    match = face.run(server.url, lambda pa: pa.tasks.match("judge a chauffeur", top_k=2))
    assert len(match.candidates) == 2
    assert all(0 <= candidate.score <= 1 for candidate in match.candidates)
    assert match == face.run(server.url, lambda pa: pa.tasks.match("judge a chauffeur", top_k=2))


def metric(endpoint: str, dimension: str) -> Call:
    return lambda pa: getattr(pa.endpoints.metrics(endpoint), dimension)(window="7d")


def test_endpoints(face: Face, server: LocalServer) -> None:
    name = f"promised-{face.name.lower()}"

    def read(call: Call) -> Any:
        return face.run(server.url, call)

    events = face.collect(server.url, lambda pa: pa.endpoints.deploy(task=TASK, name=name))
    assert all(isinstance(event, DeployEvent) for event in events)
    assert [event["event"] for event in events][-1] == "complete"
    assert events[-1]["data"]["endpoint"]["id"] == name
    assert "stage" in events[0]["data"]
    endpoint = read(lambda pa: pa.endpoints.retrieve(name))
    assert isinstance(endpoint, Endpoint)
    assert (endpoint.id, endpoint.status, endpoint.is_live) == (name, "live", True)
    assert name in [found.id for found in read(lambda pa: pa.endpoints.list())]
    assert name in [model.id for model in read(lambda pa: pa.models.list())]
    for dimension in ("performance", "uptime", "cost", "quality", "activity"):
        assert read(metric(name, dimension))["endpoint"] == name
    said = read(lambda pa: pa.chat.completions.create(model=name, messages=HELLO))
    assert said.choices[0].message.content == "delivered"
    assert said["usage"]["total_tokens"] == said.usage.total_tokens
    ask: Any = {"model": name, "messages": HELLO, "stream": True}
    chunks = face.collect(server.url, lambda pa: pa.chat.completions.create(**ask))
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "delivered"
    read(lambda pa: pa.endpoints.stop(name))
    assert not read(lambda pa: pa.endpoints.retrieve(name)).is_live
    read(lambda pa: pa.endpoints.start(name))
    assert read(lambda pa: pa.endpoints.delete(name)) is None
    with pytest.raises(NotFoundError):
        read(lambda pa: pa.endpoints.retrieve(name))


@pytest.mark.parametrize("model", [None, "recommended", "linear-1"])
def test_deploying_what_is_recommended(face: Face, server: LocalServer, model: Any) -> None:
    endpoint = face.run(server.url, lambda pa: pa.endpoints.deploy(model=model, **LIVE))
    assert (endpoint.model, endpoint.is_live) == ("linear-1", True)


def test_evals(face: Face, server: LocalServer) -> None:
    def read(call: Call) -> Any:
        return face.run(server.url, call)

    made = read(lambda pa: pa.evals.sets.create(task=TASK, items=ROWS, name="two"))
    assert (made.item_count, made.scoring_strategy, made.name) == (2, "classification", "two")
    assert read(lambda pa: pa.evals.sets.retrieve(made.id)).task_id == TASK
    assert made.id in [found.id for found in read(lambda pa: pa.evals.sets.list())]
    started = read(runs(eval_set=made.id, models=["bayes-1"], frontier="benchmarked"))
    run = read(lambda pa: pa.evals.runs.wait(started.id, poll_interval=0.02))
    assert run == read(lambda pa: pa.evals.runs.retrieve(started.id))
    assert (run.status, run.is_terminal, run.eval_set_id) == ("completed", True, made.id)
    assert run.candidate_models == ["bayes-1", "acme-large"]
    assert [result.kind for result in run.results] == ["open", "frontier"]
    assert run.cost_micro_usd == run["run"]["total_cost_micro_usd"] > 0
    read(lambda pa: pa.evals.sets.delete(made.id))
    assert made.id not in [found.id for found in read(lambda pa: pa.evals.sets.list())]


def test_a_run_of_rows_without_a_set(face: Face, server: LocalServer) -> None:
    run = face.run(server.url, runs(task=TASK, items=iter(ROWS), models=["linear-1"], **QUICK))
    assert run.results[0].n_succeeded == 2


def test_no_connections_at_all_would_wait_for_ever() -> None:
    with pytest.raises(ValueError, match="max_connections"):
        AsyncPareta(api_key=KEY, max_connections=0)


def test_giving_up_on_a_run_names_it(face: Face) -> None:
    going = answer(body='{"run": {"id": "run_1", "status": "running"}}')
    with Faulty([going] * 2) as server, pytest.raises(ParetaError, match="run_1") as raised:
        face.run(server.url, lambda pa: pa.evals.runs.wait("run_1", timeout=0))
    assert "goes on" in (raised.value.hint or "")


@pytest.mark.parametrize("kind", ["bytes", "bytearray", "path", "text path", "file"])
def test_a_document_is_a_path_or_bytes_or_a_binary_file(
    face: Face, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / "scan.png"
    path.write_bytes(b"\x89PNG")
    where: Any = {"idx": 2, "field_name": "page"}
    with path.open("rb") as opened, Faulty([answer()]) as server:
        given: Any = {
            "bytes": b"\x89PNG",
            "bytearray": bytearray(b"\x89PNG"),
            "path": path,
            "text path": str(path),
            "file": opened,
        }[kind]
        face.run(server.url, lambda pa: pa.evals.sets.upload_document("es", given, **where))
    sent = server.asked[0].body
    assert b"\r\n\r\n\x89PNG\r\n" in sent
    mime = b"application/octet-stream" if kind.startswith("byte") else b"image/png"
    assert b'name="mime"\r\n\r\n' + mime in sent
    assert b'name="idx"\r\n\r\n2\r\n' in sent


def test_a_file_of_text_is_no_document(face: Face) -> None:
    def attach(pa: Any) -> Any:
        return pa.evals.sets.upload_document("es", StringIO("x"), idx=0, field_name="f")

    with Faulty([]) as server, pytest.raises(TypeError, match="binary"):
        face.run(server.url, attach)


def _invoice() -> tuple[bytes, dict[str, Any]]:
    lines = (BUILT_IN / "invoice-extraction" / "dev.jsonl").read_text("utf-8").splitlines()
    rows = (json.loads(line) for line in lines)
    row = next(r for r in rows if r["input"]["document"]["render"]["format"] == "pdf")
    return render(row).data, {"input": {}, "expected": row["expected"]}


@pytest.mark.parametrize("padding", [0, 6 * 1024 * 1024])
def test_documents_go_inline_and_above_5_mib_by_a_signed_url(
    face: Face, server: LocalServer, padding: int
) -> None:
    pdf, row = _invoice()
    if padding:
        tail = pdf[pdf.rindex(b"startxref") :]
        pdf = pdf + b"\n%" + b"0" * padding + b"\n" + tail
    task = "invoice-extraction"
    made = face.run(server.url, lambda pa: pa.evals.sets.create(task=task, items=[row]))
    where: Any = {"idx": 0, "field_name": "document", "mime": "application/pdf"}
    face.run(server.url, lambda pa: pa.evals.sets.upload_document(made.id, pdf, **where))
    run = face.run(server.url, runs(eval_set=made.id, models=["rules-1"], **QUICK))
    assert run.results[0].n_succeeded == 1
    assert run.results[0].quality_mean > 0.5


def test_what_the_reference_exposes_is_there() -> None:
    for resource, methods in {
        EvalSets: ("create", "list", "retrieve", "delete", "upload_document"),
        EvalRuns: ("create", "retrieve", "wait"),
    }.items():
        assert all(inspect.getdoc(getattr(resource, method)) for method in methods)
