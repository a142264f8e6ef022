"""Programs as users have them: installed into a virtual environment, with their bytecode."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
FOLDER = REPOSITORY / "build" / "bench"

_SWAYING = frozenset({"CI", "COLUMNS", "FORCE_COLOR", "NO_COLOR"})


def environment(**more: str) -> dict[str, str]:
    """What is set here, without what changes how the measured programs run."""
    kept = {name: value for name, value in os.environ.items() if not _sways(name)}
    return {**kept, **more}


def _sways(name: str) -> bool:
    return name in _SWAYING or name.startswith(("PYTHON", "PARETA_"))


def pareta_plan() -> Path:
    """The console script of this working tree, newly installed (not editable)."""
    return _install("pareta-plan", f"{REPOSITORY}[local]") / "pareta-plan"


def octodns() -> Path:
    """`octodns-sync` in a virtual environment of its own."""
    return _install("octodns", "octodns") / "octodns-sync"


def python_beside(script: Path) -> Path:
    """The interpreter that runs a console script of a virtual environment."""
    return script.parent / "python"


def _install(name: str, requirement: str) -> Path:
    """The folder of the scripts of a virtual environment with `requirement`."""
    folder = FOLDER / name
    if not folder.exists():
        print(f"making {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True, symlinks=True)
    scripts = folder / "bin"
    print(f"installing {requirement}", file=sys.stderr)
    pip = [str(scripts / "python"), "-m", "pip", "install", "--quiet", "--compile"]
    subprocess.run([*pip, requirement], env=environment(), check=True)
    return scripts
