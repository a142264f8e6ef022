"""What a manifest asks for that its platform doesn't offer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pareta_plan.errors import ResolutionError
from pareta_plan.manifest.manifest import Manifest
from pareta_plan.manifest.reading import Located
from pareta_plan.wire import AUTO, Offers

RECOMMENDED = "recommended"


def asks_for_router(located: Located) -> bool:
    """Whether `auto` is a candidate of the manifest's."""
    return AUTO in _wanted(located.manifest)


def _wanted(manifest: Manifest) -> list[str]:
    """The open models that a manifest names, the one to deploy first."""
    return [manifest.model, *(manifest.eval.models if manifest.eval else [])]


def refuse_missing(located: Located, offers: Offers, platform: str) -> None:
    """Refuse a manifest that asks for what the platform doesn't offer.

    Raises one ResolutionError that names the platform, all that is missing, and what to write
    instead; it is placed at the first.
    """
    lacks = list(_lacks(located.manifest, offers))
    if lacks:
        raise ResolutionError(
            f"{located.manifest.name}: {platform} has no "
            + "; it has no ".join(lack.what for lack in lacks),
            location=located.at(lacks[0].key),
            hint=" ".join(dict.fromkeys(lack.instead for lack in lacks)),
        )


class _Lack(NamedTuple):
    key: str
    what: str
    instead: str


def _lacks(manifest: Manifest, offers: Offers) -> Iterator[_Lack]:
    use_auto = "Write `model: auto`: the router is measured and gated like any model."
    named = [model for model in _wanted(manifest) if model not in (RECOMMENDED, AUTO)]
    if not offers.leaderboards and manifest.model == RECOMMENDED:
        yield _Lack("model", "leaderboards, so it recommends no model", use_auto)
    elif not offers.leaderboards and named:
        key = "model" if manifest.model in named else "eval"
        yield _Lack(key, f"leaderboards, so it offers no model {named[0]!r}", use_auto)
    if not offers.router and AUTO in _wanted(manifest):
        key = "model" if manifest.model == AUTO else "eval"
        instead = "Write `model: recommended`, or an alias of the task."
        yield _Lack(key, "router, so there is no model 'auto'", instead)
    if not offers.deployments and manifest.deploy:
        instead = "Take `deploy` out: plan and apply still evaluate the model and hold the gates."
        yield _Lack("deploy", "deployments, so nothing can be deployed", instead)
