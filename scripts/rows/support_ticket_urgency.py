"""Rows of `support-ticket-urgency`."""

from __future__ import annotations

from typing import Any

from scripts.rows import Split
from scripts.rows.tickets import ticket_rows

TASK = "support-ticket-urgency"


def rows(split: Split) -> list[dict[str, Any]]:
    """Tickets with how urgently they need an answer."""
    return ticket_rows(TASK, "urgency", "urgency", split)
