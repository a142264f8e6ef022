"""Files that the command line writes where the user says: checked before any work is done."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatch
from os.path import normpath
from pathlib import Path

from pareta_plan import files
from pareta_plan.errors import UsageError
from pareta_plan.project.layout import STATE_DIR

TAKEN = ("*.yaml", "*.yml", "pareta.lock", "pareta.*.lock")
"""Names of manifests and lockfiles."""


def target(
    option: str, path: Path, root: Path, what: str, may_replace: Callable[[bytes], bool]
) -> Path:
    """The file that `path` names, behind links, for `what` such as "plan".

    A link in the project may be a stranger's: it isn't followed out of it. Raises UsageError, or
    ProjectError, for what is no regular file, has a name of ours, or holds something else.
    """
    if str(path) == "-":
        raise UsageError(
            f"{option} takes the name of a file", hint="`--format` says what is printed."
        )
    found = files.writable_file(path)
    named, inner = (Path(normpath(each.absolute())) for each in (path, root))
    if named.is_relative_to(inner) and not found.is_relative_to(root.resolve()):
        raise UsageError(f"{option} {path} leads out of the project", hint="Name the file itself.")
    _refuse_loss(f"{option} {path}", path, found, what, may_replace)
    return found


def _refuse_loss(
    said: str, path: Path, found: Path, what: str, may_replace: Callable[[bytes], bool]
) -> None:
    """Refuse a name that manifests or lockfiles have, and a file that holds something else."""
    if any(fnmatch(name.lower(), of) for name in (path.name, found.name) for of in TAKEN):
        raise UsageError(
            f"{said}: manifests and lockfiles are named so",
            hint=f"Save the {what} under another name, such as release.{what}.",
        )
    if STATE_DIR in found.parts:
        raise UsageError(
            f"{said}: {STATE_DIR}/ is for the state of applies",
            hint=f"Save the {what} beside it, under a name such as release.{what}.",
        )
    if found.exists() and not may_replace(files.first_bytes(found)):
        raise UsageError(
            f"{said} would overwrite a file that is no saved {what}",
            hint="Name a file that isn't there yet, or remove that one.",
        )
