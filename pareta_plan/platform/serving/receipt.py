"""What a chat answer says of its price, in its headers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Receipt:
    """What was billed for an answer, in micro-USD: 0 when it was given before.

    None as long as nobody knows, as of a stream that has just begun: absent is unknown.
    """

    billed_micro_usd: int | None = None

    def headers(self) -> dict[str, str]:
        """The receipt's headers."""
        if self.billed_micro_usd is None:
            return {}
        return {"X-Pareta-Billed": str(self.billed_micro_usd)}
