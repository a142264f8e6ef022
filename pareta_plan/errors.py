"""Every error the product raises, and the exit code it ends the process with.

    ParetaError                   1
    ├── ManyErrors                1  several found in one pass
    ├── UsageError                1  the command line, the environment
    ├── ProjectError              1  something in the project's files
    │   ├── ManifestError
    │   ├── RowsError
    │   └── LockfileError
    ├── ResolutionError           1  the catalog can't give what a manifest asks for
    ├── AttestationError          1  nobody trusted has attested the lockfile
    ├── StaleError                5  the lockfile or a saved plan no longer fits
    ├── PolicyError               3  the plan breaks a rule of the project
    ├── CostCapError              6  going on would cost more than allowed
    ├── PlatformError             1  a deploy or a run failed on the platform
    ├── APIConnectionError        1  the platform can't be reached
    │   ├── APITimeoutError
    │   └── UnreadableError       it answered, and not as a platform does
    └── APIStatusError            1  the platform answered with an error status
        ├── BadRequestError           400, 422
        ├── AuthenticationError       401
        ├── InsufficientCreditsError  402
        ├── PermissionDeniedError     403
        ├── NotFoundError             404
        ├── ConflictError             409
        ├── RateLimitError            429
        └── EndpointNotReadyError     503

Errors carry what the user needs (message, place, why, the next command) and only the
command line renders them. Verdicts of gates are results, not errors: see `gates/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, NamedTuple

MOST_ERRORS = 100
"""Errors that are told of one pass."""

EXIT_OK = 0
EXIT_ERROR = 1
EXIT_CHANGES = 2
EXIT_GATE_FAILED = EXIT_POLICY_FAILED = 3
EXIT_INCONCLUSIVE = 4
EXIT_STALE = 5
EXIT_COST_CAP = 6
EXIT_STOPPED = 130


class Location(NamedTuple):
    """A place in a file; `line` and `column` count from 1, 0 means unknown."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [self.path, *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(parts)


class ParetaError(Exception):
    """Base of all errors; `message` says what and why, `hint` what to do next."""

    exit_code: ClassVar[int] = EXIT_ERROR

    def __init__(
        self, message: str, *, hint: str | None = None, location: Location | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.location = location

    def __str__(self) -> str:
        return f"{self.location}: {self.message}" if self.location else self.message


class ManyErrors(ParetaError):
    """Several errors found in one pass, in the order of their places."""

    def __init__(self, errors: Iterable[ParetaError]) -> None:
        self.errors: tuple[ParetaError, ...] = tuple(
            one for e in errors for one in (e.errors if isinstance(e, ManyErrors) else (e,))
        )
        super().__init__("\n".join(str(e) for e in self.errors))

    @property
    def told(self) -> tuple[ParetaError, ...]:
        """Those that are told, in whatever format; of the rest the last says how many there are."""
        more = len(self.errors) - MOST_ERRORS
        last = (ParetaError(f"and {more:,} more errors"),) if more > 0 else ()
        return (*self.errors[:MOST_ERRORS], *last)


def refuse(errors: Iterable[ParetaError]) -> None:
    """Raise the error found, or all of them together; nothing when there is none."""
    if found := list(errors):
        raise found[0] if len(found) == 1 else ManyErrors(found)


def listed(names: Sequence[str], most: int) -> str:
    """Names as a sentence has them, at most so many of them."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like another; None when none is."""
    from difflib import get_close_matches  # here: it is seldom needed

    return next(iter(get_close_matches(word, list(known), n=1)), None)


def meant(word: str, known: Iterable[str]) -> str:
    """The end of a sentence on a word that isn't known: which one was probably meant."""
    close = nearest(word, known)
    return f"; did you mean {close!r}?" if close else ""


class UsageError(ParetaError):
    """The command line or the environment asks for something impossible."""


class ProjectError(ParetaError):
    """Something in the project's files is wrong."""


class ManifestError(ProjectError):
    """A manifest, or another file that a team writes in YAML, is not well formed or not valid."""


class RowsError(ProjectError):
    """A row of an eval file, or a document it names, can't be used."""


class LockfileError(ProjectError):
    """The lockfile can't be read."""


class ResolutionError(ParetaError):
    """The catalog can't give what a manifest asks for."""


class AttestationError(ParetaError):
    """An attestation can't be verified, or attests something else than a lockfile."""


class StaleError(ParetaError):
    """The lockfile or a saved plan no longer fits the manifests or the platform."""

    exit_code = EXIT_STALE


class PolicyError(ParetaError):
    """A plan breaks a rule of the project's policy that isn't waived."""

    exit_code = EXIT_POLICY_FAILED


class CostCapError(ParetaError):
    """Going on would cost more than a cap allows."""

    exit_code = EXIT_COST_CAP


class PlatformError(ParetaError):
    """A deploy or an eval run failed on the platform."""


class APIConnectionError(ParetaError):
    """The request never got a whole answer: DNS, TCP, TLS, a cut connection."""


class APITimeoutError(APIConnectionError):
    """No answer within the time allowed."""


class UnreadableError(APIConnectionError):
    """An answer came that is none of a platform's: no JSON, or of another shape."""


class APIStatusError(ParetaError):
    """The platform answered with an error status.

    `status_code` is HTTP's, `detail` the server's words, `request_id` its
    `x-request-id` header or None.
    """

    def __init__(
        self,
        message: str,
        *,
        status_code: int,
        detail: object = None,
        request_id: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status_code = status_code
        self.detail = detail
        self.request_id = request_id


class BadRequestError(APIStatusError):
    """400 or 422."""


class AuthenticationError(APIStatusError):
    """401."""


class InsufficientCreditsError(APIStatusError):
    """402: the organisation's balance is empty."""


class PermissionDeniedError(APIStatusError):
    """403."""


class NotFoundError(APIStatusError):
    """404."""


class ConflictError(APIStatusError):
    """409."""


class RateLimitError(APIStatusError):
    """429."""


class EndpointNotReadyError(APIStatusError):
    """503: stopped, cold, or its provider is down."""


STATUS_ERRORS: Mapping[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    402: InsufficientCreditsError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: BadRequestError,
    429: RateLimitError,
    503: EndpointNotReadyError,
}
