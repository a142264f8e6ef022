"""What an apply has begun and finished, so that a killed one resumes where it stood.

One JSON object a line, on disk before and after each write to the platform. The file's first
line names the apply; every write's Idempotency-Key is derived from it or from the content
of what is written, so a write whose answer was lost is repeated under the same key. Safe to share
between threads.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock, RLock
from typing import IO, Any, NamedTuple, Self

from pareta_plan.errors import Location, ProjectError
from pareta_plan.files import read_bytes

MOST_BYTES = 1_000_000_000


class Deed(NamedTuple):
    """One write to the platform: what is done to what, and which time where that can come again."""

    do: str
    on: str
    time: int = 0


class Bill(NamedTuple):
    """What a run was billed, in micro-USD, and the workload that it was for."""

    workload: str
    micro_usd: int


def journal_path(state_dir: Path, platform: str, env: str | None = None) -> Path:
    """Where the journal of applies is: on another platform or environment it means nothing."""
    where = platform if env is None else f"{platform}\n{env}"
    name = hashlib.sha256(where.encode()).hexdigest()[:12]
    return state_dir / f"journal-{name}.jsonl"


class LeftBehind(NamedTuple):
    """What an apply that did not finish tells the next: its saved plan's digest, if it had one.

    `endpoints` are those that it may have brought up, or was to retire.
    """

    plan: str | None
    endpoints: set[str]


def left_behind(path: Path) -> LeftBehind | None:
    """What the apply left that this journal is of, read only; None if none did."""
    journal = Journal(path)
    journal.read()
    if not journal.resumed:
        return None
    return LeftBehind(journal.plan, journal.begun("deploy") | journal.left("retire"))


class Journal:
    """The journal of one apply on one platform; opening one left behind goes on with it.

    `plan` is the digest of the saved plan that is applied, if one is. The file is made by the
    first write. Raises ProjectError when the disk takes no more; nothing is written after that.
    """

    def __init__(self, path: Path, plan: str | None = None) -> None:
        self._path = path
        self._wanted = plan
        self.plan = plan
        """That of the apply which last wrote into it."""
        self._done: dict[Deed, Any] = {}
        self._times: Counter[Deed] = Counter()
        self._begun: set[Deed] = set()
        self._left: set[Deed] = set()
        self._lost: set[Deed] = set()
        """Begun, and given up by whoever waited for the answer."""
        self.billed: dict[str, Bill] = {}
        """What was billed by this apply and the stopped one it goes on with, by run."""
        self._known_bills: set[str] = set()
        self.claims: set[str] = set()
        """Tokens of claims on the platform that were not given back."""
        self.resumed = False
        self._complete = False
        self.id = secrets.token_hex(8)
        self._open = False
        self._broken: ProjectError | None = None
        self._file: IO[bytes] | None = None
        self._guard = RLock()
        self._each: defaultdict[Deed, Lock] = defaultdict(Lock)

    def __enter__(self) -> Self:
        if (end := self.read()) is not None:
            os.truncate(self._path, end)  # as one step, unlike writing it anew
        self._open = True
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Take no more writes."""
        with self._guard:
            self._open = False
            if self._file:
                file, self._file = self._file, None
                try:
                    file.close()  # writes a line that is left over again, after a write failed
                except OSError:
                    if not self._broken:
                        raise

    def read(self) -> int | None:
        """Take in a journal left behind; how many bytes of it are whole lines, None without one."""
        if not self._path.exists():
            return None
        written = read_bytes(self._path, limit=MOST_BYTES, what="journal")
        whole, end, _ = written.rpartition(b"\n")
        try:
            lines = [json.loads(line) for line in whole.splitlines()]
            if lines:
                self.id, self.resumed = _name(lines[0]["apply"]), True
            for line in lines:
                self._take(line)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
            raise ProjectError(
                "the journal of an apply that was stopped is damaged",
                location=Location(str(self._path)),
                hint="Delete it and run apply again: what is deployed is looked up anew.",
            ) from None
        self._lost = self._begun - self._done.keys()
        return len(whole) + len(end)

    def _take(self, line: dict[str, Any]) -> None:
        if "done" in line:
            done = _deed(line["done"])
            self._done[done] = line["answer"]
            self._times[done] += 1
            self._left.discard(done)
        elif "plan" in line:
            self.plan = line["plan"]
        elif "begin" in line:
            self._begun.add(_deed(line["begin"]))
            self._left.add(_deed(line["begin"]))
        elif "settled" in line:
            self._begun.discard(_deed(line["settled"]))
        elif "billed" in line:
            self.billed[line["billed"]] = Bill(line["workload"], int(line["micro_usd"]))
            self._known_bills.add(line["billed"])
        elif "accounted" in line:
            self.billed.clear()
        elif "claim" in line:
            self.claims.add(_name(line["claim"]))
        elif "released" in line:
            self.claims.discard(str(line["released"]))

    def once(self, what: Deed, write: Callable[[], str]) -> str:
        """The answer of `write`; from the journal if it was done before."""
        with self._only(what):
            if what not in self._done:
                self._write({"begin": what})
                try:
                    answer = write()
                except BaseException:
                    self._lost.add(what)
                    raise
                self._write({"done": what, "answer": answer})
            kept: str = self._done[what]
            return kept

    def knows(self, what: Deed) -> bool:
        """Whether `what` was done, by this apply or the one it goes on with."""
        return what in self._done

    def unanswered(self, what: Deed) -> bool:
        """Whether `what` was begun, by this apply or one before, that never learnt its outcome.

        What another thread waits for right now is not.
        """
        return what in self._lost and what not in self._done

    def times(self, what: Deed) -> int:
        """How often `what` was done."""
        return self._times[what]

    def forget(self, do: str, start: str) -> None:
        """What was done to whatever begins with `start` has to be done anew: its effect is gone."""
        with self._guard:
            gone = {what for what in self._done if what.do == do and what.on.startswith(start)}
            self._lost |= gone
            self._done = {what: a for what, a in self._done.items() if what not in gone}

    def again(self, what: Deed, write: Callable[[str], object]) -> None:
        """Do what the platform was just seen to lack, under a key of this apply.

        A write that was begun but never answered is repeated under its key; one that was
        answered, and whose effect is gone all the same, gets a new one.
        """
        with self._only(what):
            key = f"{self.id}-{what.do}-{what.on}-{self._times[what]}"
            self._write({"begin": what})
            write(key)
            self._write({"done": what, "answer": None})

    def begun(self, do: str) -> set[str]:
        """To what this was begun to be done, in killed applies too."""
        return {what.on for what in self._begun if what.do == do}

    def left(self, do: str) -> set[str]:
        """As `begun`, of writes that did not come to their end."""
        return {what.on for what in self._left if what.do == do}

    def intend(self, what: Deed) -> None:
        """`what` is to be done, once what is written elsewhere before it no longer tells of it."""
        self._write({"begin": what})

    def settle(self, recorded: Iterable[Deed]) -> None:
        """These writes are recorded elsewhere: they are no longer this journal's to undo."""
        for what in sorted(self._begun.intersection(recorded)):
            self._write({"settled": what})

    def bill(self, run: str, bill: Bill) -> bool:
        """Note what a run was billed; False if that was known."""
        with self._guard:
            if run in self._known_bills:
                return False
            self._write({"billed": run, "workload": bill.workload, "micro_usd": bill.micro_usd})
            return True

    def account(self) -> None:
        """The apply ended by itself: what it was billed is no part of the next one's spending."""
        if self.billed:
            self._write({"accounted": len(self.billed)})

    def claim(self, token: str) -> None:
        """A claim on the platform is about to be made."""
        self._write({"claim": token})

    def released(self) -> None:
        """All claims on the platform are gone."""
        for token in sorted(self.claims):
            self._write({"released": token})

    def complete(self) -> None:
        """All that was begun came to its end and is recorded elsewhere."""
        self._complete = True

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left for a later apply; so it is where nothing was begun."""
        return self._complete or not (self.resumed or self._begun)

    def finish(self) -> None:
        """The apply came to its end: nothing is left to resume."""
        self.close()
        self._path.unlink(missing_ok=True)

    def _only(self, what: Deed) -> Lock:
        """The lock under which `what` is done: two workloads may want the same of the platform."""
        with self._guard:
            return self._each[what]

    def _write(self, entry: dict[str, Any]) -> None:
        with self._guard:
            if self._broken:  # a line may be cut: one after it would make the whole unreadable
                raise self._broken
            if not self._open:
                raise RuntimeError("the journal is not open")
            try:
                self._append(entry)
            except OSError as full:
                self._broken = ProjectError(
                    f"can't write the journal: {full.strerror or full}",
                    location=Location(str(self._path)),
                    hint="Nothing more was started. Make room, then run the same command again to "
                    "go on.",
                )
                raise self._broken from None
            self._take(entry)

    def _append(self, entry: dict[str, Any]) -> None:
        lines = [entry]
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("ab")
            if not self.resumed:
                lines.insert(0, {"apply": self.id, "plan": self.plan})
            elif self.plan != self._wanted:
                self.plan = self._wanted
                lines.insert(0, {"plan": self.plan})
        for line in lines:
            write_line(self._file, json.dumps(line).encode() + b"\n")


def _deed(written: list[Any]) -> Deed:
    do, on, time = Deed(*written)
    return Deed(_name(do), _name(on), int(time))


def _name(text: object) -> str:
    """A name as we write them: it becomes a part of headers. Raises TypeError for another."""
    if not (isinstance(text, str) and text.isascii() and text.isprintable()):
        raise TypeError(text)
    return text


def write_line(file: IO[bytes], line: bytes) -> None:
    """Append a line; it is on disk when this returns."""
    file.write(line)
    file.flush()
    os.fsync(file.fileno())
