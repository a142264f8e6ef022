"""Whether a request is tried again, and when: backoff with jitter, and what Retry-After says.

Source of the header's two forms: RFC 9110, 10.2.3; `retry-after-ms` is OpenAI's and Anthropic's.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

MOST_TRIES = 6
MOST_LIVE_TRIES = 3
"""Of a request that somebody waits for, who may try again as well."""
LONGEST_WAIT = 30.0
"""Seconds that any wait is at most, whatever the server asks for."""
_FIRST_WAIT = 0.5


def pause(failures: int, asked: float | None = None) -> float:
    """Seconds to wait after so many failures in a row: what was asked for, else at random."""
    if asked is not None:
        return min(max(asked, 0.0), LONGEST_WAIT)
    longest = min(LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(failures, 16))
    return random.uniform(longest / 2, longest)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait, by any form of the header; None where by none."""
    if (exact := _seconds(headers.get("retry-after-ms"))) is not None:
        return exact / 1000
    value = headers.get("retry-after")
    if (seconds := _seconds(value)) is not None:
        return seconds
    try:
        return max(0.0, parsedate_to_datetime(value or "").timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _seconds(value: str | None) -> float | None:
    try:
        seconds = float(value or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None
