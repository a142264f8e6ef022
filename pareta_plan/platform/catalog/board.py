"""A task's leaderboard as it was measured and is kept: `leaderboard.json`, or a project's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Annotated, Literal

from pydantic import Field

from pareta_plan.platform.catalog.own import Recommendation
from pareta_plan.platform.data import Data
from pareta_plan.platform.kinds.intervals import bootstrap_means, percentile
from pareta_plan.wire import MICRO, PICO_PER_MICRO, ExactUsd, exact_usd


class Provenance(Data):
    """Where a board's entry comes from."""

    model: str  # name and version of what really ran
    rows: int
    errors: int
    data_digest: str  # of the held-out rows
    date: str
    cpu_seconds: float  # the mean of its rows
    usd_per_cpu_hour: float
    deterministic: bool
    labels: dict[str, int] | None = None  # how often each label was the answer
    basis: str | None = None  # of a project's model: digest of all that its answers follow from
    provider: str | None = None
    price: str | None = None  # with its source and date
    served: str | None = None  # what the server said that it is
    prompt_tokens: float | None = None  # the means of its rows
    completion_tokens: float | None = None
    faults: dict[str, int] | None = None  # answers that weren't what was asked for, by kind
    scores: list[float] | None = None  # of the rows in their order, where all were scored
    repeats: int | None = None  # how often each row was asked
    flipped: int | None = None  # rows whose answers differed


Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class BoardEntry(Data):
    """One measured model."""

    name: str
    kind: Literal["open", "frontier"]
    quality: Share
    quality_ci_low: Share
    quality_ci_high: Share
    cost_per_request_micro_usd: Annotated[int, Field(ge=0)]
    context_k: int
    provenance: Provenance
    cost_per_request_usd: ExactUsd | None = None

    @property
    def is_priced(self) -> bool:
        """Whether its cost is known: a project's model without a price was measured as free."""
        return self.provenance.basis is None or self.provenance.price is not None

    @property
    def exact_cost_usd(self) -> str | None:
        """The cost of a request in dollars; where no figure is kept, that of its CPU time.

        None where the CPU time doesn't come to the whole micro-dollars that are listed.
        """
        if self.cost_per_request_usd is not None:
            return self.cost_per_request_usd
        hours = Fraction(str(self.provenance.cpu_seconds)) / 3600
        micro = hours * Fraction(str(self.provenance.usd_per_cpu_hour)) * MICRO
        is_that = max(1, ceil(micro)) == self.cost_per_request_micro_usd
        return exact_usd(micro * PICO_PER_MICRO) if is_that else None

    @property
    def cost_usd(self) -> Decimal:
        """The cost of a request in dollars, as exactly as it is known."""
        exact = self.exact_cost_usd
        micro = Decimal(self.cost_per_request_micro_usd)
        return micro / MICRO if exact is None else Decimal(exact)


class Board(Data):
    """The contents of `leaderboard.json`, best quality first."""

    task_id: str
    metric: str
    cost_unit: str = "per_request"
    entries: list[BoardEntry] = Field(default_factory=list)

    def entry(self, name: str) -> BoardEntry | None:
        """What was measured of a model, or None."""
        return next((entry for entry in self.entries if entry.name == name), None)


def ranked(entries: Iterable[BoardEntry]) -> list[BoardEntry]:
    """Best quality first, then the cheaper, then by name."""
    return sorted(entries, key=lambda e: (-e.quality, e.cost_per_request_micro_usd, e.name))


def recommended(entries: Sequence[BoardEntry], how: Recommendation) -> str | None:
    """The open model that a project's rule takes of the ranked entries; None where none is."""
    opened = [entry for entry in entries if entry.kind == "open"]
    if not opened or how.prefer == "best":
        return opened[0].name if opened else None
    best = opened[0]
    if not best.is_priced:
        return best.name
    good = [e for e in opened if e is best or (e.is_priced and most_behind(best, e) <= how.within)]
    return min(good, key=lambda e: (e.cost_usd, -e.quality)).name


def most_behind(best: BoardEntry, other: BoardEntry) -> float:
    """How far `other` is behind at most, at 95%: by the rows that both were scored on.

    Without the rows' scores it is the distance of the intervals' far ends, which is never less.
    """
    ours, theirs = best.provenance.scores, other.provenance.scores
    same_rows = best.provenance.data_digest == other.provenance.data_digest
    if ours and theirs and same_rows and len(ours) == len(theirs):
        gaps = [a - b for a, b in zip(ours, theirs, strict=True)]
        return percentile(bootstrap_means(gaps), 0.95)
    return best.quality_ci_high - other.quality_ci_low
