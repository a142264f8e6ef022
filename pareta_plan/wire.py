"""The values that cross the wire between a client and a platform.

Source: the Pareta HTTP contract, generation v0 (public SDK releases 0.1 to 0.3), with the
additive fields of later ones. Every value keeps fields it doesn't know, so a newer server's
JSON survives a round trip. Money is integer micro-USD (1,000,000 = $1.00), quality is in
[0, 1], contexts are thousands of tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

if TYPE_CHECKING:
    from decimal import Decimal
    from fractions import Fraction

MICRO = 1_000_000  # micro-USD a dollar
PICO_PER_MICRO = 1_000_000  # pico-USD: what costs are kept in, 10^-12 dollars
AUTO = "auto"  # the router, on platforms that have one
PROMPT_CHARACTERS = 500  # at most, in what an eval set says of its rows
MAX_SECONDS = 10**11
MAX_MICRO_USD = 10**12  # a million dollars: what is more is no price
MicroUsd = Annotated[int, Field(ge=0, le=MAX_MICRO_USD)]
ExactUsd = Annotated[str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,18})?$")]
"""Dollars as a decimal number, with no digit lost (our addition to the contract)."""
BUDGET: Final = "budget"  # what ended a run before its ceiling could be passed
NO_ROW_MEANS = frozenset({"macro-f1"})
"""Scorers whose quality is no mean of the rows' scores: those tell nothing of its bounds."""


def exact_usd(pico: int | Fraction) -> str:
    """Pico-USD as an `ExactUsd`: to the last digit, or to 10^-15 dollars."""
    from decimal import Decimal

    dollars = f"{Decimal(round(pico * 1000)).scaleb(-15):f}"
    return dollars.rstrip("0").rstrip(".") if "." in dollars else dollars


class Wire(BaseModel):
    """A frozen JSON object: attribute access for known fields, indexing for all of them."""

    model_config = ConfigDict(
        frozen=True, extra="allow", protected_namespaces=(), defer_build=True, allow_inf_nan=False
    )

    def to_dict(self) -> dict[str, Any]:
        """The JSON object as it came, without defaults that were not sent."""
        return self.model_dump(mode="json", exclude_unset=True, by_alias=True)

    def __getitem__(self, key: str) -> Any:
        return self.to_dict()[key]

    def get(self, key: str, default: Any = None) -> Any:
        """A member of the JSON object, or `default`."""
        return self.to_dict().get(key, default)


class Task(Wire):
    """A benchmark task: schemas of a row's `input` and of its `expected`."""

    id: str
    default_scorer: str | None = None
    scorer_version: str | None = None
    has_blob_input: bool = False
    title: str | None = None
    description: str | None = None
    input_schema: dict[str, Any] | None = None
    output_schema: dict[str, Any] | None = None
    examples: list[dict[str, Any]] | None = None
    development_rows: int | None = Field(default=None, ge=0)
    """How many rows its models may have been made with (ours): its examples, if all are asked."""
    rows: str | None = None  # as its leaderboard says


class TaskMatchCandidate(Wire):
    """A task that may be meant; `score` in [0, 1]."""

    task_id: str
    score: float
    confidence: Literal["high", "medium", "low"]


class Capability(Wire):
    """A general lane that later servers may match instead of a task."""

    id: str | None = None
    label: str | None = None
    category: str | None = None
    category_id: str | None = None
    desc: str | None = None


class TaskMatch(Wire):
    """What a free-text intent matched; `chosen` is None when nothing cleared the bar."""

    query: str
    matched: bool
    chosen: TaskMatchCandidate | None = None
    candidates: list[TaskMatchCandidate] = []
    ambiguous: bool = False
    matcher: str | None = None
    type: str | None = None
    reasoning: str | None = None
    confidence: str | None = None
    capability: Capability | None = None


class Contract(Wire):
    """The tasks that could grade rows; a proposal: `task_id`, `confidence`, perhaps `warning`."""

    proposals: list[dict[str, Any]] = []
    homogeneous: bool = True
    split: list[dict[str, Any]] | None = None
    conflict: dict[str, str] | None = None
    closest_task: str | None = None
    prompt: str | None = None
    message: str | None = None


class Majority(Wire):
    """The label that rows expect most often, and the quality of always giving it."""

    answer: str
    quality: float = Field(ge=0, le=1)


class LeaderboardEntry(Wire):
    """One model's measured quality and unit price on a task."""

    name: str
    kind: Literal["open", "frontier"]
    quality: float | None = None
    cost_per_request_micro_usd: int | None = Field(default=None, ge=0, le=MAX_MICRO_USD)
    context_k: int | None = None
    run_mode: str | None = None
    standing: Literal["unmeasured", "outdated"] | None = None
    """Why there is no quality (our addition to the contract): it was never measured, or not as it
    is now."""
    declared: str | None = None
    """The digest of what a project's own model stands for (our addition to the contract)."""
    cost_per_request_usd: ExactUsd | None = None
    """The same cost, exactly (our addition)."""
    price: str | None = None
    """What a project's own model costs by tokens or hours, in words, with its source (ours)."""


class Leaderboard(Wire):
    """Models of a task ranked by quality; `recommended` is what deploying `recommended` gives."""

    task_id: str
    metric: str | None = None
    cost_unit: str | None = None
    recommended: str | None = None
    models: list[LeaderboardEntry] = []
    frontier: LeaderboardEntry | None = None
    rule: str | None = None
    """What is recommended, where that isn't the best (our addition to the contract)."""
    majority: Majority | None = None
    """Of the held-out rows; None where answers are no labels (ours)."""
    rows: str | None = None  # `real` or `synthetic` (ours)
    source: str | None = None  # of real rows: which part of which package, under which licence


class FrontierModel(Wire):
    """A vendor model that a run can be measured against."""

    id: str
    vendor: str | None = None
    vision: bool = False
    benchmarked: bool = False
    declared: str | None = None
    """The digest of what a project's own baseline stands for (our addition to the contract)."""


class Served(Wire):
    """What the server of a project's own model says that it serves now (our addition)."""

    task: str
    model: str
    served: str | None = None
    """A digest, as an eval's result has it; None where the server doesn't say."""


UNREACHABLE: Final = 424
"""The status of a question that only somebody else can answer, who can't be reached."""
LIVE: Final = "live"
STOPPED: Final = "stopped"
STARTING: Final = "starting"
BROKEN: Final = ("failed", "error")
"""What no waiting mends. Of a status that is unknown, or not told, nobody knows that."""


class Endpoint(Wire):
    """A deployment; `id` equals `name` and is the `model` of a chat request."""

    id: str
    name: str
    model: str | None = None
    status: str | None = None
    task: str | None = None
    url: str | None = None
    recommended_system_prompt: str | None = Field(default=None, alias="recommendedSystemPrompt")
    prompt_scaffold: str | None = Field(default=None, alias="promptScaffold")
    declared: str | None = None
    """The digest of what a project's own model stands for (our addition to the contract)."""

    model_config = ConfigDict(populate_by_name=True)

    @property
    def is_live(self) -> bool:
        """Whether it answers requests."""
        return self.status == LIVE

    @model_validator(mode="before")
    @classmethod
    def _older_names(cls, value: Any) -> Any:
        """Some servers leave out `id`, or say `taskName`."""
        for name, older in (("id", "name"), ("task", "taskName")):
            if isinstance(value, dict) and older in value and name not in value:
                value = {**value, name: value[older]}
        return value


class DeployEvent(Wire):
    """One server-sent event of a deploy; `data` by the event's name."""

    event: Literal["progress", "complete", "error"]
    data: dict[str, Any]


class EvalSet(Wire):
    """Uploaded rows."""

    id: str
    task_id: str
    name: str | None = None
    item_count: int | None = None
    scoring_strategy: str | None = None


class BlobUpload(Wire):
    """Where a large document goes: a signed URL to PUT it to, and its name afterwards."""

    upload_url: str
    storage_uri: str = Field(min_length=1)


Fault = Literal["cut", "refused", "not_json", "outside"]
"""Why an answer scores 0 though nothing failed: it broke off, is declined, no JSON, or no label and
not as the schema says; the prediction is then what the model said (our addition)."""


class EvalItemResult(Wire):
    """One row's outcome: a score in [0, 1], or an error. Ours: `cost_usd`, `fault`."""

    idx: int
    score: float | None = None
    prediction: str | None = None
    error: str | None = None
    cost_usd: ExactUsd | None = None
    fault: str | None = None

    def model_post_init(self, _context: Any) -> None:
        """Share the note of which fields were sent: of many rows it is most of the memory."""
        sent = self.__pydantic_fields_set__
        sent = _SENT.setdefault(frozenset(sent), sent)
        object.__setattr__(self, "__pydantic_fields_set__", sent)


_SENT: dict[frozenset[str], set[str]] = {}
MAX_ROWS = 1_000_000_000


class EvalResult(Wire):
    """One model's outcome; the interval is 95%. Ours: `mean_cost_usd`, `faults`, `majority`."""

    model_id: str
    kind: str | None = None
    quality_mean: float | None = None
    quality_ci_low: float | None = None
    quality_ci_high: float | None = None
    mean_cost_micro_usd: int | None = Field(default=None, ge=0, le=MAX_MICRO_USD)
    n_succeeded: int = Field(default=0, ge=0, le=MAX_ROWS)
    error_count: int = Field(default=0, ge=0, le=MAX_ROWS)
    per_item: list[EvalItemResult] = []
    mean_cost_usd: ExactUsd | None = None
    faults: dict[str, Annotated[int, Field(ge=0, le=MAX_ROWS)]] = {}
    served: str | None = None
    """A digest of what the server of a project's own model said that it served (ours too)."""
    majority: Majority | None = None
    """Of the rows that were answered; None where answers are no labels."""


class RunProgress(Wire):
    """How far a run is (our addition to the contract): rows scored so far over all its models."""

    stage: str
    label: str | None = None
    done: int = 0
    total: int = 0


class Run(Wire):
    """An eval run's state."""

    id: str
    eval_set_id: str | None = None
    status: str | None = None
    candidate_model_ids: list[str] = []
    error_detail: str | None = None
    total_cost_micro_usd: int = Field(default=0, ge=0, le=MAX_MICRO_USD)
    progress: RunProgress | None = None
    created: int | None = Field(default=None, ge=0, le=MAX_SECONDS)
    """When it was started, in seconds since 1970 (our addition to the contract)."""
    total_cost_usd: ExactUsd | None = None
    """Exactly; `total_cost_micro_usd` is that, rounded up once. Ours, as what follows."""
    max_cost_micro_usd: MicroUsd | None = None
    ended: str | None = None
    """`budget` or `unreachable`: a failed run that another can go on with, by `resumes`."""


class EvalRun(Wire):
    """A run with what it found so far."""

    run: Run
    results: list[EvalResult] = []

    @property
    def id(self) -> str:
        """The run's id."""
        return self.run.id

    @property
    def eval_set_id(self) -> str | None:
        """The eval set it scores."""
        return self.run.eval_set_id

    @property
    def status(self) -> str | None:
        """`queued`, `running`, `evaluating`, `completed` or `failed`."""
        return self.run.status

    @property
    def is_terminal(self) -> bool:
        """Whether the run is over."""
        return self.run.status in ("completed", "failed")

    @property
    def candidate_models(self) -> list[str]:
        """What is measured, open models and baselines."""
        return self.run.candidate_model_ids

    @property
    def error_detail(self) -> str | None:
        """Why it failed."""
        return self.run.error_detail

    @property
    def cost_micro_usd(self) -> int:
        """What it has cost so far, exactly."""
        return self.run.total_cost_micro_usd

    @property
    def cost(self) -> Decimal:
        """What it has cost so far in dollars, floored to whole cents."""
        from decimal import Decimal

        return Decimal(self.cost_micro_usd // (MICRO // 100)) / 100


class StartedRun(Wire):
    """The answer to starting a run."""

    run_id: str
    status: str | None = None


class Name(Wire):
    """Our addition: a stable `model` for applications; `scope` is its project and environment."""

    name: str
    endpoint: str
    scope: str = ""


class Offers(Wire):
    """What a platform has: endpoints, ranked models of which one is recommended, `auto`."""

    deployments: bool
    leaderboards: bool
    router: bool
