"""What is applied while things go wrong: each a project's past, and the apply that is hit."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from tests.faults.platform import Platform
from tests.faults.world import DEADLY, Fault, Kind, World

APPLY = ("apply", "--auto-approve", "--allow-destroy", "--allow-mass-destroy")
SAVED = "release.plan"
Files = dict[str, str | None]


@dataclass(frozen=True)
class Scenario:
    """`past` is applied undisturbed, then `files` is what the apply that is hit finds."""

    name: str
    files: Files
    past: tuple[Files, ...] = ()
    code: int = 0
    """How it ends undisturbed."""
    arguments: tuple[str, ...] = ()
    parallelism: int = 1
    mute: frozenset[str] = frozenset()
    deaf: frozenset[str] = frozenset()
    overrun: int = 1
    kinds: frozenset[Kind] = field(default_factory=lambda: frozenset(Kind))
    saved: bool = False
    """Whether it is a saved plan that is applied."""

    def world(self, root: object) -> World:
        """The world before the apply that is hit."""
        from pathlib import Path

        made = World(Platform(), Path(str(root)))
        for files in self.past:
            made.write(files)
            ended = made.run(*APPLY)
            assert ended.code == 0, ended
        platform = made.platform
        platform.mute, platform.deaf, platform.overrun = self.mute, self.deaf, self.overrun
        made.write(self.files)
        if self.saved:
            (made.root / ".git").mkdir()  # in a repository a plan fits any checkout
            planned = made.run("plan", "--out", str(made.root / SAVED))
            assert planned.code == 0, planned
        return made

    def apply(self, world: World, fault: Fault | None = None) -> tuple[int | None, str]:
        """Apply once; the exit code, None when it was killed, and all that was said."""
        more = ("--parallelism", str(self.parallelism), *self.arguments)
        what = [str(world.root / SAVED)] if self.saved else []
        ended = world.run(*APPLY, *what, *more, fault=fault)
        return ended.code, ended.out + ended.err


def manifest(name: str, model: str = "recommended", more: str = "", task: str = "words") -> str:
    """A manifest; `more` is YAML that follows."""
    return (
        f"version: 1\nname: {name}\ntask: {task}\nintent: what it does\nmodel: {model}\n"
        f"frontier: benchmarked\n{more}"
    )


LIVE = "deploy: {state: live}\n"
STOPPED = "deploy: {state: stopped}\n"


def measured(gate: str = "min_quality: 0.1", rows: int = 4, tag: str = "row") -> str:
    """An eval of inline rows."""
    lines = [f"    - {{input: {tag} {n}, expected: answer {n}}}" for n in range(rows)]
    return "\n".join(["eval:", "  rows:", *lines, f"  gates: {{{gate}}}"]) + "\n"


PAPERS = (
    "eval:\n  items: rows.jsonl\n  documents: {field: paper, path: '{id}.pdf'}\n"
    "  gates: {min_quality: 0.1}\n"
)


def papers(more: str = LIVE) -> Files:
    """A workload on documents, with its rows and files."""
    rows = [json.dumps({"id": f"p{n}", "input": {}, "expected": "yes"}) for n in range(2)]
    files: Files = {f"p{n}.pdf": f"%PDF-1.4 {n}" for n in range(2)}
    text = manifest("beta", more=more + PAPERS, task="papers")
    return {"beta.yaml": text, "rows.jsonl": "\n".join(rows) + "\n", **files}


NEEDED = (
    "eval:\n  items: many.jsonl\n  rows: as-needed\n  at_least: 4\n  batch: 3\n"
    "  gates: {min_quality: 0.5}\n"
)
MANY = "\n".join(json.dumps({"input": f"row {n}", "expected": f"answer {n}"}) for n in range(15))


def needed(gates: str = "min_quality: 0.5") -> Files:
    """A workload whose rows are bought in batches."""
    more = LIVE + NEEDED.replace("min_quality: 0.5", gates)
    return {"alpha.yaml": manifest("alpha", more=more), "many.jsonl": MANY + "\n"}


def grown(rows: int) -> Files:
    """A workload that four rows decide where they are all there are, and not where some came."""
    return {"alpha.yaml": manifest("alpha", more=LIVE + measured("min_quality: 0.45", rows))}


ALPHA: Files = {"alpha.yaml": manifest("alpha", more=LIVE + measured())}
GAMMA: Files = {"gamma.yaml": manifest("gamma", more=LIVE)}
THREE: Files = {**ALPHA, **GAMMA, **papers(STOPPED)}
SWAPPED: Files = {
    "alpha.yaml": manifest("alpha", "ruby-2", LIVE + measured()),
    "gamma.yaml": manifest("gamma", "ruby-2", LIVE),
}

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("first", THREE),
        Scenario("swap", SWAPPED, past=({**ALPHA, **GAMMA},)),
        Scenario(
            "turn",
            {
                "alpha.yaml": manifest("alpha", more=STOPPED + measured()),
                "gamma.yaml": manifest("gamma", more=LIVE),
            },
            past=({**ALPHA, "gamma.yaml": manifest("gamma", more=STOPPED)},),
        ),
        Scenario(
            "destroy",
            {
                "alpha.yaml": None,
                "gamma.yaml": manifest("gamma"),
                "delta.yaml": manifest("delta", more=LIVE),
            },
            past=({**ALPHA, **GAMMA},),
        ),
        Scenario(
            "rename",
            {
                "alpha.yaml": None,
                "omega.yaml": manifest("omega", more=LIVE + measured() + "moved_from: alpha\n"),
                "gamma.yaml": None,
                "zeta.yaml": manifest("zeta", more="deploy: {name: gamma, state: live}\n"),
            },
            past=({**ALPHA, **GAMMA},),
        ),
        Scenario(
            "gated",
            {
                "alpha.yaml": manifest("alpha", "ruby-2", LIVE + measured("min_savings: 50")),
                "gamma.yaml": manifest("gamma", "ruby-2", LIVE),
            },
            past=({**ALPHA, **GAMMA},),
            code=3,
        ),
        Scenario(
            "mute",
            {
                "alpha.yaml": manifest("alpha", "mute-1", LIVE + measured()),
                "gamma.yaml": manifest("gamma", "ruby-2", LIVE),
            },
            past=({**ALPHA, **GAMMA},),
            code=1,
            mute=frozenset({"mute-1"}),
        ),
        Scenario(
            "cap",
            {**ALPHA, "delta.yaml": manifest("delta", more=LIVE + measured(tag="other")), **GAMMA},
            code=6,
            arguments=("--max-cost", "0.000950"),
            overrun=2,
        ),
        Scenario("deaf", THREE, deaf=frozenset({"create_set", "attach", "deploy", "switch"})),
        Scenario("saved", {**SWAPPED, **papers()}, past=({**ALPHA, **GAMMA},), saved=True),
        Scenario("anew", ALPHA, past=(ALPHA,), arguments=("--no-reuse",)),
        Scenario("batches", needed()),
        Scenario("more-batches", needed("min_quality: 0.6"), past=(needed(),)),
        Scenario("rows-added", grown(9), past=(grown(4),), kinds=frozenset(DEADLY)),
        Scenario("batches-anew", needed(), past=(needed(),), arguments=("--no-reuse",),
                 kinds=frozenset(DEADLY)),
        Scenario("batches-capped", needed("min_quality: 0.6"), code=6,
                 arguments=("--max-cost", "0.001"), kinds=frozenset(DEADLY)),
        Scenario("first-at-once", THREE, parallelism=4, kinds=frozenset()),
        Scenario("swap-at-once", SWAPPED, past=({**ALPHA, **GAMMA},), parallelism=4,
                 kinds=frozenset()),
    )
}  # fmt: skip
