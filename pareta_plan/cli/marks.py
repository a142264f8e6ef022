"""What was found good once, remembered in the user's cache by its content: files that are there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pareta_plan.canonical import digest_json
from pareta_plan.user_cache import cache_folder
from pareta_plan.version import __version__

KEPT = 500


def mark(sort: str, *content: Any) -> Path:
    """The file that is there if this version found something of this content good."""
    what = digest_json([__version__, *content])
    return cache_folder() / sort / what.removeprefix("sha256:")


def remember(found_good: Path) -> None:
    """Put a mark there; the oldest go, and a cache that can't be written is done without."""
    try:
        found_good.parent.mkdir(parents=True, exist_ok=True)
        found_good.touch()
        marks = sorted(found_good.parent.iterdir(), key=lambda one: one.stat().st_mtime)
        for old in marks[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return
