"""Python in a process of its own that sees neither the folder at hand nor the user's secrets.

A project may be a stranger's. A plain `python -m pip` would run the `pip.py` that lies in the
current folder, and hand it the environment with all its keys.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The folder that our own package is imported from."""

SYSTEM = (
    *("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "TEMP", "TMP"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),  # some Pythons don't start without
    *("SYSTEMROOT", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA"),
)
"""What any process needs of the environment."""

_LIBRARY = Path(os.__file__).parent
_STANDARD = (_LIBRARY, _LIBRARY / "lib-dynload")

# `-I` keeps out the current folder, PYTHONPATH and the user's own packages; what this process
# may import comes back by name.
_START = (
    "import os, runpy, sys; _, path, name, *rest = sys.argv; sys.path[:] = path.split(os.pathsep); "
    "sys.argv[:] = [name, *rest]; runpy.run_module(name, run_name='__main__', alter_sys=True)"
)


def command(module: str, *arguments: str) -> list[str]:
    """The command that runs a module as `python -m` does, never one of the current folder."""
    path = os.pathsep.join(_path())
    return [sys.executable, "-I", "-c", _START, path, module, *arguments]


def environment(more: Iterable[str] = (), **fixed: str) -> Mapping[str, str]:
    """The variables of this process that any needs, and `more` of them by name; and the `fixed`."""
    return {name: os.environ[name] for name in (*SYSTEM, *more) if name in os.environ} | fixed


def _path() -> list[str]:
    """Where this process imports from, but for the current folder, unless we ourselves do.

    The standard library comes first: nothing else goes by the names of its modules.
    """
    try:
        here = Path.cwd().resolve()
    except FileNotFoundError:  # it was removed: nothing is imported from it
        here = None
    folders = [folder for folder in sys.path if folder and Path(folder).is_absolute()]
    if here != ROOT:  # at its place among them: another copy of ours may be installed
        folders = [folder for folder in folders if Path(folder).resolve() != here]
    standard = [folder for folder in folders if Path(folder) in _STANDARD]
    return list(dict.fromkeys([*standard, *folders, str(ROOT)]))
