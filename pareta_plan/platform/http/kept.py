"""Answers that follow from the request and the catalog alone, as bytes that are made once."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Scope

ENTRIES = 512
ENTRY_BYTES = 64 * 1024


class Kept:
    """An application's answers by what was asked; never more than 32 MiB of them."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str, bytes, bytes], Response] = {}
        self.round = 0
        """Goes up when all are forgotten: what was made in an earlier round isn't kept."""

    def get(self, scope: Scope, body: bytes = b"") -> Response | None:
        """The answer to this request, if it was made before."""
        asked = (scope["method"], scope["path"], scope["query_string"], body)
        return self._answers.get(asked)

    def clear(self) -> None:
        """Forget all answers, as what they follow from changed."""
        self.round += 1
        self._answers = {}

    def put(self, scope: Scope, body: bytes, answer: Response, made_in: int) -> None:
        """Keep an answer of this round, unless it is large; others go when they are too many."""
        query = scope["query_string"]
        if made_in != self.round:
            return
        if max(len(query) + len(body), len(answer.body)) > ENTRY_BYTES:
            return
        if len(self._answers) >= ENTRIES:
            self._answers.clear()
        self._answers[scope["method"], scope["path"], query, body] = answer
