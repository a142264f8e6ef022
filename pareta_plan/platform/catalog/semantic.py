"""What an intent means: the backstop for words that no task knows.

An intent and what is known of a task are compared, and what they say of each other is weighed by a
logistic regression, whose features are relative to a task, so that a project's own tasks take
part without learning anew:

* the keyword matcher's score, and by how much it leads those of all other tasks;
* how near the intent is to the task's two nearest prototypes, by how much nearer than to those of
  other tasks, and than to those of intents that no task is for;
* the logarithm of the task's share in a soft vote of all prototypes;
* the log-odds that the intent asks for the task's kind of work (`hearing`);
* whether a word that is foreign to the task (an action such as "pay", a matter such as "photo") is
  at the intent's beginning, or anywhere in it, and whether it is negated;
* how short the intent is;
* of a task that was learned with: the log-odds that it is what is asked for (`hearing`), and
  by how much they lead the other tasks' and those of none. Any other task has weights of its
  own, learned by taking each learned task for one that isn't.

A learned task's prototypes are the centres of clusters of its texts and of the intents that it was
learned from, another task's are its texts themselves. `python -m scripts.matcher` makes the
arrays from the tasks' texts and `bench/intents`. The scores come out the same on every
machine: sums are made in one order, and what is left to a mathematical library is rounded at 1e-4.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pareta_plan.platform.catalog import foreign
from pareta_plan.platform.catalog.hearing import Heard, Hearing
from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.sentences.exact import Floats, total
from pareta_plan.platform.sentences.minilm import Reading
from pareta_plan.platform.sentences.sentences import model

LEARNED = "learned.npz"
WARMTH = 0.07
"""How sharply a vote falls with the distance: the exponent is the cosine over it."""
NEAREST = 2
KINDS = ("classification", "extraction", "other")
OF_HEARING = 3
"""The last features, which only learned tasks have."""

Numbers = NDArray[Any]


def sayings(spec: TaskSpec) -> list[str]:
    """The texts with which a task presents itself."""
    return [spec.title, spec.description, *spec.keywords]


def key(spec: TaskSpec) -> str:
    """What a task's learned prototypes are kept under: its id, and the digest of its texts."""
    told = "\n".join([spec.kind, *sayings(spec)])
    return f"{spec.id}@{hashlib.sha256(told.encode()).hexdigest()[:16]}"


@dataclass(frozen=True)
class Learned:
    """The arrays: prototypes by key, those of no task, what is heard, and the weights."""

    arrays: dict[str, NDArray[Any]]

    @classmethod
    def shipped(cls) -> Learned:
        """Those that were learned from the development intents."""
        with files(__package__).joinpath(LEARNED).open("rb") as file, np.load(file) as arrays:
            return cls(dict(arrays))

    def prototypes(self, spec: TaskSpec) -> Floats:
        """A task's, each of length 1."""
        known = self.arrays.get(key(spec))
        return model().vectors(sayings(spec)) if known is None else _unit(known)

    @cached_property
    def nothing(self) -> Floats:
        """Those of intents that no task is for."""
        return _unit(self.arrays["nothing"])

    @cached_property
    def hearing(self) -> Hearing:
        """What hears the kind of work, and the learned tasks."""
        return Hearing(self.arrays)

    def probabilities(self, features: Numbers, learned: Numbers) -> list[float]:
        """Of each task, that it is meant; `learned` is 1 for one that it has learned, else 0."""
        centred = (features - self.arrays["mean"]) / self.arrays["spread"]
        weights, bias = self.arrays["weights"][learned], self.arrays["bias"][learned]
        sums = total(centred * weights)[:, 0] + bias
        return [round(float(p), 4) for p in 1 / (1 + np.exp(-sums))]


def _unit(whole: NDArray[Any]) -> Floats:
    vectors = whole.astype(np.float32)
    return vectors / np.sqrt(total(vectors * vectors))


def cosines(vectors: NDArray[Any], vector: Floats) -> Numbers:
    """The products of vectors with one, in one order."""
    return np.asarray(total(vectors * vector)[:, 0], np.float64)


class Semantic:
    """Weighs intents against a fixed catalog. Raises ParetaError without the sentence model."""

    def __init__(self, specs: Iterable[TaskSpec], learned: Learned | None = None) -> None:
        self._specs = tuple(specs)
        self._learned = learned or Learned.shipped()
        self._prototypes = [self._learned.prototypes(spec) for spec in self._specs]
        self._known = [foreign.known(sayings(spec)) for spec in self._specs]
        heard = {name: place for place, name in enumerate(self._learned.hearing.learned, start=1)}
        self._places = np.array([heard.get(key(spec), 0) for spec in self._specs], np.int64)

    def probabilities(self, query: str, keyword: Sequence[float]) -> list[float]:
        """Of each task, that the intent means it; `keyword` are the scores by keywords."""
        if not self._specs:
            return []
        found = model().readings([query])
        features = self.features(query, Reading(found.last[0], found.middle[0]), keyword)
        return self._learned.probabilities(features, np.minimum(self._places, 1))

    def features(self, query: str, reading: Reading, keyword: Sequence[float]) -> Numbers:
        """A row for each task."""
        heard = self._learned.hearing.heard(query, reading)
        scores = np.array(keyword)
        columns = [leads(scores), scores, *self._near(reading.last), *self._words(query)]
        return np.column_stack([*columns, self._fits(heard), *self._heard(heard)])

    def _near(self, vector: Floats) -> Iterator[Numbers]:
        """How near the intent is to each task, beside others and beside nothing."""
        to_tasks = [cosines(prototypes, vector) for prototypes in self._prototypes]
        to_nothing = cosines(self._learned.nothing, vector)
        near = np.array([_near(cosine) for cosine in to_tasks])
        votes = np.array([np.exp(cosine / WARMTH).mean() for cosine in to_tasks])
        everything = votes.sum() + np.exp(to_nothing / WARMTH).mean()
        yield from (near, leads(near), near - _near(to_nothing), np.log(votes / everything))

    def _words(self, query: str) -> Iterator[Numbers]:
        """What is foreign to each task, and how short the intent is."""
        yield from np.array([foreign.heard(query, known) for known in self._known], np.float64).T
        yield np.full(len(self._specs), 1 / (1 + foreign.length(query) / 6))

    def _fits(self, heard: Heard) -> Numbers:
        """The log-odds that a task's kind of work is asked for."""
        asked = self._learned.hearing.kinds(heard)
        fits = np.array([asked[_work(spec)] for spec in self._specs])
        return np.asarray(np.log(fits + 0.01) - np.log(1.01 - fits))

    def _heard(self, heard: Heard) -> Iterator[Numbers]:
        """The log-odds of each learned task, beside others and beside none; 0 of all others."""
        logs = self._learned.hearing.tasks(heard)
        mine, learned = logs[self._places], self._places > 0
        shares = np.exp(mine)
        *_, second, best = np.sort(logs)
        for feature in (
            np.log(shares + 0.001) - np.log(1.001 - shares),
            np.where(mine == best, mine - second, mine - best),
            mine - logs[0],
        ):
            yield np.where(learned, feature, 0.0)


def _work(spec: TaskSpec) -> int:
    """The place of a task's kind of work; kinds that nothing was learned of are the last."""
    return KINDS.index(spec.kind if spec.kind in KINDS else KINDS[-1])


def _near(cosine: Numbers) -> float:
    return float(np.sort(cosine)[-NEAREST:].mean())


def leads(scores: Numbers) -> Numbers:
    """By how much each is above the best of the others."""
    *_, second, best = np.sort(np.concatenate([[0.0], scores]))
    found: NDArray[Any] = np.where(scores == best, scores - second, scores - best)
    return found
