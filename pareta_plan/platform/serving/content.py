"""What a chat request asks to be judged: its last user message, as text or as a document."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from pareta_plan.platform.document import Document
from pareta_plan.platform.refusal import bad_request


def last_user_content(messages: Any) -> str | Document:
    """The content of the last user message; a document in it wins over text beside it.

    Raises Refusal (400) when there is none or it has a form that isn't supported. Nothing is
    ever fetched: documents come as data: URLs.
    """
    if not isinstance(messages, list) or not messages:
        raise bad_request("messages must be a non-empty list")
    for message in reversed(messages):
        if not isinstance(message, dict):
            raise bad_request("each message must be an object with role and content")
        if message.get("role") == "user":
            return _content(message.get("content"))
    raise bad_request("messages has no user message")


def _content(content: Any) -> str | Document:
    if isinstance(content, str):
        value: str | Document = content
    elif isinstance(content, list) and content:
        value = _joined([_part(part) for part in content])
    else:
        raise bad_request("the user message's content must be text or a list of parts")
    if isinstance(value, str) and not value.strip():
        raise bad_request("the user message is empty")
    return value


def _joined(parts: list[str | Document]) -> str | Document:
    documents = [part for part in parts if isinstance(part, Document)]
    if len(documents) > 1:
        raise bad_request("a request may carry one document")
    return documents[0] if documents else "\n".join(str(part) for part in parts)


def _part(part: Any) -> str | Document:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind == "text" and isinstance(part.get("text"), str):
        return str(part["text"])
    if kind == "image_url":
        image = part.get("image_url")
        return _from_data_url(image.get("url") if isinstance(image, dict) else image)
    if kind == "file" and isinstance(part.get("file"), dict):
        return _from_data_url(part["file"].get("file_data"))
    raise bad_request("a content part must be text, image_url with a data: URL, or file")


def _from_data_url(url: Any) -> Document:
    if not isinstance(url, str) or not url.startswith("data:"):
        raise bad_request("documents must come as data: URLs; nothing is fetched from elsewhere")
    head, comma, payload = url[len("data:") :].partition(",")
    mime, *parameters = head.split(";")
    if not comma or "base64" not in parameters:
        raise bad_request("a data: URL must be base64-encoded: data:<mime>;base64,<data>")
    try:
        return Document(base64.b64decode(payload, validate=True), mime or "text/plain")
    except (binascii.Error, ValueError):
        raise bad_request("a data: URL holds invalid base64") from None
