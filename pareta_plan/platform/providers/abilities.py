"""What a model's server takes, found out from what it refuses, once a model.

A refusal that names a parameter takes that parameter away, or the next weaker means of holding an
answer; each is taken away once, so learning ends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pareta_plan.hosts.vendors import Cap

HELD = ("schema", "json", "prompt")
"""How an answer is held to what is wanted, the strongest means first."""
LEARNS_FROM = {400, 404, 422, 500, 501}

_HOLDS = re.compile(
    r"response_format|json_schema|json_object|output_config|output_format|structured"
    r"|tool_choice|\btools\b|\bschema\b|grammar|guided|\bstrict\b",
    re.IGNORECASE,
)
_OPTIONAL = ("temperature", "seed", "stream_options")
_CAPS: tuple[Cap, ...] = ("max_tokens", "max_completion_tokens")


@dataclass(frozen=True, slots=True)
class Abilities:
    """What is sent to a model: the means of `HELD`, the name of the cap, what it goes without."""

    held: str = "schema"
    cap: Cap = "max_tokens"
    cap_learnt: bool = False
    without: frozenset[str] = frozenset()

    def after(self, refusal: str, body: Mapping[str, Any]) -> Abilities | None:
        """What is left after a refusal of a body in such words; None when they teach nothing."""
        if dropped := self._dropped(refusal, body):
            return replace(self, without=self.without | dropped)
        if not self.cap_learnt and self.cap in refusal and _is_no_amount(refusal):
            other = _CAPS[1 - _CAPS.index(self.cap)]
            return replace(self, cap=other, cap_learnt=True)
        if self.held != HELD[-1] and _HOLDS.search(refusal) and _holds(body):
            return replace(self, held=HELD[HELD.index(self.held) + 1])
        return None

    def _dropped(self, refusal: str, body: Mapping[str, Any]) -> frozenset[str]:
        named = {name for name in _OPTIONAL if re.search(rf"\b{name}\b", refusal)}
        return frozenset(named & set(body) - self.without)

    def fitted(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A body of chat completions without what isn't taken, and its cap by its name."""
        kept = {name: value for name, value in body.items() if name not in self.without}
        most = next((kept.pop(cap) for cap in _CAPS if cap in kept), None)
        return kept if most is None else kept | {self.cap: most}


def _is_no_amount(refusal: str) -> bool:
    """Whether the refusal is of the cap's name, not of how much it allows."""
    words = r"unsupported|not supported|unknown|unrecognized|unexpected|not permitted|instead"
    return re.search(words, refusal, re.IGNORECASE) is not None


def _holds(body: Mapping[str, Any]) -> bool:
    return any(name in body for name in ("response_format", "output_config", "tool_choice"))
