"""Learn the semantic matcher's arrays: `python -m scripts.matcher`.

Reads the built-in tasks' texts, `bench/intents` and the keyword matcher's golden intents; writes
`platform/catalog/learned.npz`. What an intent is weighed by was learned without it, and without any
of its manner: manners are dealt into folds, and features of a fold come from prototypes and a
hearing that were made from the others. What the folds show of thresholds is printed: it is what
can be expected of manners that nobody has seen. The golden intents aren't shown: keywords were
tuned on them.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from bench.intents.intents import GOLDEN_MANNER, learned_from
from bench.made_up_tasks import made_up
from pareta_plan.platform.catalog import semantic
from pareta_plan.platform.catalog.catalog import Catalog
from pareta_plan.platform.catalog.semantic import OF_HEARING
from scripts.matcher.lesson import Arrays, Lesson

FOLDS = 8
BESIDE = 92
BINS = 10
THRESHOLDS = (0.7, 0.75, 0.8, 0.85, 0.9)


def learn(lesson: Lesson) -> Arrays:
    """All arrays, from all intents."""
    every = range(len(lesson.said))
    manners = sorted({one.manner for one in lesson.said})
    random.Random(0).shuffle(manners)
    folds = [
        [i for i in every if manners.index(lesson.said[i].manner) % FOLDS == n]
        for n in range(FOLDS)
    ]
    alone, crowded, others = [], [], []
    for fold in folds:
        arrays = lesson.arrays([i for i in every if i not in set(fold)])
        alone.append(lesson.features(arrays, fold))
        crowded.append(lesson.features(arrays, fold, made_up(BESIDE)))
        others.append(lesson.features_of_others(arrays, fold))
    right = np.concatenate([lesson.right(fold) for fold in folds])
    shown = np.array([lesson.said[i].manner != GOLDEN_MANNER for fold in folds for i in fold])
    of_learned = np.concatenate([*alone, *crowded])
    mean, spread = of_learned.mean(0), of_learned.std(0)
    weighed = _weighed((of_learned - mean) / spread, np.concatenate([right, right]))
    told = (np.concatenate(others) - mean) / spread
    of_others = _weighed(told[:, :-OF_HEARING], right)
    weights = np.stack([np.append(of_others.coef_[0], [0] * OF_HEARING), weighed.coef_[0]])
    for name, rows in (("the built-in tasks", alone), (f"{BESIDE} more beside them", crowded)):
        print(name)
        told_of = weighed.predict_proba((np.concatenate(rows) - mean) / spread)[:, 1]
        _report(told_of, right, shown)
    print("each taken for a task that wasn't learned")
    _report(of_others.predict_proba(told[:, :-OF_HEARING])[:, 1], right, shown)
    return lesson.arrays(every) | {
        "mean": mean,
        "spread": spread,
        "weights": weights,
        "bias": np.array([of_others.intercept_[0], weighed.intercept_[0]]),
    }


def _weighed(rows: NDArray[Any], right: NDArray[Any]) -> LogisticRegression:
    return LogisticRegression(C=10, max_iter=1000).fit(rows, right)


def _report(probabilities: NDArray[Any], right: NDArray[Any], shown: NDArray[Any]) -> None:
    """Of the intents that are shown, by their best task: matched and right, matched wrongly."""
    tasks = len(right) // len(shown)
    by_intent = probabilities.reshape(-1, tasks)[shown]
    meant = right.reshape(-1, tasks)[shown]
    best, sure, ours = by_intent.argmax(1), by_intent.max(1), meant.any(1)
    found = meant[np.arange(len(meant)), best]
    bins = (sure * BINS).astype(int)
    error = sum(abs((sure - found)[bins == place].sum()) for place in range(BINS + 1)) / len(sure)
    print(
        f"  {ours.sum()} intents and {(~ours).sum()} of no task; the right task is first for "
        f"{found[ours].mean():.1%}; calibration error {error:.3f}"
    )
    for least in THRESHOLDS:
        matched = sure >= least
        print(
            f"  from {least}: {(matched & found)[ours].mean():.1%} found, "
            f"{matched[~ours].mean():.1%} of the others matched, {found[matched].mean():.1%} right"
        )


def main() -> None:
    """Learn, and write the arrays."""
    specs = tuple(task.spec for task in Catalog().tasks())
    lesson = Lesson(specs, learned_from([spec.id for spec in specs]))
    path = Path(semantic.__file__).with_name(semantic.LEARNED)
    np.savez_compressed(path, allow_pickle=False, **learn(lesson))
    print(f"{path.name}: {path.stat().st_size} bytes, from {len(lesson.said)} intents")


if __name__ == "__main__":
    main()
