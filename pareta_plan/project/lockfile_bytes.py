"""A lockfile's bytes: read, refused, and held in little memory."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from pareta_plan.canonical import digest_bytes, refuse_half_characters
from pareta_plan.errors import Location, LockfileError
from pareta_plan.project.lockfile import (
    VERSION,
    Entry,
    FrozenRecord,
    LockedFrontier,
    LockedModel,
    LockedTask,
    Lockfile,
)

R = TypeVar("R", bound=BaseModel)
_ENTRY = re.compile(rb'    "([^"]+)": \{$')
_CONFLICT = re.compile(rb"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)


def parse(data: bytes, path: str) -> Lockfile:
    """Read a lockfile's bytes. Raises LockfileError that says how to get a good one."""
    if b"<<<<<<<" in data and (conflict := _CONFLICT.search(data)):
        names = ", ".join(_in_conflict(data)) or "its head"
        raise LockfileError(
            f"the lockfile has unresolved merge conflicts, in {names}",
            location=Location(path, data[: conflict.start()].count(b"\n") + 1, 1),
            hint=f"Take either side (`git checkout --ours {path}`, or `--theirs`), then "
            "`pareta-plan lock`: it resolves what the merged manifests ask.",
        )
    try:
        refuse_half_characters(data)
        lockfile = Lockfile.model_validate(json.loads(data, object_hook=_entries_as_records()))
    except ValidationError as invalid:
        raise _unreadable(invalid, path) from None
    except json.JSONDecodeError as bad:
        place = Location(path, bad.lineno, bad.colno)
        raise _damaged(f": no JSON, {bad.msg.lower()}", place) from None
    except RecursionError:
        raise _damaged(": nested too deeply", Location(path)) from None
    except ValueError as bad:
        raise _damaged(f": {bad}", Location(path)) from None
    vars(lockfile)["digest"] = digest_bytes(data)
    return lockfile


def _in_conflict(data: bytes) -> list[str]:
    """The workloads that both sides changed, as the canonical layout shows them."""
    found: dict[str, None] = {}
    name, inside = None, False
    for line in data.splitlines():
        if begun := _ENTRY.match(line):
            name = begun[1].decode(errors="replace")
        if _CONFLICT.match(line):
            inside = line.startswith(b"<") or (inside and not line.startswith(b">"))
        if inside and name:
            found[name] = None
    return list(found)


_ALIKE: dict[str, type[FrozenRecord]] = {
    "task": LockedTask,
    "model": LockedModel,
    "frontier": LockedFrontier,
}
"""The parts of entries that are the same in many of them."""


class Shared:
    """Equal records as one: in a large project most are alike."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def one(self, record: R) -> R:
        """The first record that is equal to this one."""
        first: R = self._known.setdefault(record.model_dump_json(), record)
        return first


def _entries_as_records() -> Callable[[dict[str, Any]], Any]:
    """What makes records of entries as soon as they are read, a part that several have as one.

    So no more than one entry's JSON is there at a time: there may be ten thousand.
    """
    known: dict[tuple[str, str], Any] = {}

    def made(value: dict[str, Any]) -> Any:
        if not _ALIKE.keys() <= value.keys():
            return value
        for part, kind in _ALIKE.items():
            key = part, repr(value[part])  # thrice as fast as JSON, and as good for a key
            if key not in known:
                known[key] = _record_or_json(kind, value[part])
            value[part] = known[key]
        return _record_or_json(Entry, value)

    return made


def _record_or_json(kind: type[FrozenRecord], value: Any) -> Any:
    """What isn't valid stays as it is, for an error that says where it stands."""
    try:
        return kind.model_validate(value)
    except ValidationError:
        return value


def _unreadable(invalid: ValidationError, path: str) -> LockfileError:
    first: Mapping[str, Any] = invalid.errors(include_url=False)[0]
    if first["loc"] == ("version",) and isinstance(first["input"], int):
        return LockfileError(
            f"the lockfile is of version {first['input']}; this pareta-plan reads {VERSION}",
            location=Location(path),
            hint="Install a newer pareta-plan.",
        )
    where = ".".join(str(k) for k in first["loc"])
    return _damaged(f"{f' at {where}' if where else ''}: {first['msg']}", Location(path))


def _damaged(why: str, place: Location) -> LockfileError:
    return LockfileError(
        f"the lockfile is damaged{why}",
        location=place,
        hint="Restore it from version control, or delete it and run `pareta-plan lock`.",
    )
