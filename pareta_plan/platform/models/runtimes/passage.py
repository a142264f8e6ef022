"""A chat passed on to a provider's model: its documents fitted to what that takes, its bill."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from fractions import Fraction
from typing import Any

from pareta_plan.errors import ParetaError
from pareta_plan.platform.document import Document, of_data_url
from pareta_plan.platform.models.occupancy import Occupancy, Share
from pareta_plan.platform.models.passing import Bill, Chunk, Passage
from pareta_plan.platform.providers import calling, prices
from pareta_plan.platform.providers.chat_completions import usage_of
from pareta_plan.platform.providers.request import Usage

BEAT_SECONDS = 1.0
"""How soon it is noticed that a client left while its model was silent."""
_TOKENS_OF_A_TEMPLATE = 1024

Pages = Callable[[Document], list[Document] | str]
"""A document as the model takes it: as pictures, or as its text."""
Telling = Callable[[], AbstractContextManager[None]]


class ProviderPassage(Passage):
    """One chat with a provider's model, priced as its answers to rows are."""

    def __init__(
        self,
        model: calling.Model,
        body: Mapping[str, Any],
        price: prices.Price | None,
        context_tokens: int | None,
        occupancy: Occupancy,
        telling: Telling,
    ) -> None:
        self._model = model
        self._body = body
        self._price = price
        self._context_tokens = context_tokens
        self._occupancy = occupancy
        self._telling = telling
        self._share = Share()
        self._usage: Usage | None = None
        self._came = 0

    def complete(self) -> Chunk:
        """The whole completion. Raises what a model's `predict` does."""
        with self._telling(), _formless(), self._occupancy.request() as self._share:
            completion = self._model.complete(self._body)
        self._note(completion)
        return completion

    def stream(self) -> Generator[Chunk, None, None]:
        """The chunks as they come. Raises what a model's `predict` does."""
        with self._telling(), _formless(), self._occupancy.request() as self._share:
            chunks = self._model.stream(self._body, beat=BEAT_SECONDS)
            with closing(chunks):
                for chunk in chunks:
                    self._note(chunk)
                    yield chunk

    def bill(self) -> Bill | None:
        """By the tokens that were told; else the most that what came can have cost."""
        if not self._came:
            return None
        usage = self._usage
        return Bill(
            self._cost(),
            usage.prompt_tokens if usage else 0,
            usage.completion_tokens if usage else 0,
        )

    def _cost(self) -> Fraction:
        if self._price is None:
            return Fraction(0)
        if isinstance(self._price, prices.HourPrice):
            return self._price.cost(Fraction(self._share.seconds))
        return self._price.bill(self._usage, self._most_prompt(), self._came).micro_usd

    def _note(self, chunk: Chunk) -> None:
        """A token is at least one byte of what the model wrote."""
        self._came += _size(chunk["choices"]) if chunk.get("choices") else 0
        self._usage = usage_of(chunk.get("usage")) or self._usage

    def _most_prompt(self) -> int:
        """As many tokens as the prompt can have: those of its bytes, and never its pictures'."""
        if self._context_tokens and _has_pictures(self._body):
            return self._context_tokens
        most = _size(self._body) + _TOKENS_OF_A_TEMPLATE
        return min(most, self._context_tokens) if self._context_tokens else most


@contextmanager
def _formless() -> Iterator[None]:
    """Say what the provider's protocol has no form for."""
    try:
        yield
    except ValueError as error:
        raise ParetaError(str(error)) from None


def fitted(body: Mapping[str, Any], pages: Pages, *, vision: bool) -> dict[str, Any]:
    """A chat with its documents as the model takes them.

    Pictures go as they are to a model that sees. Raises ParetaError for what is no document.
    """
    messages = [_message(one, pages, vision) for one in body["messages"]]
    return {**body, "messages": messages}


def _message(message: dict[str, Any], pages: Pages, vision: bool) -> dict[str, Any]:
    content = message.get("content")
    if not isinstance(content, list):
        return message
    parts = [part for one in content for part in _parts(one, pages, vision)]
    return {**message, "content": parts}


def _parts(part: Any, pages: Pages, vision: bool) -> Iterator[Any]:
    url = _url(part)
    if url is None:
        yield part
        return
    document = _document(url)
    if vision and part["type"] == "image_url" and document.mime.startswith("image/"):
        yield part
        return
    found = pages(document)
    if isinstance(found, str):
        yield {"type": "text", "text": found}
        return
    for page in found:
        data = base64.b64encode(page.data).decode("ascii")
        yield {"type": "image_url", "image_url": {"url": f"data:{page.mime};base64,{data}"}}


def _url(part: Any) -> Any:
    """Where the document of a part is; None for a part that has none."""
    kind = part.get("type") if isinstance(part, dict) else None
    if kind not in ("file", "image_url"):
        return None
    inner = part.get(kind)
    if kind == "image_url" and isinstance(inner, str):
        return inner
    held = inner if isinstance(inner, dict) else {}
    return held.get("url" if kind == "image_url" else "file_data") or ""


def _document(url: Any) -> Document:
    try:
        return of_data_url(str(url))
    except ValueError as error:
        raise ParetaError(str(error)) from None


def _has_pictures(body: Mapping[str, Any]) -> bool:
    contents = [message.get("content") for message in body["messages"]]
    parts = [part for content in contents if isinstance(content, list) for part in content]
    return any(isinstance(part, dict) and part.get("type") == "image_url" for part in parts)


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode(errors="backslashreplace"))
