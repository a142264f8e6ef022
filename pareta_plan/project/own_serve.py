"""What the project's own `serve` answers to: its key, kept from start to start, and its address.

The file is for the user's eyes alone. One that others may read, as everything in a checkout is,
was written by somebody else, and counts for nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import stat
from pathlib import Path
from typing import NamedTuple

from pareta_plan.files import writing
from pareta_plan.project import layout
from pareta_plan.project.project import Project

_FILE = "serve.json"
_KEY = re.compile(r"pareta_sk_local_[0-9a-f]{32}")
_MOST_BYTES = 4096


class _Kept(NamedTuple):
    """The key that is kept, the address of the last `serve`, and the digest of its key."""

    key: str = ""
    url: str = ""
    used: str = ""


def kept_key(project: Project) -> str:
    """The key of the project's own `serve`; the first time a new one."""
    key = _kept(project).key
    return key if _KEY.fullmatch(key) else f"pareta_sk_local_{secrets.token_hex(16)}"


def note_serving(project: Project, url: str, key: str, *, given: bool) -> None:
    """Keep where the project's platform answers, and its key; of one that was `given` a digest.

    Raises ProjectError when that can't be written.
    """
    layout.ignore_state(project.state_dir)
    kept = _Kept(_kept(project).key if given else key, _plain(url), _digest(key))
    path = _path(project)
    with writing(path):
        path.unlink(missing_ok=True)  # another's, perhaps, that others may read
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(kept._asdict(), file)


def is_own_serve(project: Project, url: str, key: str) -> bool:
    """Whether this is the address and the key that the project's own `serve` last had."""
    kept = _kept(project)
    return kept.url == _plain(url) != "" and hmac.compare_digest(kept.used, _digest(key))


def _kept(project: Project) -> _Kept:
    try:
        told = json.loads(_read(_path(project)))
        return _Kept(**{name: str(told.get(name, "")) for name in _Kept._fields})
    except (OSError, ValueError, AttributeError, RecursionError):
        return _Kept()


def _read(path: Path) -> bytes:
    """The bytes of a file that only its user may read. Raises OSError, PermissionError included."""
    handle = os.open(
        path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    )
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or (os.name == "posix" and _is_open(found)):
            raise PermissionError(str(path))
        return file.read(_MOST_BYTES)


def _is_open(found: os.stat_result) -> bool:
    return bool(found.st_mode & 0o077) or found.st_uid != os.getuid()


def _path(project: Project) -> Path:
    return project.state_dir / _FILE


def _plain(url: str) -> str:
    return url.rstrip("/").replace("//localhost:", "//127.0.0.1:", 1)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
