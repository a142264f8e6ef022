"""Rows of `support-ticket-routing`."""

from __future__ import annotations

from typing import Any

from scripts.rows import Split
from scripts.rows.tickets import ticket_rows

TASK = "support-ticket-routing"


def rows(split: Split) -> list[dict[str, Any]]:
    """Tickets with the team that answers them."""
    return ticket_rows(TASK, "routing", "team", split)
