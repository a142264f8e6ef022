"""Anthropic's Messages API, to and from the form of chat completions.

Source: the types of Anthropic's own SDK. Answers are held by `output_config.format`, else by a
tool that must be called; what the SDK's types no longer name (a temperature) is sent until it is
refused, since older models take it.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from pareta_plan.platform.providers.chat_completions import NotAnswered
from pareta_plan.platform.providers.schemas import closed
from pareta_plan.platform.providers.sse import Event

HEADERS = {"anthropic-version": "2023-06-01"}
TOOL = "answer"
"""The tool whose input is the answer, where that is how an answer is held."""

_MOST_ANSWER_TOKENS = 4096  # the API demands a cap, chat completions doesn't
_PASSED_ON = ("model", "temperature", "top_p", "stream", "stop_sequences")
_FINISHES = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
    "tool_use": "tool_calls",
}


def translated(body: Mapping[str, Any], *, held: str) -> dict[str, Any]:
    """A body of chat completions as one of messages. Raises ValueError for what has no like."""
    most = body.get("max_completion_tokens") or body.get("max_tokens") or _MOST_ANSWER_TOKENS
    made: dict[str, Any] = {name: body[name] for name in _PASSED_ON if body.get(name) is not None}
    made["max_tokens"] = most
    if stop := body.get("stop"):
        made["stop_sequences"] = [stop] if isinstance(stop, str) else stop
    system = [
        text
        for one in body["messages"]
        if one["role"] in ("system", "developer")
        for text in [_text_of(one.get("content"))]
    ]
    if system:
        made["system"] = "\n\n".join(system)
    made["messages"] = [
        _message(one) for one in body["messages"] if one["role"] not in ("system", "developer")
    ]
    return made | _tools(body) | _held(body, held)


def _held(body: Mapping[str, Any], held: str) -> dict[str, Any]:
    wish = body.get("response_format")
    if not isinstance(wish, Mapping) or wish.get("type") != "json_schema" or held == "prompt":
        return {}
    schema = closed(wish["json_schema"]["schema"], unions=True)
    if held == "schema":
        return {"output_config": {"format": {"type": "json_schema", "schema": schema}}}
    tool = {"name": TOOL, "description": "Gives the answer.", "input_schema": schema}
    return {"tools": [tool], "tool_choice": {"type": "tool", "name": TOOL}}


def _tools(body: Mapping[str, Any]) -> dict[str, Any]:
    tools = [
        {
            "name": one["function"]["name"],
            "description": one["function"].get("description", ""),
            "input_schema": one["function"].get("parameters") or {"type": "object"},
        }
        for one in body.get("tools") or []
    ]
    if not tools:
        return {}
    choice = body.get("tool_choice") or "auto"
    if isinstance(choice, Mapping):
        chosen = {"type": "tool", "name": choice["function"]["name"]}
    else:
        chosen = {"type": {"required": "any"}.get(choice, choice)}
    if body.get("parallel_tool_calls") is False and chosen["type"] != "none":
        chosen["disable_parallel_tool_use"] = True
    return {"tools": tools, "tool_choice": chosen}


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    content = message.get("content")
    if message["role"] == "tool":
        result = {"type": "tool_result", "tool_use_id": message.get("tool_call_id")}
        return {"role": "user", "content": [result | {"content": _text_of(content)}]}
    if calls := message.get("tool_calls"):
        said = [{"type": "text", "text": _text_of(content)}] if content else []
        return {"role": "assistant", "content": [*said, *map(_tool_use, calls)]}
    if isinstance(content, list):
        return {"role": message["role"], "content": [_block(part) for part in content]}
    return {"role": message["role"], "content": content or ""}


def _tool_use(call: Mapping[str, Any]) -> dict[str, Any]:
    given = json.loads(call["function"].get("arguments") or "{}")
    name = call["function"]["name"]
    return {"type": "tool_use", "id": call.get("id"), "name": name, "input": given}


def _block(part: Mapping[str, Any]) -> dict[str, Any]:
    if part["type"] == "text":
        return {"type": "text", "text": part["text"]}
    if part["type"] != "image_url":
        raise ValueError(f"a part of type {part['type']} can't be passed on")
    image = part["image_url"]
    url = image if isinstance(image, str) else image["url"]
    if not url.startswith("data:"):
        return {"type": "image", "source": {"type": "url", "url": url}}
    head, _, data = url.removeprefix("data:").partition(",")
    mime = head.partition(";")[0]
    return {"type": "image", "source": {"type": "base64", "media_type": mime, "data": data}}


def _text_of(content: Any) -> str:
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content if part.get("type") == "text")
    return content or ""


def completion_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message as a completion. Raises NotAnswered."""
    blocks = message.get("content")
    if not isinstance(blocks, list) or not all(isinstance(one, Mapping) for one in blocks):
        raise NotAnswered("its answer is no message")
    said: dict[str, Any] = {"role": "assistant", "content": _said(blocks)}
    calls = [_call(one, n) for n, one in enumerate(_uses(blocks))]
    reason = _FINISHES.get(str(message.get("stop_reason")), "length")
    if calls:
        said["tool_calls"] = calls
    choice = {"index": 0, "message": said, "finish_reason": reason}
    head = {"id": message.get("id"), "object": "chat.completion", "model": message.get("model")}
    return {**head, "choices": [choice], "usage": usage(message.get("usage"))}


def unwrapped(completion: dict[str, Any]) -> dict[str, Any]:
    """A completion whose answer is a call of our tool, with the answer as its text."""
    choice = completion["choices"][0]
    calls = [one["function"] for one in choice["message"].get("tool_calls", [])]
    if [call["name"] for call in calls] != [TOOL]:
        return completion
    kept = {name: value for name, value in choice["message"].items() if name != "tool_calls"}
    finish = {"tool_calls": "stop"}.get(choice["finish_reason"], choice["finish_reason"])
    said = {**kept, "content": calls[0]["arguments"]}
    return {**completion, "choices": [{**choice, "message": said, "finish_reason": finish}]}


def _said(blocks: list[Mapping[str, Any]]) -> str | None:
    texts = [str(one.get("text", "")) for one in blocks if one.get("type") == "text"]
    return "".join(texts) if texts else None


def _uses(blocks: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [one for one in blocks if one.get("type") == "tool_use"]


def _call(block: Mapping[str, Any], index: int) -> dict[str, Any]:
    arguments = json.dumps(block.get("input"), ensure_ascii=False, separators=(",", ":"))
    function = {"name": block.get("name"), "arguments": arguments}
    return {"id": block.get("id"), "index": index, "type": "function", "function": function}


def usage(counted: Any) -> dict[str, Any] | None:
    """Tokens as chat completions count them: all of the prompt, and which of it was cached."""
    if not isinstance(counted, Mapping):
        return None
    fresh, completion = counted.get("input_tokens"), counted.get("output_tokens")
    read = counted.get("cache_read_input_tokens") or 0
    written = counted.get("cache_creation_input_tokens") or 0
    counts = (fresh, completion, read, written)
    if not all(isinstance(n, int) and n >= 0 for n in counts) or fresh is None:
        return None
    prompt = fresh + read + written
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + (completion or 0),
        "prompt_tokens_details": {"cached_tokens": read, "cache_write_tokens": written},
    }


async def chunks_of(events: AsyncIterator[Event]) -> AsyncIterator[dict[str, Any]]:
    """The events of a streamed message as chunks of a completion. Raises ValueError."""
    head: dict[str, Any] = {"object": "chat.completion.chunk"}
    counted: dict[str, Any] = {}
    tools = 0
    async for event in events:
        data = json.loads(event.data)
        match data.get("type"):
            case "error":
                yield {"error": data.get("error")}
            case "message_start":
                message = data["message"]
                counted |= message.get("usage") or {}
                head |= {"id": message.get("id"), "model": message.get("model")}
                yield _chunk(head, {"role": "assistant", "content": ""})
            case "content_block_start" if data["content_block"].get("type") == "tool_use":
                tools += 1
                call = _call(data["content_block"], tools - 1)
                call["function"]["arguments"] = ""
                yield _chunk(head, {"tool_calls": [call]})
            case "content_block_delta":
                if delta := _delta(data["delta"], tools - 1):
                    yield _chunk(head, delta)
            case "message_delta":
                counted |= {k: v for k, v in (data.get("usage") or {}).items() if v is not None}
                if reason := data["delta"].get("stop_reason"):
                    yield _chunk(head, {}, _FINISHES.get(reason, "length"))
            case "message_stop":
                yield {**head, "choices": [], "usage": usage(counted)}


def _delta(delta: Mapping[str, Any], tool: int) -> dict[str, Any] | None:
    if delta.get("type") == "text_delta":
        return {"content": delta["text"]}
    if delta.get("type") == "input_json_delta":
        arguments = {"arguments": delta["partial_json"]}
        return {"tool_calls": [{"index": tool, "function": arguments}]}
    return None


def _chunk(
    head: Mapping[str, Any], delta: Mapping[str, Any], reason: str | None = None
) -> dict[str, Any]:
    return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
