"""What a project adds to the catalog: models on its providers, and what it measured of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pareta_plan.platform.catalog.spec import FrontierSpec, ModelSpec, OwnModelSpec


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Which of the measured models is recommended: the best, or the cheapest that is as good.

    As good is what is shown to be no more than `within` worse than the best.
    """

    within: float = 0.0
    prefer: Literal["best", "cheapest"] = "best"

    @property
    def words(self) -> str | None:
        """What it takes, where that isn't the best."""
        if self.prefer == "best":
            return None
        return f"the cheapest that is shown to be at most {self.within:g} worse than the best"


def _unknown(_options: Mapping[str, Any]) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Own:
    """A project's models and baselines, on every task; `boards` is the folder of its boards."""

    models: tuple[OwnModelSpec, ...] = ()
    baselines: tuple[FrontierSpec, ...] = ()
    boards: Path | None = None
    recommend: Recommendation = Recommendation()
    price: Callable[[Mapping[str, Any]], str | None] = _unknown
    """What a model's options say of its price, in words with the source; None for no price."""

    def find(self, name: str) -> ModelSpec | FrontierSpec | None:
        """The model or baseline of this name."""
        named = {spec.alias: spec for spec in self.models}
        return named.get(name) or next((one for one in self.baselines if one.id == name), None)


NOTHING = Own()
