"""JSON from strangers: what Python's parser lets through and storage or clients would not."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NoReturn

from pareta_plan.platform.refusal import bad_request


def parse_json(data: bytes, what: str) -> Any:
    """The value of a JSON text; `what` names it in the refusal (400)."""
    try:
        value = json.loads(data, parse_constant=_refuse_constant)
        canonical(value)
    except (ValueError, RecursionError):
        raise bad_request(f"{what} is not valid JSON") from None
    return value


def canonical(value: Any) -> bytes:
    """One spelling for equal JSON values. Raises ValueError for lone surrogates and infinities."""
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )
    return text.encode()


def digest(*parts: bytes) -> str:
    """SHA-256 of the parts, told apart by their lengths."""
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "big"))
        total.update(part)
    return total.hexdigest()


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
