"""Whether a lockfile is one that somebody trusted has attested: Sigstore bundles, verified.

What is verified, by `sigstore`: the signature over the statement, that the signer's certificate is
of a certificate authority of the trusted root, was logged, and was valid when the signature was
made, that the signature is in the transparency log, and that the certificate names the identity
and the issuer that are asked for. What the statement says is then compared here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from pareta_plan import files
from pareta_plan.errors import AttestationError, StaleError, UsageError
from pareta_plan.lock.provenance import PREDICATE_TYPE

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from sigstore.models import Bundle, TrustedRoot
    from sigstore.verify import Verifier
    from sigstore.verify.policy import Identity

GITHUB = "https://token.actions.githubusercontent.com"
"""Who says which workflow of GitHub it is."""
PAYLOAD = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
MAX_BYTES = 50_000_000
_GET = (
    "It is what the output `bundle-path` of actions/attest names, or what "
    "`gh attestation download` writes."
)


class Asked(NamedTuple):
    """Which attestation has to hold, and by whom it has to be."""

    path: Path
    """The Sigstore bundle, or several of them, one a line."""
    identity: str
    """The certificate's subject, such as a workflow at a ref."""
    issuer: str = GITHUB
    """Who vouched for the identity to the certificate authority."""
    root: Path | None = None
    """The trusted root; None is that of Sigstore's public instance."""


class Attestation(NamedTuple):
    """Of which lockfiles it is verified that the signer has attested them."""

    path: Path
    identity: str
    digests: frozenset[str]

    def check(self, name: str, digest: str) -> None:
        """Refuse a lockfile that isn't attested. Raises StaleError."""
        if digest not in self.digests:
            raise StaleError(
                f"{name} isn't the lockfile that {self.path} attests: it has the digest {digest}",
                hint="Take the lockfile of the commit that was attested, or attest this one.",
            )


def verified(asked: Asked) -> Attestation:
    """The lockfiles that a file of bundles attests, once all of what the module says is verified.

    Raises AttestationError where no bundle holds, UsageError without the library that verifies,
    and ProjectError for a file that can't be read.
    """
    try:
        from sigstore.verify import Verifier, policy
    except ImportError:
        raise UsageError(
            "sigstore is not installed, which verifies attestations",
            hint="Run `pip install 'pareta-plan[attest]'`.",
        ) from None
    data = files.read_bytes(asked.path, limit=MAX_BYTES, what="attestation", typed=True)
    texts = list(_texts(data, asked.path))
    verifier = Verifier(trusted_root=_trusted_root(asked.root))
    signer = _Signer(policy.Identity(identity=asked.identity, issuer=asked.issuer), asked)
    digests: set[str] = set()
    refused: list[AttestationError] = []
    for text in texts:
        try:
            statement = _statement(verifier, _bundle(text, asked.path), signer, asked.path)
            digests |= _subjects(statement, asked.path)
        except AttestationError as bad:
            refused.append(bad)
    if not digests:
        raise refused[0]
    return Attestation(asked.path, asked.identity, frozenset(digests))


def _texts(data: bytes, path: Path) -> Iterator[str]:
    """The JSON of each bundle: the file is one, or has one a line."""
    try:
        values = [json.loads(data)]
    except (ValueError, RecursionError):
        values = list(_by_line(data))
    if not values or not all(isinstance(value, dict) for value in values):
        raise AttestationError(f"{path} is no Sigstore bundle: it isn't a JSON object", hint=_GET)
    yield from map(json.dumps, values)


def _by_line(data: bytes) -> Iterator[Any]:
    for line in data.splitlines():
        if line.strip():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError):
                yield None


def _bundle(text: str, path: Path) -> Bundle:
    from sigstore.models import Bundle

    material = json.loads(text).get("verificationMaterial")
    if isinstance(material, dict) and not material.get("tlogEntries"):
        raise AttestationError(
            f"{path} has no entry of a transparency log, as GitHub signs for private repositories: "
            "that can't be verified here",
            hint="Run `gh attestation verify` as a step before, which can.",
        )
    try:
        return Bundle.from_json(text)
    except Exception as bad:  # whatever a stranger's bytes make of a library
        raise AttestationError(f"{path} is no Sigstore bundle: {_why(bad)}", hint=_GET) from None


def _trusted_root(path: Path | None) -> TrustedRoot:
    from sigstore.models import ClientTrustConfig, TrustedRoot

    if path is None:
        try:
            return ClientTrustConfig.production().trusted_root
        except Exception as bad:  # the network, or what came over it
            raise AttestationError(
                f"the keys of Sigstore's public instance can't be had: {_why(bad)}",
                hint="Name a copy of its trusted root: --trusted-root FILE.",
            ) from None
    files.read_bytes(path, limit=MAX_BYTES, what="trusted root", typed=True)  # tells what is wrong
    try:
        return TrustedRoot.from_file(str(path))
    except Exception as bad:  # as above
        raise AttestationError(f"{path} is no trusted root of Sigstore: {_why(bad)}") from None


class _Signer(NamedTuple):
    """Holds a certificate against who has to have signed; says it where that was another."""

    identity: Identity
    asked: Asked

    def verify(self, cert: Certificate) -> None:
        """Raises AttestationError for another's certificate."""
        from sigstore.errors import VerificationError

        try:
            self.identity.verify(cert)
        except VerificationError as bad:
            raise AttestationError(
                f"{self.asked.path} is signed by another than {self.asked.identity}: {_why(bad)}",
                hint="--attested-by is the workflow that signs, at its ref, such as "
                "https://github.com/OWNER/REPO/.github/workflows/attest.yml@refs/heads/main.",
            ) from None


def _statement(verifier: Verifier, bundle: Bundle, signer: _Signer, path: Path) -> dict[str, Any]:
    """What was signed, as an in-toto statement. Raises AttestationError where it doesn't hold."""
    try:
        kind, payload = verifier.verify_dsse(bundle, signer)
    except AttestationError:
        raise
    except Exception as bad:  # nothing that it raises may pass for verified
        raise AttestationError(f"{path} isn't verified: {_why(bad)}", hint=_GET) from None
    try:
        statement = json.loads(payload) if kind == PAYLOAD else None
    except ValueError:
        statement = None
    if not isinstance(statement, dict) or statement.get("_type") != STATEMENT:
        raise AttestationError(f"{path} has no in-toto statement in it", hint=_GET)
    return statement


def _subjects(statement: dict[str, Any], path: Path) -> set[str]:
    """The digests of the lockfiles that a statement attests; predicate and subject agree."""
    kind = statement.get("predicateType")
    if kind != PREDICATE_TYPE:
        raise AttestationError(
            f"{path} attests something else: its predicate type is {kind}",
            hint=f"Attest what `pareta-plan lock --provenance` writes, as {PREDICATE_TYPE}.",
        )
    said = _digest((statement.get("predicate") or {}).get("lockfile"))
    subjects = {_digest(subject) for subject in statement.get("subject") or ()}
    if said is None or said not in subjects:
        raise AttestationError(
            f"{path} contradicts itself: its provenance is of another file than its subject",
            hint="Attest the lockfile that `pareta-plan lock --provenance` was run on.",
        )
    return {said}


def _why(bad: Exception) -> str:
    """What a library says is wrong, in a line: of a value's many faults the first."""
    cause = bad.__cause__ or bad.__context__ or bad
    if isinstance(cause, ValidationError):
        first = cause.errors(include_url=False)[0]
        return ": ".join(filter(None, [".".join(map(str, first["loc"])), first["msg"]]))
    return str(bad).partition("\n")[0] or type(bad).__name__


def _digest(described: Any) -> str | None:
    """The digest of an in-toto ResourceDescriptor; None without one."""
    digest = described.get("digest") if isinstance(described, dict) else None
    sha256 = digest.get("sha256") if isinstance(digest, dict) else None
    return f"sha256:{sha256}" if isinstance(sha256, str) else None
