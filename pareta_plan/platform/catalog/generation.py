"""The generations of the HTTP contract, and what each offers.

v0 has deployments and leaderboards. v3, as the hosted service has been since July 2026, has
neither: its one model is `auto`, a router, and an eval set must say what its rows ask.
"""

from __future__ import annotations

from enum import StrEnum


class Generation(StrEnum):
    """Which routes a platform answers."""

    V0 = "v0"
    V3 = "v3"

    @property
    def routes(self) -> bool:
        """Whether the model is `auto`; else models are ranked and deployed."""
        return self is Generation.V3
