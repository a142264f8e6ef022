"""What a platform offers: the service has moved, and not every generation has everything."""

from __future__ import annotations

from pareta_plan.client.api import Call
from pareta_plan.client.resource import Resource, operation
from pareta_plan.client.resources import at
from pareta_plan.client.steps import Driver, Steps
from pareta_plan.errors import APIStatusError
from pareta_plan.wire import AUTO, ModelList, Offers, Task

GONE = frozenset({404, 405, 410})


class Platform(Resource[Driver]):
    """The platform as such."""

    @operation
    def offers(self) -> Steps[Offers]:
        """What the platform offers; asked once a client, of free routes that read.

        A platform without deployments has a router, whether it lists that or not: the hosted
        service's generations from v1 on.
        """
        if self._api.offers is None:
            deployments = yield from self._has(at("endpoints"))
            listed = yield from self._api.value(Call("GET", at("models")), ModelList)
            self._api.offers = Offers(
                deployments=deployments,
                leaderboards=(yield from self._ranks()),
                router=not deployments or any(model.id == AUTO for model in listed),
            )
        return self._api.offers

    def _ranks(self) -> Steps[bool]:
        tasks = yield from self._api.value(Call("GET", at("tasks")), list[Task], "tasks")
        if not tasks:
            return False
        return (yield from self._has(at("tasks", tasks[0].id, "leaderboard")))

    def _has(self, path: str) -> Steps[bool]:
        try:
            yield from self._api.json(Call("GET", path))
        except APIStatusError as refused:
            if refused.status_code in GONE:
                return False
            raise
        return True
