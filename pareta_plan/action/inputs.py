"""The inputs of action.yml, read from the environment and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from pareta_plan.errors import UsageError, meant

Word = TypeVar("Word", bound=StrEnum)

ARTIFACT = "artifact:"
"""Begins a `plan-file` that is to be fetched from the merged pull request."""
_LABEL = re.compile(r"[\w.@/][\w.@/ -]{0,99}")


class Command(StrEnum):
    """What to do."""

    PLAN = "plan"
    APPLY = "apply"
    DRIFT = "drift"
    LOCK_UPGRADE = "lock-upgrade"
    VALIDATE = "validate"
    PROVENANCE = "provenance"


class Comment(StrEnum):
    """When the pull request gets a comment."""

    ALWAYS = "always"
    CHANGES_ONLY = "changes-only"
    OFF = "off"


class FailOn(StrEnum):
    """What makes the step fail: each with those before it."""

    ERROR = "error"
    GATE = "gate"
    INCONCLUSIVE = "inconclusive"
    CHANGES = "changes"


@dataclass(frozen=True)
class Inputs:
    """What a workflow asks for; `max_cost` in dollars, as written."""

    command: Command
    path: str
    environment: str
    target: tuple[str, ...]
    exclude: tuple[str, ...]
    plan_file: str
    comment: Comment
    label: str
    max_cost: str
    allow_destroy: tuple[str, ...]
    """Names of workloads."""
    fail_on: FailOn
    token: str = field(repr=False)


def read_inputs(environ: Mapping[str, str]) -> Inputs:
    """The inputs as action.yml hands them over. Raises UsageError naming what is wrong."""
    path, environment = _text(environ, "path") or ".", _text(environ, "environment")
    inputs = Inputs(
        command=_word(environ, "command", Command.PLAN),
        path=path,
        environment=environment,
        target=_listed(environ, "target"),
        exclude=_listed(environ, "exclude"),
        plan_file=_text(environ, "plan-file"),
        comment=_word(environ, "comment", Comment.ALWAYS),
        label=_text(environ, "label") or _label_of(path, environment),
        max_cost=_text(environ, "max-cost"),
        allow_destroy=_listed(environ, "allow-destroy"),
        fail_on=_word(environ, "fail-on", FailOn.INCONCLUSIVE),
        token=_text(environ, "github-token"),
    )
    _check(inputs)
    return inputs


def _check(inputs: Inputs) -> None:
    from pareta_plan.manifest.fields import NAME

    only_apply = {
        "plan-file": inputs.plan_file,
        "max-cost": inputs.max_cost,
        "allow-destroy": inputs.allow_destroy,
    }
    for name, given in only_apply.items():
        if given and inputs.command is not Command.APPLY:
            raise UsageError(f"the input {name} goes with `command: apply` only")
    for name in inputs.allow_destroy:
        if not re.fullmatch(NAME, name):
            raise UsageError(
                f"the input allow-destroy names {name!r}, which no workload is called",
                hint="It takes names of workloads, and no globs.",
            )
    selected = inputs.target or inputs.exclude
    if selected and inputs.command not in (Command.PLAN, Command.APPLY, Command.DRIFT):
        raise UsageError(f"`command: {inputs.command}` takes no target and no exclude")
    if selected and inputs.plan_file:
        raise UsageError(
            "a saved plan takes no target and no exclude: it is applied as it was reviewed"
        )
    if not _LABEL.fullmatch(inputs.label) or "--" in inputs.label:
        raise UsageError(
            f"the label {inputs.label!r} can't mark a comment",
            hint="Letters, digits, blanks and . _ / @ - make a label, at most 100 of them.",
        )


def _text(environ: Mapping[str, str], name: str) -> str:
    return environ.get(f"INPUT_{name.upper().replace('-', '_')}", "").strip()


def _word(environ: Mapping[str, str], name: str, default: Word) -> Word:
    said = _text(environ, name)
    kind = type(default)
    try:
        return kind(said) if said else default
    except ValueError:
        known = [str(word) for word in kind]
        raise UsageError(
            f"the input {name} can't be {said!r}{meant(said, known)}",
            hint=f"It is one of: {', '.join(known)}.",
        ) from None


def _listed(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    parts = re.split(r"[,\n]", _text(environ, name))
    return tuple(part.strip() for part in parts if part.strip())


def _label_of(path: str, environment: str) -> str:
    """A label that tells projects and environments of one repository apart."""
    place = re.sub(r"[^\w.@/ -]|--+", "-", path.strip("/").removeprefix("./"))
    parts = ["" if place == "." else place, environment]
    return " ".join(part for part in parts if part)[:100].strip() or "default"
