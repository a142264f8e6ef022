"""Errors as OpenAI's clients read them, beside our own `detail`.

Source: https://platform.openai.com/docs/guides/error-codes; the object has a message, a type, a
code and a param.
"""

from __future__ import annotations

from typing import Any

PATHS = frozenset({"/v1/chat/completions", "/v1/models"})
_KINDS = {
    401: ("invalid_request_error", "invalid_api_key", None),
    402: ("insufficient_quota", "insufficient_quota", None),
    404: ("invalid_request_error", "model_not_found", "model"),
    429: ("rate_limit_error", "rate_limit_exceeded", None),
}


def error_object(status: int, message: str) -> dict[str, Any]:
    """The error of a status."""
    other = ("server_error" if status >= 500 else "invalid_request_error", None, None)
    kind, code, param = _KINDS.get(status, other)
    return {"message": message, "type": kind, "code": code, "param": param}
