"""Choose, prove and deploy models by pull request.

The names below are the Python client: `Pareta` and `AsyncPareta`, what they return, and what
they raise. They are imported when first used, so that the command line stays quick.
"""

# ruff: noqa: F403, F405 - `__all__` is the one list of names; the rest finds where they are

from __future__ import annotations

from importlib import import_module

from pareta_plan.version import __version__

TYPE_CHECKING = False  # `typing` would take longer to import than all else here

if TYPE_CHECKING:
    from typing import Any

    from pareta_plan.client.client import AsyncPareta, Pareta
    from pareta_plan.client.streams import Stream
    from pareta_plan.completions import *
    from pareta_plan.errors import *
    from pareta_plan.wire import *

_HOMES = ("errors", "wire", "completions", "client.client", "client.streams")

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncPareta",
    "AuthenticationError",
    "BadRequestError",
    "Capability",
    "ChatCompletion",
    "ChatCompletionChunk",
    "Choice",
    "ConflictError",
    "Contract",
    "DeployEvent",
    "Endpoint",
    "EndpointNotReadyError",
    "EvalItemResult",
    "EvalResult",
    "EvalRun",
    "EvalSet",
    "FrontierModel",
    "InsufficientCreditsError",
    "Leaderboard",
    "LeaderboardEntry",
    "Message",
    "Model",
    "ModelList",
    "NotFoundError",
    "Offers",
    "Pareta",
    "ParetaError",
    "PermissionDeniedError",
    "PlatformError",
    "RateLimitError",
    "Stream",
    "Task",
    "TaskMatch",
    "TaskMatchCandidate",
    "Usage",
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    homes = (import_module(f"{__name__}.{home}") for home in _HOMES)
    return next(getattr(home, name) for home in homes if hasattr(home, name))
