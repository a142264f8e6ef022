"""llama.cpp inside the process, with the one language model that is shipped.

There is one engine a process, since its memory is the weights' 98 MB and more. It answers
one request at a time; others wait.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Any

import httpx

from pareta_plan.errors import ParetaError
from pareta_plan.platform.models.llama.native import cpu_seconds, give_way, native_threads
from pareta_plan.platform.models.llama.weights import SMOLLM2
from pareta_plan.platform.models.model import Progress
from pareta_plan.platform.models.turns import Lane, Turns
from pareta_plan.platform.pulled import pulled

CONTEXT = 2048
"""Tokens of prompt and answer together."""

# With two, reading a prompt is faster on an idle machine and many times slower on a busy one.
_THREADS = 1


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer; `cut` when it ran out of tokens.

    `cpu_seconds` is the CPU time of the engine's own threads and of the one that asked. Where a
    system tells none of threads, it is how long the compute thread was busy, or the CPU time of the
    whole process where that is less.
    """

    text: str
    cut: bool
    cpu_seconds: float
    prompt_tokens: int
    completion_tokens: int


class Engine:
    """A loaded model. Its methods raise ParetaError when llama.cpp refuses a request."""

    def __init__(self, gguf: Path) -> None:
        import xllamacpp

        key = secrets.token_urlsafe(32)  # the server opens a loopback port as well
        params = xllamacpp.CommonParams()
        params.model.path = str(gguf)
        params.n_ctx = CONTEXT
        params.n_parallel = 1
        params.verbosity = -1
        params.warmup = False
        params.cache_ram_mib = 0  # else prompts of the past are kept, up to 8 GB of them
        params.cpuparams.n_threads = _THREADS
        params.cpuparams_batch.n_threads = _THREADS
        params.api_keys = [key]
        others = native_threads()
        self._server = xllamacpp.Server(params)
        self._own = frozenset(native_threads() - others)
        give_way(self._own)  # an answer takes it seconds, and small requests would wait for them
        self._turns = Turns(1)
        self._http = httpx.Client(
            base_url=self._server.listening_address,
            headers={"Authorization": f"Bearer {key}"},
            trust_env=False,
        )

    def count(self, text: str) -> int:
        """How many tokens `text` takes."""
        answer = self._http.post("/tokenize", json={"content": text}).raise_for_status()
        return len(answer.json()["tokens"])

    def chat(self, request: dict[str, Any], lane: Lane = Lane.LIVE) -> Reply:
        """The answer to a request in the format of OpenAI's chat completions."""
        return self._run(request, lambda _: False, lane)

    def stream(self, request: dict[str, Any]) -> Iterator[str | Reply]:
        """Pieces of the answer as they are written, then the Reply; stops when abandoned."""
        items = SimpleQueue[str | Reply | Exception]()
        abandoned = Event()

        def receive(piece: str) -> bool:
            items.put(piece)
            return abandoned.is_set()

        def work() -> None:
            try:
                items.put(self._run(request, receive))
            except Exception as error:
                items.put(error)

        Thread(target=work, daemon=True).start()
        try:
            while not isinstance(item := items.get(), Reply):
                if isinstance(item, Exception):
                    raise item
                yield item
            yield item
        finally:
            abandoned.set()

    def _run(
        self, request: dict[str, Any], receive: Callable[[str], bool], lane: Lane = Lane.LIVE
    ) -> Reply:
        """Answer, telling `receive` each piece; a true answer of its stops the writing."""
        chunks: list[dict[str, Any]] = []

        def on_chunk(chunk: dict[str, Any]) -> bool:
            chunks.append(chunk)
            piece = _piece(chunk)
            return bool(piece) and receive(piece)

        streamed = request | {"stream": True, "stream_options": {"include_usage": True}}
        with self._turns.taken(lane):
            started = cpu_seconds(self._own)
            self._server.handle_chat_completions(streamed, on_chunk)
            spent = cpu_seconds(self._own) - started
        return _reply(chunks, spent, exact=bool(self._own))


_engine: Engine | None = None
_loading = Lock()


def engine(progress: Progress) -> Engine:
    """The process's engine, loaded when first asked for. Raises ParetaError without weights."""
    global _engine  # noqa: PLW0603  (one a process, see above)
    with _loading:
        if _engine is None:
            path = pulled(SMOLLM2, progress)
            progress("loading", SMOLLM2.label, None)
            _engine = Engine(path)
        return _engine


def _piece(chunk: dict[str, Any]) -> str:
    choices = chunk.get("choices") or [{}]
    return choices[0].get("delta", {}).get("content") or ""


def _reply(chunks: list[dict[str, Any]], spent: float, *, exact: bool) -> Reply:
    last = chunks[-1] if chunks else {}
    if "timings" not in last:
        reason = last.get("error", {}).get("message", "it stopped without an answer")
        raise ParetaError(f"the language model failed: {reason}")
    reasons = [choice.get("finish_reason") for c in chunks for choice in c.get("choices", [])]
    timings, usage = last["timings"], last["usage"]
    busy = (timings["prompt_ms"] + timings["predicted_ms"]) * _THREADS / 1000
    return Reply(
        text="".join(_piece(chunk) for chunk in chunks),
        cut="length" in reasons,
        cpu_seconds=spent if exact else min(busy, spent),
        prompt_tokens=usage["prompt_tokens"],
        completion_tokens=usage["completion_tokens"],
    )
