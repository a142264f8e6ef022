"""Who and when, as locks tell it: words without blanks."""

from __future__ import annotations

import getpass
import re
import socket
from datetime import UTC, datetime


def whoami() -> str:
    """The user and the machine: `user@host`."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # no entry for the user's number
        user = "someone"
    return f"{word(user) or 'someone'}@{word(socket.gethostname()) or 'somewhere'}"


def now() -> str:
    """The time in UTC to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def today() -> str:
    """The day in UTC, as 2031-12-31."""
    return datetime.now(UTC).date().isoformat()


def word(text: str) -> str:
    """The text as one word of a name on the platform."""
    return re.sub(r"[^\w.@+/-]+", "-", text)[:130]
