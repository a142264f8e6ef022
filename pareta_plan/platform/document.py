"""A document, as requests carry it and models read it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """A PDF or an image, as bytes with its MIME type."""

    data: bytes
    mime: str
