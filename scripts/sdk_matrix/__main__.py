"""Drives releases of the official `pareta` SDK against `serve` of their generation.

    python -m scripts.sdk_matrix [RELEASE ...]      # a line a release

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

RELEASES = {"0.1.0": "v0", "0.2.1": "v0", "0.3.1": "v0", "3.0.4": "v3"}
REPOSITORY = Path(__file__).resolve().parent.parent.parent
FOLDER = REPOSITORY / "build" / "sdk-matrix"
DRIVER = Path(__file__).parent / "drive.py"
CATALOG = REPOSITORY / "tests" / "catalog"
KEY = "pareta_sk_local_matrix"
TASK, ENDPOINT = "parcel-status", "matrix"


@contextmanager
def platform(generation: str) -> Iterator[str]:
    """The URL of a platform, where it deploys with one endpoint, while the block runs."""
    with tempfile.TemporaryDirectory() as folder:
        serve = [sys.executable, "-m", "pareta_plan", "-C", folder, "serve", "--port", "0"]
        serve += ["--generation", generation]
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
                    if pa.platform.offers().deployments:
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


def driven(release: str, generation: str, url: str) -> bool:
    """Drive a release and print its line; whether everything it has worked."""
    environment = {**os.environ, "PARETA_API_KEY": KEY, "PARETA_BASE_URL": url}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [installed(release), DRIVER, TASK, ENDPOINT if generation == "v0" else "auto"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    told = " ".join((done.stdout + done.stderr).split())
    verdict = "ok" if done.returncode == 0 else "FAILED"
    print(f"pareta {release:7}{generation:4}{verdict:8}{told}", flush=True)
    return done.returncode == 0


def main(releases: list[str]) -> int:
    """Drive the releases; the exit code."""
    worked = []
    for generation in sorted(set(RELEASES.values())):
        its = [release for release in releases or RELEASES if RELEASES[release] == generation]
        if its:
            with platform(generation) as url:
                worked += [driven(release, generation, url) for release in its]
    return int(not all(worked))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
