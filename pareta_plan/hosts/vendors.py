"""The vendors that need no address, as their own documentation gives it.

`key` is the variable that the vendor's own SDK reads. `cap` is what its chat completions call the
most tokens of an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pareta_plan.hosts.addresses import origin

Protocol = Literal["openai", "anthropic"]
Cap = Literal["max_tokens", "max_completion_tokens"]


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor: where it answers, in which protocol, and which variable has the user's key."""

    base_url: str
    key: str
    protocol: Protocol = "openai"
    cap: Cap = "max_tokens"

    @property
    def origin(self) -> str:
        """Scheme and host, the only place that its key goes to."""
        return origin(self.base_url)


VENDORS: Mapping[str, Vendor] = {
    "anthropic": Vendor("https://api.anthropic.com/v1", "ANTHROPIC_API_KEY", "anthropic"),
    "cerebras": Vendor(
        "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY", cap="max_completion_tokens"
    ),
    "deepseek": Vendor("https://api.deepseek.com", "DEEPSEEK_API_KEY"),
    "fireworks": Vendor("https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY"),
    "google": Vendor("https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY"),
    "groq": Vendor("https://api.groq.com/openai/v1", "GROQ_API_KEY", cap="max_completion_tokens"),
    "mistral": Vendor("https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    "openai": Vendor("https://api.openai.com/v1", "OPENAI_API_KEY", cap="max_completion_tokens"),
    "openrouter": Vendor("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    "sambanova": Vendor("https://api.sambanova.ai/v1", "SAMBANOVA_API_KEY"),
    "together": Vendor("https://api.together.xyz/v1", "TOGETHER_API_KEY"),
    "xai": Vendor("https://api.x.ai/v1", "XAI_API_KEY", cap="max_completion_tokens"),
    "zai": Vendor("https://api.z.ai/api/paas/v4", "ZAI_API_KEY"),
}


def at(url: str) -> Vendor | None:
    """The vendor whose own host an address is on."""
    where = origin(url)
    return next((vendor for vendor in VENDORS.values() if vendor.origin == where), None)
