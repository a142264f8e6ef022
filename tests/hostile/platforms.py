"""Cases of platforms that lie: errors with words, answers of another shape, and no answers."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.hostile.case import Case
from tests.hostile.projects import VALID, manifest_bytes
from tests.hostile.texts import TEXTS

STATUSES = (400, 401, 402, 403, 404, 409, 422)
"""Those that no client tries again."""
ASKS = ("catalog list", "catalog match words --json", "plan", "plan --format json")
MUCH = 10_000
BODIES = {
    "empty": b"",
    "null": b"null",
    "number": b"7",
    "deep": b"[" * 100_000,
    "NaN": b'{"tasks": NaN}',
    "half a character": b'{"tasks": [{"id": "\\ud800"}]}',
    "a list": b"[]",
    "another type": b'{"tasks": {"id": 1}}',
    "no list": b'{"tasks": "none"}',
    "a huge number": b'{"tasks": ' + b"9" * 6000 + b"}",
    "not UTF-8": b'{"tasks": "\xff\xfe"}',
    "HTML": b"<html><body>\x1b[2J</body></html>",
    "a key twice": b'{"tasks": [], "tasks": 1}',
    "megabytes": b'{"tasks": [' + b'{"id": "a"},' * 50_000 + b'{"id": "a"}]}',
}
HEADERS = {
    "elsewhere": (302, {"Location": "http://192.0.2.1/v1/tasks"}),
    "a file": (302, {"Location": "file:///etc/passwd"}),
    "a long wait": (400, {"Retry-After": "1e9"}),
    "a type": (200, {"Content-Type": "text/html; charset=punycode"}),
    "a coding": (200, {"Content-Encoding": "gzip"}),
}


def platforms() -> Iterator[Case]:
    """Every case has one answer to all that is asked."""
    files = {"pareta.yaml": manifest_bytes({**VALID, "eval": None})}
    for kind, text in TEXTS.items():
        body = json.dumps({"detail": text}).encode()
        id = text.encode("latin-1", "replace").translate(None, b"\r\n\0").decode("latin-1")
        headers = {"Retry-After": "0", "x-request-id": id}
        for status in STATUSES:
            name, ask = f"{status} {kind}", ASKS[status % len(ASKS)]
            yield Case("platform", name, files, [ask], answer=(status, headers, body))
        told = {
            "id": text,
            "title": text,
            "description": text,
            "task_id": text,
            "name": text,
            "query": text,
            "kind": "open",
            "vendor": text,
            "metric": text,
        }
        match = {"matched": True, "chosen": {**told, "score": 1, "confidence": text},
                 "candidates": [{**told, "score": 1, "confidence": text}]}  # fmt: skip
        lists = {part: [told] for part in ("tasks", "models", "frontier_models", "endpoints")}
        answer = json.dumps({**told, **lists, **match}).encode()
        asks = ["catalog list", "catalog list --json", "catalog match words", "catalog show x",
                "catalog leaderboard x", "catalog frontier x", "plan"]  # fmt: skip
        yield Case("platform", f"answers {kind}", files, asks, answer=(200, {}, answer))
        details = json.dumps({"detail": [{"msg": text, "loc": [text]}]}).encode()
        again = {"Retry-After": "0"}
        for status in (422, 503):
            name = f"{status} {kind} in a list"
            yield Case("platform", name, files, ASKS[:2], answer=(status, again, details))
    for name, body in BODIES.items():
        few = ASKS if len(body) < MUCH else ASKS[:1]
        yield Case("platform", f"body {name}", files, few, answer=(200, {}, body))
    for name, (status, headers) in HEADERS.items():
        yield Case("platform", f"header {name}", files, ASKS[:1], answer=(status, headers, b"{}"))
