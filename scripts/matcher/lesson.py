"""What the semantic matcher learns from: intents, requests and the tasks' texts, as numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression

from bench.intents.intents import AMBIGUOUS, Intent, kinds
from pareta_plan.platform.catalog.fragments import fragments
from pareta_plan.platform.catalog.hearing import Heard, heard
from pareta_plan.platform.catalog.matcher import Matcher
from pareta_plan.platform.catalog.semantic import KINDS, Learned, Semantic, key, sayings
from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.sentences.minilm import Reading
from pareta_plan.platform.sentences.sentences import model
from scripts.matcher.verbs import requests

PROTOTYPES, OF_NOTHING = 6, 24
NOTHING = tuple(f"none {kind}" for kind in KINDS)
"""The answers that no task is meant."""
SEEN_OFTEN = 3
"""A fragment is learned when so many texts have it."""
BATCH = 32
OF_KINDS = {"request": 0.5, "intent": 2.0}
OF_TASKS = {"request": 0.3, "saying": 0.3, "intent": 1.0}
"""What a made-up request, a task's own text and an intent weigh in what is heard."""

Arrays = dict[str, NDArray[Any]]


class Told(NamedTuple):
    """A text, its vectors, and what is to be heard in it; None is nothing that teaches."""

    text: str
    reading: Reading
    kind: str | None
    task: str | None
    sort: str


def read(texts: Sequence[str]) -> list[Reading]:
    """Texts with their vectors, some at a time."""
    parts = [model().readings(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
    return [Reading(*pair) for part in parts for pair in zip(*part, strict=True)]


class Lesson:
    """The intents, with everything of theirs that takes long to compute."""

    def __init__(self, specs: tuple[TaskSpec, ...], said: list[Intent]) -> None:
        self.specs, self.said = specs, said
        self.readings = read([intent.text for intent in said])
        texts = [(spec, text) for spec in specs for text in sayings(spec)]
        of_texts = zip(texts, read([text for _, text in texts]), strict=True)
        self._texts = [
            Told(text, reading, None, spec.id, "saying") for (spec, text), reading in of_texts
        ]
        made = list(requests())
        self._made = [
            Told(text, reading, kind, NOTHING[-1] if kind == KINDS[-1] else None, "request")
            for (kind, text), reading in zip(made, read([text for _, text in made]), strict=True)
        ]
        of_tasks = kinds(specs)
        self._intents = [
            Told(
                one.text,
                reading,
                _work(one.kind(of_tasks)),
                None if one.right == AMBIGUOUS else _answer(one),
                "intent",
            )
            for one, reading in zip(said, self.readings, strict=True)
        ]
        self.centre = [np.stack(part).mean(0) for part in zip(*self.readings, strict=True)]

    def arrays(self, seen: Sequence[int]) -> Arrays:
        """Prototypes and what is heard, from some of the intents."""
        told = [self._intents[i] for i in seen]
        made: Arrays = {"nothing": _centres([t for t in told if t.task in NOTHING], OF_NOTHING)}
        for spec in self.specs:
            own = [t for t in (*self._texts, *told) if t.task == spec.id]
            made[key(spec)] = _centres(own, PROTOTYPES)
        return made | self._hearing([*told, *self._texts, *self._made])

    def _hearing(self, told: list[Told]) -> Arrays:
        often = Counter(fragment for one in told for fragment in fragments(one.text))
        names = sorted(fragment for fragment, times in often.items() if times >= SEEN_OFTEN)
        places = {name: place for place, name in enumerate(names)}
        centre = np.stack(self.centre).astype(np.float32)
        every = [heard(one.text, one.reading, centre, places) for one in told]
        rows = np.stack([_row(one, len(names)) for one in every])
        answers = [*NOTHING, *(spec.id for spec in self.specs)]
        made: Arrays = {
            "centre": centre,
            "fragments": np.array("\n".join(names)),
            "learned": np.array("\n".join(key(spec) for spec in self.specs)),
        }
        for name, order, said, weigh, firmness in (
            ("kinds", list(KINDS), [one.kind for one in told], OF_KINDS, 5.0),
            ("tasks", answers, [one.task for one in told], OF_TASKS, 10.0),
        ):
            places_of = [i for i, answer in enumerate(said) if answer]
            wanted = [order.index(said[i] or "") for i in places_of]
            weights = [weigh[told[i].sort] for i in places_of]
            fitted = LogisticRegression(C=firmness, max_iter=200, tol=1e-3)
            fitted.fit(rows[places_of], wanted, sample_weight=weights)
            made |= _whole(name, fitted, rows.shape[1] - len(names))
        return made

    def features(
        self, arrays: Arrays, which: Sequence[int], beside: Sequence[TaskSpec] = ()
    ) -> NDArray[Any]:
        """A row for each of some intents and each task, with others beside them in the catalog."""
        specs = (*self.specs, *beside)
        weighing, keywords = Semantic(specs, Learned(arrays)), Matcher(specs)
        rows = []
        for i in which:
            text = self.said[i].text
            found = weighing.features(text, self.readings[i], keywords.scores(text))
            rows.append(found[: len(self.specs)])
        return np.concatenate(rows)

    def features_of_others(self, arrays: Arrays, which: Sequence[int]) -> NDArray[Any]:
        """The same, each task taken for one that wasn't learned."""
        columns = []
        for place, spec in enumerate(self.specs):
            rows = self.features({n: a for n, a in arrays.items() if n != key(spec)}, which)
            columns.append(rows.reshape(len(which), len(self.specs), -1)[:, place])
        return np.stack(columns, 1).reshape(len(which) * len(self.specs), -1)

    def right(self, which: Sequence[int]) -> NDArray[Any]:
        """Whether the task of each row is the one that is meant."""
        return np.array([self.said[i].right == spec.id for i in which for spec in self.specs])


def _answer(intent: Intent) -> str:
    """The task, or what else is asked for; where that isn't told it is taken for something else."""
    if not intent.none:
        return intent.right
    return f"none {_work(intent.kind({})) or KINDS[-1]}"


def _work(kind: str | None) -> str | None:
    return kind if kind in (None, *KINDS) else KINDS[-1]


def _centres(told: list[Told], count: int) -> NDArray[Any]:
    points = np.stack([one.reading.last for one in told])
    centres = KMeans(count, n_init=4, random_state=0).fit(points).cluster_centers_
    whole: NDArray[Any] = np.rint(centres / np.abs(centres).max(1, keepdims=True) * 127)
    return np.asarray(whole, np.int8)


def _row(one: Heard, fragments: int) -> NDArray[Any]:
    present = np.zeros(fragments, np.float32)
    present[one.places] = one.each
    return np.concatenate([one.dense, present])


def _whole(name: str, fitted: LogisticRegression, dense: int) -> Arrays:
    """Weights as whole numbers of eight bits."""
    weights = fitted.coef_
    scale = np.abs(weights).max(1) / 127
    whole = np.asarray(np.rint(weights / scale[:, None]), np.int8)
    return {
        f"{name}.dense": whole[:, :dense],
        f"{name}.fragments": whole[:, dense:],
        f"{name}.scale": scale.astype(np.float32),
        f"{name}.bias": fitted.intercept_.astype(np.float32),
    }
