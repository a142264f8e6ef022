"""An endpoint's metrics, from the requests it answered and the times its status changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from statistics import fmean
from typing import Any

from pareta_plan.platform.kinds.intervals import percentile
from pareta_plan.platform.store.endpoints import RequestRow

RECENT = 50

Events = Sequence[tuple[float, str]]


def performance(requests: Sequence[RequestRow]) -> dict[str, Any]:
    """Counts, error rate, latencies of successful requests in ms, tokens."""
    errors = sum(not request.ok for request in requests)
    latencies = sorted(request.latency_ms for request in requests if request.ok)
    return {
        "requests": len(requests),
        "errors": errors,
        "error_rate": errors / len(requests) if requests else 0.0,
        "latency_ms": _latency(latencies) if latencies else None,
        "prompt_tokens": sum(request.prompt_tokens for request in requests),
        "completion_tokens": sum(request.completion_tokens for request in requests),
    }


def uptime(events: Events, now: float) -> dict[str, Any]:
    """Seconds spent live since the deployment, and their share of all seconds."""
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


def cost(requests: Sequence[RequestRow]) -> dict[str, Any]:
    """What the requests cost, in micro-USD."""
    paid = [request.cost_micro_usd for request in requests if request.ok]
    return {
        "requests": len(paid),
        "total_cost_micro_usd": sum(paid),
        "mean_cost_micro_usd": round(fmean(paid)) if paid else None,
    }


def activity(requests: Sequence[RequestRow], events: Events) -> dict[str, Any]:
    """The latest requests and changes of status, newest first."""
    return {
        "requests": [_request(request) for request in reversed(requests[-RECENT:])],
        "events": [{"at": _iso(at), "status": status} for at, status in reversed(events[-RECENT:])],
    }


def quality(entry: Mapping[str, Any] | None, metric: str | None) -> dict[str, Any]:
    """The model's measured quality on its task's held-out rows, from the leaderboard."""
    return {"metric": metric, "quality": entry["quality"] if entry else None, "entry": entry}


MEASURED: Mapping[str, Callable[[Sequence[RequestRow], Events, float], dict[str, Any]]] = {
    "performance": lambda requests, _events, _now: performance(requests),
    "uptime": lambda _requests, events, now: uptime(events, now),
    "cost": lambda requests, _events, _now: cost(requests),
    "activity": lambda requests, events, _now: activity(requests, events),
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
        "cost_micro_usd": request.cost_micro_usd,
    }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
