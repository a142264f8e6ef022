"""What a project says of model servers: providers, the models on them, and which to recommend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from pareta_plan.errors import Location, ManifestError, meant
from pareta_plan.manifest.fields import ALIAS, Id, Name, Section, Share, Text, Usd
from pareta_plan.written.yaml_source import Document, Path


def _address(url: str) -> str:
    from pareta_plan.hosts.addresses import checked  # here: most projects name no address

    return checked(url)


Address = Annotated[Id, AfterValidator(_address)]
Alias = Annotated[str, StringConstraints(pattern=ALIAS, max_length=50)]
PerMinute = Annotated[int, Field(ge=1, le=10**9)]
ContextK = Annotated[int, Field(ge=1, le=100_000)]
At = Callable[..., Location]
"""The place of the value at some keys of a list of models."""
_EITHER: Any = [
    {"required": ["input_per_million_usd", "output_per_million_usd"]},
    {"required": ["per_hour_usd"]},
]


class Provider(Section):
    """A server with an OpenAI-compatible API, or a vendor."""

    base_url: Address | None = None
    """Where its API is, such as http://127.0.0.1:8000/v1; known vendors need none."""
    protocol: Literal["openai", "anthropic"] | None = None
    """The API that it speaks: a known vendor's own, else `openai`."""
    concurrency: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Requests at once, at most; 16 when absent."""
    requests_per_minute: PerMinute | None = None
    tokens_per_minute: PerMinute | None = None


class Price(Section):
    """What a model costs: by tokens, or by the hour, spread over what was measured."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _EITHER})
    input_per_million_usd: Usd | None = None
    cached_input_per_million_usd: Usd | None = None
    output_per_million_usd: Usd | None = None
    per_hour_usd: Usd | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Price:
        tokens = (self.input_per_million_usd, self.output_per_million_usd)
        by_tokens = None not in tokens and self.per_hour_usd is None
        alone = tokens == (None, None) and self.cached_input_per_million_usd is None
        if not by_tokens and not (alone and self.per_hour_usd is not None):
            raise ValueError(
                "give the price once: `input_per_million_usd` with `output_per_million_usd`, or "
                "`per_hour_usd`"
            )
        return self


class _OnProvider(Section):
    """A model on a provider."""

    provider: Name
    """One of `providers`, or a known vendor."""
    context_k: ContextK | None = None
    """Thousands of tokens that it reads; what is known of a vendor's model when absent."""
    vision: bool | None = None
    """Whether it is sent pictures, of a document's pages too; else it gets their text."""
    price: Price | None = None
    """What is known of a vendor's model when absent; any other is measured as free."""
    max_output_tokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Most tokens of an answer; what the task's answers need when absent."""
    shots: Annotated[int, Field(ge=0, le=100)] = 0
    """How many of the task's development rows it is shown as examples."""


class OwnModel(_OnProvider):
    """An open candidate, on every task that it can do."""

    alias: Alias
    """How manifests, endpoints and reports call it, such as qwen-1."""
    model: Text
    """The provider's name for it."""

    @property
    def name(self) -> str:
        """What the project calls it."""
        return self.alias

    @property
    def served_model(self) -> str:
        """What the provider calls it."""
        return self.model


class Baseline(_OnProvider):
    """A frontier model, on every task that it can do, under its real id."""

    id: Id
    model: Text | None = None
    """The provider's name for it, where that isn't the id."""

    @property
    def name(self) -> str:
        """What the project calls it."""
        return self.id

    @property
    def served_model(self) -> str:
        """What the provider calls it."""
        return self.model or self.id


class Recommend(Section):
    """Which of the measured models `recommended` is."""

    within: Share = 0.0
    """How much worse than the best it may be shown to be."""
    prefer: Literal["best", "cheapest"] = "best"


@dataclass(frozen=True)
class Declared:
    """All of it, as one environment has it."""

    providers: Mapping[str, Provider]
    models: Mapping[str, OwnModel]
    frontier: Mapping[str, Baseline]
    recommend: Recommend | None = None

    @property
    def used(self) -> dict[str, Provider]:
        """The providers of the models, with the vendors that needn't be declared."""
        names = [one.provider for one in (*self.models.values(), *self.frontier.values())]
        return {name: self.providers.get(name, Provider()) for name in sorted({*names})}


def misdeclared(
    document: Document,
    under: Path,
    providers: Mapping[str, Provider],
    models: Iterable[OwnModel],
    frontier: Iterable[Baseline],
) -> Iterator[ManifestError]:
    """What is wrong with models of a part of the project file, which stands at `under`.

    `providers` are those that it may name, beside the vendors.
    """
    for section, naming, declared in (
        ("models", "alias", [*models]),
        ("frontier", "id", [*frontier]),
    ):
        at = partial(_place, document, (*under, section))
        yield from _twice(declared, naming, at)
        for n, one in enumerate(declared):
            yield from _without_provider(one, n, providers, at)
            yield from _without_context(one, n, at)


def _place(document: Document, under: Path, *keys: str | int) -> Location:
    return document.location((*under, *keys))


def _twice(declared: Iterable[_OnProvider], naming: str, at: At) -> Iterator[ManifestError]:
    first: dict[str, int] = {}
    for n, one in enumerate(declared):
        name = str(getattr(one, naming))
        if first.setdefault(name, n) != n:
            yield ManifestError(
                f"the model {name!r} stands twice; the first is at {at(first[name], naming)}",
                location=at(n, naming),
                hint="Give each model a name of its own.",
            )


def _without_provider(
    one: _OnProvider, n: int, providers: Mapping[str, Provider], at: At
) -> Iterator[ManifestError]:
    from pareta_plan.hosts.vendors import VENDORS

    known = {**VENDORS, **providers}
    if one.provider not in known:
        yield ManifestError(
            f"no provider {one.provider!r}{meant(one.provider, known)}",
            location=at(n, "provider"),
            hint=f"Declare it under `providers`, with its `base_url`; known vendors need none: "
            f"{', '.join(VENDORS)}.",
        )


def _without_context(one: _OnProvider, n: int, at: At) -> Iterator[ManifestError]:
    from pareta_plan.hosts.vendors import VENDORS

    if isinstance(one, Baseline) and one.context_k is None and one.provider not in VENDORS:
        yield ManifestError(
            f"nobody knows how much {one.id!r} reads: `context_k` is missing",
            location=at(n),
            hint="Add `context_k`, in thousands of tokens; it is known of vendors' only.",
        )


def without_address(
    document: Document, under: Path, providers: Mapping[str, Provider]
) -> Iterator[ManifestError]:
    """What is said of providers whose address nobody knows."""
    from pareta_plan.hosts.vendors import VENDORS

    for name, provider in providers.items():
        if provider.base_url is None and name not in VENDORS:
            yield ManifestError(
                f"the provider {name!r} has no `base_url`{meant(name, VENDORS)}",
                location=document.location((*under, "providers", name), key=True),
                hint=f"Known vendors need none: {', '.join(VENDORS)}.",
            )
