"""The shapes of answers that only wrap the wire's values, and of an endpoint's metrics.

Money is micro-USD, or exactly in dollars as text. Times are ISO 8601 in UTC, or say seconds or
milliseconds in their name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pareta_plan.wire import EvalSet, FrontierModel, LeaderboardEntry, Name, Task

STATUS = {"status": str}
TASKS = {"tasks": [Task]}
ROSTER = {"frontier_models": [FrontierModel], "task": str | None}
NAMES = {"names": [Name]}
SWITCHED = {"id": str, "name": str, "status": str}
EVAL_SET = {"eval_set": EvalSet}
EVAL_SETS = {"eval_sets": [EvalSet]}
ATTACHED = {"status": str, "eval_set_id": str, "idx": int, "field_name": str}

REQUEST = {
    "id": str, "at": str, "ok": bool, "latency_ms": float, "cost_micro_usd": int, "cost_usd": str,
}  # fmt: skip
METRICS: Mapping[str, Mapping[str, Any]] = {
    "performance": {
        "endpoint": str, "requests": int, "errors": int, "error_rate": float,
        "latency_ms": dict[str, float] | None, "prompt_tokens": int, "completion_tokens": int,
    },
    "uptime": {
        "endpoint": str, "status": str, "since": str,
        "live_seconds": float, "total_seconds": float, "uptime": float,
    },
    "cost": {
        "endpoint": str, "requests": int,
        "total_cost_micro_usd": int, "mean_cost_micro_usd": int | None,
        "total_cost_usd": str, "mean_cost_usd": str | None,
    },
    "activity": {"endpoint": str, "requests": [REQUEST], "events": [{"at": str, "status": str}]},
    "quality": {
        "endpoint": str, "metric": str | None,
        "quality": float | None, "entry": LeaderboardEntry | None,
    },
}  # fmt: skip
