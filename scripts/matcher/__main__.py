"""Learn the semantic matcher's arrays: `python -m scripts.matcher`.

Reads the built-in tasks' texts, `bench/intents/development.yaml` and the calibration half of the
keyword matcher's golden intents; writes `platform/catalog/learned.npz`. What an intent is weighed
by was learned without it: the intents are dealt into folds, and features of a fold come from
prototypes and a hearing of verbs that were made from the others.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression

from bench.intents.intents import DEVELOPMENT, Intent, golden, intents, kinds
from pareta_plan.platform.catalog import semantic
from pareta_plan.platform.catalog.catalog import Catalog
from pareta_plan.platform.catalog.matcher import Matcher
from pareta_plan.platform.catalog.semantic import KINDS, Learned, Semantic, key, sayings
from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.sentences.sentences import model
from scripts.matcher.verbs import requests

PROTOTYPES, OF_NOTHING = 6, 24
FOLDS = 8
BATCH = 32
MADE_UP, SAID = 0.5, 2.0
"""What a made-up request and an intent weigh in the hearing of verbs."""

Arrays = dict[str, NDArray[Any]]


def vectors(texts: Sequence[str]) -> NDArray[Any]:
    """Of texts, some at a time."""
    parts = [model().vectors(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
    return np.concatenate(parts)


class Lesson:
    """The development intents, with everything of theirs that takes long to compute."""

    def __init__(self, specs: tuple[TaskSpec, ...], said: list[Intent]) -> None:
        self.specs, self.said = specs, said
        self.vectors = vectors([intent.text for intent in said])
        self.texts = [vectors(sayings(spec)) for spec in specs]
        made = list(requests())
        self._made_kinds = [KINDS.index(kind) for kind, _ in made]
        self._made = vectors([text for _, text in made])
        keywords = Matcher(specs)
        self.keyword = [keywords.scores(intent.text) for intent in said]

    def arrays(self, seen: Sequence[int]) -> Arrays:
        """Prototypes and the hearing of verbs, from some of the intents."""
        made: Arrays = {
            "nothing": self._centres([i for i in seen if self.said[i].none], OF_NOTHING)
        }
        for spec, texts in zip(self.specs, self.texts, strict=True):
            own = [i for i in seen if self.said[i].right == spec.id]
            made[key(spec)] = self._centres(own, PROTOTYPES, texts)
        return made | self._hearing(seen)

    def _centres(
        self, which: list[int], count: int, more: NDArray[Any] | None = None
    ) -> NDArray[Any]:
        points = (
            self.vectors[which] if more is None else np.concatenate([more, self.vectors[which]])
        )
        centres = KMeans(count, n_init=4, random_state=0).fit(points).cluster_centers_
        whole: NDArray[Any] = np.rint(centres / np.abs(centres).max(1, keepdims=True) * 127)
        return np.asarray(whole, np.int8)

    def _hearing(self, seen: Sequence[int]) -> Arrays:
        of_tasks = kinds(self.specs)
        told = [(i, kind) for i in seen if (kind := self.said[i].kind(of_tasks))]
        points = np.concatenate([self._made, self.vectors[[i for i, _ in told]]])
        heard = self._made_kinds + [KINDS.index(kind) for _, kind in told]
        weight = [MADE_UP] * len(self._made) + [SAID] * len(told)
        learned = LogisticRegression(C=5, max_iter=1000).fit(points, heard, sample_weight=weight)
        return {
            "kinds": learned.coef_.astype(np.float32),
            "kinds_bias": learned.intercept_.astype(np.float32),
        }

    def features(self, arrays: Arrays, which: Sequence[int]) -> NDArray[Any]:
        """A row for each of some intents and each task."""
        weighing = Semantic(self.specs, Learned(arrays))
        rows = [
            weighing.features(self.said[i].text, self.vectors[i], self.keyword[i]) for i in which
        ]
        return np.concatenate(rows)

    def right(self, which: Sequence[int]) -> NDArray[Any]:
        """Whether the task of each row is the one that is meant."""
        return np.array([self.said[i].right == spec.id for i in which for spec in self.specs])


def learn(lesson: Lesson) -> Arrays:
    """All arrays, from all intents."""
    order = list(range(len(lesson.said)))
    random.Random(0).shuffle(order)
    folds = [order[n::FOLDS] for n in range(FOLDS)]
    rows = np.concatenate(
        [
            lesson.features(lesson.arrays([i for i in order if i not in set(fold)]), fold)
            for fold in folds
        ]
    )
    right = np.concatenate([lesson.right(fold) for fold in folds])
    mean, spread = rows.mean(0), rows.std(0)
    weighed = LogisticRegression(C=10, max_iter=1000).fit((rows - mean) / spread, right)
    return lesson.arrays(order) | {
        "mean": mean,
        "spread": spread,
        "weights": weighed.coef_[0],
        "bias": weighed.intercept_,
    }


def main() -> None:
    """Learn, and write the arrays."""
    specs = tuple(task.spec for task in Catalog().tasks())
    lesson = Lesson(specs, [*intents(DEVELOPMENT), *golden("calibration")])
    path = Path(semantic.__file__).with_name(semantic.LEARNED)
    np.savez_compressed(path, allow_pickle=False, **learn(lesson))
    print(f"{path.name}: {path.stat().st_size} bytes, from {len(lesson.said)} intents")


if __name__ == "__main__":
    main()
