"""What was trained, in the user's cache: plain arrays by the digest of all that they follow from.

Nothing that is loaded from there can run code: NumPy reads arrays of numbers and texts, and
refuses pickles. A file that isn't as it was written is trained anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import sklearn

from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.user_cache import cache_folder

Arrays = Mapping[str, np.ndarray[Any, Any]]

KEPT = 100
"""Files in the cache; the oldest beyond them go."""
MAX_BYTES = 500_000_000
_DIGEST_BYTES = hashlib.sha256().digest_size
_CODE = ("models", "invoices", "kinds", "sentences")
_PLATFORM = Path(__file__).parent.parent


def kept(
    task: CatalogTask, runtime: str, options: Mapping[str, Any], train: Callable[[], Arrays]
) -> Arrays:
    """The arrays that `train` makes of the task's dev rows, from the cache where they are."""
    spec = task.spec.model_dump_json()
    return kept_of([runtime, dict(options), spec, task.digest("dev")], train)


def kept_of(what: Sequence[Any], train: Callable[[], Arrays]) -> Arrays:
    """The arrays that `train` makes of `what`, JSON values, from the cache where they are.

    A cache that can't be read or written is done without.
    """
    path = cache_folder() / "trained" / f"{_key(what)}.npz"
    arrays = _read(path)
    if arrays is None:
        arrays = train()
        with suppress(OSError):
            _write(path, arrays)
    return arrays


def _key(what: Sequence[Any]) -> str:
    libraries = [sys.version, np.__version__, scipy.__version__, sklearn.__version__]
    parts = [*what, _code(), libraries]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@cache
def _code() -> str:
    """The digest of the code that a model's arrays may follow from."""
    digest = hashlib.sha256()
    for room in _CODE:
        for path in sorted((_PLATFORM / room).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _read(path: Path) -> Arrays | None:
    """What was kept, None when nothing is or it isn't as it was written."""
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            return None
        written = path.read_bytes()
        digest, content = written[:_DIGEST_BYTES], written[_DIGEST_BYTES:]
        if hashlib.sha256(content).digest() != digest:
            return None
        with np.load(BytesIO(content), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, KeyError, EOFError):
        return None


def _write(path: Path, arrays: Arrays) -> None:
    buffer = BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    content = buffer.getvalue()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(content).digest() + content)
        Path(scratch).replace(path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise
    files = sorted(path.parent.glob("*.npz"), key=lambda file: file.stat().st_mtime)
    for old in files[:-KEPT]:
        old.unlink(missing_ok=True)
