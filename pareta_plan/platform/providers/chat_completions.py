"""OpenAI's chat completions: a request as its body, its answer as a reply.

It is also the form in which other protocols pass through here. Source: OpenAI's API reference;
where vLLM, llama.cpp, Ollama, OpenRouter, Mistral and DeepSeek differ, it says so.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from pydantic import BaseModel, ValidationError

from pareta_plan.platform.document import Document
from pareta_plan.platform.providers.abilities import Abilities
from pareta_plan.platform.providers.request import Content, Finish, Reply, Request, Usage, parts

_FINISHES: dict[str, Finish] = {
    "stop": "stop",
    "end_turn": "stop",
    "eos": "stop",
    "": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "content_filter": "content_filter",
    "safety": "content_filter",
    "refusal": "content_filter",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
}
_BROKEN_OFF = {"error", "abort", "insufficient_system_resource"}
"""How OpenRouter, vLLM and DeepSeek end an answer that failed on their side."""
_MOST_TOKENS = 10**9


class NotAnswered(ValueError):
    """A body that is no completion; its words are ours."""


class _Message(BaseModel):
    content: str | list[dict[str, Any]] | None = None
    refusal: str | None = None
    tool_calls: list[Any] | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Completion(BaseModel):
    choices: list[_Choice]
    usage: Any = None
    model: Any = None
    system_fingerprint: Any = None


def body_of(request: Request, model: str, abilities: Abilities, *, tells: bool) -> dict[str, Any]:
    """The body that asks a model.

    With `tells` the server itself tells the model of a schema that it holds it to; else, and
    wherever nothing is held, we say it in the prompt.
    """
    wanted = request.wanted
    system = request.system
    if wanted and not (tells and abilities.held == "schema"):
        system = "\n\n".join(filter(None, [system, wanted.instruction]))
    messages = [{"role": "system", "content": system}] if system else []
    for example in request.examples:
        answer = wanted.written(example.output) if wanted else str(example.output)
        messages += [_user(example.content), {"role": "assistant", "content": answer}]
    body = {
        "model": model,
        "messages": [*messages, _user(request.content)],
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
    }
    if request.seed is not None:
        body["seed"] = request.seed
    return abilities.fitted(body | _format(request, abilities))


def _format(request: Request, abilities: Abilities) -> dict[str, Any]:
    if request.wanted is None or abilities.held == "prompt":
        return {}
    if abilities.held == "json":
        return {"response_format": {"type": "json_object"}}
    wanted = request.wanted
    held = {"name": "answer", "strict": wanted.is_strict, "schema": wanted.closed_schema}
    return {"response_format": {"type": "json_schema", "json_schema": held}}


def _user(content: Content) -> dict[str, Any]:
    if isinstance(content, str):
        return {"role": "user", "content": content}
    return {"role": "user", "content": [_part(part) for part in parts(content)]}


def _part(part: str | Document) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if not part.mime.startswith("image/"):
        raise ValueError(f"a model is sent images, not {part.mime}")
    data = base64.b64encode(part.data).decode("ascii")
    return {"type": "image_url", "image_url": {"url": f"data:{part.mime};base64,{data}"}}


def reply_of(completion: Mapping[str, Any]) -> Reply:
    """A completion as a reply. Raises NotAnswered."""
    try:
        found = _Completion.model_validate(completion)
    except ValidationError:
        problem = "its answer is no chat completion"
    else:
        if found.choices:
            return _reply(found, found.choices[0])
        problem = "its answer has no choice"
    raise NotAnswered(problem)


def _reply(found: _Completion, choice: _Choice) -> Reply:
    message = choice.message
    reason = (choice.finish_reason or "").lower()
    if reason in _BROKEN_OFF:
        raise NotAnswered("its answer was broken off")
    return Reply(
        text=_text(message.content) or message.refusal or "",
        finish=_FINISHES.get(reason, "length"),  # what nobody knows is no proper end
        refused=bool(message.refusal),
        usage=usage_of(found.usage),
        model=shown_name(found.model),
        fingerprint=_told(found.system_fingerprint),
    )


def _text(content: str | list[dict[str, Any]] | None) -> str:
    """The text; Mistral's reasoning models answer in parts, of which some are thoughts."""
    if isinstance(content, list):
        return "".join(str(p.get("text", "")) for p in content if p.get("type") == "text")
    return content or ""


def _told(value: Any) -> str | None:
    return value[:200] if isinstance(value, str) and value else None


def shown_name(model: Any) -> str | None:
    """A model's name as a server tells it; of a path on the server's machine the file's."""
    if not isinstance(model, str):
        return None
    is_path = PurePosixPath(model).is_absolute() or PureWindowsPath(model).is_absolute()
    return _told(PureWindowsPath(model).name if is_path else model)


def usage_of(usage: Any) -> Usage | None:
    """The tokens that were counted; None for none, or for counts that can't be.

    What xAI and Google thought is in the total alone.
    """
    if not isinstance(usage, Mapping):
        return None
    prompt, completion = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    if prompt is None or completion is None:
        return None
    details = usage.get("prompt_tokens_details")
    details = details if isinstance(details, Mapping) else {}
    hit = _count(details, "cached_tokens") or _count(usage, "prompt_cache_hit_tokens") or 0
    written = _count(details, "cache_write_tokens") or 0
    total = _count(usage, "total_tokens") or 0
    cached = min(hit, prompt)
    return Usage(prompt, max(completion, total - prompt), cached, min(written, prompt - cached))


def _count(counts: Mapping[str, Any], name: str) -> int | None:
    value = counts.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= _MOST_TOKENS else None
