"""What an apply has begun and finished, so that a killed one resumes where it stood.

One JSON object a line, on disk before and after each write to the platform. The file's first
line names the apply; every write's Idempotency-Key is derived from it or from the content
of what is written, so a write whose answer was lost is repeated under the same key.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any, Self

from pareta_plan.errors import Location, ProjectError


def journal_path(state_dir: Path, platform: str, env: str | None = None) -> Path:
    """Where the journal of applies is: on another platform or environment it means nothing."""
    where = platform if env is None else f"{platform}\n{env}"
    name = hashlib.sha256(where.encode()).hexdigest()[:12]
    return state_dir / f"journal-{name}.jsonl"


def left_behind(path: Path) -> str | None:
    """The digest of the saved plan of a stopped apply, "" if it had none; None if none stopped."""
    if not path.exists():
        return None
    with Journal(path) as journal:
        return journal.plan or ""


class Journal:
    """The journal of one apply on one platform; opening one left behind goes on with it.

    `plan` is the digest of the saved plan that is applied, if one is.
    """

    def __init__(self, path: Path, plan: str | None = None) -> None:
        self._path = path
        self.plan = plan
        self._done: dict[str, Any] = {}
        self._times: Counter[str] = Counter()
        self._begun: set[str] = set()
        self.resumed = False
        self.id = secrets.token_hex(8)
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._read()
        self._file = self._path.open("a", encoding="utf-8")
        if not self.resumed:
            self._write({"apply": self.id, "plan": self.plan})
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def _read(self) -> None:
        """Take over a journal left behind; its last line may be half written."""
        if not self._path.exists():
            return
        whole = self._path.read_bytes().rpartition(b"\n")[0]
        try:
            lines = [json.loads(line) for line in whole.splitlines()]
            done = [(entry["done"], entry["answer"]) for entry in lines if "done" in entry]
            self._begun = {str(entry["begin"]) for entry in lines if "begin" in entry}
            self._begun -= {str(entry["settled"]) for entry in lines if "settled" in entry}
            if lines:
                self.id, self.resumed = str(lines[0]["apply"]), True
                self.plan = lines[0].get("plan")
            self._done, self._times = dict(done), Counter(what for what, _ in done)
        except (ValueError, TypeError, KeyError, RecursionError):
            raise ProjectError(
                "the journal of an apply that was stopped is damaged",
                location=Location(str(self._path)),
                hint="Delete it and run apply again: what is deployed is looked up anew.",
            ) from None
        self._path.write_bytes(whole + b"\n" if lines else b"")

    def once(self, what: str, write: Callable[[], str]) -> str:
        """The answer of `write`; from the journal if it was done before."""
        if what not in self._done:
            self._begin(what)
            self._done[what] = write()
            self._write({"done": what, "answer": self._done[what]})
        answer: str = self._done[what]
        return answer

    def knows(self, what: str) -> bool:
        """Whether `what` was done, by this apply or the one it goes on with."""
        return what in self._done

    def forget(self, start: str) -> None:
        """What begins with `start` has to be done anew: its effect is gone."""
        self._done = {what: a for what, a in self._done.items() if not what.startswith(start)}

    def again(self, what: str, write: Callable[[str], object]) -> None:
        """Do what the platform was just seen to lack, under a key of this apply.

        A write that was begun but never answered is repeated under its key; one that was
        answered, and whose effect is gone all the same, gets a new one.
        """
        key = f"{self.id}-{what}-{self._times[what]}".replace(" ", "-")
        self._begin(what)
        write(key)
        self._times[what] += 1
        self._write({"done": what, "answer": None})

    def begun(self, verb: str) -> set[str]:
        """The subjects of writes named `verb SUBJECT` that were begun, in killed applies too."""
        parts = (what.partition(" ") for what in self._begun)
        return {subject for begun, _, subject in parts if begun == verb}

    def settle(self, recorded: Iterable[str]) -> None:
        """These writes are recorded elsewhere: they are no longer this journal's to undo."""
        for what in sorted(self._begun.intersection(recorded)):
            self._begun.discard(what)
            self._write({"settled": what})

    def finish(self) -> None:
        """The apply came to its end: nothing is left to resume."""
        if self._file:
            self._file.close()
        self._path.unlink(missing_ok=True)

    def _begin(self, what: str) -> None:
        self._begun.add(what)
        self._write({"begin": what})

    def _write(self, entry: dict[str, Any]) -> None:
        if self._file is None:
            raise RuntimeError("the journal is not open")
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())
