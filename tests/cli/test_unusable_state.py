"""A state folder or a store that can't be used: words that name the file and the remedy."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pareta_plan.apply.journal import journal_path
from tests.cli.projects import LIVE, endpoints, manifest

if TYPE_CHECKING:
    from tests.conftest import Cli

STORE = "platform/platform.sqlite3"
COMMANDS = (["plan"], ["apply", "--auto-approve"], ["drift"], ["catalog", "list"])
Damage = Callable[[Path], object]


def instead(name: str, make: Damage) -> Damage:
    """Puts something else in place of an entry of the state folder."""

    def damage(state: Path) -> None:
        path = state / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        make(path)

    return damage


def database(script: str) -> Damage:
    def make(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(script)

    return make


def link(path: Path) -> None:
    project = next(folder.parent for folder in path.parents if folder.name == ".pareta")
    path.symlink_to(project / "pareta.yaml")


DAMAGE: dict[str, tuple[str, Damage]] = {
    "garbage": (STORE, lambda path: path.write_bytes(bytes(range(256)) * 40)),
    "words": (STORE, lambda path: path.write_text("hello\n" * 50)),
    "another schema": (STORE, database("CREATE TABLE x (a); PRAGMA user_version = 1;")),
    "other tables": (STORE, database("CREATE TABLE endpoints (a);")),
    "a newer schema": (STORE, database("PRAGMA user_version = 99;")),
    "a folder": (STORE, Path.mkdir),
    "a pipe": (STORE, os.mkfifo),
    "a link": (STORE, link),
    "a pipe beside it": (f"{STORE}-wal", os.mkfifo),
    "a folder beside it": (f"{STORE}-shm", Path.mkdir),
    "a file for the platform": ("platform", Path.touch),
    "a file for the locks": ("platform/locks", Path.touch),
    "a pipe as lock": ("platform/locks/store.lock", os.mkfifo),
    "a link as lock": ("platform/locks/store.lock", link),
    "a folder as lock": ("platform/locks/store.lock", Path.mkdir),
    "a pipe as apply's lock": ("apply.lock", os.mkfifo),
    "a link as apply's lock": ("apply.lock", link),
    "a pipe for the holder": ("apply.holder.json", os.mkfifo),
    "a folder for the holder": ("apply.holder.json", Path.mkdir),
    "a link for the holder": ("apply.holder.json", link),
    "a pipe to ignore": (".gitignore", os.mkfifo),
    "a folder as journal": ("journal-0123456789ab.jsonl", Path.mkdir),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_state_that_cannot_be_used_is_named(cli: Cli, name: str) -> None:
    wanted = manifest(more=LIVE)
    cli.write({"pareta.yaml": wanted})
    assert cli("plan").code == 0
    entry, make = DAMAGE[name]
    instead(entry, make)(cli.root / ".pareta")
    for command in COMMANDS:
        ended = cli(*command)
        assert ended.code == 1, (command, ended)
        assert f".pareta/{entry}" in ended.err
        assert "ove" in ended.err, "what to do"
    assert cli.read("pareta.yaml") == wanted


@pytest.mark.parametrize("name", ["naïve", "zwei Wörter", "\ud800", "a\nb"])
def test_a_journal_with_a_name_that_is_not_ours_is_damaged(cli: Cli, name: str) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    assert cli("apply", "--auto-approve").code == 0
    live = endpoints(cli.root)
    path = journal_path(cli.root / ".pareta", "embedded")
    path.write_text(json.dumps({"apply": name, "plan": None}) + "\n")
    for command in (["plan"], ["apply", "--auto-approve"]):
        ended = cli(*command)
        assert ended.code == 1
        assert f"{path.name}: the journal of an apply that was stopped is damaged" in ended.err
        assert "Delete it" in ended.err
    assert endpoints(cli.root) == live
