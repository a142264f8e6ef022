"""What a new endpoint is asked first: parts of a chat request, and what to say without rows."""

from __future__ import annotations

from base64 import b64encode

from pareta_plan.project.rows import Attachment

GREETING = "Hello"
_PAGE = b"""%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R
  /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >> endobj
4 0 obj << /Length 61 >> stream
BT /F1 24 Tf 72 720 Td (Hello from pareta-plan, page 1) Tj ET
endstream endobj
trailer << /Root 1 0 R >>
"""
GREETING_PAGE = f"data:application/pdf;base64,{b64encode(_PAGE).decode()}"
"""A page that says hello, for a platform whose examples come without their documents."""


def data_url(document: Attachment) -> str:
    """A row's document. Raises what reading it does."""
    return f"data:{document.mime};base64,{b64encode(document.read()).decode()}"


def document_part(url: str) -> dict[str, object]:
    """A document as OpenAI's content part: a picture as `image_url`, anything else as `file`."""
    if url.startswith("data:image/"):
        return {"type": "image_url", "image_url": {"url": url}}
    mime = url.removeprefix("data:").partition(";")[0]
    name = f"document.{mime.rpartition('/')[2]}"
    return {"type": "file", "file": {"filename": name, "file_data": url}}
