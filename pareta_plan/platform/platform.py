"""The platform's parts, put together on one state folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from pareta_plan.platform.catalog.catalog import Catalog, CatalogTask
from pareta_plan.platform.catalog.generation import Generation
from pareta_plan.platform.catalog.matching import Matching
from pareta_plan.platform.catalog.own import NOTHING, Own
from pareta_plan.platform.catalog.router import Router
from pareta_plan.platform.evals.documents import Documents
from pareta_plan.platform.evals.executor import Executor
from pareta_plan.platform.evals.runs import Runs
from pareta_plan.platform.evals.sets import EvalSets
from pareta_plan.platform.evals.worker import Scoring
from pareta_plan.platform.models.fleet import Fleet, ModelFailed
from pareta_plan.platform.models.reading.readers import readers
from pareta_plan.platform.pulled import Told
from pareta_plan.platform.refusal import Refusal, not_found
from pareta_plan.platform.serving.chat import Inference
from pareta_plan.platform.serving.deployed import Tasks
from pareta_plan.platform.serving.deploys import Deploys
from pareta_plan.platform.serving.endpoints import Endpoints
from pareta_plan.platform.serving.names import Names
from pareta_plan.platform.store.ledger import DEFAULT_CREDIT_MICRO_USD, Meter
from pareta_plan.platform.store.locks import Locks
from pareta_plan.platform.store.store import Store, usable
from pareta_plan.wire import UNREACHABLE

DATABASE = "platform.sqlite3"


class Platform:
    """Everything the routes call. `url` is where the server answers, without a final slash.

    `pulling` is told of weights that are pulled because an intent needs them.
    Raises ParetaError for a catalog or a state that can't be used.
    """

    def __init__(
        self,
        state_dir: Path,
        url: str,
        *,
        catalog_folders: Sequence[Path] = (),
        credit_micro_usd: int = DEFAULT_CREDIT_MICRO_USD,
        generation: Generation = Generation.V0,
        own: Own = NOTHING,
        pulling: Told | None = None,
    ) -> None:
        self.catalog = Catalog(catalog_folders, generation, own)
        self.catalog.check()
        self._pulling = pulling
        locks = Locks(state_dir / "locks")
        self._path = state_dir / DATABASE
        self._store = Store(self._path, locks)
        self._fleet = fleet = Fleet(self.catalog)
        self.meter = Meter(self._store, credit_micro_usd)
        self._deploys = Deploys(self._store, fleet, locks)
        scoring = Scoring(self._store, self.catalog, fleet, self.meter)
        self._executor = Executor(scoring.work, locks, readers.stop)
        tasks = Tasks(self._store, self.catalog)
        self.endpoints = Endpoints(self._store, self.catalog, tasks, self._deploys, url)
        self.names = Names(self._store)
        router = Router(self.catalog, lambda: self.matching.keywords)
        self.inference = Inference(
            self._store, self.catalog, tasks, fleet, self.meter, locks, router
        )
        self.sets = EvalSets(self._store, self.catalog)
        self.documents = Documents(self._store, self.catalog, url)
        self.runs = Runs(self._store, self.catalog, self.meter, self._executor)

        self.on_change: Callable[[], None] = lambda: None

    def refresh(self) -> None:
        """Take up what changed in the files of tasks, and tell `on_change`."""
        if self.catalog.refresh():
            self.__dict__.pop("matching", None)
            self.on_change()

    @cached_property
    def matching(self) -> Matching:
        """What finds the task of an intent among the catalog's."""
        return Matching((task.spec for task in self.catalog.tasks()), self._pulling)

    def served(self, task: CatalogTask, model_id: str) -> str | None:
        """What a project's own model is served as now, as a digest; None of any other.

        Raises Refusal (404, 424).
        """
        if self.catalog.candidate(task, model_id) is None:
            raise not_found("model", model_id)
        try:
            return self._fleet.identity(task, model_id)
        except ModelFailed as failed:
            raise Refusal(UNREACHABLE, str(failed)) from None

    def start(self, *, resume: bool) -> None:
        """Clean up after processes that died; `resume` also takes up the runs that aren't over."""
        with usable(self._path):
            self._deploys.drop_abandoned()
            if resume:
                self.runs.resume()

    def close(self) -> None:
        """Leave the rows in hand; runs that aren't over can be taken up again."""
        self._executor.stop()
        self._deploys.close()
        self._fleet.close()
        self._store.close()
