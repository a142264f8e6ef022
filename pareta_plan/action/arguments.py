"""Inputs as the arguments of the command line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pareta_plan.action.inputs import Command, Inputs
from pareta_plan.action.runner import Event


def is_offline(event: Event, environ: Mapping[str, str]) -> bool:
    """Whether a plan has the lockfile alone to go by.

    A fork's pull request gets no secrets, nor does one of Dependabot, which shows where a hosted
    platform is named and its key is missing.
    """
    if environ.get("PARETA_API_KEY"):
        return False
    return event.is_fork or bool(environ.get("PARETA_BASE_URL"))


def plan_arguments(inputs: Inputs, out: Path, *, offline: bool) -> list[str]:
    """Of `plan`: with the platform, or from the lockfile alone; the lockfile is never changed."""
    how = "--frozen" if offline else "--locked"
    return [*_place(inputs), "plan", how, "--detailed-exitcode", f"--out={out}", *_selected(inputs)]


def apply_arguments(inputs: Inputs, plan: Path | None) -> list[str]:
    """Of `apply`: a saved plan, or what is planned anew and approved by this being run."""
    more = [f"--max-cost={inputs.max_cost}"] if inputs.max_cost else []
    more += [f"--allow-destroy-of={name}" for name in inputs.allow_destroy]
    if plan is not None:
        # made absolute, so that no name is taken for an option
        return [*_place(inputs), "apply", *more, os.path.abspath(plan)]  # noqa: PTH100 - links stay
    return [*_place(inputs), "apply", "--auto-approve", "--locked", *more, *_selected(inputs)]


def other_arguments(command: Command, inputs: Inputs) -> list[str]:
    """Of the commands that take nothing more."""
    more = {
        Command.DRIFT: ["drift", "--detailed-exitcode", *_selected(inputs)],
        Command.VALIDATE: ["validate"],
        Command.LOCK_UPGRADE: ["lock", "--upgrade"],
    }
    return [*_place(inputs), *more[command]]


def provenance_arguments(inputs: Inputs, out: Path) -> list[str]:
    """Of what is said of the lockfile for somebody to sign, once it is found to be current."""
    return [*_place(inputs), "lock", "--check", f"--provenance={out}"]


def results_arguments(inputs: Inputs, out: Path) -> list[str]:
    """Of the page with every row that was evaluated."""
    return [*_place(inputs), "results", "--format=html", f"--out={out}"]


def _place(inputs: Inputs) -> list[str]:
    folder = [] if inputs.path == "." else [f"--project={inputs.path}"]
    return folder + ([f"--env={inputs.environment}"] if inputs.environment else [])


def _selected(inputs: Inputs) -> list[str]:
    targets = [f"--target={selector}" for selector in inputs.target]
    return targets + [f"--exclude={selector}" for selector in inputs.exclude]
