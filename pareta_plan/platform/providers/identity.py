"""What a server says that it serves, so that a tag which means something else today is noticed.

Ollama tells digests (`/api/tags`), vLLM the root of a model (`/v1/models`), llama.cpp the file and
its measures (`/v1/models`). A `system_fingerprint` comes with each reply instead.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pareta_plan.platform.providers.chat_completions import shown_name
from pareta_plan.platform.providers.connected import Provider
from pareta_plan.platform.providers.faults import ProviderError

_MEASURES = ("ftype", "n_params", "size", "n_vocab", "n_ctx_train")


def identity(provider: Provider, model: str) -> str | None:
    """The identity of what a provider serves as a model; None where it tells none.

    Vendors are not asked: they tell none. Raises ProviderError when it can't be reached.
    """
    if provider.spec.vendor:
        return None
    return provider.transport.submit(_identity(provider, model)).result()


async def _identity(provider: Provider, model: str) -> str | None:
    served = _entries(await _told(provider, "/models"), "data")
    if any(one.get("owned_by") == "llamacpp" for one in served):
        return next((_of_llama(one) for one in served), None)
    entry = next((one for one in served if one.get("id") == model), {})
    if root := entry.get("root"):
        return f"vLLM {shown_name(root)}"
    tags = _entries(await _told(provider, "/api/tags", root=True), "models")
    return _digest(tags, model)


def _of_llama(entry: Mapping[str, Any]) -> str:
    meta = entry.get("meta")
    meta = meta if isinstance(meta, Mapping) else {}
    measures = [f"{name} {meta[name]}" for name in _MEASURES if name in meta]
    return ", ".join([f"llama.cpp {shown_name(entry.get('id'))}", *measures])


def _digest(tags: Iterable[Mapping[str, Any]], model: str) -> str | None:
    """Ollama's digest; a name without a tag is its latest."""
    name = model if ":" in model else f"{model}:latest"
    found = next((tag.get("digest") for tag in tags if tag.get("name") == name), None)
    return f"Ollama {found}" if isinstance(found, str) and found else None


def _entries(data: Any, name: str) -> list[Mapping[str, Any]]:
    found = data.get(name) if isinstance(data, Mapping) else None
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


async def _told(provider: Provider, path: str, *, root: bool = False) -> Any:
    """What a route answers; None for one that it doesn't have."""
    got = await provider.transport.send(provider.call(path, root=root))
    if got.status in (401, 403):
        raise ProviderError(provider.spec.name, "key", status=got.status)
    if got.status != 200:
        return None
    try:
        return json.loads(got.body)
    except (ValueError, RecursionError):
        return None
