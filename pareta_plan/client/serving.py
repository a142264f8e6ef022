"""The client's namespaces for what is deployed: endpoints with their metrics, and chat."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Literal, Required, TypedDict, Unpack, overload

from pareta_plan.client.api import Api, Call, Resource, at, decoded, operation
from pareta_plan.client.steps import Blocking, Driver, Read, Steps, T, Waiting, named, without_key
from pareta_plan.client.streams import Chunks, Decoder, DeployEvents, Stream, whole
from pareta_plan.completions import ChatCompletion, ChatCompletionChunk
from pareta_plan.errors import PlatformError
from pareta_plan.wire import DeployEvent, Endpoint, Name

Messages = list[dict[str, Any]]


def _streaming(api: Api, call: Call, decoder: type[Decoder[T]]) -> Steps[Stream[T]]:
    return Stream((yield from api.response(call)), decoder)


def _dimension(name: str, said: str) -> operation[..., Any]:
    def read(self: Metrics[Any], /, **params: Any) -> Steps[Any]:
        return self._api.json(Call("GET", at("endpoints", self._id, name), params or None))

    read.__name__, read.__doc__ = name, said
    return operation(read)


class Metrics(Resource[Driver]):
    """What an endpoint did; each dimension's JSON as the platform gives it."""

    def __init__(self, resource: Resource[Driver], endpoint_id: str) -> None:
        super().__init__(resource._api, resource._driver)
        self._id = endpoint_id

    performance = _dimension("performance", "Latencies.")
    uptime = _dimension("uptime", "Availability.")
    cost = _dimension("cost", "What was charged, in micro-USD.")
    quality = _dimension("quality", "The model's standing on its task.")
    activity = _dimension("activity", "Requests.")


class _Deploy(TypedDict, total=False):
    """What the overloads of `deploy` have in common."""

    task: Required[str]
    model: str | None
    name: str | None
    idempotency_key: str | None


class Endpoints(Resource[Driver]):
    """What is deployed."""

    @overload
    def deploy(
        self: Endpoints[Blocking], *, wait: Literal[True], **given: Unpack[_Deploy]
    ) -> Endpoint: ...
    @overload
    def deploy(
        self: Endpoints[Blocking], *, wait: Literal[False] = ..., **given: Unpack[_Deploy]
    ) -> Stream[DeployEvent]: ...
    @overload
    def deploy(
        self: Endpoints[Waiting], *, wait: Literal[True], **given: Unpack[_Deploy]
    ) -> Awaitable[Endpoint]: ...
    @overload
    def deploy(
        self: Endpoints[Waiting], *, wait: Literal[False] = ..., **given: Unpack[_Deploy]
    ) -> Awaitable[Stream[DeployEvent]]: ...
    def deploy(
        self,
        *,
        task: str,
        model: str | None = "recommended",
        name: str | None = None,
        wait: bool = False,
        idempotency_key: str | None = None,
    ) -> Any:
        """Deploy a model of a task.

        With `wait` the live endpoint; without it an iterator of events (`event`, `data`) that
        ends with `complete` or `error`. Raises ValueError without a task, PlatformError when
        a deploy that is waited for fails.
        """
        if not task:
            raise ValueError("task is required")
        body = {"task": task, "model": model or "recommended"} | ({"name": name} if name else {})
        call = Call("POST", at("endpoints"), json=body, key=idempotency_key, long=True, stream=True)
        return self._driver.run(
            self._deployed(call) if wait else _streaming(self._api, call, DeployEvents)
        )

    def _deployed(self, call: Call) -> Steps[Endpoint]:
        response = yield from self._api.response(call)
        yield Read(response)  # a step of its own: a deploy that has begun is not sent again
        last = whole(response, DeployEvents)[-1]
        if last.event == "error":
            why = without_key(str(last.data.get("message", "unknown error")), response)
            raise PlatformError(f"deploy failed: {why}{named(response)}")
        return decoded(last.data, Endpoint, "endpoint", named(response))

    @operation
    def list(self) -> Steps[list[Endpoint]]:
        """Everything that is deployed."""
        return self._api.get(list[Endpoint], "endpoints")

    @operation
    def retrieve(self, endpoint_id: str) -> Steps[Endpoint]:
        """One endpoint."""
        return self._api.get(Endpoint, "endpoints", endpoint_id)

    @operation
    def start(self, endpoint_id: str, *, idempotency_key: str | None = None) -> Steps[Any]:
        """Start a stopped endpoint."""
        path = at("endpoints", endpoint_id, "start")
        return self._api.json(Call("POST", path, key=idempotency_key))

    @operation
    def stop(self, endpoint_id: str, *, idempotency_key: str | None = None) -> Steps[Any]:
        """Stop an endpoint; it can be started again."""
        path = at("endpoints", endpoint_id, "stop")
        return self._api.json(Call("POST", path, key=idempotency_key))

    @operation
    def delete(self, endpoint_id: str) -> Steps[None]:
        """Delete an endpoint."""
        yield from self._api.json(Call("DELETE", at("endpoints", endpoint_id)))

    def metrics(self, endpoint_id: str) -> Metrics[Driver]:
        """What an endpoint did."""
        return Metrics(self, endpoint_id)


class Names(Resource[Driver]):
    """Stable names, where the platform has them: what applications call, whatever serves it."""

    @operation
    def list(self) -> Steps[list[Name]]:
        """All names. Raises NotFoundError on a platform that has none."""
        return self._api.get(list[Name], "names", member="names")

    @operation
    def put(
        self, name: str, *, endpoint: str, scope: str = "", replaces: str | None = None
    ) -> Steps[Name]:
        """Let a name reach an endpoint from now on.

        `scope` is the project and environment that it is of, `replaces` the endpoint that it is
        known to have reached. Raises ConflictError for a name that is of another scope and
        reaches another endpoint.
        """
        body = {"endpoint": endpoint, "scope": scope}
        body |= {"replaces": replaces} if replaces else {}
        return self._api.value(Call("PUT", at("names", name), json=body), Name)


class Completions(Resource[Driver]):
    """OpenAI-compatible chat completions; metered."""

    @overload
    def create(
        self: Completions[Blocking],
        *,
        model: str,
        messages: Messages,
        stream: Literal[False] = ...,
        idempotency_key: str | None = ...,
        **options: Any,
    ) -> ChatCompletion: ...
    @overload
    def create(
        self: Completions[Blocking],
        *,
        model: str,
        messages: Messages,
        stream: Literal[True],
        idempotency_key: str | None = ...,
        **options: Any,
    ) -> Stream[ChatCompletionChunk]: ...
    @overload
    def create(
        self: Completions[Waiting],
        *,
        model: str,
        messages: Messages,
        stream: Literal[False] = ...,
        idempotency_key: str | None = ...,
        **options: Any,
    ) -> Awaitable[ChatCompletion]: ...
    @overload
    def create(
        self: Completions[Waiting],
        *,
        model: str,
        messages: Messages,
        stream: Literal[True],
        idempotency_key: str | None = ...,
        **options: Any,
    ) -> Awaitable[Stream[ChatCompletionChunk]]: ...
    def create(
        self,
        *,
        model: str,
        messages: Messages,
        stream: bool = False,
        idempotency_key: str | None = None,
        **options: Any,
    ) -> Any:
        """Ask an endpoint. `options` are OpenAI's (`temperature`, `max_tokens`, ...).

        With `stream` an iterator of chunks as they are written. Raises ValueError without a
        model or messages.
        """
        if not model or not messages:
            raise ValueError("model and messages are required")
        body = {"model": model, "messages": messages, **options}
        body |= {"stream": True} if stream else {}
        path, key = at("chat", "completions"), idempotency_key
        call = Call("POST", path, json=body, key=key, long=True, stream=stream)
        return self._driver.run(
            _streaming(self._api, call, Chunks) if stream else self._api.value(call, ChatCompletion)
        )


class Chat(Resource[Driver]):
    """Inference."""

    @property
    def completions(self) -> Completions[Driver]:
        return Completions(self._api, self._driver)
