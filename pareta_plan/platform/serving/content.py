"""What a chat request asks to be judged: its last user message, as text or as a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pareta_plan.platform.document import Document, of_data_url
from pareta_plan.platform.parsing import fit
from pareta_plan.platform.refusal import bad_request

if TYPE_CHECKING:
    from pareta_plan.platform.chat_body import ChatMessage, Part


def last_user_content(messages: Sequence[ChatMessage]) -> str | Document:
    """The content of the last user message; a document in it wins over text beside it.

    Raises Refusal (400) when there is none or it has a form that isn't supported. Nothing is
    ever fetched: documents come as data: URLs.
    """
    from pareta_plan.platform.chat_body import Said

    last = next((message for message in reversed(messages) if message.role == "user"), None)
    if last is None:
        raise bad_request("messages has no user message")
    content = fit(Said, {"content": last.content}).content
    value = content if isinstance(content, str) else _joined([_part(part) for part in content])
    if isinstance(value, str) and not value.strip():
        raise bad_request("the user message is empty")
    return value


def _joined(parts: list[str | Document]) -> str | Document:
    documents = [part for part in parts if isinstance(part, Document)]
    if len(documents) > 1:
        raise bad_request("a request may carry one document")
    return documents[0] if documents else "\n".join(str(part) for part in parts)


def _part(part: Part) -> str | Document:
    if part.type == "text":
        return part.text
    if part.type == "file":
        return _from_data_url(part.file.file_data)
    image = part.image_url
    return _from_data_url(image if isinstance(image, str) else image.url)


def _from_data_url(url: str) -> Document:
    try:
        return of_data_url(url)
    except ValueError as error:
        raise bad_request(str(error)) from None
