"""The store: transactions, migrations, several openers, and charges that happen once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pareta_plan.errors import ParetaError, PlatformError
from pareta_plan.platform.store import endpoints, ledger, migrations
from pareta_plan.platform.store.ledger import Meter
from pareta_plan.platform.store.locks import Locks
from pareta_plan.platform.store.migrations import STEPS, migrate
from pareta_plan.platform.store.store import Store, StoreClosed


def open_store(folder: Path) -> Store:
    return Store(folder / "db.sqlite3", Locks(folder / "locks"))


def pay(store: Store, cause: str, pico_usd: int = 1) -> None:
    with store.write() as connection:
        Meter(store).charge(connection, cause=cause, subject="run:1", pico_usd=pico_usd)


def test_what_is_committed_is_there_after_reopening(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    pay(store, "a", 5)
    store.close()
    again = open_store(tmp_path)
    with again.read() as connection:
        assert ledger.spent(connection) == ledger.spent(connection, "run:1") == 5
        assert ledger.spent(connection, "run:2") == 0
    again.close()


def test_the_settings_that_make_it_durable(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with store.read() as connection:
        values = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert values == ["wal", 2, 1, 30_000]
    store.close()


def test_an_error_undoes_the_whole_transaction(tmp_path: Path) -> None:
    store = open_store(tmp_path)

    def charge_and_fail() -> None:
        with store.write() as connection:
            Meter(store).charge(connection, cause="a", subject="s", pico_usd=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        charge_and_fail()
    with store.read() as connection:
        assert ledger.spent(connection) == 0
    store.close()


def test_a_cause_is_charged_once(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    pay(store, "a")
    with pytest.raises(sqlite3.IntegrityError):
        pay(store, "a")
    store.close()


def test_a_reader_sees_one_state(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with store.read() as connection:
        assert ledger.spent(connection) == 0
        pay(store, "a")
        assert ledger.spent(connection) == 0
    store.close()


def test_a_closed_store_refuses(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with store.read():
        store.close()
    with pytest.raises(StoreClosed), store.write():
        pass


def test_many_threads_write(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: pay(store, str(number)), range(80)))
    with store.read() as connection:
        assert ledger.spent(connection) == 80
    store.close()


def test_a_step_and_its_number_come_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = "CREATE TABLE extra (id TEXT); CREATE TABLE ledger (id TEXT);"
    monkeypatch.setattr(migrations, "STEPS", (*STEPS, broken))
    with pytest.raises(PlatformError, match="can't be used"):
        open_store(tmp_path)
    connection = sqlite3.connect(tmp_path / "db.sqlite3")
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    assert connection.execute("PRAGMA user_version").fetchone()[0] == len(STEPS)
    assert "extra" not in tables
    connection.close()


def test_a_state_from_the_future_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "db.sqlite3")
    connection.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    with pytest.raises(ParetaError, match="newer version"):
        migrate(connection, tmp_path)
    connection.close()


OPENER = """
import sys
from pathlib import Path
from pareta_plan.platform.store.locks import Locks
from pareta_plan.platform.store.ledger import Meter
from pareta_plan.platform.store.store import Store
folder, name = Path(sys.argv[1]), sys.argv[2]
store = Store(folder / "db.sqlite3", Locks(folder / "locks"))
meter = Meter(store)
for number in range(20):
    with store.write() as connection:
        meter.charge(connection, cause=f"{name}-{number}", subject="s", pico_usd=1)
store.close()
"""


def test_several_processes_open_and_write_at_once(tmp_path: Path) -> None:
    openers = [
        subprocess.Popen([sys.executable, "-c", OPENER, str(tmp_path), str(number)])
        for number in range(3)
    ]
    assert [opener.wait(30) for opener in openers] == [0, 0, 0]
    store = open_store(tmp_path)
    with store.read() as connection:
        assert ledger.spent(connection) == 60
    store.close()


def test_deleting_an_endpoint_takes_its_history(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with store.write() as connection:
        row = endpoints.EndpointRow("e", "mood", "quick-1", "starting", "me", 0.0)
        endpoints.add(connection, row)
        assert endpoints.set_status(connection, "e", "live")
        assert [status for _, status in endpoints.events(connection, "e")] == ["starting", "live"]
        assert endpoints.remove(connection, "e")
        assert endpoints.events(connection, "e") == []
        assert not endpoints.set_status(connection, "e", "live")
    store.close()


def test_a_claim_excludes_others_until_it_ends(tmp_path: Path) -> None:
    locks = Locks(tmp_path)
    with (
        locks.claim("run:1") as first,
        locks.claim("run:1") as second,
        locks.claim("run:2") as other,
    ):
        assert (first, second, other) == (True, False, True)
    with locks.claim("run:1") as again:
        assert again
        locks.forget("run:1")
    with locks.claim("run:1") as anew:
        assert anew


def test_holding_waits(tmp_path: Path) -> None:
    locks = Locks(tmp_path)
    order: list[str] = []

    def second() -> None:
        with locks.hold("x"):
            order.append("second")

    with locks.hold("x"):
        thread = threading.Thread(target=second)
        thread.start()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
