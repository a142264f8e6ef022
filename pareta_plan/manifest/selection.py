"""Selecting workloads: globs over their names, or `label=glob` over their labels."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict

from pareta_plan.errors import UsageError, listed, meant

Labels = Mapping[str, str]


def matches(selector: str, name: str, labels: Labels) -> bool:
    label, equals, pattern = selector.partition("=")
    if not equals:
        return fnmatchcase(name, selector)
    return label in labels and fnmatchcase(labels[label], pattern)


def well_formed(selector: str) -> str:
    """The selector itself. Raises ValueError when it can't mean any workload."""
    label, equals, pattern = selector.partition("=")
    if not label or (equals and not pattern):
        raise ValueError(
            f"{selector!r} selects nothing: expected a glob over names such as 'ticket-*', "
            "or 'label=glob'"
        )
    return selector


class Selection(BaseModel):
    """What a command is about: what a target selects, all without one, but for what is excluded."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    target: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.target or self.exclude)

    def holds(self, name: str, labels: Labels) -> bool:
        """Whether it holds a workload; one whose manifest is gone has no labels."""
        targeted = not self.target or any(matches(s, name, labels) for s in self.target)
        return targeted and not any(matches(s, name, labels) for s in self.exclude)

    def refuse_strangers(self, workloads: Mapping[str, Labels]) -> None:
        """Refuse a selector that selects no workload. Raises UsageError with the closest."""
        for option, selectors in (("--target", self.target), ("--exclude", self.exclude)):
            for selector in selectors:
                if not any(matches(selector, *item) for item in workloads.items()):
                    known = _words(selector, workloads)
                    raise UsageError(
                        f"{option} {selector} selects no workload{closest(selector, workloads)}",
                        hint=f"To select from: {listed(known, 10) or 'nothing'}.",
                    )


EVERYTHING = Selection()


def closest(selector: str, workloads: Mapping[str, Labels]) -> str:
    """What was probably meant by a selector that selects nothing, as the end of a sentence."""
    return meant(selector, _words(selector, workloads))


def _words(selector: str, workloads: Mapping[str, Labels]) -> list[str]:
    """What could have been written in the place of a selector: names, or labels."""
    if "=" not in selector:
        return sorted(workloads)
    return sorted({f"{k}={v}" for labels in workloads.values() for k, v in labels.items()})
