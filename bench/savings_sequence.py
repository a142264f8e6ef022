"""How often the sequence of savings is ever wrong.

python -m bench.savings_sequence [--trials N] [--rows N]

Costs of rows are drawn from laws whose true ratio is known, up to 3,000 rows, and looked at from
some number of rows on at every number that sequences are looked at, which is more often than
batches end. With the limit at the truth, a run whose low bound ever reaches it passes falsely, and
one whose high bound is ever below it fails falsely. Each run's last bounds are those of the
product's own `savings`, or this stops.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from fractions import Fraction
from math import exp, isclose
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.gates import standard_error
from pareta_plan.gates.savings import at_any_rows, savings
from pareta_plan.gates.sequence import looks
from pareta_plan.project.lockfile import Measured

SEED = 1
TRIALS = 2000
ROWS = 3000
FIRST = (10, 50)
"""From so many rows on one looks; 50 is `at_least` where a manifest doesn't say otherwise."""

Costs = NDArray[Any]
Draw = Callable[[np.random.Generator, int], tuple[Costs, Costs]]
"""The costs of so many rows, with the model and with the baseline."""


def laws() -> Iterator[tuple[str, float, Draw]]:
    """Names, the true ratios of the baseline's cost to the model's, and the laws."""

    def lengths(spread: float, noise: float) -> Draw:
        def draw(rng: np.random.Generator, n: int) -> tuple[Costs, Costs]:
            length = np.exp(rng.normal(0, spread, n))
            own, other = (np.exp(rng.normal(0, noise, n)) for _ in range(2))
            return length * own, 10 * length * other

        return draw

    def rare(rng: np.random.Generator, n: int) -> tuple[Costs, Costs]:
        """One answer in a hundred is fifty times as long, of the model or of the baseline."""
        own, other = (1 + 49.0 * (rng.random(n) < 0.01) for _ in range(2))
        return own, 10 * other

    def own_only(rng: np.random.Generator, n: int) -> tuple[Costs, Costs]:
        """The same of the model alone."""
        return 1 + 49.0 * (rng.random(n) < 0.01), np.full(n, 10.0)

    yield "alike: the same tokens but for 5%", 10.0, lengths(0.5, 0.05)
    yield "independent answers, lengths vary little", 10.0, lengths(0.5, 0.3)
    yield "independent answers, lengths vary much", 10.0, lengths(1.0, 1.0)
    yield "rarely fifty times as long, either", 10.0, rare
    yield "rarely fifty times as long, the model", 10.0 / 1.49, own_only


def bounds(own: Costs, other: Costs, at: NDArray[np.int64]) -> tuple[Costs, Costs]:
    """The bounds at these numbers of rows."""
    mine, theirs = np.cumsum(own)[at - 1], np.cumsum(other)[at - 1]
    squares = (
        np.cumsum(other**2)[at - 1] / theirs**2
        - 2 * np.cumsum(own * other)[at - 1] / (mine * theirs)
        + np.cumsum(own**2)[at - 1] / mine**2
    )
    spread = np.sqrt(np.maximum(squares, 0) * at / (at - 1))
    half = np.array([at_any_rows(int(n)) for n in at])
    return theirs / mine / np.exp(half * spread), theirs / mine * np.exp(half * spread)


def _refuse_others(own: Costs, other: Costs, low: float, high: float) -> None:
    """Stop where these bounds aren't the product's."""
    costs = {
        "m": {i: Fraction(c) for i, c in enumerate(own)},
        "b": {i: Fraction(c) for i, c in enumerate(other)},
    }
    mine, theirs = (
        Measured(kind=kind, cost_per_request_usd=f"{np.mean(of):.12f}")
        for kind, of in (("open", own), ("frontier", other))
    )
    found = savings(mine, {"b": theirs}, costs, "m", always=True)
    same = found and isclose(found.low or 0, low, rel_tol=1e-4)
    if not (found and same and isclose(found.high or exp(99), high, rel_tol=1e-4)):
        raise SystemExit(f"the product says {found}, not {low} to {high}")


def wrong(draw: Draw, truth: float, trials: int, rows: int, first: int) -> tuple[float, float]:
    """The shares of runs that ever pass, and that ever fail, with the limit at the truth."""
    rng = np.random.default_rng(SEED)
    at = np.array([n for n in looks(rows) if n >= first])
    passes = fails = 0
    for trial in range(trials):
        own, other = draw(rng, rows)
        low, high = bounds(own, other, at)
        if trial == 0:
            _refuse_others(own, other, float(low[-1]), float(high[-1]))
        passes += bool((low >= truth).any())
        fails += bool((high < truth).any())
    return passes / trials, fails / trials


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench.savings_sequence", description=__doc__)
    parser.add_argument("--trials", type=int, default=TRIALS)
    parser.add_argument("--rows", type=int, default=ROWS)
    args = parser.parse_args()
    print(f"{'ever wrong within ' + format(args.rows, ',') + ' rows, in %':44}", end="")
    print("".join(f"{f'from {n}: pass':>16}{'fail':>7}" for n in FIRST))
    for name, truth, draw in laws():
        shares = [wrong(draw, truth, args.trials, args.rows, first) for first in FIRST]
        told = "".join(f"{100 * a:16.1f}{100 * b:7.1f}" for a, b in shares)
        print(f"{name:44}{told}", flush=True)
    error = standard_error(args.trials)
    print(f"5% and three standard errors are {100 * (0.05 + 3 * error):.1f}%")


if __name__ == "__main__":
    main()
