"""What came before costs nothing: sums are kept, and no answer takes longer for them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import httpx
import pytest

from pareta_plan.platform.server import LocalServer
from pareta_plan.platform.serving import metrics
from pareta_plan.platform.store import endpoints, ledger, runs
from pareta_plan.platform.store.locks import Locks
from pareta_plan.platform.store.migrations import FIRST
from pareta_plan.platform.store.store import Store
from pareta_plan.wire import PICO_PER_MICRO
from tests.platform.driving import KEY, chat, client_of, deployed

ENDPOINT = "INSERT INTO endpoints VALUES ('e', 'mood', 'quick-1', 'live', 'nobody', 0)"
REQUESTS = """
WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count})
INSERT INTO requests SELECT 'r' || n, 'e', n, 5.0, n % 10 > 0, 3, 1, CASE WHEN n % 10 THEN 7 ELSE 0 END FROM n;
WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count})
INSERT INTO ledger SELECT 'c' || n, 'endpoint:e', n, 7 FROM n WHERE n % 10 > 0;
WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count})
INSERT INTO eval_runs SELECT 'run' || n, 's', 't', '[]', 1, 'completed', 'scoring', NULL, n FROM n;
INSERT INTO item_results VALUES ('run1', 'quick-1', 0, '"happy"', 1.0, NULL, 9);
"""  # noqa: E501


@contextmanager
def store_of(folder: Path, requests: int) -> Iterator[Store]:
    """A store with a history that was written by the first version."""
    folder.mkdir()
    with sqlite3.connect(folder / "db.sqlite3") as connection:
        connection.executescript(f"{FIRST}; PRAGMA user_version = 1; {ENDPOINT};")
        connection.executescript(REQUESTS.format(count=requests))
    connection.close()
    store = Store(folder / "db.sqlite3", Locks(folder / "locks"))
    yield store
    store.close()


def steps(store: Store, work: Callable[[Connection], object]) -> int:
    """How many instructions of its machine SQLite takes for that."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    with store.write() as connection:
        connection.set_progress_handler(count, 1)
        work(connection)
        connection.set_progress_handler(None, 0)
    return taken


def one_more(connection: Connection) -> None:
    row = endpoints.RequestRow("new", "e", 1e9, 5.0, True, 3, 1, 7)
    endpoints.add_request(connection, row)


WORK: dict[str, Callable[[Connection], Any]] = {
    "balance": ledger.spent,
    "run": lambda c: ledger.spent(c, "run:1"),
    "request": one_more,
    "active": runs.active,
    "performance": lambda connection: metrics.performance(connection, "e"),
    "cost": lambda connection: metrics.cost(connection, "e"),
    "activity": lambda connection: metrics.activity(connection, "e"),
}


def test_nothing_takes_longer_for_what_came_before(tmp_path: Path) -> None:
    with store_of(tmp_path / "few", 2_000) as few, store_of(tmp_path / "many", 20_000) as many:
        for name, work in WORK.items():
            assert steps(many, work) <= steps(few, work) * 1.02, name


def test_sums_of_an_older_state_are_made_once(tmp_path: Path) -> None:
    with store_of(tmp_path / "old", 2_000) as store, store.write() as connection:
        paid = 1800 * 7 * PICO_PER_MICRO
        assert ledger.spent(connection) == ledger.spent(connection, "endpoint:e") == paid
        scored = runs.ItemRow(0, "happy", 1.0, None, 9 * PICO_PER_MICRO)
        assert [*runs.items(connection, "run1", "quick-1")] == [scored]
        one_more(connection)
        assert endpoints.totals(connection, "e") == endpoints.Totals(
            2001, 200, 6003, 2001, paid + 7
        )
        cost = metrics.cost(connection, "e")
        assert cost == {
            "requests": 1801,
            "total_cost_micro_usd": 12601,
            "total_cost_usd": "0.012600000007",
            "mean_cost_micro_usd": 7,
            "mean_cost_usd": "0.000006996113274",
        }
        endpoints.remove(connection, "e")
        assert endpoints.totals(connection, "e") == endpoints.Totals()
        assert ledger.spent(connection) == paid


def test_latencies_are_those_of_the_latest_requests(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = deployed(http, "windowed")
    for text in ("slow and happy", "happy", "happy", "boom"):
        chat(http, name, text)
    shown = http.get(f"/v1/endpoints/{name}/performance").json()
    assert (shown["requests"], shown["errors"], shown["error_rate"]) == (4, 1, 0.25)
    assert shown["latency_ms"]["p99"] >= 10
    monkeypatch.setattr(metrics, "WINDOW", 3)
    later = http.get(f"/v1/endpoints/{name}/performance").json()
    assert later["latency_ms"]["mean"] < shown["latency_ms"]["mean"]
    assert later["requests"] == 4


def test_a_key_lives_as_long_as_what_it_made(catalog_dir: Path, tmp_path: Path) -> None:
    def answered() -> str:
        with (
            LocalServer(tmp_path, KEY, catalog_folders=[catalog_dir]) as server,
            client_of(server.url) as http,
        ):
            if not http.get("/v1/endpoints").json():
                deployed(http, "lasting")
            answer = chat(http, "lasting", "happy", headers={"Idempotency-Key": "first-call"})
            assert http.get("/v1/endpoints/lasting/cost").json()["requests"] == 1
            return str(answer.json()["id"])

    first = answered()
    with sqlite3.connect(tmp_path / "platform.sqlite3") as connection:
        connection.execute("UPDATE idempotency SET at = at - 400 * 86400")
    connection.close()
    assert answered() == first
