"""The user's own folders: outside of every project, where no pull request can write."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ENV_CACHE = "PARETA_PLAN_CACHE"
ENV_CONFIG = "PARETA_PLAN_CONFIG"


def cache_folder() -> Path:
    """The user's cache: `PARETA_PLAN_CACHE`, else the platform's usual place."""
    usual = _usual(
        windows=("LOCALAPPDATA", "AppData/Local"),
        mac="Library/Caches",
        other=("XDG_CACHE_HOME", ".cache"),
    )
    return Path(os.environ.get(ENV_CACHE) or usual)


def config_folder() -> Path:
    """The user's configuration: `PARETA_PLAN_CONFIG`, else the platform's usual place."""
    usual = _usual(
        windows=("APPDATA", "AppData/Roaming"),
        mac="Library/Application Support",
        other=("XDG_CONFIG_HOME", ".config"),
    )
    return Path(os.environ.get(ENV_CONFIG) or usual)


def _usual(windows: tuple[str, str], mac: str, other: tuple[str, str]) -> Path:
    """Our folder below the one that a variable names, or that lies in the user's home."""
    home = Path.home()
    if sys.platform == "darwin":
        return home / mac / "pareta-plan"
    variable, folder = windows if sys.platform == "win32" else other
    return Path(os.environ.get(variable) or home / folder) / "pareta-plan"
