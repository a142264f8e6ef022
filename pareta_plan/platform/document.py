"""A document, as requests carry it and models read it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """A PDF or an image, as bytes with its MIME type."""

    data: bytes
    mime: str


def of_data_url(url: str) -> Document:
    """The document of a `data:` URL. Raises ValueError; nothing is ever fetched."""
    if not url.startswith("data:"):
        raise ValueError("documents must come as data: URLs; nothing is fetched from elsewhere")
    head, comma, payload = url[len("data:") :].partition(",")
    mime, *parameters = head.split(";")
    if not comma or "base64" not in parameters:
        raise ValueError("a data: URL must be base64-encoded: data:<mime>;base64,<data>")
    try:
        return Document(base64.b64decode(payload, validate=True), mime or "text/plain")
    except (binascii.Error, ValueError):
        raise ValueError("a data: URL holds invalid base64") from None
