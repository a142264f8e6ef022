"""Why a request is not answered: a status and words for the client."""

from __future__ import annotations

import sqlite3


class Refusal(Exception):
    """Answered as `{"detail": detail}` with the HTTP status; says nothing that isn't public."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def bad_request(detail: str) -> Refusal:
    """400: the request can't be meant."""
    return Refusal(400, detail)


def not_found(what: str, name: str) -> Refusal:
    """404: there is no such thing."""
    return Refusal(404, f"there is no {what} {name!r}")


def internal(error: Exception, what: str) -> Refusal:
    """500: `what` broke; of the reasons only a store that takes no more is told."""
    if isinstance(error, sqlite3.OperationalError):
        return Refusal(500, f"the platform can't use its state: {error}; {what}")
    return Refusal(500, f"internal error; {what}")
