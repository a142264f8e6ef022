"""Selecting workloads: globs over their names, or `label=glob` over their labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict

from pareta_plan.errors import UsageError

Labels = Mapping[str, str]


def matches(selector: str, name: str, labels: Labels) -> bool:
    """Whether a workload is meant by a selector."""
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
                    raise UsageError(
                        f"{option} {selector}: no workload is selected"
                        + meant(selector, workloads),
                        hint=f"Workloads: {_some(workloads)}.",
                    )


EVERYTHING = Selection()


def meant(selector: str, workloads: Mapping[str, Labels]) -> str:
    """What was probably meant by a selector that selects nothing, as the end of a sentence."""
    known: Iterable[str] = workloads
    if "=" in selector:
        known = {f"{k}={v}" for labels in workloads.values() for k, v in labels.items()}
    close = get_close_matches(selector, sorted(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _some(names: Iterable[str]) -> str:
    first, *more = _chunk(sorted(names), 10)
    return ", ".join(first) + (f" and {sum(map(len, more))} more" if more else "")


def _chunk(names: list[str], size: int) -> list[list[str]]:
    return [names[i : i + size] for i in range(0, len(names), size)] or [["none"]]
