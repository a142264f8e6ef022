"""A runtime whose models do as their input says, for tests of everything around models.

Task options: `load` fails, or waits for GATE. Texts: `boom`, `refuse` and `leak` raise,
`wait` waits for GATE, `pause` stops a stream for 0.3 s, `slow` takes 10 ms; `away` is a
server that is gone until GATE opens, `tiny` costs 0.002 micro-USD, `decline` is refused by the
model; otherwise the answer follows from the text.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.catalog.runtimes import RUNTIMES
from pareta_plan.platform.document import Document
from pareta_plan.platform.models.model import Model, Prediction, Progress, Unreachable
from pareta_plan.platform.models.pricing import on_cpu

NAME = "scripted"
REAL_NAME = "Hush-7B 1.2"
COST = 10  # micro-USD, of CPU_SECONDS
CPU_SECONDS = 0.72

GATE = threading.Event()
CALLS: list[str] = []


class Scripted(Model):
    """Answers a label, or an object of fields."""

    name = REAL_NAME
    deterministic = True
    context_k = 8

    def __init__(self, task: CatalogTask) -> None:
        self._task = task

    def predict(self, value: str | Document) -> Prediction:
        """What the value asks for."""
        text = value.data.decode() if isinstance(value, Document) else value
        CALLS.append(text)
        _act(text)
        answer = on_cpu(self._answer(text), CPU_SECONDS, len(text.split()), 1)
        if "tiny" in text:
            answer = replace(answer, cost=Fraction(1, 500))
        return replace(answer, output=text, fault="refused") if "decline" in text else answer

    def stream(self, value: str | Document) -> Iterator[str | Prediction]:
        """The answer in halves."""
        prediction = self.predict(value)
        output = prediction.output
        text = output if isinstance(output, str) else json.dumps(output, separators=(",", ":"))
        yield text[: len(text) // 2]
        if isinstance(value, str) and "break" in value:
            raise RuntimeError(f"{REAL_NAME} broke")
        if isinstance(value, str) and "pause" in value:
            time.sleep(0.3)
        yield text[len(text) // 2 :]
        yield prediction

    def _answer(self, text: str) -> Any:
        if self._task.spec.labels:
            return "happy" if "happy" in text else "sad"
        words = text.split()
        return {"first": words[0], "last": words[-1]}


def _act(text: str) -> None:
    if "boom" in text:
        raise RuntimeError(f"{REAL_NAME} exploded")
    if "leak" in text:
        raise ParetaError(f"{REAL_NAME} has no room for this")
    if "refuse" in text:
        raise ParetaError("the text can't be read")
    if "away" in text and not GATE.is_set():
        raise Unreachable("the model's server doesn't answer")
    if "wait" in text:
        GATE.wait(10)
    if "slow" in text:
        time.sleep(0.01)


def load(task: CatalogTask, options: dict[str, Any], progress: Progress) -> Scripted:
    """A model of the task."""
    progress("pulling weights", f"{REAL_NAME} from somewhere", 0.5)
    if options.get("load") == "gate":
        GATE.wait(10)
    if options.get("load") == "fail":
        raise ParetaError(f"{REAL_NAME} can't be had")
    return Scripted(task)


def install() -> None:
    """Make the runtime known to the platform of this process."""
    RUNTIMES[NAME] = __name__


def _task(task_id: str, kind: dict[str, Any], models: list[dict[str, Any]]) -> dict[str, Any]:
    head = {"id": task_id, "title": task_id, "description": "For tests.", "keywords": [task_id]}
    return {**head, "prompt": f"Do {task_id}.", "frontier": ["vision-x"], "models": models, **kind}


FIELDS = {name: {"type": "text", "description": name} for name in ("first", "last")}
MOOD = {"kind": "classification", "scorer": "accuracy", "labels": {"happy": "is", "sad": "isn't"}}
EXTRACTION = {"kind": "extraction", "scorer": "field-f1", "fields": FIELDS}
BASELINES = [
    {"id": "vision-x", "vendor": "Vex", "vision": True, "context_k": 8, "runtime": NAME},
    {"id": "text-x", "vendor": "Tex", "context_k": 8, "runtime": NAME},
]


def _models(*aliases: str, **options: str) -> list[dict[str, Any]]:
    return [{"alias": alias, "runtime": NAME, "options": options} for alias in aliases]


TASKS = [
    _task("mood", MOOD, [*_models("quick-1", "quick-2"), *_models("lost-1", load="fail")]),
    _task("gated-mood", MOOD, _models("gate-1", load="gate")),
    _task("ends", EXTRACTION, _models("ends-1")),
    _task("page-ends", {**EXTRACTION, "blob_field": "document"}, _models("page-1")),
]


def write_catalog(folder: Path) -> Path:
    """A folder of small tasks; only `mood` has a leaderboard."""
    for task in TASKS:
        own = folder / str(task["id"])
        own.mkdir(parents=True)
        (own / "task.yaml").write_text(yaml.safe_dump(task))
        (own / "dev.jsonl").write_text('{"id": "d-1", "input": "so happy", "expected": "happy"}\n')
    (folder / "frontier.yaml").write_text(yaml.safe_dump(BASELINES))
    (folder / "mood" / "leaderboard.json").write_text(json.dumps(_board()))
    return folder


def _board() -> dict[str, Any]:
    entries = [_entry("quick-1", "open", 0.75), _entry("vision-x", "frontier", 0.5)]
    return {"task_id": "mood", "metric": "accuracy", "entries": entries}


def _entry(name: str, kind: str, quality: float) -> dict[str, Any]:
    provenance = {
        "model": REAL_NAME,
        "rows": 1,
        "errors": 0,
        "data_digest": "sha256:0",
        "date": "2025-01-01",
        "cpu_seconds": 1.0,
        "usd_per_cpu_hour": 0.05,
        "deterministic": True,
    }
    interval = {"quality_ci_low": 0.1, "quality_ci_high": 0.9}
    price = {"cost_per_request_micro_usd": COST, "context_k": 8}
    return {"name": name, "kind": kind, "quality": quality, **interval, **price} | {
        "provenance": provenance
    }
