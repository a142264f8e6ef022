"""Documents as callers hand them over: a path, bytes, or a binary file."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

Source = str | Path | bytes | bytearray | BinaryIO


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document to upload."""

    name: str
    data: bytes
    mime: str


def read_document(source: Source, mime: str | None) -> SourceDocument:
    """Read a document, guessing its MIME type by its name. Raises TypeError for other things."""
    if isinstance(source, bytes | bytearray):
        name, data = "document", bytes(source)
    elif isinstance(source, str | Path):
        name, data = Path(source).name, Path(source).read_bytes()
    elif hasattr(source, "read"):
        name, data = Path(str(getattr(source, "name", "") or "document")).name, source.read()
    else:
        raise TypeError("file must be a path, bytes, or a binary file")
    if not isinstance(data, bytes):
        raise TypeError("file must be opened in binary mode")
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return SourceDocument(name, data, mime or guessed)
