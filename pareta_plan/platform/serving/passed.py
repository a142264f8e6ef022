"""Chats that are passed on whole to a project's model, and what is shown of its answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pareta_plan.platform.chat_body import Chat

_BARE = {"model", "messages", "stream", "stream_options", "user", "metadata"}
_OF_US = {"stream", "stream_options"}
_INSTRUCTING = ("system", "developer")
_OF_A_CHOICE = ("index", "message", "delta", "finish_reason", "logprobs")
_OF_USAGE = (
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "prompt_tokens_details",
    "completion_tokens_details",
)


def is_bare(chat: Chat) -> bool:
    """Whether a chat is one question and nothing else: it is answered as rows were measured."""
    [first, *others] = chat.messages
    plain = first.role == "user" and not others and not chat.stream
    return plain and chat.model_fields_set | {*(chat.model_extra or {})} <= _BARE


def passed(chat: Chat, prompt: str) -> dict[str, Any]:
    """The body that is passed on: the task's prompt goes first where nobody instructs."""
    body = chat.model_dump(exclude_unset=True, exclude=_OF_US)
    if prompt and not any(one.role in _INSTRUCTING for one in chat.messages):
        body["messages"] = [{"role": "system", "content": prompt}, *body["messages"]]
    return body


def shown(told: Mapping[str, Any], head: Mapping[str, Any]) -> dict[str, Any]:
    """A completion or a chunk under our own head: of the answer only what OpenAI documents.

    Servers tell more (which model, which build, what they paid), and that is the project's own.
    """
    choices = [_kept(choice, _OF_A_CHOICE) for choice in told.get("choices") or ()]
    usage = told.get("usage")
    counted = {"usage": _kept(usage, _OF_USAGE)} if isinstance(usage, Mapping) else {}
    return {**head, "choices": choices, **counted}


def chunk_shown(
    told: Mapping[str, Any], head: Mapping[str, Any], *, usage_wanted: bool
) -> dict[str, Any] | None:
    """A chunk as it is shown; None for one that only counts tokens nobody asked for."""
    found = shown(told, head)
    if not usage_wanted:
        found.pop("usage", None)
    return found if found["choices"] or "usage" in found else None


def _kept(values: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}
