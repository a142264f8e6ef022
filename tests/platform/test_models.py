from __future__ import annotations

import itertools
import json
import os
import sys
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from time import process_time, sleep
from typing import Any, cast

import pytest

from pareta_plan import user_cache
from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.document import Document
from pareta_plan.platform.models import loading
from pareta_plan.platform.models.llama import llama
from pareta_plan.platform.models.llama.llama import Engine
from pareta_plan.platform.models.llama.native import cpu_seconds, give_way, native_threads
from pareta_plan.platform.models.llama.weights import SMOLLM2
from pareta_plan.platform.models.model import Prediction, unheard
from pareta_plan.platform.models.pricing import on_cpu
from pareta_plan.platform.models.runtimes import smollm, text_model
from pareta_plan.platform.models.turns import Turns

ROWS = [
    ("the kitten purrs on the sofa", "cat"),
    ("my cat meows at night", "cat"),
    ("a tabby cat with whiskers", "cat"),
    ("the puppy barks at the postman", "dog"),
    ("walk the dog on a leash", "dog"),
    ("our dog fetches sticks", "dog"),
]


def make_task(folder: Path, rows: list[tuple[Any, Any]] = ROWS, **changes: Any) -> CatalogTask:
    values: dict[str, Any] = {
        "id": "pet",
        "title": "Pets",
        "description": "Cat or dog.",
        "keywords": [],
        "kind": "classification",
        "scorer": "accuracy",
        "labels": {"cat": "", "dog": ""},
        "prompt": "Cat or dog?",
        "models": [],
        "frontier": [],
    }
    lines = [
        json.dumps({"id": f"p{n}", "input": text, "expected": expected})
        for n, (text, expected) in enumerate(rows)
    ]
    (folder / "dev.jsonl").write_text("".join(line + "\n" for line in lines))
    return CatalogTask(folder, TaskSpec.model_validate(values | changes))


def extraction(folder: Path, **changes: Any) -> CatalogTask:
    fields = {
        "vendor": {"type": "name", "description": "who sent it"},
        "total": {"type": "money", "description": "what is due"},
        "items": {
            "type": "list",
            "description": "its lines",
            "fields": {"price": {"type": "money", "description": "the line's price"}},
        },
    }
    rows = [("ACME, 5 USD", {"vendor": "ACME", "total": "5", "items": []})]
    kind = {"kind": "extraction", "scorer": "field-f1", "labels": None, "fields": fields}
    return make_task(folder, rows, **kind, **changes)


@pytest.mark.parametrize("runtime", ["linear", "bayes"])
def test_trained_models_learn_and_repeat_themselves(tmp_path: Path, runtime: str) -> None:
    heard: list[str] = []
    task = make_task(tmp_path)
    first = loading.load(task, runtime, {}, lambda stage, _label, _share: heard.append(stage))
    second = loading.load(task, runtime, {}, unheard)
    assert heard == ["training"]
    assert first.deterministic
    assert "scikit-learn" in first.name
    for text, label in ROWS:
        prediction = first.predict(text)
        assert prediction.output == label == second.predict(text).output
        assert 0 < prediction.cpu_seconds < 1
    *pieces, last = first.stream("a kitten")
    assert (pieces, cast(Prediction, last).output) == (["cat"], "cat")


@pytest.mark.parametrize("runtime", ["linear", "bayes"])
def test_trained_models_refuse_what_they_cannot_do(tmp_path: Path, runtime: str) -> None:
    with pytest.raises(ParetaError, match="no text classification"):
        loading.load(extraction(tmp_path), runtime, {}, unheard)
    with pytest.raises(ParetaError, match="no text classification"):
        loading.load(make_task(tmp_path, blob_field="scan"), runtime, {}, unheard)
    with pytest.raises(ParetaError, match="two labels or more"):
        loading.load(make_task(tmp_path, ROWS[:2]), runtime, {}, unheard)
    model = loading.load(make_task(tmp_path), runtime, {}, unheard)
    with pytest.raises(ParetaError, match="reads text"):
        model.predict(Document(b"%PDF", "application/pdf"))


def test_a_classifier_reads_no_more_than_its_context() -> None:
    model = text_model.classifier("counts", lambda text: str(len(text)))
    assert model.predict("x" * 1_000_000).output == str(text_model.CONTEXT_K * 4000)


def test_languages_are_those_of_the_task(tmp_path: Path) -> None:
    task = make_task(tmp_path, labels={"de": "German", "nl": "Dutch"})
    model = loading.load(task, "langid", {}, unheard)
    assert model.predict("Wo ist der Bahnhof, bitte?").output == "de"
    assert model.predict("Where is the station, please?").output in {"de", "nl"}
    assert model.name.startswith("py3langid ")


def test_an_unknown_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParetaError, match="klingon"):
        loading.load(make_task(tmp_path, labels={"klingon": ""}), "langid", {}, unheard)


class FakeServer:
    """Plays llama.cpp: answers in the chunks it was given and keeps the requests."""

    def __init__(self, *pieces: str, finish: str = "stop", error: str | None = None) -> None:
        self.pieces = pieces
        self.finish = finish
        self.error = error
        self.requests: list[dict[str, Any]] = []
        self.allowed = threading.Semaphore(1000)  # chunks that may be sent
        self.told_to_stop = threading.Event()

    def handle_chat_completions(self, request: dict[str, Any], on_chunk: Any) -> None:
        self.requests.append(request)
        for chunk in self._chunks():
            self.allowed.acquire(timeout=5)
            if on_chunk(chunk):
                self.told_to_stop.set()
                return

    def _chunks(self) -> Iterator[dict[str, Any]]:
        if self.error is not None:
            yield {"error": {"message": self.error}}
            return
        yield {"choices": [{"delta": {"role": "assistant", "content": None}}]}
        for piece in self.pieces:
            yield {"choices": [{"delta": {"content": piece}, "finish_reason": None}]}
        yield {"choices": [{"delta": {}, "finish_reason": self.finish}]}
        usage = {"prompt_tokens": 7, "completion_tokens": 3}
        yield {"choices": [], "usage": usage, "timings": {"prompt_ms": 100, "predicted_ms": 50}}


def fake_engine(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine with `server` below it, which counts a token a character."""
    ticks = itertools.count()
    monkeypatch.setattr(llama, "cpu_seconds", lambda _threads: next(ticks))
    engine = Engine.__new__(Engine)
    engine._server = server
    engine._turns = Turns(1)
    engine._own = frozenset()
    monkeypatch.setattr(Engine, "count", lambda _self, text: len(text))
    monkeypatch.setattr(smollm, "engine", lambda _progress: engine)
    return engine


def test_a_classification_is_held_to_its_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = FakeServer("do", "g")
    fake_engine(server, monkeypatch)
    task = make_task(tmp_path, labels={"cat": "", 'the "dog"': ""})
    prediction = smollm.load(task, {}, unheard).predict("woof")
    assert prediction == on_cpu("dog", 0.15, 7, 3)
    [request] = server.requests
    assert request["grammar"] == r'root ::= "cat" | "the \"dog\""'
    assert request["messages"] == [
        {"role": "system", "content": "Cat or dog?"},
        {"role": "user", "content": "woof"},
    ]
    assert request["temperature"] == 0
    assert request["cache_prompt"]


def test_shots_take_labels_in_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = FakeServer("dog")
    fake_engine(server, monkeypatch)
    smollm.load(make_task(tmp_path), {"shots": 3}, unheard).predict("woof")
    messages = server.requests[0]["messages"]
    assert [m["content"] for m in messages if m["role"] == "assistant"] == ["cat", "dog", "cat"]
    assert messages[1]["content"] == ROWS[0][0]
    assert messages[-1]["content"] == "woof"


def test_an_extraction_is_held_to_a_bounded_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = FakeServer('{"vendor": "ACME", ', '"total": "5", "items": []}')
    fake_engine(server, monkeypatch)
    model = smollm.load(extraction(tmp_path), {"shots": 1}, unheard)
    assert model.predict("a bill").output == {"vendor": "ACME", "total": "5", "items": []}
    schema = server.requests[0]["json_schema"]
    text = {"type": ["string", "null"], "maxLength": 60}
    money = {"type": ["string", "null"], "maxLength": 24}
    assert schema["required"] == ["vendor", "total", "items"]
    assert schema["properties"]["vendor"] == text
    assert schema["properties"]["total"] == money
    assert schema["properties"]["items"]["maxItems"] == 8
    assert schema["properties"]["items"]["items"]["properties"] == {"price": money}
    *_, shown, _ = server.requests[0]["messages"]
    assert json.loads(shown["content"])["vendor"] == "ACME"


@pytest.mark.parametrize(("finish", "fault"), [("length", "cut"), ("stop", "not_json")])
def test_an_answer_that_is_none_is_the_model_s_fault_and_paid_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, finish: str, fault: str
) -> None:
    fake_engine(FakeServer('{"vendor": "AC', finish=finish), monkeypatch)
    answer = smollm.load(extraction(tmp_path), {}, unheard).predict("a bill")
    assert (answer.output, answer.fault) == ('{"vendor": "AC', fault)
    assert (answer.cpu_seconds, answer.completion_tokens) == (0.15, 3)


def test_a_long_input_loses_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = FakeServer("dog")
    fake_engine(server, monkeypatch)
    smollm.load(make_task(tmp_path), {}, unheard).predict("start " + "x" * 100_000)
    text = server.requests[0]["messages"][-1]["content"]
    assert text.startswith("start x")
    assert llama.CONTEXT - 100 < len(text) < llama.CONTEXT


def test_examples_that_leave_no_room_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_engine(FakeServer("dog"), monkeypatch)
    task = make_task(tmp_path, [("x" * 1000, "cat"), ("x" * 1000, "dog")])
    with pytest.raises(ParetaError, match="fill the model's context"):
        smollm.load(task, {"shots": 2}, unheard)


def test_documents_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_engine(FakeServer("dog"), monkeypatch)
    with pytest.raises(ParetaError, match="reads text"):
        smollm.load(make_task(tmp_path), {}, unheard).predict(Document(b"", "image/png"))
    with pytest.raises(ParetaError, match="can't be shown as examples"):
        smollm.load(make_task(tmp_path, blob_field="scan"), {"shots": 1}, unheard)


def test_where_threads_have_no_clocks_waiting_for_a_core_is_not_metered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = fake_engine(FakeServer("dog"), monkeypatch)
    assert engine.chat({}).cpu_seconds == 0.15
    ticks = itertools.count(step=0.125)
    monkeypatch.setattr(llama, "cpu_seconds", lambda _threads: next(ticks))
    assert engine.chat({}).cpu_seconds == 0.125


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a thread's clock")
def test_a_thread_s_time_is_its_own_whatever_the_process_does() -> None:
    """Another works, without Python's lock; the one that is watched waits."""
    data, stop = b"x" * 10_000_000, threading.Event()
    busy = threading.Thread(target=lambda: [zlib.crc32(data) for _ in iter(stop.is_set, True)])
    idle = threading.Thread(target=stop.wait)
    busy.start()
    idle.start()
    started = cpu_seconds([idle.native_id or 0]), process_time()
    while process_time() - started[1] < 0.2:
        sleep(0.01)
    spent = cpu_seconds([idle.native_id or 0]) - started[0]
    native = native_threads()
    stop.set()
    busy.join()
    idle.join()
    assert spent < 0.05
    assert not native & {busy.native_id, idle.native_id}


@pytest.mark.skipif(sys.platform != "linux", reason="a thread has a priority of its own on Linux")
def test_a_thread_that_gives_way_is_nicer_than_the_others() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    give_way([thread.native_id or 0])
    given = os.getpriority(os.PRIO_PROCESS, thread.native_id or 0)
    stop.set()
    thread.join()
    assert given > ours == os.getpriority(os.PRIO_PROCESS, 0)
    give_way([thread.native_id or 0])  # it is over


def test_a_refusal_of_llama_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = fake_engine(FakeServer(error="context size"), monkeypatch)
    with pytest.raises(ParetaError, match="the language model failed: context size"):
        engine.chat({})
    with pytest.raises(ParetaError, match="context size"):
        list(engine.stream({}))


def test_pieces_come_before_the_answer_is_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = FakeServer("do", "g")
    fake_engine(server, monkeypatch)
    server.allowed = threading.Semaphore(2)  # the role, and a first piece
    stream = smollm.load(make_task(tmp_path), {}, unheard).stream("woof")
    assert next(stream) == "do"
    server.allowed.release(1000)
    rest = list(stream)
    assert rest == ["g", on_cpu("dog", 0.15, 7, 3)]


def test_an_abandoned_stream_stops_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    server = FakeServer(*"many pieces")
    engine = fake_engine(server, monkeypatch)
    server.allowed = threading.Semaphore(2)
    stream = cast(Any, engine.stream({}))
    next(stream)
    stream.close()
    server.allowed.release(1000)
    assert server.told_to_stop.wait(5)


def _weights_at_hand() -> bool:
    path = user_cache.cache_folder() / "weights" / SMOLLM2.name
    return bool(os.environ.get(SMOLLM2.variable)) or path.exists()


@pytest.mark.skipif(not _weights_at_hand(), reason="the weights are not in the cache")
def test_the_real_model_answers_within_bounds(tmp_path: Path) -> None:
    model = smollm.load(make_task(tmp_path), {"shots": 2}, unheard)
    prediction = model.predict("The dog barks. " * 10)
    assert prediction.output in {"cat", "dog"}
    assert prediction.cpu_seconds > 0
    assert prediction.prompt_tokens < llama.CONTEXT
    *pieces, last = model.stream("The cat purrs.")
    assert cast(Prediction, last).output == "".join(map(str, pieces))
    bill = smollm.load(extraction(tmp_path), {}, unheard)
    answer = bill.predict("Invoice of ACME Ltd. Total due: USD 45.00").output
    assert answer.keys() == {"vendor", "total", "items"}
