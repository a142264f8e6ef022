"""Archives of packages, fetched with the user's own pip or npm: mirrors and proxies hold.

Nothing of a package is installed or run, and what it depends on isn't fetched.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pareta_plan.errors import ParetaError
from pareta_plan.platform import isolated, metadata_only
from pareta_plan.platform.data import Data

_PROXIES = (
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC"),
    *("XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_CACHE_HOME"),
)
_PIP_NEEDS = (
    *("PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"),
    *("PIP_TRUSTED_HOST", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_KEYRING_PROVIDER"),
    *("PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT", "PIP_RETRIES", "PIP_CACHE_DIR", "PIP_NO_CACHE_DIR"),
    *_PROXIES,
)
"""The variables that say from where and through what pip fetches."""
_NPM_NEEDS = (
    *("NPM_CONFIG_REGISTRY", "npm_config_registry", "NPM_CONFIG_USERCONFIG", "NPM_CONFIG_CAFILE"),
    *("NODE_EXTRA_CA_CERTS", *_PROXIES),
)
_OPTIONS = ("--no-deps", "--no-input", "--progress-bar=off")


class Unfetched(ParetaError):
    """A file that the cache doesn't hold can't be had here and now."""


class Package(Data):
    """One archive of one version of a package, by the digest that it must have."""

    registry: Literal["pypi", "npm"] = "pypi"
    package: str
    version: str
    archive: str
    """The file's name."""
    sha256: str

    @property
    def title(self) -> str:
        """The package and its version, as people write them."""
        return f"{self.package} {self.version}"


def wheel(requirement: str, folder: Path, hint: str) -> Path:
    """A wheel, fetched into an empty folder. Raises ParetaError with `hint` where it can't be."""
    _pip(requirement, folder, hint, ["--only-binary=:all:", requirement], {})
    return _only(requirement, folder, "*.whl", hint)


def archive(package: Package, folder: Path, hint: str) -> Path:
    """A package's archive, fetched into an empty folder.

    Raises ParetaError with `hint` where it can't be, and where its digest isn't the pinned one.
    """
    if package.registry == "npm":
        _npm(package, folder, hint)
    elif package.archive.endswith(".whl"):
        _pip(package.title, folder, hint, ["--only-binary=:all:", *_pinned(package, folder)], {})
    else:
        _sources(package, folder, hint)
    path = folder / package.archive
    if not path.is_file():
        raise ParetaError(f"{package.title} came without {package.archive}", hint=hint)
    if (digest := sha256(path)) != package.sha256:
        raise ParetaError(f"{path.name} isn't the pinned file: SHA-256 {digest}", hint=hint)
    return path


def sha256(path: Path) -> str:
    """A file's SHA-256, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pinned(package: Package, folder: Path) -> list[str]:
    """Arguments for pip, which looks at the digest before it unpacks anything."""
    lines = f"{package.package}=={package.version} --hash=sha256:{package.sha256}\n"
    (folder / "pinned.txt").write_text(lines, "utf-8")
    return ["--require-hashes", "-r", "pinned.txt"]


def _sources(package: Package, folder: Path, hint: str) -> None:
    backend = folder / "backend"
    (backend / "setuptools").mkdir(parents=True)
    (backend / "setuptools" / "__init__.py").touch()
    shutil.copyfile(metadata_only.__file__, backend / "setuptools" / "build_meta.py")
    variables = {
        "PYTHONPATH": str(backend),
        metadata_only.NAME: package.package,
        metadata_only.VERSION: package.version,
    }
    options = ["--no-binary=:all:", "--no-build-isolation", "--use-pep517"]
    _pip(package.title, folder, hint, [*options, *_pinned(package, folder)], variables)


def _pip(
    what: str, folder: Path, hint: str, arguments: list[str], fixed: Mapping[str, str]
) -> None:
    options = [*_OPTIONS, "--dest", str(folder.resolve())]
    command = isolated.command("pip", "download", *options, *arguments)
    _run("pip", what, folder, hint, command, isolated.environment(_PIP_NEEDS, **fixed))


def _npm(package: Package, folder: Path, hint: str) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise ParetaError(f"{package.title} comes by npm, which isn't installed", hint=hint)
    command = [npm, "pack", "--ignore-scripts", f"{package.package}@{package.version}"]
    _run("npm", package.title, folder, hint, command, isolated.environment(_NPM_NEEDS))


def _run(
    client: str,
    what: str,
    folder: Path,
    hint: str,
    command: list[str],
    environment: Mapping[str, str],
) -> None:
    done = subprocess.run(  # noqa: S603
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise _unfetched(client, what, done.stderr, hint)


def _unfetched(client: str, what: str, told: str, hint: str) -> Unfetched:
    said = [line for line in told.splitlines() if line.strip() and "[notice]" not in line]
    last = said[-1].strip() if said else "it said nothing"
    return Unfetched(f"{client} couldn't fetch {what}: {last}", hint=hint)


def _only(what: str, folder: Path, pattern: str, hint: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise _unfetched("pip", what, "", hint)
    return found[0]
