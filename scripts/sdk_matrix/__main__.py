"""Drives releases of the official `pareta` SDK against `pareta-plan serve`, a line a release.

    python -m scripts.sdk_matrix [RELEASE ...]

Each release is installed into a virtual environment of its own under `build/sdk-matrix`, which
asks the package index that pip is set up for. The platform serves the tests' catalog, whose
baselines need no weights. Exits 1 when a release fails at anything it has.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pareta_plan import Pareta

RELEASES = ("0.1.0", "0.2.1", "0.3.1", "3.0.4")
REPOSITORY = Path(__file__).resolve().parent.parent.parent
FOLDER = REPOSITORY / "build" / "sdk-matrix"
DRIVER = Path(__file__).parent / "drive.py"
CATALOG = REPOSITORY / "tests" / "catalog"
KEY = "pareta_sk_local_matrix"
TASK, ENDPOINT = "parcel-status", "matrix"


@contextmanager
def platform() -> Iterator[str]:
    """The URL of a platform with one endpoint, for as long as the block runs."""
    with tempfile.TemporaryDirectory() as folder:
        serve = [sys.executable, "-m", "pareta_plan", "-C", folder, "serve", "--port", "0"]
        given = {"PARETA_API_KEY": KEY, "PARETA_PLAN_CATALOG": str(CATALOG)}
        environment = {**os.environ, **given, "PYTHONPATH": str(REPOSITORY)}
        with subprocess.Popen(
            serve,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as server:
            try:
                said = server.stdout.readline() if server.stdout else ""
                url = said.strip().partition("=")[2]
                with Pareta(api_key=KEY, base_url=url) as pa:
                    pa.endpoints.deploy(task=TASK, name=ENDPOINT, wait=True)
                yield url
            finally:
                server.send_signal(signal.SIGINT)


def installed(release: str) -> Path:
    """The interpreter of a virtual environment with the release."""
    folder = FOLDER / release
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True, symlinks=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, f"pareta=={release}"], check=True, stderr=subprocess.DEVNULL)
    return python


def driven(release: str, url: str) -> bool:
    """Drive a release and print its line; whether everything it has worked."""
    environment = {**os.environ, "PARETA_API_KEY": KEY, "PARETA_BASE_URL": url}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [installed(release), DRIVER, TASK, ENDPOINT],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    told = " ".join((done.stdout + done.stderr).split())
    print(f"pareta {release:7}{'ok' if done.returncode == 0 else 'FAILED':8}{told}", flush=True)
    return done.returncode == 0


def main(releases: list[str]) -> int:
    """Drive the releases; the exit code."""
    with platform() as url:
        worked = [driven(release, url) for release in releases or RELEASES]
    return int(not all(worked))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
