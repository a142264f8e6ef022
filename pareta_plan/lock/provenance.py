"""What is said of a lockfile for somebody to sign: the predicate of an in-toto attestation.

The statement around it, with the lockfile as its subject, is the signer's to make, as
`actions/attest` and `cosign attest-blob` do. Contract: https://github.com/in-toto/attestation,
spec/v1. It holds no time: the same lockfile, files and run give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from pareta_plan.canonical import canonical_json
from pareta_plan.project.lockfile import Entry, FrozenRecord, Lockfile
from pareta_plan.project.project import Project
from pareta_plan.version import __version__

PREDICATE_TYPE = "https://github.com/pareta/pareta-plan/lockfile/v1"
"""Names the shape below; docs/provenance.md tells of it."""
BEGINS = b'{\n  "act": "'
"""What a file of it begins with."""
Act = Literal["resolved", "checked"]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Digest(FrozenRecord):
    """A digest as in-toto has it."""

    sha256: Sha256

    @classmethod
    def of(cls, digest: str) -> Digest:
        """That of a `sha256:` digest."""
        return cls(sha256=digest.removeprefix("sha256:"))


class File(FrozenRecord):
    """A file by name and content, which is in-toto's ResourceDescriptor."""

    name: str
    digest: Digest


class Decided(FrozenRecord):
    """What the lockfile says of one workload, in short."""

    task: str
    model: str
    frontier: list[str]
    manifest: Digest
    """Of the manifest's meaning, with the project's defaults in it."""
    rows: Digest | None = None
    """Of the eval's rows and documents."""


class Run(FrozenRecord):
    """The CI's run, as its environment tells it; nobody has checked that."""

    repository: str | None = None
    commit: str | None = None
    ref: str | None = None
    workflow: str | None = None
    id: str | None = None
    attempt: str | None = None
    url: str | None = None


class Provenance(FrozenRecord):
    """What `lock --provenance` writes: the predicate of an attestation."""

    act: Act
    """`resolved`: the catalog was asked for what wasn't current. `checked`: the lockfile was found
    to fit the files, and no catalog was asked."""
    lockfile: File
    tool: str
    """`pareta-plan` and its version."""
    platform: str
    """What the lockfile was resolved on, as it says itself."""
    project: str | None = None
    environment: str | None = None
    files: list[File]
    """The manifests and the project file, from the project's folder."""
    workloads: dict[str, Decided]
    run: Run | None = None

    def to_bytes(self) -> bytes:
        """The canonical bytes: the same content gives the same bytes."""
        return canonical_json(self.model_dump(mode="json", exclude_none=True))


def provenance(project: Project, lockfile: Lockfile, act: Act, run: Run | None) -> Provenance:
    """What is known of a lockfile that was just resolved or checked."""
    named = File(name=project.lockfile_name, digest=Digest.of(lockfile.digest))
    return Provenance(
        act=act,
        lockfile=named,
        tool=f"pareta-plan {__version__}",
        platform=lockfile.platform,
        project=lockfile.scope.project or None,
        environment=lockfile.scope.env,
        files=_files(project.sources()),
        workloads={name: _decided(entry) for name, entry in lockfile.workloads.items()},
        run=run,
    )


def _files(digests: Mapping[str, str]) -> list[File]:
    return [File(name=name, digest=Digest.of(digest)) for name, digest in digests.items()]


def _decided(entry: Entry) -> Decided:
    return Decided(
        task=entry.task.id,
        model=entry.model.resolved.id,
        frontier=[baseline.id for baseline in entry.frontier.resolved],
        manifest=Digest.of(entry.manifest),
        rows=Digest.of(entry.data.digest) if entry.data else None,
    )
