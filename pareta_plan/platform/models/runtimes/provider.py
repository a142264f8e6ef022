"""A project's model on a provider, held to the task's answers.

Options: `provider` (name, base_url, protocol), `pace` (its limits), `model`, `price` (None: what is
known of a vendor's, else nothing), `context_k`, `vision`, `shots` (how many dev rows it is shown
as examples), `max_output_tokens`, `declared` (the digest of what the lockfile binds).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from threading import Lock
from typing import Any

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.data import Data
from pareta_plan.platform.document import Document
from pareta_plan.platform.models.model import (
    Interrupted,
    Model,
    Prediction,
    Progress,
    RowFlight,
    Unanswered,
    Unreachable,
    Value,
)
from pareta_plan.platform.models.occupancy import Occupancy, Share
from pareta_plan.platform.models.passing import PassingModel
from pareta_plan.platform.models.runtimes.passage import ProviderPassage, fitted
from pareta_plan.platform.models.turns import Lane
from pareta_plan.platform.providers import answers, calling, prices
from pareta_plan.platform.providers.answers import Answer
from pareta_plan.platform.providers.connected import Provider
from pareta_plan.platform.providers.faults import ProviderError
from pareta_plan.platform.providers.flight import Flight
from pareta_plan.platform.providers.identity import identity
from pareta_plan.platform.providers.keys import key_of
from pareta_plan.platform.providers.provider import ProviderSpec
from pareta_plan.platform.providers.request import Content, Example, Request, Wanted
from pareta_plan.platform.providers.transport import Transport

LEAST_OUTPUT_TOKENS = 1024
"""Models that think before they answer write that too."""
_FAULTS = {"rejected": ParetaError}
"""What isn't the provider's fault: any other kind leaves a request unanswered."""
_IMAGES = ("image/png", "image/jpeg", "image/webp")


class Options(Data):
    """What the catalog says of such a model."""

    provider: dict[str, str | None]
    pace: dict[str, int] = {}  # noqa: RUF012 - pydantic copies its defaults
    model: str
    price: prices.DeclaredPrice | None = None
    context_k: int | None = None
    vision: bool = False
    shots: int = 0
    max_output_tokens: int | None = None
    declared: str | None = None

    def spec(self) -> ProviderSpec:
        """The provider."""
        return ProviderSpec.model_validate({**self.provider, **self.pace})


class _Providers:
    """The providers of this process, each connected once, for as long as a model is in use."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._transport: Transport | None = None
        self._in_use = 0
        self._connected: dict[str, Provider] = {}
        self._models: dict[tuple[str, str], calling.Model] = {}

    def model(self, spec: ProviderSpec, name: str) -> calling.Model:
        """A model of a provider; those of one provider share its pace. Raises KeyProblem."""
        key = spec.model_dump_json()
        with self._guard:
            if key not in self._connected:
                secret = key_of(spec)
                self._transport = self._transport or Transport()
                self._connected[key] = Provider(spec, secret, self._transport)
            if (key, name) not in self._models:
                self._models[key, name] = calling.Model(self._connected[key], name)
            self._in_use += 1
            return self._models[key, name]

    def release(self) -> None:
        """A model is in use no more; the last one closes the connections."""
        with self._guard:
            self._in_use -= 1
            if self._in_use or self._transport is None:
                return
            transport, self._transport = self._transport, None
            self._connected.clear()
            self._models.clear()
        transport.close()


providers = _Providers()


def load(task: CatalogTask, options: dict[str, Any], _progress: Progress) -> Model:
    """The model, which is asked nothing before its first row. Raises ParetaError without a key."""
    own = Options.model_validate(options)
    spec = own.spec()
    examples = tuple(_examples(task, own.shots))
    return ProviderModel(task, own, providers.model(spec, own.model), examples)


@cache
def listed(base_url: str, model: str) -> prices.Listed | None:
    """What is known of a vendor's model today."""
    return prices.listed(base_url, model, datetime.now(UTC))


def price_words(options: Mapping[str, Any]) -> str | None:
    """What a model costs, with the source of that; None where nobody knows."""
    own = Options.model_validate(options)
    known = None if own.price else listed(own.spec().url, own.model)
    price = _price(own, known)
    return prices.words(price) if price else None


class ProviderModel(PassingModel):
    """A model that somebody else runs."""

    deterministic = False

    def __init__(
        self,
        task: CatalogTask,
        own: Options,
        model: calling.Model,
        examples: tuple[Example, ...] = (),
    ) -> None:
        spec = model.provider.spec
        is_declared = own.price and own.context_k  # then nobody need look it up
        known = None if is_declared else listed(spec.url, own.model)
        self.name = f"{own.model} on {spec.name}"
        self.concurrency = spec.concurrency
        self.served = model
        self._own = own
        self._task = task.spec
        self._wanted = _wanted(task.spec)
        needed: int = task.spec.answers.constraint()["max_tokens"]
        self._most_output = own.max_output_tokens or max(LEAST_OUTPUT_TOKENS, 2 * needed)
        self._examples = examples
        self._occupancy = Occupancy()
        self.price = _price(own, known)
        context = own.context_k and own.context_k * 1000
        self._context_tokens = context or (known and known.context_tokens) or None
        self.context_k = (self._context_tokens or 0) // 1000
        self.worst_cost = self._worst_cost()

    def predict(self, value: Value) -> Prediction:
        """Answer a request. Raises ParetaError, or Unreachable where no request has an answer."""
        return self._predict(value, Lane.LIVE)

    def _predict(self, value: Value, lane: Lane) -> Prediction:
        request = self._request(value)
        with self._telling(), self._occupancy.request() as share:
            answer = self.served.ask(request, live=lane is Lane.LIVE)
        return self._prediction(request, answer, share)

    def flight(self) -> RowFlight | None:
        """Rows asked on the transport's loop. A document is read first, which takes a thread."""
        if self._task.blob_field is not None:
            return None
        answers.load()
        transport = self.served.provider.transport
        return Flight[int, Value, Prediction](transport, self._asked, self.concurrency, Interrupted)

    async def _asked(self, value: Value) -> Prediction:
        request = self._request(value)
        with self._telling(), self._occupancy.request() as share:
            answer = await self.served.asked(request)
        return self._prediction(request, answer, share)

    def begin(self) -> None:
        """Try the provider anew, whatever came of the last tries."""
        self.served.begin()

    def told(self) -> dict[str, str]:
        """Its provider, and its price."""
        price = {"price": prices.words(self.price)} if self.price else {}
        return {"provider": self._own.spec().name, **price}

    def identity(self) -> str | None:
        """What the server says that it serves; vendors say nothing."""
        with self._telling():
            return identity(self.served.provider, self.served.name)

    def passage(self, body: Mapping[str, Any]) -> ProviderPassage:
        """A chat to be passed on as it is, but for its documents. Raises ParetaError."""
        whole = fitted(body, self._pages, vision=self._own.vision)
        if self._own.max_output_tokens and not {"max_tokens", "max_completion_tokens"} & {*body}:
            whole["max_tokens"] = self._own.max_output_tokens
        return ProviderPassage(
            self.served, whole, self.price, self._context_tokens, self._occupancy, self._telling
        )

    def close(self) -> None:
        """Let go of the connections."""
        providers.release()

    def stream(self, value: Value) -> Iterator[str | Prediction]:
        """The answer as one piece: it is held against what is wanted as a whole."""
        prediction = self.predict(value)
        output = prediction.output
        yield output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
        yield prediction

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Say what the provider said, unless that names the model."""
        try:
            yield
        except ProviderError as error:
            said = error.said if self._own.model.casefold() not in error.said.casefold() else ""
            words = ": ".join(filter(None, (error.message, said)))
            raised = Unreachable if error.ends_run else _FAULTS.get(error.kind, Unanswered)
            raise raised(words, hint=error.hint) from None
        except CancelledError:
            raise Interrupted from None

    def _request(self, value: Value) -> Request:
        return Request(
            content=self._content(value),
            max_tokens=self._most_output,
            system=self._task.prompt,
            examples=self._examples,
            wanted=self._wanted,
        )

    def _content(self, value: Value) -> Content:
        if isinstance(value, str):
            return value
        found = self._pages(value)
        return found if isinstance(found, str) else (*found,)

    def _pages(self, document: Document) -> list[Document] | str:
        """A document as pictures for a model that sees, else its text. Raises RowsError."""
        if self._own.vision:
            return _pictures(document)
        from pareta_plan.platform.models.reading.readers import readers

        return readers.read(document).text

    def _prediction(self, request: Request, answer: Answer, share: Share) -> Prediction:
        reply = answer.reply
        usage = reply.usage
        return Prediction(
            output=reply.text if answer.fault else answer.output,
            cost=self._cost(request, answer, share),
            prompt_tokens=usage.prompt_tokens if usage else 0,
            completion_tokens=usage.completion_tokens if usage else 0,
            fault=answer.fault,
        )

    def _cost(self, request: Request, answer: Answer, share: Share) -> Fraction:
        if self.price is None:
            return Fraction(0)
        if isinstance(self.price, prices.HourPrice):
            return self.price.cost(Fraction(share.seconds))
        most_prompt = request.most_prompt_tokens(self._context_tokens) or 0
        return self.price.bill(answer.reply.usage, most_prompt, request.max_tokens).micro_usd

    def _worst_cost(self) -> Fraction | None:
        """The most that a request costs; None where nothing bounds it."""
        if self.price is None:
            return Fraction(0)
        if isinstance(self.price, prices.HourPrice) or not self._context_tokens:
            return None
        return self.price.worst(self._context_tokens, self._most_output)


def _price(own: Options, known: prices.Listed | None) -> prices.Price | None:
    """As declared, else as it is known, else nothing."""
    if own.price:
        return own.price.price()
    return known.price if known else None


def _wanted(task: TaskSpec) -> Wanted | None:
    """What an answer is held to; nothing where it is a text."""
    if task.answers.is_prose:
        return None
    if task.answers.one_of:
        return Wanted(labels=task.answers.one_of)
    return Wanted(schema=task.answers.schema())


def _examples(task: CatalogTask, shots: int) -> Iterator[Example]:
    if shots and task.spec.blob_field is not None:
        raise ParetaError(f"{task.id} reads documents: its rows can't be shown as examples")
    for row in task.spec.answers.in_turn(task.rows("dev") if shots else [])[:shots]:
        yield Example(str(row["input"]), row["expected"])


def _pictures(value: Document) -> list[Document]:
    """A document's pages as pictures; a picture as it is. Raises RowsError."""
    if value.mime in _IMAGES:
        return [value]
    from pareta_plan.platform.models.reading.readers import readers

    return readers.pages(value)
