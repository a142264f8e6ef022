"""The model `auto`: a request goes to the best open model of the task that it asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pareta_plan.platform.catalog.catalog import Catalog, CatalogTask
from pareta_plan.platform.catalog.matcher import Matcher
from pareta_plan.platform.refusal import bad_request

MAX_INSTRUCTION = 2000


class Router:
    """Finds the task of a chat request in its words. `matcher` is built when first needed."""

    def __init__(self, catalog: Catalog, matcher: Callable[[], Matcher]) -> None:
        self._catalog = catalog
        self._matcher = matcher

    def task(self, messages: Any) -> CatalogTask:
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


def _instruction(messages: Any) -> str:
    said = {"system": "", "user": ""}
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, dict) and message.get("role") in said:
            said[message["role"]] = _text(message.get("content"))
    return said["system"] or said["user"]


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return " ".join(part["text"] for part in parts if _is_text(part))


def _is_text(part: Any) -> bool:
    return isinstance(part, dict) and isinstance(part.get("text"), str)
