"""The project's providers and models, as the embedded platform takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pareta_plan.lock.declared import served
from pareta_plan.manifest.providers import Baseline, Declared, OwnModel
from pareta_plan.project.layout import BOARDS
from pareta_plan.project.project import Project

if TYPE_CHECKING:
    from pareta_plan.platform.catalog.own import Own


def own_models(project: Project) -> Own:
    """What the project declares, and where its boards are."""
    from pareta_plan.platform.catalog.own import NOTHING, Own, Recommendation
    from pareta_plan.platform.catalog.spec import FrontierSpec, OwnModelSpec

    settings = project.settings
    if settings is None:
        return NOTHING
    declared = settings.declared
    rule = declared.recommend
    if not (declared.models or declared.frontier or rule):
        return NOTHING
    keys = {name: one.key for name, one in served(project).items()}
    return Own(
        models=tuple(
            OwnModelSpec(
                alias=one.alias, runtime="provider", options=_options(one, declared, keys[one.name])
            )
            for one in declared.models.values()
        ),
        baselines=tuple(
            FrontierSpec(
                id=one.id,
                vendor=one.provider,
                vision=True,  # what can't see reads a document's text
                context_k=one.context_k or 0,
                runtime="provider",
                options=_options(one, declared, keys[one.name]),
            )
            for one in declared.frontier.values()
        ),
        boards=project.root / BOARDS,
        recommend=Recommendation(rule.within, rule.prefer) if rule else Recommendation(),
        price=_price,
    )


def _price(options: Mapping[str, Any]) -> str | None:
    from pareta_plan.platform.models.runtimes.provider import price_words  # when it is asked for

    return price_words(options)


def _options(one: OwnModel | Baseline, declared: Declared, key: str) -> dict[str, Any]:
    provider = declared.used[one.provider]
    pace = provider.model_dump(
        include={"concurrency", "requests_per_minute", "tokens_per_minute"}, exclude_none=True
    )
    return {
        "provider": {
            "name": one.provider,
            "base_url": provider.base_url,
            "protocol": provider.protocol,
        },
        "pace": pace,
        "model": one.served_model,
        "price": one.price.model_dump(exclude_none=True) if one.price else None,
        "context_k": one.context_k,
        "vision": bool(one.vision),
        "shots": one.shots,
        "max_output_tokens": one.max_output_tokens,
        "declared": key,
    }
