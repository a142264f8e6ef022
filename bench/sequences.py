"""How many rows confidence sequences take, and how often they are ever wrong.

python -m bench.sequences [--trials N] [--rows N] [--only WORDS]

Rows are drawn from laws whose true quality or gap is known, up to 3,000 of them, and looked at as
gates look at rows that are bought as needed. With the limit at the truth, a run that ever passes
passes falsely, and one that ever fails fails falsely: each may be at most 5% of the runs. With the
limit 0.05 and 0.10 to the passing side of the truth, the median number of rows until the gate
passes stands beside the best fixed number: the smallest with which at least 80% of the runs pass by
the bounds of `all` rows. Nobody knows that beforehand. Last, what a verdict on 10,000 rows takes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from math import log
from random import Random
from statistics import median
from typing import NamedTuple

from bench.gates import PAIRED, QUALITIES, Law, apart, binary, differing, standard_error
from pareta_plan.gates.bounds import TAIL, mean_bounds
from pareta_plan.gates.sequence import log_wealth, looks, seen_at_looks, sequence_bounds

SEED = 1
TRIALS = 1000
ROWS = 3000
SLACKS = (0.10, 0.05)
FILE = 1000
"""Rows of a file of which a share is bought."""
POWER = 0.8

Values = tuple[float, ...]
"""What one row says: its score, or how far the model leads each baseline."""


class Scenario(NamedTuple):
    """Values of known means, from `least` to 1; the gate passes where all reach the limit."""

    name: str
    law: Mapping[Values, float]
    least: float

    @property
    def means(self) -> list[float]:
        """The true means."""
        width = len(next(iter(self.law)))
        return [sum(row[i] * p for row, p in self.law.items()) for i in range(width)]

    @property
    def truth(self) -> float:
        """The least of them: that of the quality, or the lead over the best baseline."""
        return min(self.means)


def scenarios() -> Iterator[Scenario]:
    """All that the table shows."""
    qualities = {
        "right or wrong, 0.80": binary(0.80),
        "right or wrong, 0.85": binary(0.85),
        "right or wrong, 0.90": binary(0.90),
        "near-constant, 0.88 to 0.92": dict.fromkeys((0.88, 0.9, 0.92), 1 / 3),
        "rare catastrophe, 1 but 0 in 1%": binary(0.99),
        **QUALITIES,
    }
    for name, scores in qualities.items():
        yield Scenario(f"quality: {name}", {(s,): p for s, p in scores.items()}, 0.0)
    pairs = {
        **PAIRED,
        "correlated, two baselines at the margin": apart_twice(differing(0.06, 0.02)),
        "five baselines at the margin": apart(binary(0.8), *[binary(0.9)] * 5),
    }
    for name, law in pairs.items():
        yield Scenario(f"gap: {name}", leads(law), -1.0)


def apart_twice(law: Law) -> Law:
    """The model, and its baseline twice: what one does the other does too."""
    return {(mine, other, other): p for (mine, other), p in law.items()}


def leads(law: Law) -> dict[Values, float]:
    """How far the model leads each baseline on a row, from a law of their scores."""
    found: dict[Values, float] = {}
    for (mine, *others), p in law.items():
        values = tuple(round(mine - other, 9) for other in others)
        found[values] = found.get(values, 0.0) + p
    return found


def drawn(scenario: Scenario, rows: int, rng: Random) -> list[list[float]]:
    """The values of so many rows, each mean's apart."""
    found = rng.choices([*scenario.law], [*scenario.law.values()], k=rows)
    return [list(column) for column in zip(*found, strict=True)]


def reached(values: Sequence[float], limit: float, least: float, tail: float) -> int | None:
    """At which look the low bound first reached a limit; None if it never did."""
    share, target = (limit - least) / (1 - least), -log(tail)
    seen = seen_at_looks(values, least, 1.0)
    every = zip(looks(len(values)), seen, strict=True)
    return next((n for n, rows in every if log_wealth(rows, share) >= target), None)


def passed(scenario: Scenario, columns: list[list[float]], limit: float) -> int | None:
    """After how many rows all low bounds had reached the limit."""
    found = [reached(column, limit, scenario.least, TAIL) for column in columns]
    return max((n for n in found if n), default=None) if all(found) else None


def ever_failed(scenario: Scenario, columns: list[list[float]], limit: float) -> bool:
    """Whether a high bound was ever below the limit; of several, each is wrong as much rarer."""
    least, tail = scenario.least, TAIL / len(columns)
    turned = ([1 + least - value for value in column] for column in columns)
    return any(reached(column, 1 + least - limit, least, tail) for column in turned)


def false(scenario: Scenario, trials: int, rows: int) -> tuple[float, float]:
    """The shares of runs that ever pass, and that ever fail, with the limit at the truth."""
    rng, limit = Random(f"{SEED} {scenario.name}"), scenario.truth
    runs = [drawn(scenario, rows, rng) for _ in range(trials)]
    passes = sum(passed(scenario, run, limit) is not None for run in runs)
    fails = sum(ever_failed(scenario, run, limit) for run in runs)
    return passes / trials, fails / trials


def needed(scenario: Scenario, slack: float, trials: int, rows: int) -> float | None:
    """The median number of rows until it passes; None if it is more than `rows`."""
    rng, limit = Random(f"{SEED} {scenario.name} {slack}"), scenario.truth - slack
    found = (passed(scenario, drawn(scenario, rows, rng), limit) for _ in range(trials))
    middle = median(rows + 1 if n is None else n for n in found)
    return None if middle > rows else middle


def best_fixed(scenario: Scenario, slack: float, trials: int, rows: int) -> int | None:
    """The smallest number of rows with which 80% of the runs pass; None if it is more."""
    limit, low, high = scenario.truth - slack, 1, rows

    @cache
    def bound(values: tuple[tuple[float, int], ...]) -> float:
        seen = [value for value, times in values for _ in range(times)]
        return mean_bounds(seen, scenario.least, 1.0)[0]

    def share(n: int) -> float:
        rng = Random(f"{SEED} {scenario.name} {slack} {n}")
        passes = 0
        for _ in range(trials):
            columns = drawn(scenario, n, rng)
            passes += all(bound(_tally(column)) >= limit for column in columns)
        return passes / trials

    if share(rows) < POWER:
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if share(middle) >= POWER else (middle + 1, high)
    return low


def _tally(values: Sequence[float]) -> tuple[tuple[float, int], ...]:
    return tuple((value, values.count(value)) for value in sorted(set(values)))


def _cells(scenario: Scenario, trials: int, rows: int) -> Iterator[str]:
    for slack in SLACKS:
        limit = scenario.truth - slack
        if not scenario.least < limit:
            yield f"{'-':>9}{'-':>8}{'-':>7}{'-':>8}"
            continue
        middle = needed(scenario, slack, trials, rows)
        fixed = best_fixed(scenario, slack, trials, rows)
        ratio = f"{middle / fixed:.2f}" if middle and fixed else "-"
        share = f"{100 * min(middle, FILE) / FILE:.0f}%" if middle else "-"
        yield f"{middle or '-':>9}{fixed or '-':>8}{ratio:>7}{share:>8}"


def verdict_seconds() -> Iterator[tuple[str, float]]:
    """What the bounds of 10,000 rows take."""
    rng = Random(SEED)
    kinds = {
        "right or wrong": [float(rng.random() < 0.9) for _ in range(10_000)],
        "graded": [rng.betavariate(4, 1) for _ in range(10_000)],
    }
    for name, values in kinds.items():
        started = time.perf_counter()
        sequence_bounds(values)
        yield name, time.perf_counter() - started


def main() -> None:
    """Print the table, a scenario at a time, and what a verdict takes."""
    parser = argparse.ArgumentParser(prog="bench.sequences", description=__doc__)
    parser.add_argument("--trials", type=int, default=TRIALS)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--only", default="", help="scenarios whose name has these words")
    args = parser.parse_args()
    few = max(args.trials // 2, 1)
    print(f"{'ever within ' + format(args.rows, ',') + ' rows, in %':44}{'false':>7}{'false':>7}"
          + "".join(f"{f'{slack:.2f} off':>9}{'fixed':>8}{'ratio':>7}{'of file':>8}"
                    for slack in SLACKS))  # fmt: skip
    print(f"{'':44}{'pass':>7}{'fail':>7}")
    most = 0.0
    for scenario in scenarios():
        if args.only not in scenario.name:
            continue
        wrong = false(scenario, args.trials, args.rows)
        most = max(most, *wrong)
        shares = "".join(f"{100 * share:7.1f}" for share in wrong)
        print(f"{scenario.name:44}{shares}{''.join(_cells(scenario, few, args.rows))}", flush=True)
    error = standard_error(args.trials)
    allowed = 100 * (0.05 + 3 * error)
    print(f"most: {100 * most:.1f}%; 5% and three standard errors are {allowed:.1f}%")
    for name, seconds in verdict_seconds():
        print(f"a verdict on 10,000 rows, {name}: {1000 * seconds:.0f} ms")


if __name__ == "__main__":
    main()
