"""`pareta-plan serve` as others use it: the official SDK and OpenAI's client, over HTTP."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.cli.projects import LIVE, manifest
from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from tests.conftest import Cli


@pytest.fixture
def served(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a running `serve`, whose printed variables are in the environment."""
    with cli.child("serve", "--port", "0") as process:
        assert process.stdout is not None
        lines = process.stdout.readline() + process.stdout.readline()
        for name, value in re.findall(r"export (\w+)=(\S+)", lines):
            monkeypatch.setenv(name, value)
        yield re.findall(r"PARETA_BASE_URL=(\S+)", lines)[0]
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_the_official_sdk_deploys_and_openai_asks(served: str) -> None:
    import openai
    import pareta

    with pareta.Pareta.from_env() as sdk:
        match = sdk.tasks.match("classify support tickets by urgency")
        assert match.matched
        assert match.chosen is not None
        task = match.chosen.task_id
        assert task is not None
        model = sdk.tasks.recommended(task)
        assert model is not None
        endpoint = sdk.endpoints.deploy(task=task, model=model, name="urgency", wait=True)
        assert endpoint.is_live
        key = sdk.api_key
    client: Any
    with openai.OpenAI(base_url=f"{served}/v1", api_key=key) as client:
        assert [listed.id for listed in client.models.list()] == ["urgency"]
        ask = client.chat.completions
        messages = [{"role": "user", "content": "The shop is down, nobody can pay!"}]
        answer = ask.create(model="urgency", messages=messages)
        said = answer.choices[0].message.content
        assert said in ("low", "normal", "high", "critical")
        pieces = ask.create(model="urgency", messages=messages, stream=True)
        assert "".join(piece.choices[0].delta.content or "" for piece in pieces) == said


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit there")
def test_idle_connections_keep_nobody_out(cli: Cli) -> None:
    """With few files to open, and many who keep a connection open and ask nothing."""
    limited = (
        "import resource, runpy, sys;"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128));"
        "sys.argv[0] = 'pareta-plan';"
        "runpy.run_module('pareta_plan', run_name='__main__')"
    )
    command = [sys.executable, "-c", limited, "-C", str(cli.root), "serve", "--port", "0"]
    with (
        subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process,
        ExitStack() as opened,
    ):
        assert process.stdout is not None
        url = httpx.URL(process.stdout.readline().partition("=")[2].strip())
        for _ in range(200):
            opened.enter_context(socket.create_connection((url.host, url.port or 0), timeout=10))
        assert httpx.get(f"{url}/healthz", timeout=5).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_the_projects_own_serve_is_its_embedded_platform(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its key stays from start to start, and what one deployed the other has."""
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    assert cli("apply", "--auto-approve").code == 0
    told = []
    for turn in range(2):
        with cli.child("serve", "--port", "0") as process:
            assert process.stdout is not None
            url, key = (process.stdout.readline().partition("=")[2].strip() for _ in range(2))
            told.append(key)
            if turn:
                monkeypatch.setenv("PARETA_BASE_URL", url)
                monkeypatch.setenv("PARETA_API_KEY", key)
                assert cli("plan", "--locked", "--detailed-exitcode").code == 0
                monkeypatch.setenv("PARETA_API_KEY", f"{key[:-1]}x")
                assert cli("plan", "--locked").code == 5, "another key is another platform's"
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
    assert told[0] == told[1]
    kept = cli.root / ".pareta" / "serve.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    kept.chmod(0o644)  # as a repository would bring it
    from pareta_plan.project.own_serve import kept_key
    from pareta_plan.project.project import Project

    assert kept_key(Project(cli.root)) != told[0]
