"""A provider's model, asked: one question, many, or a chat passed on, each in its turn."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Iterator,
    Mapping,
)
from concurrent.futures import Future
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pareta_plan.platform.providers.answers import Answer, judged, load
from pareta_plan.platform.providers.chat_completions import reply_of, usage_of
from pareta_plan.platform.providers.connected import Provider
from pareta_plan.platform.providers.exchange import Body, Chunk, Exchange
from pareta_plan.platform.providers.faults import ProviderError
from pareta_plan.platform.providers.pacing import Turn
from pareta_plan.platform.providers.refusals import Refused
from pareta_plan.platform.providers.request import Finish, Reply, Request, Usage
from pareta_plan.platform.providers.retries import MOST_LIVE_TRIES, MOST_TRIES, pause

T = TypeVar("T")

_SHOWN = ("id", "object", "created", "choices", "usage")


@dataclass(slots=True)
class _Tries:
    """How often something was tried, and how many of the tries may have cost something."""

    most: int
    made: int = 0
    lost: int = 0


@dataclass(slots=True)
class _Told:
    """The tokens that an answer came to."""

    tokens: int = 0


class Model:
    """One model of a provider, by the id that it knows it by. Any thread may call it.

    What a server is found to take is remembered here, so there is one of these a model. The
    methods raise ProviderError. When the transport is closed, what is under way raises
    CancelledError of concurrent.futures, and what comes later RuntimeError.
    """

    def __init__(self, provider: Provider, name: str) -> None:
        self.provider = provider
        self.name = name
        self._exchange = Exchange(provider)
        self._gone: ProviderError | None = None

    @property
    def held(self) -> str:
        """By which means answers are held to what is wanted: `schema`, `json` or `prompt`."""
        return self._exchange.abilities.held

    def begin(self) -> None:
        """Forget that the provider was down and the model gone: a new run asks anew."""
        self._gone = None
        self.provider.health.succeeded()

    def ask(self, request: Request, *, live: bool = False) -> Answer:
        """The answer to one question; a live one goes before those of evals."""
        return self.submit(request, live=live).result()

    def submit(self, request: Request, *, live: bool = False) -> Future[Answer]:
        """The answer to come; cancelling the future ends the call."""
        load()
        return self.provider.transport.submit(self.asked(request, live=live))

    async def asked(self, request: Request, *, live: bool = False) -> Answer:
        """As `ask`, for those who are on the transport's loop."""

        async def once() -> Answer:
            begun = time.monotonic()
            data = await self._exchange.whole(
                lambda able: self.provider.dialect.asked(request, self.name, able), may_hold=True
            )
            if isinstance(data, Refused):
                return _to_blame(data)
            reply = self._exchange.read(lambda: reply_of(self.provider.dialect.completion(data)))
            return judged(replace(reply, seconds=time.monotonic() - begun), request.wanted)

        answer, tries = await self._tried(once, request.likely_tokens(), live, _tokens)
        reply = replace(answer.reply, tries=tries.made, lost=tries.lost)
        return replace(answer, reply=reply)

    def complete(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The completion of a chat body that is passed on, tools and images with it.

        What the model was found not to take (a temperature, a seed) is left out. The completion
        bears the name that the body asked for, and nothing that tells which model has it. Raises
        ValueError for a body that the provider's protocol has no form for.
        """
        return self.provider.transport.submit(self._completed(body)).result()

    def stream(
        self, body: Mapping[str, Any], *, beat: float | None = None
    ) -> Generator[Chunk, None, None]:
        """The chunks of a chat body that is passed on, as they come; leaving ends the call.

        With `beat` an empty one comes whenever there was none for so many seconds. A fault
        before the first chunk is tried again, a later one is raised. Raises ValueError as
        `complete` does.
        """
        silence = (beat, Chunk()) if beat else None
        return self.provider.transport.iterate(self._streamed(body), silence)

    async def _completed(self, body: Mapping[str, Any]) -> dict[str, Any]:
        async def once() -> dict[str, Any]:
            data = await self._exchange.whole(self._passing(body, stream=False), may_hold=False)
            if isinstance(data, Refused):
                raise data.error
            completion = self._exchange.read(lambda: self.provider.dialect.completion(data))
            self._exchange.read(lambda: reply_of(completion))
            return _shown(completion, body)

        def tokens(completion: dict[str, Any]) -> int:
            return _sum(usage_of(completion.get("usage")))

        completion, _ = await self._tried(once, _likely(body), True, tokens)
        return completion

    def _passing(self, body: Mapping[str, Any], *, stream: bool) -> Body:
        kept = {name: value for name, value in body.items() if name != "stream"}
        whole = kept | {"model": self.name} | ({"stream": True} if stream else {})
        return lambda able: self.provider.dialect.passed(whole, able)

    async def _tried(
        self,
        once: Callable[[], Awaitable[T]],
        likely: int,
        live: bool,
        tokens: Callable[[T], int],
    ) -> tuple[T, _Tries]:
        """What comes of it, and with how many tries."""
        tries = _Tries(MOST_LIVE_TRIES if live else MOST_TRIES)
        while True:
            turn = await self._let_in(likely, tries, live=live)
            try:
                with self._under_way(turn) as told:
                    result = await once()
                    told.tokens = tokens(result)
            except ProviderError as error:
                failure = error
            else:
                return result, tries
            await self._wait_or_raise(failure, tries)

    async def _let_in(self, likely: int, tries: _Tries, *, live: bool) -> Turn:
        """Leave for one more try. Raises ProviderError where there can't be one."""
        try:
            if self._gone and not live:
                raise self._gone.again()
            turn = await self.provider.pace.enter(likely, live=live)
        except ProviderError as error:
            error.lost = tries.lost
            raise
        tries.made += 1
        return turn

    @contextmanager
    def _under_way(self, turn: Turn) -> Iterator[_Told]:
        """A try, and to the pace how it ended."""
        told = _Told()
        try:
            yield told
        except ProviderError as error:
            self.provider.pace.failed(turn, error)
            raise
        except BaseException:  # cancelled, or no request at all
            self.provider.pace.leave(turn)
            raise
        self.provider.pace.leave(turn, told.tokens)
        self._gone = None

    async def _wait_or_raise(
        self, failure: ProviderError, tries: _Tries, *, last: bool = False
    ) -> None:
        tries.lost += failure.may_cost
        failure.tries, failure.lost = tries.made, tries.lost
        if failure.kind == "model":
            self._gone = failure
        if last or not failure.retryable or tries.made >= tries.most:
            raise _bared(failure)
        await asyncio.sleep(pause(tries.made, failure.wait))

    async def _streamed(self, body: Mapping[str, Any]) -> AsyncIterator[Chunk]:
        tries, begun = _Tries(MOST_LIVE_TRIES), False
        while True:
            turn = await self._let_in(_likely(body), tries, live=True)
            flow = self._exchange.flow(self._passing(body, stream=True))
            try:
                with self._under_way(turn) as told:
                    async with aclosing(flow) as chunks:
                        async for chunk in chunks:
                            begun = True
                            told.tokens = _sum(usage_of(chunk.get("usage"))) or told.tokens
                            yield _shown(chunk, body)
            except ProviderError as error:
                failure = error
            else:
                return
            await self._wait_or_raise(failure, tries, last=begun)


def _shown(told: Mapping[str, Any], body: Mapping[str, Any]) -> Chunk:
    """A completion, or a chunk of one, without what names the model that made it."""
    kept = {name: told[name] for name in _SHOWN if name in told}
    return kept | {"model": body.get("model")}


def _to_blame(got: Refused) -> Answer:
    """The answer of a model that couldn't take the question: free, unless it wrote something."""
    usage = None if got.fault == "not_json" else Usage(0, 0)
    finish: Finish = "length" if got.fault == "cut" else "stop"
    return Answer(Reply("", finish, got.fault == "refused", usage), fault=got.fault)


def _bared(error: ProviderError) -> ProviderError:
    """The error without what it came of: frames and causes hold what was sent."""
    error.__cause__ = error.__context__ = error.__traceback__ = None
    return error


def _tokens(answer: Answer) -> int:
    return _sum(answer.reply.usage)


def _sum(usage: Usage | None) -> int:
    return usage.prompt_tokens + usage.completion_tokens if usage else 0


def _likely(body: Mapping[str, Any]) -> int:
    most = body.get("max_completion_tokens") or body.get("max_tokens")
    size = len(json.dumps(body.get("messages"), default=str)) // 3
    return size + (most if isinstance(most, int) else 0)
