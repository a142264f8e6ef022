"""An endpoint's metrics, from the requests it answered and the times its status changed.

Counts and sums are of all requests, latencies of the latest: none takes longer the more there were.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from sqlite3 import Connection
from statistics import fmean
from typing import Any

from pareta_plan.platform.kinds.intervals import percentile
from pareta_plan.platform.models.pricing import whole_micro_usd
from pareta_plan.platform.store import endpoints as rows
from pareta_plan.platform.store.endpoints import RequestRow
from pareta_plan.wire import PICO_PER_MICRO, exact_usd

RECENT = 50
WINDOW = 1000


def performance(connection: Connection, endpoint_id: str) -> dict[str, Any]:
    """Counts, error rate, tokens; latencies in ms of what succeeded of the latest requests."""
    totals = rows.totals(connection, endpoint_id)
    latencies = rows.latencies(connection, endpoint_id, WINDOW)
    return {
        "requests": totals.requests,
        "errors": totals.errors,
        "error_rate": totals.errors / totals.requests if totals.requests else 0.0,
        "latency_ms": _latency(latencies) if latencies else None,
        "prompt_tokens": totals.prompt_tokens,
        "completion_tokens": totals.completion_tokens,
    }


def uptime(connection: Connection, endpoint_id: str) -> dict[str, Any]:
    """Seconds spent live since the deployment, and their share of all seconds."""
    events, now = rows.events(connection, endpoint_id), time.time()
    ends = [at for at, _ in events[1:]] + [now]
    live = sum(end - at for (at, status), end in zip(events, ends, strict=True) if status == "live")
    total = now - events[0][0]
    return {
        "status": events[-1][1],
        "since": _iso(events[-1][0]),
        "live_seconds": round(live, 3),
        "total_seconds": round(total, 3),
        "uptime": live / total if total else 0.0,
    }


def cost(connection: Connection, endpoint_id: str) -> dict[str, Any]:
    """What the requests cost: exactly, in dollars, and in micro-USD."""
    totals = rows.totals(connection, endpoint_id)
    paid, spent = totals.requests - totals.errors, totals.cost_pico_usd
    mean = Fraction(spent, paid) if paid else None
    return {
        "requests": paid,
        "total_cost_micro_usd": whole_micro_usd(spent),
        "total_cost_usd": exact_usd(spent),
        "mean_cost_micro_usd": None if mean is None else round(mean / PICO_PER_MICRO),
        "mean_cost_usd": None if mean is None else exact_usd(mean),
    }


def activity(connection: Connection, endpoint_id: str) -> dict[str, Any]:
    """The latest requests and changes of status, newest first."""
    events = rows.events(connection, endpoint_id)
    return {
        "requests": [*map(_request, rows.latest(connection, endpoint_id, RECENT))],
        "events": [{"at": _iso(at), "status": status} for at, status in reversed(events[-RECENT:])],
    }


def quality(entry: Mapping[str, Any] | None, metric: str | None) -> dict[str, Any]:
    """The model's measured quality on its task's held-out rows, from the leaderboard."""
    return {"metric": metric, "quality": entry["quality"] if entry else None, "entry": entry}


MEASURED: Mapping[str, Callable[[Connection, str], dict[str, Any]]] = {
    "performance": performance,
    "uptime": uptime,
    "cost": cost,
    "activity": activity,
}


def _latency(ordered: Sequence[float]) -> dict[str, float]:
    quantiles = {f"p{q}": percentile(ordered, q / 100) for q in (50, 95, 99)}
    return {key: round(value, 3) for key, value in {**quantiles, "mean": fmean(ordered)}.items()}


def _request(request: RequestRow) -> dict[str, Any]:
    return {
        "id": request.id,
        "at": _iso(request.at),
        "ok": request.ok,
        "latency_ms": round(request.latency_ms, 3),
        "cost_micro_usd": whole_micro_usd(request.cost_pico_usd),
        "cost_usd": exact_usd(request.cost_pico_usd),
    }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
