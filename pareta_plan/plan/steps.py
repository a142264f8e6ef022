"""The steps of a change, one class each: what is shown is what runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field


@dataclass(frozen=True, slots=True)  # there are many, and a model takes ten times the memory
class Evaluate:
    """Score the rows with every candidate; the result is kept under the key `evidence`."""

    evidence: str
    do: Literal["evaluate"] = "evaluate"


@dataclass(frozen=True, slots=True)
class Hold:
    """Hold the evidence against the gates."""

    do: Literal["gate"] = "gate"


@dataclass(frozen=True, slots=True)
class Deploy:
    """Bring up an endpoint of this id."""

    endpoint: str
    do: Literal["deploy"] = "deploy"


@dataclass(frozen=True, slots=True)
class Call:
    """Ask an endpoint once."""

    endpoint: str
    do: Literal["call"] = "call"


@dataclass(frozen=True, slots=True)
class Start:
    """Start an endpoint that is stopped."""

    endpoint: str
    do: Literal["start"] = "start"


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop an endpoint that is live."""

    endpoint: str
    do: Literal["stop"] = "stop"


@dataclass(frozen=True, slots=True)
class Promote:
    """Let the workload's stable name reach an endpoint, in place of another if it did."""

    name: str
    endpoint: str
    replaces: str | None = None
    do: Literal["promote"] = "promote"


@dataclass(frozen=True, slots=True)
class Record:
    """Write down in the lockfile what was decided, and what serves it under which name, if any."""

    endpoint: str | None = None
    name: str | None = None
    do: Literal["record"] = "record"


@dataclass(frozen=True, slots=True)
class Retire:
    """Delete an endpoint in whose place another one came, or comes."""

    endpoint: str
    do: Literal["retire"] = "retire"


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete an endpoint, with nothing in its place."""

    endpoint: str
    do: Literal["delete"] = "delete"


@dataclass(frozen=True, slots=True)
class Forget:
    """Leave an endpoint to the workload that takes it over."""

    endpoint: str
    do: Literal["forget"] = "forget"


Step = Annotated[
    Evaluate | Hold | Deploy | Call | Start | Stop | Promote | Record | Retire | Delete | Forget,
    Field(discriminator="do"),
]


def evaluates(steps: Iterable[Step]) -> bool:
    """Whether one of them scores rows."""
    return any(isinstance(step, Evaluate) for step in steps)


def endpoints(steps: Iterable[Step]) -> set[str]:
    """The endpoints that steps act on."""
    return {s.endpoint for s in steps if not isinstance(s, Evaluate | Hold) and s.endpoint}
