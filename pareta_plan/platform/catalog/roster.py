"""The baselines that there are: those of catalog folders, and the project's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.own import Own
from pareta_plan.platform.catalog.reading import read, refused
from pareta_plan.platform.catalog.spec import FrontierSpec


def roster(folders: Sequence[Path], own: Own) -> dict[str, FrontierSpec]:
    """Each baseline by its id. Raises ParetaError for one that occurs twice."""
    found: dict[str, FrontierSpec] = {}
    every = TypeAdapter(list[FrontierSpec])
    for path in (root / "frontier.yaml" for root in folders):
        for spec in read(path, every) if path.exists() else []:
            if spec.id in found:
                raise refused(path, f"the baseline {spec.id!r} occurs twice")
            found[spec.id] = spec
    for spec in own.baselines:
        if spec.id in found:
            raise ParetaError(
                f"the catalog has a baseline {spec.id!r} already",
                hint="Give the project's another id, with `model` for the provider's name.",
            )
        found[spec.id] = spec
    return found
