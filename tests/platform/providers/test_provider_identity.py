"""What servers say that they serve, in the shapes that Ollama and vLLM document."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from pareta_plan.platform.providers.connected import Provider
from pareta_plan.platform.providers.faults import ProviderError
from pareta_plan.platform.providers.identity import identity
from pareta_plan.platform.providers.provider import ProviderSpec
from pareta_plan.platform.providers.transport import Transport
from tests.platform.providers.faults import model_at
from tests.platform.providers.scripted_provider import ScriptedProvider, Step, answers, http

DIGEST = "500a1f067a9f782620b40bee6f7b0c89e17ae61f686b92c24933e4ca4b2b8b41"
OLLAMA = {"id": "qwen3:8b", "object": "model", "created": 1, "owned_by": "library"}
TAGS = {"models": [{"name": "qwen3:8b", "model": "qwen3:8b", "digest": DIGEST}]}
VLLM = {"id": "triage", "object": "model", "owned_by": "vllm", "root": "Qwen/Qwen3-8B"}


def _list(*models: object) -> Step:
    return answers(200, {"object": "list", "data": models})


@pytest.mark.parametrize(
    ("model", "listed", "tags", "found"),
    [
        ("qwen3:8b", _list(OLLAMA), answers(200, TAGS), f"Ollama {DIGEST}"),
        ("qwen3", _list(OLLAMA), answers(200, TAGS), None),
        ("triage", _list(VLLM), answers(404, {}), "vLLM Qwen/Qwen3-8B"),
        ("triage", _list(VLLM | {"root": "/srv/models/a"}), answers(404, {}), "vLLM a"),
        ("triage", _list({"id": "triage", "owned_by": "me"}), answers(404, {}), None),
        ("triage", answers(404, {}), answers(404, {}), None),
        ("triage", answers(200, b"<html>"), answers(200, b"no"), None),
        ("triage", answers(200, [1]), answers(200, {"models": 7}), None),
        ("triage", _list("a", None), answers(200, {"models": [1]}), None),
    ],
)
def test_identity(
    model: str, listed: Step, tags: Step, found: str | None, provider: ScriptedProvider,
    sent: Transport,
) -> None:  # fmt: skip
    provider.scripts["id"] = [listed]
    provider.scripts["api"] = [tags]
    assert identity(model_at(provider.url("id"), sent).provider, model) == found


def test_a_tag_without_a_name_is_the_latest(provider: ScriptedProvider, sent: Transport) -> None:
    latest = {"models": [{"name": "llama3:latest", "digest": "abc"}]}
    provider.scripts["id"] = [_list()]
    provider.scripts["api"] = [answers(200, latest)]
    assert identity(model_at(provider.url("id"), sent).provider, "llama3") == "Ollama abc"
    assert provider.asked["api"][-1].path == "/api/tags"


def test_a_server_that_is_not_there_is_an_error(sent: Transport) -> None:
    with pytest.raises(ProviderError, match="can't be reached"):
        identity(model_at("http://127.0.0.1:9/v1", sent).provider, "x")


def test_an_error_inside_says_nothing(provider: ScriptedProvider, sent: Transport) -> None:
    provider.scripts["id"] = [Step([http(500, b"")], stays=True)]
    provider.scripts["api"] = [Step([http(302, b"", "Location: /x")], stays=True)]
    assert identity(model_at(provider.url("id"), sent).provider, "x") is None


def test_vendors_are_not_asked(sent: Transport) -> None:
    openai = Provider(ProviderSpec(name="openai"), SecretStr("sk-x"), sent)
    assert identity(openai, "gpt-5-mini") is None
