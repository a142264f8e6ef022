"""What an answer that is an error means: whose fault it is, and what is learnt from it.

The shapes are OpenAI's (`{"error": {...}}`), Google's (the same in a list), Anthropic's (`{"type":
"error", "error": {...}}`), Ollama's (`{"error": "words"}`), older vLLM's (`{"object": "error",
"message": ...}`) and FastAPI's (`{"detail": ...}`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pareta_plan.platform.providers.answers import Fault
from pareta_plan.platform.providers.faults import Kind, ProviderError, scrubbed

_KINDS: dict[int, Kind] = {
    401: "key",
    403: "key",
    402: "quota",
    404: "model",
    410: "model",
    408: "timeout",
    409: "server",
    425: "server",
    429: "limit",
    503: "overloaded",
    504: "timeout",
    524: "timeout",
    529: "overloaded",
}
_STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""Anthropic's types of errors; a stream has nothing else to tell."""
_QUOTES = {"input", "ctx", "body", "failed_generation"}
"""Members in which FastAPI's and Groq's errors quote what was sent, or written."""
_QUOTA = re.compile(r"insufficient_quota|billing_hard_limit|credit balance is too low|spend.limit")
_KEY = re.compile(r"api key not valid|api_key_invalid|invalid api key|incorrect api key")
_FLAGGED = re.compile(r"flagged|moderation")
"""OpenRouter's 403 of a question that was not let through."""
_MODELS_FAULT: tuple[tuple[Fault, re.Pattern[str]], ...] = (
    ("not_json", re.compile(r"json_validate_failed")),
    ("refused", re.compile(r"content_filter|content_policy|content management|invalid_prompt")),
    (
        "cut",
        re.compile(
            r"context_length|exceed_context_size|context length|context size|context window"
            r"|prompt is too long|input is too long|too many tokens|request_too_large"
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Refused:
    """An error as an answer. `words` is the server's text, to learn from and to be forgotten.

    `fault` is set where the model is to blame: its context, its content filter, its JSON.
    """

    error: ProviderError
    words: str
    fault: Fault | None = None


def refused(
    provider: str, status: int, body: bytes, wait: float | None, secrets: Iterable[str]
) -> Refused:
    """What a status that isn't 200 says."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    return _refused(provider, status, _error_in(data), wait, secrets)


def hidden(provider: str, data: Any, secrets: Iterable[str]) -> Refused | None:
    """The error inside an answer whose status is 200; None where there is none."""
    error = data.get("error") if isinstance(data, Mapping) else None
    if not error:
        return None
    return _refused(provider, _status_in(error), error, None, secrets)


def _refused(
    provider: str, status: int, error: Any, wait: float | None, secrets: Iterable[str]
) -> Refused:
    words = _words(error)
    low = words.lower()
    kind = _kind(status, low)
    said = "" if kind == "key" else scrubbed(_message(error), secrets)
    found = ProviderError(provider, kind, status=status, said=said, wait=wait)
    return Refused(found, words, _fault(status, low) if kind == "rejected" else None)


def _kind(status: int, words: str) -> Kind:
    if status == 403 and _FLAGGED.search(words):
        return "rejected"
    if status in (400, 403, 429) and _QUOTA.search(words):
        return "quota"
    if status == 400 and _KEY.search(words):
        return "key"
    if status in _KINDS:
        return _KINDS[status]
    if 300 <= status < 400:
        return "redirect"
    return "rejected" if 400 <= status < 500 else "server" if status >= 500 else "shape"


def _fault(status: int, words: str) -> Fault | None:
    if status == 413:
        return "cut"
    if status in (403, 451):
        return "refused"
    return next((fault for fault, pattern in _MODELS_FAULT if pattern.search(words)), None)


def _error_in(data: Any) -> Any:
    if isinstance(data, list) and data:
        data = data[0]
    if not isinstance(data, Mapping):
        return None
    return data.get("error") or data.get("detail") or data


def _status_in(error: Any) -> int:
    """The status that an error inside an answer would have had."""
    if isinstance(error, Mapping):
        code = error.get("code")
        if isinstance(code, int) and 400 <= code < 600:
            return code
        for name in ("type", "code"):
            if isinstance(found := error.get(name), str) and found in _STATUSES:
                return _STATUSES[found]
    return 500


def _message(error: Any) -> Any:
    return error.get("message") if isinstance(error, Mapping) else error


def _words(error: Any) -> str:
    """All that an error says, on one line, but for the request where it is quoted."""
    if isinstance(error, Mapping):
        return " ".join(_words(value) for name, value in error.items() if name not in _QUOTES)
    if isinstance(error, list):
        return " ".join(map(_words, error))
    return error.partition("'input'")[0] if isinstance(error, str) else ""
