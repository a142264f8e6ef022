"""Kill points: which there are, and whether an apply that is hit there comes to the same end.

A case is named `SCENARIO/POINT-KIND`, such as `swap/17-after`, or `SCENARIO/chain-SEED` for up to
three faults drawn from a seed, and is the same whenever it is run (but for the order of threads in
the scenarios that run several workloads at once).
"""

from __future__ import annotations

import copy
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from tests.faults.platform import Platform
from tests.faults.scenarios import SCENARIOS, Scenario
from tests.faults.world import DEADLY, DISK, REQUEST, Fault, Kind, World

CHAINS = 20
LONGEST = 3
TRIES = 6
MEMORY = Path("/dev/shm")
_FOLDERS: list[Path] = []


class End(NamedTuple):
    """Everything that must come out the same."""

    code: int | None
    plan: int | None
    lockfile: bytes
    endpoints: dict[str, tuple[str, str, str]]
    names: dict[str, str]
    ledger: Counter[tuple[str, int]]
    sets: Counter[str]
    journals: int
    claims: int


class Start(NamedTuple):
    """A scenario just before the apply that is hit, and what becomes of it undisturbed."""

    platform: Platform
    folder: Path
    points: list[str]
    end: End


class Told(NamedTuple):
    """What came of a scenario's cases."""

    cases: int
    kills: int
    wrong: list[str]


@lru_cache
def start(name: str) -> Start:
    """Prepare a scenario, once."""
    scenario = SCENARIOS[name]
    folder = Path(
        tempfile.mkdtemp(prefix="pareta-faults-", dir=MEMORY if MEMORY.is_dir() else None)
    )
    _FOLDERS.append(folder)
    world = scenario.world(folder)
    before = copy.deepcopy(world.platform)
    with _copy(folder) as root:
        world.root = root
        code, said = scenario.apply(world)
        assert code == scenario.code, said
        points = list(world.points)
        end = _end(world, code)
    return Start(before, folder, points, end)


def clean() -> None:
    """Remove what `start` left on the disk."""
    while _FOLDERS:
        shutil.rmtree(_FOLDERS.pop(), ignore_errors=True)
    start.cache_clear()


@contextmanager
def _copy(folder: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=folder.parent) as fresh:
        yield Path(shutil.copytree(folder, Path(fresh) / "project"))


def cases(name: str) -> Iterator[str]:
    """The cases of a scenario: every point with every fault it can have, then chains."""
    scenario, points = SCENARIOS[name], start(name).points
    for at, point in enumerate(points):
        for kind in DISK.get(point, REQUEST):
            if kind in scenario.kinds:
                yield f"{name}/{at}-{kind}"
    yield from (f"{name}/chain-{seed}" for seed in range(CHAINS))


def tried(scenario: str, names: list[str]) -> Told:
    """The cases of a scenario, those that are named or all."""
    wanted = [name for name in names if name.partition("/")[0] == scenario]
    wanted = wanted or [*cases(scenario)]
    try:
        wrong = [f"{case}: {found}\n" for case in wanted if (found := differs(case))]
        return Told(len(wanted), deaths(wanted), wrong)
    finally:
        clean()


def deaths(names: list[str]) -> int:
    """How many kill points such cases have: points at which a process dies."""
    return sum(sum(fault.kind in DEADLY for fault in faults(case)) for case in names)


def faults(case: str) -> list[Fault]:
    """The faults of a case, for one process after the other."""
    name, _, what = case.partition("/")
    if what.startswith("chain-"):
        return _chain(case, len(start(name).points))
    at, _, kind = what.partition("-")
    return [Fault(int(at), Kind(kind))]


def _chain(case: str, points: int) -> list[Fault]:
    """Deaths and what else may happen, at points that later processes may not come to."""
    drawn = random.Random(case)
    kinds = [*DEADLY, *DEADLY, Kind.LOST, Kind.BUSY, Kind.FULL, Kind.SIGNAL]
    length = drawn.randint(2, LONGEST)
    return [Fault(drawn.randrange(points), drawn.choice(kinds)) for _ in range(length)]


def differs(case: str) -> str | None:
    """What comes out otherwise than undisturbed; None when the case converges."""
    name = case.partition("/")[0]
    scenario, begun = SCENARIOS[name], start(name)
    with _copy(begun.folder) as root:
        world = World(copy.deepcopy(begun.platform), root)
        told = _disturbed(scenario, world, faults(case), scenario.code)
        end = _end(world, told[-1][0])
    wrong = [
        f"{field}: {_short(getattr(end, field))}, not {_short(wanted)}"
        for field, wanted in begun.end._asdict().items()
        if getattr(end, field) != wanted
    ]
    said = "".join(f"\n--- exit {code}\n{text}" for code, text in told)
    return "; ".join(wrong) + said if wrong else None


def _disturbed(
    scenario: Scenario, world: World, hits: list[Fault], wanted: int
) -> list[tuple[int | None, str]]:
    """Apply with one fault after the other, until it ends as it should, or won't."""
    told = []
    for fault in [*hits, *[None] * TRIES]:
        code, said = scenario.apply(world, fault)
        if code is None and _was_over(world, fault):
            code = wanted
        told.append((code, said))
        unsure = world.full or (world.hit and code != 0 and not _dies(fault))
        if code == wanted and not unsure:
            break
    return told


def _dies(fault: Fault | None) -> bool:
    return fault is not None and fault.kind in DEADLY


def _was_over(world: World, fault: Fault | None) -> bool:
    """Whether a process died when it had nothing left to do."""
    return bool(fault and fault.kind is Kind.AFTER and world.points[-1] == "journal's end")


def _end(world: World, code: int | None) -> End:
    planned = world.run("plan", "--detailed-exitcode", "--locked")
    platform, state = world.platform, world.root / ".pareta"
    names = [owner["name"] for owner in platform.sets.values()]
    claims = [name for name in names if name.startswith("pareta-plan lock")]
    rows = [name for name in names if name not in claims]
    return End(
        code=code,
        plan=planned.code,
        lockfile=(world.root / "pareta.lock").read_bytes(),
        endpoints={
            e["id"]: (e["status"], e["model"], e["task"]) for e in platform.endpoints.values()
        },
        names={name: one["endpoint"] for name, one in platform.names.items()},
        ledger=+platform.ledger,
        # one that ignores keys may keep rows twice, which costs nothing
        sets=Counter({*rows} if platform.deaf else rows),
        journals=len(list(state.glob("journal-*"))),
        claims=len(claims),
    )


def _short(value: object) -> str:
    text = value.decode() if isinstance(value, bytes) else str(value)
    return text if len(text) < 3000 else text[:3000] + "..."
