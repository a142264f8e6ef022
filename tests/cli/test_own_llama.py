"""A real server of a team's own, llama.cpp's, from its declaration to drift."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.own_tasks import ROWS, TASK, add_task
from tests.cli.projects import endpoints
from tests.conftest import WEIGHTS
from tests.platform.providers.llama_server import llama_server

if TYPE_CHECKING:
    from tests.conftest import Cli

pytestmark = pytest.mark.skipif(WEIGHTS is None, reason="no weights on this machine")

MANIFEST = """\
version: 1
name: notes
task: desk-mail
model: recommended
frontier: none
deploy: {state: live}
eval:
  rows:
    - {input: The tap drips, expected: repair}
    - {input: Cut the roses, expected: garden}
  gates: {max_error_rate: 0.5}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_from_a_server_of_ours_to_drift(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_task(tmp_path / "tasks", monkeypatch)
    port = free_port()
    cli.write(
        {
            "pareta.yaml": MANIFEST,
            "pareta-project.yaml": "version: 1\nproviders:\n"
            f"  box: {{base_url: http://127.0.0.1:{port}/v1, concurrency: 2}}\n"
            "models:\n  - {alias: smol-1, provider: box, model: smollm2, context_k: 1, "
            "price: {input_per_million_usd: 0.05, output_per_million_usd: 0.2}}\n",
        }
    )
    weights = Path(str(WEIGHTS))
    with llama_server(weights, context=2048, port=port):
        benched = cli("catalog", "bench", TASK, "--max-cost", "0.05")
        assert benched.code == 0, benched
        [entry] = json.loads(cli.read(f"leaderboards/{TASK}.json"))["entries"]
        of = entry["provenance"]
        assert (of["rows"], of["errors"]) == (len(ROWS), 0)
        assert of["served"].startswith(f"llama.cpp {weights.name}, ftype ")
        assert of["prompt_tokens"] > 10
        assert 0 < float(entry["cost_per_request_usd"]) < 0.001

        assert "smol-1 (recommended: best measured quality" in cli("plan").out
        applied = cli("apply", "--auto-approve")
        assert applied.code == 0, applied
        assert [*endpoints(cli.root).values()] == ["live"]
        lock = json.loads(cli.read("pareta.lock"))["workloads"]["notes"]
        assert lock["evidence"]["results"]["smol-1"]["scored"] == 2
        assert lock["evidence"]["results"]["smol-1"]["served"].startswith("sha256:")
        assert cli("drift", "--detailed-exitcode").code == 0
    other = tmp_path / "SmolLM2-of-june.gguf"
    other.symlink_to(weights)
    with llama_server(other, context=2048, port=port):
        drifted = cli("drift", "--detailed-exitcode")
    assert drifted.code == 2
    assert "notes  serves something else smol-1: sha256:" in drifted.out
    assert "june" not in drifted.out
