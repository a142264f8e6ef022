"""What asking may cost at most: the worst case is held back before a row is asked."""

from __future__ import annotations

from fractions import Fraction


class Budget:
    """A ceiling in micro-USD over all rows that are asked under it; None bounds nothing.

    Used by one thread.
    """

    def __init__(self, ceiling: Fraction | None = None) -> None:
        self.ceiling = ceiling
        self.spent = Fraction(0)
        self._held = Fraction(0)

    def admits(self, worst: Fraction | None) -> bool:
        """Hold back what a row costs at worst; False where that could pass the ceiling."""
        if self.ceiling is None or worst is None:
            return self.ceiling is None
        if self.spent + self._held + worst > self.ceiling:
            return False
        self._held += worst
        return True

    def settle(self, worst: Fraction | None, cost: Fraction | None) -> None:
        """Take what a row cost instead; without an answer nobody knows, and the worst stays."""
        if self.ceiling is not None:
            self._held -= worst or 0
        self.spent += (worst or 0) if cost is None else cost
