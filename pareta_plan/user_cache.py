"""The user's own folders: outside of every project, where no pull request can write."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ENV_CACHE = "PARETA_PLAN_CACHE"
ENV_CONFIG = "PARETA_PLAN_CONFIG"


def cache_folder() -> Path:
    """The user's cache: `PARETA_PLAN_CACHE`, else the platform's usual place."""
    if named := os.environ.get(ENV_CACHE):
        return Path(named)
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "pareta-plan"


def config_folder() -> Path:
    """The user's configuration: `PARETA_PLAN_CONFIG`, else the platform's usual place."""
    if named := os.environ.get(ENV_CONFIG):
        return Path(named)
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return base / "pareta-plan"
