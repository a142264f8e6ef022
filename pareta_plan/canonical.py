"""Canonical bytes of JSON values, and digests of them."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def digest_bytes(data: bytes) -> str:
    """`sha256:` and the hexadecimal digest."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def canonical_json(value: Any) -> bytes:
    """Sorted keys, two-space indent, LF, UTF-8: the same value gives the same bytes."""
    text = json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"


def digest_json(value: Any) -> str:
    """The digest of a JSON value, whatever its layout."""
    compact = (",", ":")  # without an indent json encodes in C, ten times as fast
    text = json.dumps(
        value, sort_keys=True, separators=compact, ensure_ascii=False, allow_nan=False
    )
    return digest_bytes(text.encode())
