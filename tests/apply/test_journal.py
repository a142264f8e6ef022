"""The journal of an apply that may be killed between any two bytes."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from pareta_plan.apply.journal import Deed, Journal
from pareta_plan.errors import ProjectError

SET, RUN, OTHER_RUN = Deed("eval set", "a"), Deed("eval run", "a"), Deed("eval run", "b")


class Killed(Exception):
    """Stands for the end of the process."""


def killed() -> str:
    raise Killed


def test_what_was_done_is_not_done_again(tmp_path: Path) -> None:
    path = tmp_path / "state" / "journal.jsonl"
    with Journal(path) as journal:
        assert not journal.resumed
        first = journal.id
        assert journal.once(SET, lambda: "es_1") == "es_1"
        assert journal.once(SET, killed) == "es_1"
    with Journal(path) as journal:
        assert journal.resumed
        assert journal.id == first
        assert journal.once(SET, killed) == "es_1"
        assert journal.once(RUN, lambda: "run_1") == "run_1"
        journal.finish()
    assert not path.exists()
    with Journal(path) as journal:
        assert not journal.resumed
        assert journal.id != first


def test_what_is_begun_is_on_the_disk_before_it_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real, synced = tmp_path / "journal", os.fsync, [b""]
    write_it = Deed("write", "it")

    def sync(file: int) -> None:
        real(file)
        synced.append(path.read_bytes())

    def write(*_: str) -> str:
        assert json.loads(synced[-1].splitlines()[-1]) == {"begin": [*write_it]}
        return "answer"

    monkeypatch.setattr(os, "fsync", sync)
    with Journal(path) as journal:
        journal.once(write_it, write)
        assert json.loads(synced[-1].splitlines()[-1])["done"] == [*write_it]
        journal.forget("write", "it")
        journal.again(write_it, write)
    assert synced[-1] == path.read_bytes()


def test_what_was_only_begun_is_done_again(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with pytest.raises(Killed), Journal(path) as journal:
        journal.once(SET, killed)
    with Journal(path) as journal:
        assert journal.once(SET, lambda: "es_1") == "es_1"


def test_what_is_being_waited_for_is_not_lost(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.jsonl") as journal:
        assert journal.once(RUN, lambda: str(journal.unanswered(RUN))) == "False"
        with pytest.raises(Killed):
            journal.once(SET, killed)
        assert journal.unanswered(SET)
        journal.once(SET, lambda: "es_1")
        assert not journal.unanswered(SET)
    with pytest.raises(Killed), Journal(tmp_path / "journal.jsonl") as journal:
        journal.once(OTHER_RUN, killed)
    with Journal(tmp_path / "journal.jsonl") as journal:
        assert [what for what in (SET, RUN, OTHER_RUN) if journal.unanswered(what)] == [OTHER_RUN]


def test_a_lost_answer_is_asked_for_under_the_same_key(tmp_path: Path) -> None:
    path, keys = tmp_path / "journal.jsonl", list[str]()

    def lost(key: str) -> None:
        keys.append(key)
        raise Killed

    for _ in range(2):
        with pytest.raises(Killed), Journal(path) as journal:
            journal.again(Deed("deploy", "e"), lost)
    with Journal(path) as journal:
        journal.again(Deed("deploy", "e"), keys.append)
        journal.again(Deed("deploy", "e"), keys.append)
        journal.again(Deed("deploy", "f"), keys.append)
    with Journal(path) as journal:
        journal.again(Deed("deploy", "e"), keys.append)
    assert len(set(keys[:3])) == 1
    assert len(set(keys[2:])) == 4
    assert all(" " not in key and key.isascii() for key in keys)


def test_every_cut_leaves_a_journal_that_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.once(SET, lambda: "es_1")
        journal.once(RUN, lambda: "run_ü")
    whole = path.read_bytes()
    for end in range(len(whole) + 1):
        path.write_bytes(whole[:end])
        with Journal(path) as journal:
            assert journal.once(SET, lambda: "es_1") == "es_1"
            assert journal.once(RUN, lambda: "run_ü") == "run_ü"
            identity = journal.id
        with Journal(path) as journal:
            assert journal.id == identity
            assert journal.once(RUN, killed) == "run_ü"


@pytest.mark.parametrize(
    "damage",
    [
        b"not json\n",
        b"[]\n",
        b'{"done": ["x"]}\n{"apply": "1"}\n',
        b'{"apply": "1"}\n{"begin": "deploy a"}\n',
        b"\xff\xfe\n",
        b"7\n",
    ],
)
def test_a_damaged_journal_is_said_to_be_one(damage: bytes, tmp_path: Path) -> None:
    from pareta_plan.errors import ParetaError

    path = tmp_path / "journal.jsonl"
    path.write_bytes(damage)
    with pytest.raises(ParetaError, match="journal"), Journal(path) as journal:
        journal.once(SET, lambda: "es_1")


def test_a_closed_journal_takes_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        Journal(tmp_path / "journal.jsonl").once(SET, lambda: "es_1")


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit on a file's size")
def test_a_disk_that_fills_up_within_a_line_is_told_as_such(tmp_path: Path) -> None:
    import resource

    path = tmp_path / "journal.jsonl"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Journal(path) as journal:
        journal.once(SET, lambda: "es_1")
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, hard))
        try:
            with pytest.raises(ProjectError, match="can't write the journal"):
                journal.once(Deed("eval run", "with a long name"), lambda: "run_1")
            journal.close()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with Journal(path) as journal:
        assert journal.knows(SET)
        assert not journal.knows(Deed("eval run", "with a long name"))


@pytest.mark.parametrize("amount", ["Infinity", "NaN", "1e999"])
def test_a_journal_with_no_amount_is_damaged(amount: str, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    bill = f'{{"billed": "run_1", "workload": "a", "micro_usd": {amount}}}'
    path.write_text(f'{{"apply": "1", "plan": null}}\n{bill}\n')
    with pytest.raises(ProjectError, match="damaged"), Journal(path):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="has no named pipes")
def test_a_pipe_is_no_journal(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "journal.jsonl")
    with (
        pytest.raises(ProjectError, match="not a regular file"),
        Journal(tmp_path / "journal.jsonl"),
    ):
        pass
