"""Provenance and attestations on the command line: what `lock` writes and `apply` requires."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pareta_plan import files
from pareta_plan.cli.console import Console
from pareta_plan.cli.targets import target
from pareta_plan.errors import UsageError

if TYPE_CHECKING:
    from pareta_plan.lock.attestation import Attestation
    from pareta_plan.lock.provenance import Act
    from pareta_plan.project.lockfile import Lockfile


F = TypeVar("F", bound=Callable[..., Any])


def target_of(console: Console, given: Path | None) -> Path | None:
    """Where the provenance is written, looked at before any work is done; None for nowhere."""
    if given is None:
        return None
    from pareta_plan.lock.provenance import BEGINS

    def may_replace(there: bytes) -> bool:
        return not there or there.startswith(BEGINS)

    return target("--provenance", given, console.project.root, "provenance", may_replace)


def write(console: Console, path: Path | None, lockfile: Lockfile, act: Act) -> None:
    """Write the provenance of a lockfile, where that is asked. Raises ProjectError."""
    if path is None:
        return
    from pareta_plan.cli.origin import run_at_hand
    from pareta_plan.lock.provenance import PREDICATE_TYPE, provenance

    made = provenance(console.project, lockfile, act, run_at_hand())
    files.write_atomic(path, made.to_bytes())
    console.note(f"provenance written; its predicate type is {PREDICATE_TYPE}")


def attestation_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What an apply requires of the lockfile, verified, as the command's argument `attestation`."""

    def path(name: str, metavar: str, help: str) -> Callable[[F], F]:
        return click.option(name, type=click.Path(path_type=Path), metavar=metavar, help=help)

    @path("--require-attestation", "BUNDLE", "Apply only a lockfile that this attests.")
    @click.option("--attested-by", metavar="IDENTITY", help="Who has to have signed that.")
    @click.option(
        "--attestation-issuer",
        metavar="URL",
        help="Who vouches for the signer.  [default: GitHub Actions]",
    )
    @path(
        "--trusted-root", "FILE", "Keys to verify with.  [default: of Sigstore's public instance]"
    )
    @wraps(command)
    def attesting(
        *args: Any,
        require_attestation: Path | None,
        attested_by: str | None,
        attestation_issuer: str | None,
        trusted_root: Path | None,
        **more: Any,
    ) -> Any:
        rest = (attestation_issuer, trusted_root)
        attestation = _required(require_attestation, attested_by, *rest)
        return command(*args, attestation=attestation, **more)

    return attesting


def _required(
    path: Path | None, identity: str | None, issuer: str | None, root: Path | None
) -> Attestation | None:
    if path is None:
        if identity or issuer or root:
            raise UsageError(
                "--attested-by, --attestation-issuer and --trusted-root are of an attestation",
                hint="Name it: --require-attestation BUNDLE.",
            )
        return None
    if not identity:
        raise UsageError(
            "an attestation says something only if it is known whose it is",
            hint="Add --attested-by, such as https://github.com/OWNER/REPO/.github/workflows/"
            "attest.yml@refs/heads/main.",
        )
    from pareta_plan.lock.attestation import GITHUB, Asked, verified

    return verified(Asked(path, identity, issuer or GITHUB, root))
