"""One exchange with a model's server: a body out, an answer or a stream back, what it teaches."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from typing import Any, TypeVar

from pareta_plan.platform.providers.abilities import LEARNS_FROM, Abilities
from pareta_plan.platform.providers.chat_completions import NotAnswered
from pareta_plan.platform.providers.connected import Provider
from pareta_plan.platform.providers.faults import ProviderError
from pareta_plan.platform.providers.refusals import Refused, hidden, refused
from pareta_plan.platform.providers.sse import events

T = TypeVar("T")
Chunk = dict[str, Any]
Body = Callable[[Abilities], dict[str, Any]]
"""The body of a request, as the abilities of the moment have it."""


class Exchange:
    """What goes to and fro for one model. Its coroutines raise ProviderError."""

    def __init__(self, provider: Provider) -> None:
        vendor = provider.spec.vendor
        self._provider = provider
        self.abilities = Abilities(cap=vendor.cap if vendor else "max_tokens")

    async def whole(self, body: Body, *, may_hold: bool) -> Any:
        """The data of an answer; refusals that teach are learnt from and asked again.

        Refused where the model is to blame. With `may_hold` an answer may be held to what is
        wanted by weaker means.
        """
        able = self.abilities
        while True:
            sent = body(able)
            got = await self._sent(sent)
            if not isinstance(got, Refused):
                self._remember(able)
                return got
            if got.fault:
                return got
            able = self._taught(got, able, sent, may_hold=may_hold)

    async def flow(self, body: Body) -> AsyncGenerator[Chunk, None]:
        """One stream from its first chunk to its proper end."""
        provider = self._provider
        able = self.abilities
        while True:
            sent = body(able)
            call = provider.call(provider.dialect.path, sent)
            async with provider.transport.opened(call) as answer:
                if answer.status == 200:
                    self._remember(able)
                    async for chunk in self._chunks(answer.pieces):
                        yield chunk
                    return
                whole = b"".join([piece async for piece in answer.pieces])
            got = self._refused(answer.status, whole, answer.wait)
            able = self._taught(got, able, sent, may_hold=False)

    def read(self, read: Callable[[], T]) -> T:
        """What is read of an answer. What can't be read is the provider's fault."""
        try:
            return read()
        except NotAnswered as error:
            because = str(error)
        except (ValueError, RecursionError):
            because = "its answer is no JSON"
        except (TypeError, KeyError, AttributeError, IndexError):
            because = "its answer lacks what its protocol demands"
        raise ProviderError(self._provider.spec.name, "shape", because=because)

    async def _sent(self, body: Mapping[str, Any]) -> Any:
        provider = self._provider
        got = await provider.transport.send(provider.call(provider.dialect.path, body))
        if got.status != 200:
            return self._refused(got.status, got.body, got.wait)
        data = self.read(lambda: json.loads(got.body))
        return hidden(provider.spec.name, data, provider.secrets()) or data

    def _refused(self, status: int, body: bytes, wait: float | None) -> Refused:
        return refused(self._provider.spec.name, status, body, wait, self._provider.secrets())

    def _taught(
        self, got: Refused, able: Abilities, sent: Mapping[str, Any], *, may_hold: bool
    ) -> Abilities:
        """With what to ask once more. Raises the refusal where it teaches nothing."""
        found = able.after(got.words, sent) if got.error.status in LEARNS_FROM else None
        if found is None or (found.held != able.held and not may_hold):
            raise got.error
        return found

    def _remember(self, able: Abilities) -> None:
        """Keep what was learnt, now that it helped: a row may be refused for what is in it."""
        if able != self.abilities:
            self.abilities = able

    async def _chunks(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[Chunk]:
        name = self._provider.spec.name
        ended = False
        problem = ""
        try:
            async for chunk in self._provider.dialect.chunks(events(pieces)):
                if got := hidden(name, chunk, self._provider.secrets()):
                    raise got.error
                ended = ended or any(one.get("finish_reason") for one in chunk["choices"])
                yield chunk
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            problem = "a piece of its stream is no chunk"
        if problem:
            raise ProviderError(name, "shape", because=problem)
        if not ended:
            raise ProviderError(name, "cut_stream")
