"""What every test stands on: no network beyond loopback, no home, a command line to run."""

from __future__ import annotations

import ipaddress
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import Phase, settings

settings.register_profile(
    "suite",
    derandomize=True,
    deadline=None,
    max_examples=50,
    database=None,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile("suite")

REPOSITORY = Path(__file__).parent.parent
CATALOG = Path(__file__).parent / "catalog"
CLEARED = ("CI", "COLUMNS", "NO_COLOR", "FORCE_COLOR")


class Blocked(Exception):
    """A test reached for the network."""


def _weights_at_hand() -> Iterator[tuple[str, str]]:
    """Weights that are on this machine already: a test may read them, never fetch them."""
    from pareta_plan import user_cache
    from pareta_plan.platform.models.llama.weights import SMOLLM2
    from pareta_plan.platform.sentences.weights import MODEL, TOKENIZER

    for pinned in (SMOLLM2, MODEL, TOKENIZER):
        path = user_cache.cache_folder() / "weights" / pinned.name
        if named := os.environ.get(pinned.variable) or (str(path) if path.exists() else None):
            yield pinned.variable, named


AT_HAND = dict(_weights_at_hand())
WEIGHTS = AT_HAND.get("PARETA_PLAN_SMOLLM2_GGUF")
needs_sentences = pytest.mark.skipif(
    not {"PARETA_PLAN_MINILM_ONNX", "PARETA_PLAN_MINILM_TOKENIZER"} <= {*AT_HAND},
    reason="no weights of the sentence model on this machine",
)


def _is_loopback(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = str(address[0])
    return host == "localhost" or ipaddress.ip_address(host).is_loopback


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if not _is_loopback(address):
            raise Blocked(f"a test reached for {address}")
        real(self, address)

    def getaddrinfo(host: Any, *args: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in (None, "localhost", "127.0.0.1", "::1"):
            raise Blocked(f"a test looked up {name}")
        return look_up(host, *args, **more)

    look_up = socket.getaddrinfo
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


@pytest.fixture(autouse=True)
def _clean_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for name in [n for n in os.environ if n.startswith("PARETA_")]:
        monkeypatch.delenv(name)
    for name in CLEARED:
        monkeypatch.delenv(name, raising=False)
    home = tmp_path_factory.getbasetemp() / "home"
    home.mkdir(exist_ok=True)
    for name in ("HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("PARETA_PLAN_CACHE", str(home / "cache"))
    for name, path in AT_HAND.items():
        monkeypatch.setenv(name, path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # weights that aren't at hand aren't fetched either
    monkeypatch.setenv("PARETA_PLAN_SEMANTIC", "off")  # what is said hangs on no cache


class Outcome(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


class Cli:
    """The command line in a project of its own, on the embedded platform with `tests/catalog`."""

    def __init__(
        self, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.root = root
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def sibling(self, name: str) -> Cli:
        """The same in another, empty project."""
        root = self.root.parent / name
        root.mkdir()
        return Cli(root, self._monkeypatch, self._capsys)

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Put files into the project."""
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def read(self, name: str) -> str:
        """A file of the project."""
        return (self.root / name).read_text("utf-8")

    def __call__(self, *arguments: str, **env: str) -> Outcome:
        """Run a command in this process."""
        from pareta_plan.cli.main import main

        with self._monkeypatch.context() as patch:
            for name, value in env.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["pareta-plan", *arguments])
            patch.chdir(self.root)
            self._capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                main()
            out, err = self._capsys.readouterr()
            _check_secrets(out + err)
        code = ended.value.code
        return Outcome(code if isinstance(code, int) else int(code is not None), out, err)

    def child(self, *arguments: str, on: int | None = None, **env: str) -> subprocess.Popen[str]:
        """Start a command in a process of its own, with pipes; `on` a terminal, all but stdout."""
        return subprocess.Popen(
            [sys.executable, "-m", "pareta_plan", *arguments],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), **env},
            stdin=on or subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=on or subprocess.PIPE,
            text=True,
        )

    def ended(self, *arguments: str, **env: str) -> Outcome:
        """Run a command in a process of its own to its end."""
        with self.child(*arguments, on=None, **env) as process:
            out, err = process.communicate(timeout=60)
        return Outcome(process.returncode, out, err)


def _check_secrets(said: str) -> None:
    key = os.environ.get("PARETA_API_KEY")
    assert not key or not key.strip() or key not in said
    assert "pareta_sk_" not in said
    assert "Traceback" not in said


class EvenTime(threading.local):
    """A clock of each thread's own: whatever is timed takes 0.072 s, which cost a micro-dollar."""

    looks = 0

    def __call__(self) -> float:
        self.looks += 1
        return 0.072 * self.looks


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.setenv("PARETA_PLAN_CATALOG", str(CATALOG))
    monkeypatch.setattr("pareta_plan.apply.evaluation.FIRST_POLL_SECONDS", 0.01)
    text_model = import_module("pareta_plan.platform.models.runtimes.text_model")
    monkeypatch.setattr(text_model, "thread_time", EvenTime().__call__)
    return Cli(root, monkeypatch, capsys)
