"""What goes wrong on a provider's side, in our words.

    ProviderError        one request had no answer; it says whether another try may help
    └── ProviderDown     no request has one: the run ends, what was scored is kept

No header, body or key of a provider is in them. What the provider itself said is in `said`, apart
from the message, and only after it was scrubbed: it may name a model that has an alias.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pareta_plan.errors import ParetaError

Kind = Literal[
    "address",  # the address is one that is refused
    "connection",  # no connection, or one that broke
    "timeout",
    "limit",  # 429
    "overloaded",  # 503, 529
    "server",  # other 5xx
    "shape",  # 200, and not what the protocol says
    "cut_stream",
    "too_large",  # more bytes than anybody reads
    "key",  # 401, 403
    "quota",  # 402, an empty account
    "model",  # 404, 410
    "redirect",
    "rejected",  # any other 4xx
]


@dataclass(frozen=True, slots=True)
class Nature:
    """What a kind of fault means: its words, whether to try again, whether it ends the run.

    `may_cost` is true where the provider may have written, and bill, an answer that nobody got.
    """

    words: str
    retryable: bool = False
    ends_run: bool = False
    may_cost: bool = False
    hint: str | None = None


NATURES: dict[Kind, Nature] = {
    "address": Nature("has an address that is refused", ends_run=True),
    "connection": Nature("can't be reached, or broke the connection", True, may_cost=True),
    "timeout": Nature("didn't answer in time", True, may_cost=True),
    "limit": Nature("takes no more requests for now", True),
    "overloaded": Nature("is overloaded", True),
    "server": Nature("failed", True),
    "shape": Nature("answered something else than its protocol says", True, may_cost=True),
    "cut_stream": Nature("ended its answer in the middle", True, may_cost=True),
    "too_large": Nature("sent more than an answer may have", may_cost=True),
    "key": Nature("refused the key", ends_run=True, hint="check its key, and what it may do"),
    "quota": Nature("says that its account is used up", ends_run=True, hint="see the account"),
    "model": Nature("has no such model at this address", ends_run=True, hint="see its models"),
    "redirect": Nature(
        "sends requests on to another address, which is not followed",
        ends_run=True,
        hint="declare the address that answers as base_url",
    ),
    "rejected": Nature("rejected the request"),
}

_LONGEST = 200
_CONTROL = re.compile(r"[^\x20-\x7e\u00a0-\u2027\u202f-\u205f\u2070-\ufdcf\ufdf0-\ufffc]+")
_LIKE_A_KEY = re.compile(
    r"(?i)\b(bearer|basic)\s+\S+|\b(sk|pk|rk|gsk|xai|key|hf|aiza|pareta_sk)[-_][\w*.\-]{6,}"
    r"|\b[A-Za-z0-9+/_=*.-]{32,}"
)


class ProviderError(ParetaError):
    """A provider failed a request.

    `kind` is what happened, `status` HTTP's (None without an answer), `said` the provider's own
    scrubbed words, `tries` how often it was tried, `lost` how many of the tries may have cost
    something. `wait` is what Retry-After asked for, in seconds. `retryable` is true where a later
    try may succeed, `ends_run` where none will.
    """

    def __init__(
        self,
        provider: str,
        kind: Kind,
        *,
        status: int | None = None,
        said: str = "",
        wait: float | None = None,
        because: str = "",
    ) -> None:
        nature = NATURES[kind]
        about = f" ({because})" if because else f" (HTTP {status})" if status else ""
        super().__init__(f"the provider {provider} {nature.words}{about}", hint=nature.hint)
        self.provider = provider
        self.kind: Kind = kind
        self.status = status
        self.said = said
        self.wait = wait
        self.tries = 1
        self.lost = 0
        self.retryable = nature.retryable
        self.ends_run = nature.ends_run
        self.may_cost = nature.may_cost

    def again(self) -> ProviderError:
        """The same, to be raised once more; nothing was sent for it."""
        return ProviderError(self.provider, self.kind, status=self.status, said=self.said)


class ProviderDown(ProviderError):
    """So many tries in a row failed that the provider counts as down: no more are made."""

    def __init__(self, last: ProviderError, tries: int) -> None:
        super().__init__(last.provider, last.kind, status=last.status, said=last.said)
        self._last = last
        if tries > 1:
            self.message = f"{last.message}; it is given up after {tries} failed tries in a row"
        self.args = (self.message,)
        self.hint = last.hint or "see that it runs; what was scored is kept"
        self.tries = tries
        self.retryable = True
        self.ends_run = True

    def again(self) -> ProviderDown:
        """The same, to be raised once more."""
        return ProviderDown(self._last, self.tries)


def scrubbed(text: object, secrets: Iterable[str] = ()) -> str:
    """What a provider said: on one line, short, without keys and what looks like one."""
    if not isinstance(text, str):
        return ""
    found = text[: 20 * _LONGEST]
    for secret in secrets:
        found = found.replace(secret, "[key]") if secret else found
    found = _LIKE_A_KEY.sub("[key]", " ".join(_CONTROL.sub(" ", found).split()))
    return found if len(found) <= _LONGEST else found[: _LONGEST - 1] + "\u2026"
