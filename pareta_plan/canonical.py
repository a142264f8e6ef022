"""Canonical bytes of JSON values, and digests of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import partial
from itertools import islice
from typing import Any

_CANONICAL: dict[str, Any] = {"sort_keys": True, "ensure_ascii": False, "allow_nan": False}


def digest_bytes(data: bytes) -> str:
    """`sha256:` and the hexadecimal digest."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def canonical_json(value: Any, *, exclude_none: bool = False) -> bytes:
    """Sorted keys, two-space indent, LF, UTF-8: the same value gives the same bytes.

    `exclude_none` leaves out what is None in records.
    """
    return b"".join(canonical_chunks(value, exclude_none=exclude_none))


def canonical_chunks(value: Any, *, exclude_none: bool = False) -> Iterator[bytes]:
    """The same bytes in parts, for what is large."""
    default = partial(_plain, exclude_none=exclude_none)
    encoder = json.JSONEncoder(indent=2, default=default, **_CANONICAL)
    chunks = encoder.iterencode(value)  # many and small: joined a batch at a time
    for batch in iter(lambda: "".join(islice(chunks, 10_000)), ""):
        yield batch.encode()
    yield b"\n"


def refuse_half_characters(data: bytes) -> None:
    """Refuse JSON with half of a character, as an escape: no file could hold it again.

    Raises ValueError.
    """
    if rb"\ud" not in data and rb"\uD" not in data:
        return
    try:
        json.dumps(json.loads(data), ensure_ascii=False).encode()
    except UnicodeEncodeError as bad:
        half = f"{ord(bad.object[bad.start]):04x}"
        raise ValueError(f"it holds half of a character alone: \\u{half}") from None


def digest_json(value: Any) -> str:
    """The digest of a JSON value or a record, whatever its layout."""
    compact = (",", ":")  # without an indent json encodes in C, ten times as fast
    text = json.dumps(value, separators=compact, default=_plain, **_CANONICAL)
    return digest_bytes(text.encode())


def _plain(record: Any, *, exclude_none: bool = False) -> dict[str, Any]:
    """One level of a record, so that never a large one stands in memory twice."""
    names = [f.name for f in fields(record)] if is_dataclass(record) else type(record).model_fields
    values = {name: getattr(record, name) for name in names}
    return {k: v for k, v in values.items() if v is not None} if exclude_none else values
