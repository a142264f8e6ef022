"""One apply at a time across machines: a claim that all of them can see on the platform.

The HTTP contract has no locks, but eval sets are free, can be listed and deleted. A claim is
an eval set of one example row, whose name says what is claimed, by whom and since when. Who wants
it makes his own and then lists: he holds it if no other is there, and else takes his own away.
Of two at once, the one whose claim was made last sees the other's; so two never hold it, though
both may have to try again. A claim's token is journaled before it is made: a killed apply that
is taken up knows its own.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from random import SystemRandom
from typing import Any, NamedTuple

from pareta_plan.apply.journal import Journal
from pareta_plan.client.remote import Reader, Writer
from pareta_plan.errors import NotFoundError, ParetaError, PlatformError, UsageError
from pareta_plan.manifest.scope import Scope
from pareta_plan.project.who import now, whoami, word

RETRY_SECONDS = 2.0
PROMPT = "Nothing: this set only says that an apply is running."

_NAME = re.compile(r"pareta-plan lock (\S+) by (\S+) since (\S+) (\S+)")
_SHARED = " Projects without a `project` in pareta-project.yaml share this lock."


class Claim(NamedTuple):
    """A claim as it is listed: `id` is the eval set's."""

    id: str
    scope: str
    who: str
    since: str
    token: str

    def __str__(self) -> str:
        return f"{self.who}, since {self.since}"


class Example(NamedTuple):
    """A task, and a row that is valid for it."""

    task: str
    row: Mapping[str, Any]


def scope_word(scope: Scope) -> str:
    """What a claim calls a project's scope.

    Projects without one share a claim: their workloads' names, and so their endpoints' ids,
    are of one namespace, and two checkouts must meet whatever workloads each has.
    """
    return word(scope) or "default"


def claims(reader: Reader, scope: Scope) -> list[Claim]:
    """All claims of a scope, from whichever machine."""
    return [claim for claim in _listed(reader) if claim.scope == scope_word(scope)]


def _listed(reader: Reader) -> list[Claim]:
    found = ((made.id, _NAME.fullmatch(made.name or "")) for made in reader.eval_sets())
    return [Claim(id, *match.groups()) for id, match in found if match]


def remove(writer: Writer, those: Iterable[Claim]) -> None:
    """Take claims away, whosever they are."""
    for claim in those:
        with suppress(NotFoundError):  # gone already: what was wanted
            writer.delete_eval_set(claim.id)


class Claiming:
    """The claim of one apply on a scope."""

    def __init__(self, writer: Writer, journal: Journal, scope: Scope) -> None:
        self._writer = writer
        self._journal = journal
        self._scope = scope

    def acquire(
        self,
        example: Example | None,
        timeout: float,
        wait: Callable[[float], None],
        tell: Callable[[str], object],
    ) -> None:
        """Hold the claim, trying for at most `timeout` seconds; `wait` waits between tries.

        `tell` hears for whom, once a holder; and that there is no claim, without an example.
        Raises UsageError that says whose it is.
        """
        if example is None:
            tell("the platform gives no example row, so applies elsewhere are not locked out")
            return
        deadline, told = time.monotonic() + timeout, None
        while others := self._others(example):
            self._remove()
            self._journal.released()
            left = deadline - time.monotonic()
            if not left > 0:  # nor is it when the timeout is no number
                raise UsageError(
                    f"another apply of this project is running on {self._writer.name}: {others[0]}",
                    hint="Wait for it to end (--lock-timeout SECONDS). If it is gone for good: "
                    f"`pareta-plan force-unlock`.{'' if self._scope.project else _SHARED}",
                )
            if told != others[0]:
                told = others[0]
                tell(f"waiting for another apply of this project, of {told}")
            wait(min(left, RETRY_SECONDS * SystemRandom().uniform(0.5, 1.5)))

    def release(self) -> bool:
        """Give the claim back; whether that worked. The journal is told by who ends it."""
        try:
            self._remove()
        except ParetaError:
            return False
        return True

    def _others(self, example: Example) -> list[Claim]:
        """Make a claim unless an earlier apply's is there; whose else there are."""
        listed = claims(self._writer, self._scope) if self._journal.claims else []
        if not self._mine(listed):
            self._make(example)
            listed = claims(self._writer, self._scope)
        if not self._mine(listed):
            raise PlatformError(
                "the platform doesn't list the eval set that claims this project",
                hint="Run the same command again; --no-lock does without the claim.",
            )
        return [claim for claim in listed if claim.token not in self._journal.claims]

    def _mine(self, listed: Iterable[Claim]) -> list[Claim]:
        return [claim for claim in listed if claim.token in self._journal.claims]

    def _make(self, example: Example) -> None:
        token = secrets.token_hex(8)
        self._journal.claim(token)
        name = f"pareta-plan lock {scope_word(self._scope)} by {whoami()} since {now()} {token}"
        self._writer.create_eval_set(
            example.task, name, PROMPT, [example.row], key=f"{token}-claim"
        )

    def _remove(self) -> None:
        if self._journal.claims:
            remove(self._writer, self._mine(_listed(self._writer)))  # of an old name's scope too
