"""A build backend that builds nothing: it tells pip a package's name and version.

pip asks the backend of a source archive for metadata before it hands the archive over, and the
backend that most archives name, setuptools, runs the `setup.py` in them. Under that name this
module answers instead, and nothing of the archive runs. The hooks are PEP 517's; pip imports the
module in a process of its own, so it may use the standard library alone.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

NAME, VERSION = "PARETA_PLAN_ARCHIVE_NAME", "PARETA_PLAN_ARCHIVE_VERSION"


def get_requires_for_build_wheel(_config_settings: Any = None) -> list[str]:
    """Nothing is needed to build nothing."""
    return []


def prepare_metadata_for_build_wheel(metadata_directory: str, _settings: Any = None) -> str:
    """Write the name and the version that were asked for, and return the folder's name."""
    name, version = os.environ[NAME], os.environ[VERSION]
    folder = Path(metadata_directory) / f"{name}-{version}.dist-info"
    folder.mkdir()
    lines = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (folder / "METADATA").write_text(lines, "utf-8")
    return folder.name


__legacy__ = sys.modules[__name__]
"""The backend of an archive that names none."""
