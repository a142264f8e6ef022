"""What planning and apply may ask of a platform: a reader, and a writer on top of it.

Planning code is handed a `Reader` and so can't name a write. Both speak through the public
client, so that a pipeline sees what a notebook sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Self, TypeVar

from pareta_plan.client.client import CONNECTIONS, Pareta
from pareta_plan.client.resources import GONE
from pareta_plan.completions import ChatCompletion
from pareta_plan.errors import (
    APIConnectionError,
    APIStatusError,
    NotFoundError,
    ParetaError,
    PlatformError,
    UnreadableError,
)
from pareta_plan.wire import (
    UNREACHABLE,
    DeployEvent,
    Endpoint,
    EvalSet,
    Leaderboard,
    Name,
    Offers,
    Task,
)

AT_ONCE = 500  # requests that are queued: each takes memory until its answer is there
T = TypeVar("T")

OWNER = "pareta"
"""Who owns the models that a platform lists."""
EMBEDDED = "embedded"
"""The embedded platform's name in lockfiles; any other's is its URL."""


class Started(NamedTuple):
    """A run that was asked for; `given_back` is one that was there, and over, before that."""

    id: str
    given_back: bool


class Reader:
    """Reads of a platform; nothing here costs money or changes anything.

    `platform` is its name in lockfiles. `fresh` is whether it is that of a checkout in which
    nothing was ever deployed by the lockfile: what that records is not there, nor ever was.
    """

    def __init__(self, client: Pareta, platform: str | None = None, *, fresh: bool = False) -> None:
        self._client = client
        self.platform = platform or client.base_url
        self.fresh = fresh
        self.match = client.tasks.match
        self.contract = client.evals.sets.propose_contract
        self.roster = client.evals.frontier_models
        self.eval_sets = client.evals.sets.list
        self.run = client.evals.runs.retrieve

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @property
    def name(self) -> str:
        """What messages call the platform."""
        return "the embedded platform" if self.platform == EMBEDDED else self.platform

    def tasks(self) -> list[Task]:
        """The catalog. Raises PlatformError where this is no platform at all."""
        return self._asked(self._client.tasks.list)

    def offers(self) -> Offers:
        """What the platform has. Raises PlatformError where this is no platform at all."""
        return self._asked(self._client.platform.offers)

    def _asked(self, read: Callable[[], T]) -> T:
        """What every platform answers: where it doesn't, something else is at the address."""
        try:
            return read()
        except UnreadableError as nonsense:
            found: ParetaError = nonsense
        except APIStatusError as refused:
            if refused.status_code not in GONE:
                raise
            found = refused
        raise self._no_platform(found)

    def _no_platform(self, found: ParetaError) -> ParetaError:
        url = self._client.base_url
        try:
            if any(model.owned_by == OWNER for model in self._client.models.list()):
                return found
            is_what = "it answers as an OpenAI-compatible server does"
        except (APIStatusError, APIConnectionError):
            is_what = "it answers as none does"
        address = url if url.endswith("/v1") else f"{url}/v1"
        return PlatformError(
            f"PARETA_BASE_URL ({url}) is no Pareta platform: {is_what}",
            hint="Set it to a platform's address. A server of models is declared in "
            f"pareta-project.yaml: `providers: {{box: {{base_url: {address}}}}}`, and its models "
            "under `models`; then unset PARETA_BASE_URL and PARETA_API_KEY.",
        )

    def task(self, id: str, examples: int) -> Task:
        return self._client.tasks.retrieve(id, examples_n=examples)

    def example_document(self, task: Task) -> str | None:
        """The document of one of the task's examples, as a `data:` URL, where it has any."""
        shown = self._client.tasks.retrieve(task.id, examples_n=1, documents=True)
        values = (row.get("input") for row in shown.examples or ())
        urls = (url for value in values if isinstance(value, dict) for url in value.values())
        return next((url for url in urls if isinstance(url, str) and url[:5] == "data:"), None)

    def leaderboard(self, task: str) -> Leaderboard | None:
        """The measured models of a task; None on a platform that ranks none."""
        try:
            return self._client.tasks.leaderboard(task)
        except APIStatusError as refused:
            if refused.status_code not in GONE or self.offers().leaderboards:
                raise
            return None

    def served(self, task: str, model: str) -> str | None:
        """What a project's own model is served as now, as a digest; None where nobody says.

        Raises PlatformError when its server can't be reached.
        """
        try:
            return self._client.evals.served(task, model).served
        except APIStatusError as refused:
            if refused.status_code == UNREACHABLE:
                raise PlatformError(
                    f"what {model} is served as can't be asked: {refused.detail}",
                    hint="See that its server runs, and run the same command again.",
                ) from None
            if refused.status_code in GONE:
                return None
            raise

    def endpoints(self) -> list[Endpoint] | None:
        """Everything that is deployed; None on a platform that deploys nothing."""
        try:
            return self._client.endpoints.list()
        except APIStatusError as refused:
            if refused.status_code not in GONE or self.offers().deployments:
                raise
            return None

    def names(self) -> list[Name] | None:
        """Every stable name; None on a platform that has none."""
        try:
            return self._client.names.list()
        except APIStatusError as refused:
            if refused.status_code not in GONE:
                raise
            return None

    def endpoint(self, id: str) -> Endpoint | None:
        """One endpoint; None when there is none of that id."""
        try:
            return self._client.endpoints.retrieve(id)
        except NotFoundError:
            return None


class RunOrder(NamedTuple):
    """A run to start: its rows and models, its ceiling, and the run whose rows it takes over."""

    eval_set: str
    candidates: tuple[str, ...]
    max_cost_micro_usd: int | None = None
    resumes: str | None = None


class Writer(Reader):
    """A reader that can also change the platform. `key` is each call's Idempotency-Key."""

    def __init__(self, client: Pareta, platform: str | None = None, *, fresh: bool = False) -> None:
        super().__init__(client, platform, fresh=fresh)
        self._metered: set[str] = set()
        self.delete = client.endpoints.delete

    def on_lost_metered_answer(self, tell: Callable[[str], None]) -> None:
        """Have `tell` hear the key of what costs money and is sent again as no answer came."""
        self._client.on_lost_answer(lambda key: tell(key) if key in self._metered else None)

    def _costing(self, key: str) -> str:
        """The key of a request that costs money, remembered as such."""
        self._metered.add(key)
        return key

    def create_eval_set(
        self, task: str, name: str, prompt: str, rows: Iterable[Mapping[str, Any]], *, key: str
    ) -> EvalSet:
        return self._client.evals.sets.create(
            task=task, items=rows, name=name, prompt=prompt, idempotency_key=key
        )

    def delete_eval_set(self, id: str) -> None:
        self._client.evals.sets.delete(id)

    def attach_document(
        self, eval_set: str, idx: int, field: str, data: bytes, mime: str, *, key: str
    ) -> None:
        self._client.evals.sets.upload_document(
            eval_set, data, idx=idx, field_name=field, mime=mime, idempotency_key=key
        )

    def start_run(self, order: RunOrder, *, key: str) -> Started:
        """Start a metered run. The same key gives the same run."""
        run = self._client.evals.runs.create(
            eval_set=order.eval_set,
            models=order.candidates,
            max_cost_micro_usd=order.max_cost_micro_usd,
            resumes=order.resumes,
            idempotency_key=self._costing(key),
        )
        return Started(run.id, run.is_terminal and not self._client.was_repeated(key))

    def deploy(self, task: str, model: str, name: str, *, key: str) -> Iterator[DeployEvent]:
        """Deploy, yielding progress and last the completion. Raises PlatformError on failure."""
        deploying = self._client.endpoints.deploy(
            task=task, model=model, name=name, idempotency_key=key
        )
        for event in deploying:
            if event.event == "error":
                raise PlatformError(f"deploying {name}: {event.data.get('message', 'failed')}")
            yield event

    def promote(self, name: str, endpoint: str, scope: str, replaces: str | None) -> None:
        """Let a stable name reach an endpoint. The same once more changes nothing."""
        self._client.names.put(name, endpoint=endpoint, scope=scope, replaces=replaces)

    def start(self, endpoint: str, *, key: str) -> None:
        self._client.endpoints.start(endpoint, idempotency_key=key)

    def stop(self, endpoint: str, *, key: str) -> None:
        self._client.endpoints.stop(endpoint, idempotency_key=key)

    def chat(self, endpoint: str, messages: list[dict[str, Any]], *, key: str) -> ChatCompletion:
        """One metered request of an endpoint."""
        return self._client.chat.completions.create(
            model=endpoint, messages=messages, idempotency_key=self._costing(key)
        )


def each(read: Callable[[str], T], keys: Iterable[str]) -> dict[str, T]:
    """One request a key, at most as many at once as the client has connections."""
    wanted = sorted(keys)
    if len(wanted) < 2:
        return {key: read(key) for key in wanted}
    from concurrent.futures import ThreadPoolExecutor

    found: dict[str, T] = {}
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for first in range(0, len(wanted), AT_ONCE):
            some = wanted[first : first + AT_ONCE]
            found |= zip(some, pool.map(read, some), strict=True)
    return found
