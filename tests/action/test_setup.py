"""The step that installs: which Python it takes, and what it refuses before it runs anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY as SOURCE

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def setup(temp: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the step with no Python on PATH."""
    tools = temp / "tools"
    tools.mkdir()
    for name in ("bash", "env"):
        (tools / name).symlink_to(f"/usr/bin/{name}")
    (temp / "output").touch()
    return subprocess.run(
        [str(SOURCE / "scripts" / "action_setup")],
        env={
            "PATH": str(tools), "RUNNER_TEMP": str(temp), "GITHUB_ACTION_PATH": str(SOURCE),
            "GITHUB_OUTPUT": str(temp / "output"), **env,
        },
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"INPUT_PYTHON_VERSION": "3.x; touch x"}, "python-version is a number such as 3.13"),
        ({"INPUT_EXTRAS": "local] --index-url=//evil ["}, "extras are names separated by commas"),
        ({}, "no Python 3.11 or later on PATH or among the runner's own"),
        ({"INPUT_PYTHON_VERSION": "3.99"}, "no Python 3.99 on PATH"),
    ],
)
def test_what_is_wrong_is_an_error_of_the_run(
    tmp_path: Path, env: dict[str, str], said: str
) -> None:
    ended = setup(tmp_path, **env)
    assert ended.returncode == 1
    assert ended.stdout.startswith(f"::error title=pareta-plan::{said}")
    assert not (tmp_path / "pareta-plan-venv").exists()


@pytest.mark.parametrize("version", ["", VERSION])
def test_a_python_is_found_among_the_runners_own(tmp_path: Path, version: str) -> None:
    """What was made once is taken again: nothing is installed here."""
    python = tmp_path / "cache" / "Python" / f"{VERSION}.99" / "x64" / "bin" / "python3"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/usr/bin/env bash\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    venv = tmp_path / "pareta-plan-venv"
    venv.mkdir()
    (venv / "made").write_text(f"{SOURCE} [local] {version}\n")
    ended = setup(
        tmp_path,
        RUNNER_TOOL_CACHE=str(tmp_path / "cache"),
        INPUT_PYTHON_VERSION=version,
        INPUT_EXTRAS="local",
    )
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr
    assert (tmp_path / "output").read_text() == f"python={venv}/bin/python\n"
