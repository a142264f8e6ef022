"""Building blocks of rows, part of which only the held-out split sees."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Generic, TypeVar

from scripts.rows import Split

T = TypeVar("T")


@dataclass(frozen=True)
class Pool(Generic[T]):
    """Blocks to choose from; `fresh` ones never appear in the dev split."""

    shared: tuple[T, ...]
    fresh: tuple[T, ...]
    fresh_share: float = 0.5

    def pick(self, rng: random.Random, split: Split) -> T:
        """A block for a row of the split."""
        if split == "heldout" and rng.random() < self.fresh_share:
            return rng.choice(self.fresh)
        return rng.choice(self.shared)
