"""The house in figures: rooms and floors, the imports between them, and how long its code is.

python -m scripts.house [--tree CHECKOUT] [--check]

A room is a folder or a file that lies in the package itself. Upward arrows are the imports that
would have to go for the rooms to stand one above the other, and a circle is a group of modules
that import one another. The floors are the rooms on the longest way down, without those arrows.
With `--check` it fails where the house is larger than it may be.
"""

from __future__ import annotations

import argparse
import ast
import sys
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from statistics import median

import grimp

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "pareta_plan"
MOST = {
    "rooms": 25,
    "floors": 11,
    "upward arrows": 0,
    "circles": 0,
    "longest module": 400,
    "longest function": 60,
    "median function": 7,
}


@dataclass(frozen=True)
class House:
    """The imports of a package, or of a part of one."""

    graph: grimp.ImportGraph
    package: str = PACKAGE

    @cached_property
    def modules(self) -> list[str]:
        """Every module of the package."""
        return sorted(m for m in self.graph.modules if m.startswith(f"{self.package}."))

    def room(self, module: str) -> str:
        """The room that a module of the package is in."""
        return module.removeprefix(f"{self.package}.").partition(".")[0]

    def imports(self, module: str) -> set[str]:
        """The modules of the package that a module imports."""
        return self.graph.find_modules_directly_imported_by(module) & {*self.modules}

    @cached_property
    def upward(self) -> set[tuple[str, str]]:
        """The imports, as pairs of modules, that keep the rooms from standing in floors."""
        return self.graph.nominate_cycle_breakers(self.package)

    @cached_property
    def arrows(self) -> dict[str, set[str]]:
        """The other rooms that each room imports from."""
        found: dict[str, set[str]] = {self.room(module): set() for module in self.modules}
        for module in self.modules:
            found[self.room(module)] |= {self.room(to) for to in self.imports(module)}
        return {room: to - {room} for room, to in found.items()}

    @property
    def floors(self) -> int:
        """The rooms on the longest way down."""
        up = {(self.room(importer), self.room(to)) for importer, to in self.upward}

        @cache
        def height(room: str) -> int:
            below = (height(to) for to in self.arrows[room] if (room, to) not in up)
            return 1 + max(below, default=0)

        return max(map(height, self.arrows))

    @property
    def circles(self) -> set[frozenset[str]]:
        """The groups of modules that import one another."""
        above, below = self.graph.find_downstream_modules, self.graph.find_upstream_modules
        return {frozenset({m, *ring}) for m in self.modules if (ring := above(m) & below(m))}

    def figures(self) -> dict[str, int]:
        """What is counted, by name."""
        return {
            "rooms": len(self.arrows),
            "floors": self.floors,
            "arrows": sum(map(len, self.arrows.values())),
            "upward arrows": len(self.upward),
            "circles": len(self.circles),
        }


def built(tree: Path = ROOT) -> House:
    """The house in a checkout."""
    sys.path.insert(0, str(tree))
    return House(grimp.build_graph(PACKAGE, cache_dir=None))


def lengths(tree: Path) -> dict[str, int]:
    """How many lines the code of a checkout has."""
    texts = [path.read_text("utf-8") for path in sorted((tree / PACKAGE).rglob("*.py"))]
    functions = [
        (node.end_lineno or 0) - node.lineno + 1
        for text in texts
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    lines = [text.count("\n") for text in texts]
    return {
        "modules": len(texts),
        "lines": sum(lines),
        "longest module": max(lines),
        "functions": len(functions),
        "longest function": max(functions),
        "median function": round(median(functions)),
    }


def main() -> None:
    """Count and print; fail for what is more than it may be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tree", type=Path, default=ROOT, help="another checkout to count")
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    tree = given.tree.resolve()
    found = built(tree).figures() | lengths(tree)
    for name, figure in found.items():
        most = f"   at most {MOST[name]}" if name in MOST else ""
        print(f"{name:17}{figure:7,}{most}")
    if given.check and any(found[name] > most for name, most in MOST.items()):
        raise SystemExit("the house is larger than it may be")


if __name__ == "__main__":
    main()
