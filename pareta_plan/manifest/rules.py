"""A project's policy as it is written: rules with ids, and waivers of them."""

from __future__ import annotations

import re
from calendar import monthrange
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    GetPydanticSchema,
    WithJsonSchema,
    model_validator,
)

from pareta_plan.manifest.fields import Id, Label, Name, Section, Share, Text, Usd
from pareta_plan.manifest.manifest import GATES
from pareta_plan.manifest.selection import well_formed

Selector = Annotated[str, AfterValidator(well_formed)]
Glob = Id
GateName = Annotated[str, GetPydanticSchema(lambda _, of: of(Literal[GATES]))]
KINDS = (
    "allow_vendors",
    "allow_model_families",
    "max_quality_drop",
    "max_price_rise",
    "require_gates",
    "require_labels",
    "max_attempts",
    "budget_per_month_usd",
)


def _day(text: str) -> str:
    found = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text)
    year, month, day = map(int, found.groups()) if found else (0, 0, 0)
    if not (year and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        raise ValueError(f"expected a day such as 2031-12-31, got {text!r}")
    return text


Day = Annotated[str, AfterValidator(_day), Field(json_schema_extra={"format": "date"})]
_SEVERAL = {"items": {"type": "string"}, "minItems": 1, "type": "array"}
Where = Annotated[
    list[Selector],
    BeforeValidator(lambda given: [given] if isinstance(given, str) else given),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [{"type": "string"}, _SEVERAL]}),
]
_GIVEN = {"not": {"type": "null"}}
_A_KIND: Any = [{"properties": {kind: _GIVEN}, "required": [kind]} for kind in KINDS]


class Rule(Section):
    """One rule: an id, what it demands, and of which workloads."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _A_KIND})
    id: Name
    where: Where = ["*"]
    """A selector, or several of which one must select the workload; all workloads when absent."""
    allow_vendors: list[Glob] | None = None
    """Globs of the vendors whose baselines may be measured; case doesn't count."""
    allow_model_families: list[Glob] | None = None
    """Globs of the families of open models: `qwen` is that of `qwen-1`, `auto` one of its own."""
    max_quality_drop: Share | None = None
    """How far a swapped model's leaderboard quality may lie below the deployed one's."""
    max_price_rise: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] | None = None
    """How far a swapped or re-priced model's price may rise, as a share of the deployed one's."""
    require_gates: list[GateName] | None = None
    require_labels: list[Label] | None = None
    max_attempts: Annotated[int, Field(ge=1, le=1000)] | None = None
    """How often a model's evaluation may begin anew, the first time included."""
    budget_per_month_usd: Usd | None = None
    """Most that serving all live workloads for a month, and what is planned, may cost."""

    @model_validator(mode="after")
    def _one_kind(self) -> Rule:
        said = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(said) != 1:
            got = f"got {' and '.join(said)}" if said else "got none"
            raise ValueError(f"expected one of {', '.join(KINDS)} in a rule, {got}")
        return self

    @property
    def kind(self) -> str:
        """What it demands, as the key that says it."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)


class Waiver(Section):
    """Lets workloads break a rule, for a reason and until a day."""

    rule: Name
    workload: Selector
    reason: Text
    expires: Day
    """The last day on which it holds."""


class Policy(Section):
    """What a plan is held against before anything is applied."""

    rules: list[Rule] = []
    waivers: list[Waiver] = []
