"""Namespaces of the client, whose methods are written once for both faces."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from types import MethodType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, overload

if TYPE_CHECKING:
    from pareta_plan.client.api import Api
from pareta_plan.client.steps import Blocking, Driver, P, R, Steps, T, Waiting


class Resource(Generic[Driver]):
    """A namespace of the client, such as `pa.tasks`; `Driver` decides which face it shows."""

    def __init__(self, api: Api, driver: Driver) -> None:
        self._api = api
        self._driver: Driver = driver


class operation(Generic[P, T]):  # noqa: N801 - used as a decorator
    """A method written once as steps: it returns T on a blocking client, an awaitable T else."""

    def __init__(self, method: Callable[Concatenate[R, P], Steps[T]]) -> None:
        steps: Callable[..., Steps[T]] = method

        @wraps(method)
        def run(resource: Resource[Any], *args: P.args, **kwargs: P.kwargs) -> Any:
            return resource._driver.run(steps(resource, *args, **kwargs))

        self._run = run

    @overload
    def __get__(self, resource: None, owner: type) -> Callable[Concatenate[Any, P], Any]: ...
    @overload
    def __get__(self, resource: Resource[Blocking], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, resource: Resource[Waiting], owner: type) -> Callable[P, Awaitable[T]]: ...
    def __get__(self, resource: Resource[Any] | None, owner: type) -> Any:
        return self._run if resource is None else MethodType(self._run, resource)
