"""JSON from strangers: held to what storage and clients can take, and to models."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from pareta_plan.platform.refusal import bad_request

M = TypeVar("M", bound=BaseModel)
DATA_URL = b'"data:'
NOTHING = ("missing", "string_type", "string_too_short")  # what is wrong where nothing is given


def parse_json(data: bytes, what: str) -> Any:
    """The value of a JSON text in UTF-8; `what` names it in the refusal (400)."""
    try:
        value = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
        canonical(value)
    except (ValueError, RecursionError):
        raise bad_request(f"{what} is not valid JSON") from None
    return value


def without_documents(data: bytes, enough: int) -> int:
    """How many bytes of a JSON text are not in data: URLs; counted until that is `enough`.

    A document is read fast however large it is: a string without escapes.
    """
    counted, at = 0, 0
    while counted <= enough:
        start = data.find(DATA_URL, at)
        end = data.find(b'"', start + 1) if start >= 0 else -1
        if end < 0:
            return counted + len(data) - at
        counted, at = counted + start + 1 - at, end
    return counted


def fit(model: type[M], values: Any) -> M:
    """The values as the model. Raises Refusal (400) with the description of a bad field."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    name, *inside = map(str, first["loc"])
    field = model.model_fields[name]
    if field.is_required() and not inside and first["type"] in NOTHING:
        raise bad_request(f"{name} is required: {field.description}")
    raise bad_request(f"{name} must be {field.description}")


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
