"""What large manifest files hold, kept by the digest of their bytes: YAML is slow to read.

Only files that were read without an error are kept, and their contents are validated each time,
so a plan's cost grows with what changed. The cache is the user's, not the project's: a pull
request can't put words into a manifest's mouth.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pareta_plan.canonical import digest_bytes
from pareta_plan.errors import ProjectError
from pareta_plan.files import write_atomic
from pareta_plan.user_cache import cache_folder
from pareta_plan.version import __version__

LARGE_BYTES = 20_000  # below, reading the file is as fast
KEPT = 200


def load(data: bytes) -> list[Any] | None:
    """The documents of a file's bytes, None when they aren't kept."""
    if len(data) < LARGE_BYTES:
        return None
    try:
        kept = json.loads(_path(data).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return kept if isinstance(kept, list) else None


def store(data: bytes, documents: list[Any]) -> None:
    """Keep the documents of a file's bytes; where that can't be done, it is done without."""
    if len(data) < LARGE_BYTES:
        return
    try:
        path = _path(data)
        write_atomic(path, json.dumps(documents).encode())
        files = sorted(path.parent.glob("*.json"), key=lambda file: file.stat().st_mtime)
        for file in files[:-KEPT]:
            file.unlink(missing_ok=True)
    except (OSError, ProjectError):
        return


def _path(data: bytes) -> Path:
    digest = digest_bytes(__version__.encode() + b"\n" + data).removeprefix("sha256:")
    return cache_folder() / "manifests" / f"{digest}.json"
