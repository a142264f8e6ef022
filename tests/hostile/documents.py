"""Cases of documents: what is no PDF at all, half of one, and more than it looks."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.hostile.case import Case
from tests.hostile.projects import VALID, manifest_bytes
from tests.hostile.texts import TEXTS
from tests.platform.hostile_documents import many_words

PDF = many_words(3)
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xff\xff\xff\xff\xff\xff\xff\x08\x06\x00\x00\x00"
BODIES = {
    "nothing": b"",
    "words": TEXTS["escape"].encode(),
    "HTML": TEXTS["markup"].encode(),
    "only a head": b"%PDF-1.7\n",
    "cut": PDF[: len(PDF) // 2],
    "no end": PDF[:-20],
    "garbage after the head": b"%PDF-1.7\n" + bytes(range(256)) * 99,
    "a circle of pages": PDF.replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]"),
    "pixels without number": PNG,
    "a text that names a command": TEXTS["azure"].encode(),
}


def documents() -> Iterator[Case]:
    """A project whose only row has the document, checked and applied."""
    for name, data in BODIES.items():
        file = "a.png" if data is PNG else "a.pdf"
        rows = (
            json.dumps(
                {"id": file, "input": {}, "expected": {"sender": "Nord Freight", "weight": "12"}}
            )
            + "\n"
        )
        eval = {"items": "rows.jsonl", "documents": {"field": "document", "path": "{id}"}}
        made = {**VALID, "task": "waybill-fields", "frontier": "none", "eval": eval}
        files = {"pareta.yaml": manifest_bytes(made), "rows.jsonl": rows.encode(), file: data}
        yield Case("document", name, files, ["validate", "apply --auto-approve"])
