"""The model `auto`: a request goes to the best open model of the task that it asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pareta_plan.platform.catalog.catalog import Catalog, CatalogTask
from pareta_plan.platform.catalog.matcher import Matcher
from pareta_plan.platform.refusal import bad_request

MAX_INSTRUCTION = 2000


class Router:
    """Finds the task of a chat request in its words.

    `matcher` is built when first needed; it compares keywords alone, which keeps nobody waiting.
    """

    def __init__(self, catalog: Catalog, matcher: Callable[[], Matcher]) -> None:
        self._catalog = catalog
        self._matcher = matcher

    def task(self, messages: Iterable[Mapping[str, Any]]) -> CatalogTask:
        """The task that the system message asks for, else the user's own words.

        Raises Refusal (400) when no task fits: no model here answers just anything.
        """
        match = self._matcher().match(_instruction(messages)[:MAX_INSTRUCTION], 1)
        task = self._catalog.get(match.chosen.task_id) if match.chosen else None
        if task is None or not match.matched or task.routed is None:
            raise bad_request(
                "auto finds no task for this request: say in a system message what to do with the "
                "text, in the words of a task that GET /v1/tasks lists"
            )
        return task


def _instruction(messages: Iterable[Mapping[str, Any]]) -> str:
    said = {message["role"]: _text(message["content"]) for message in messages}
    return said.get("system") or said.get("user", "")


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = (part.get("text") for part in parts if isinstance(part, dict))
    return " ".join(text for text in texts if isinstance(text, str))
