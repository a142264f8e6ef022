"""Servers that die or stop, and what the next one makes of their state."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from pareta_plan.errors import ParetaError, PlatformError
from pareta_plan.platform.platform import DATABASE
from pareta_plan.platform.server import LocalServer
from tests.platform import scripted
from tests.platform.driving import (
    KEY,
    client_of,
    finished,
    set_of,
    start_run,
)

SLOW = [{"input": f"slow and happy {n}", "expected": "happy"} for n in range(40)]

ALONE = """
import sys
from pathlib import Path
from pareta_plan.platform.server import LocalServer, serve
from tests.platform import scripted
scripted.install()
server = LocalServer(Path(sys.argv[1]), sys.argv[2], catalog_folders=[Path(sys.argv[3])])
serve(server, lambda url: print(url, flush=True))
"""


def start_alone(state: Path, catalog_dir: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", ALONE, str(state), KEY, str(catalog_dir)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout
    return process, process.stdout.readline().strip()


def wait_for_rows(http: httpx.Client, run_id: str, rows: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        progress = http.get(f"/v1/eval-runs/{run_id}").json()["run"]["progress"]
        assert progress, "the run was over too soon"
        if progress["done"] >= rows:
            return
        assert time.monotonic() < deadline
        time.sleep(0.01)


def ledger_of(state: Path) -> list[str]:
    connection = sqlite3.connect(state / DATABASE)
    try:
        return [row[0] for row in connection.execute("SELECT cause FROM ledger")]
    finally:
        connection.close()


def begin_slow_run(http: httpx.Client) -> str:
    run_id = str(start_run(http, set_of(http, SLOW), "quick-1", "quick-2").json()["run_id"])
    wait_for_rows(http, run_id, 10)
    return run_id


def assert_billed_once(found: dict[str, Any], state: Path) -> None:
    assert found["run"]["status"] == "completed"
    assert found["run"]["total_cost_micro_usd"] == 2 * len(SLOW) * scripted.COST
    assert [result["n_succeeded"] for result in found["results"]] == [len(SLOW)] * 2
    causes = ledger_of(state)
    assert len(causes) == len(set(causes)) == 2 * len(SLOW)


def test_a_killed_server_s_run_is_finished_at_the_same_bill(
    catalog_dir: Path, tmp_path: Path
) -> None:
    process, url = start_alone(tmp_path, catalog_dir)
    with client_of(url) as http:
        run_id = begin_slow_run(http)
        process.kill()
        process.communicate()
    done = len(ledger_of(tmp_path))
    assert 10 <= done < 2 * len(SLOW)
    before = len(scripted.CALLS)
    with (
        LocalServer(tmp_path, KEY, catalog_folders=[catalog_dir]) as server,
        client_of(server.url) as http,
    ):
        assert_billed_once(finished(http, run_id), tmp_path)
    assert len(scripted.CALLS) - before == 2 * len(SLOW) - done


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_gracefully(
    catalog_dir: Path, tmp_path: Path, number: signal.Signals
) -> None:
    process, url = start_alone(tmp_path, catalog_dir)
    with client_of(url) as http:
        run_id = begin_slow_run(http)
        process.send_signal(number)
        process.communicate(timeout=10)
    assert process.returncode == 0
    with (
        LocalServer(tmp_path, KEY, catalog_folders=[catalog_dir]) as server,
        client_of(server.url) as http,
    ):
        assert_billed_once(finished(http, run_id), tmp_path)


@pytest.mark.usefixtures("closed_gate")
def test_a_stop_waits_for_no_row(catalog_dir: Path, tmp_path: Path) -> None:
    """The row in hand is neither recorded nor charged; the next server scores it."""
    rows = [{"input": "happy", "expected": "happy"}, {"input": "wait", "expected": "sad"}]
    with (
        LocalServer(tmp_path, KEY, catalog_folders=[catalog_dir]) as server,
        client_of(server.url) as http,
    ):
        run_id = str(start_run(http, set_of(http, rows), "quick-1").json()["run_id"])
        wait_for_rows(http, run_id, 1)
        asked = time.monotonic()
    assert time.monotonic() - asked < 5
    assert len(ledger_of(tmp_path)) == 1
    scripted.GATE.set()
    with (
        LocalServer(tmp_path, KEY, catalog_folders=[catalog_dir]) as server,
        client_of(server.url) as http,
    ):
        assert finished(http, run_id)["run"]["status"] == "completed"
    assert len(ledger_of(tmp_path)) == 2


def test_two_servers_on_one_state_share_runs(catalog_dir: Path, tmp_path: Path) -> None:
    process, url = start_alone(tmp_path, catalog_dir)
    with (
        LocalServer(tmp_path, KEY, catalog_folders=[catalog_dir]) as server,
        client_of(server.url) as here,
        client_of(url) as there,
    ):
        run_id = begin_slow_run(there)
        wait_for_rows(here, run_id, 20)
        process.kill()
        process.communicate()
        assert_billed_once(finished(here, run_id), tmp_path)


def test_an_in_process_server_leaves_its_run_for_the_next(
    catalog_dir: Path, tmp_path: Path
) -> None:
    for _ in range(2):
        with (
            LocalServer(tmp_path, KEY, catalog_folders=[catalog_dir]) as server,
            client_of(server.url) as http,
        ):
            sets = http.get("/v1/eval-sets").json()["eval_sets"]
            if not sets:
                run_id = begin_slow_run(http)
                continue
            assert_billed_once(finished(http, run_id), tmp_path)


def test_a_deploy_that_died_with_its_server_is_dropped(catalog_dir: Path, tmp_path: Path) -> None:
    process, url = start_alone(tmp_path, catalog_dir)
    body = {"task": "gated-mood", "model": "gate-1", "name": "orphan"}
    keyed = {"Idempotency-Key": "orphan"}
    with client_of(url) as http:
        with http.stream("POST", "/v1/endpoints", json=body, headers=keyed) as answer:
            next(answer.iter_lines())
        with (
            LocalServer(tmp_path, KEY, catalog_folders=[catalog_dir]) as other,
            client_of(other.url) as here,
        ):
            assert here.get("/v1/endpoints/orphan").json()["status"] == "starting"
        process.kill()
        process.communicate()
    scripted.GATE.set()
    with (
        LocalServer(tmp_path, KEY, catalog_folders=[catalog_dir]) as server,
        client_of(server.url) as http,
    ):
        assert http.get("/v1/endpoints").json() == []
        answer = http.post("/v1/endpoints", json=body, headers=keyed)
        assert "event: complete" in answer.text


def test_a_catalog_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "task.yaml").write_text("id: [")
    server = LocalServer(tmp_path / "state", KEY, catalog_folders=[tmp_path])
    with pytest.raises(ParetaError, match=r"task\.yaml"), server:
        pass


def test_a_taken_port_is_an_error(server: LocalServer, tmp_path: Path) -> None:
    port = httpx.URL(server.url).port or 0
    with pytest.raises(PlatformError, match="can't listen"), LocalServer(tmp_path, KEY, port=port):
        pass
