"""What an intent means: the backstop for words that no task knows.

An intent and what is known of a task are compared as vectors, and what they say of each other is
weighed by a logistic regression, whose features are relative to a task, so that a project's own
tasks take part without learning anew:

* by how much the keyword matcher's score leads those of all other tasks;
* how near the intent is to the task's two nearest prototypes, and by how much nearer than to
  those of intents that no task is for;
* the logarithm of the task's share in a soft vote of all prototypes;
* the log-odds that the intent asks for the task's kind of work, by another logistic regression
  that hears the verb whatever it is said about;
* whether a word that is foreign to the task (an action such as "pay", a matter such as "photo") is
  at the intent's beginning, or anywhere in it, and whether it is negated;
* how short the intent is.

A built-in task's prototypes are the centres of clusters of its texts and of the intents that it was
learned from, another task's are its texts themselves. `python -m scripts.matcher` makes the
arrays from the task's texts and `bench/intents/development.yaml`. The scores come out the same
on every machine: sums are made in one order, and what is left to a mathematical library is
rounded at 1e-4.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pareta_plan.platform.catalog import foreign
from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.sentences.exact import Floats, total
from pareta_plan.platform.sentences.sentences import model

LEARNED = "learned.npz"
WARMTH = 0.07
"""How sharply a vote falls with the distance: the exponent is the cosine over it."""
NEAREST = 2
KINDS = ("classification", "extraction", "other")

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
    """The arrays: prototypes by key, those of no task, what hears the verb, and the weights."""

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

    def asked(self, vector: Floats) -> Numbers:
        """The odds of each kind of work that an intent may ask for."""
        scores = cosines(self.arrays["kinds"], vector) + self.arrays["kinds_bias"]
        odds = np.exp(scores - scores.max())
        return np.asarray(odds / odds.sum(), np.float64)

    def probabilities(self, features: Numbers) -> list[float]:
        """Of each task, that it is meant."""
        centred = (features - self.arrays["mean"]) / self.arrays["spread"]
        sums = total(centred * self.arrays["weights"])[:, 0] + self.arrays["bias"]
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

    def probabilities(self, query: str, keyword: Sequence[float]) -> list[float]:
        """Of each task, that the intent means it; `keyword` are the scores by keywords."""
        if not self._specs:
            return []
        return self._learned.probabilities(
            self.features(query, model().vectors([query])[0], keyword)
        )

    def features(self, query: str, vector: Floats, keyword: Sequence[float]) -> Numbers:
        """A row for each task."""
        to_tasks = [cosines(prototypes, vector) for prototypes in self._prototypes]
        to_nothing = cosines(self._learned.nothing, vector)
        near = np.array([_near(cosine) for cosine in to_tasks])
        votes = np.array([np.exp(cosine / WARMTH).mean() for cosine in to_tasks])
        everything = votes.sum() + np.exp(to_nothing / WARMTH).mean()
        asked = self._learned.asked(vector)
        fits = np.array([asked[_work(spec)] for spec in self._specs])
        words = np.array([foreign.heard(query, known) for known in self._known], np.float64)
        return np.column_stack(
            [
                leads(np.array(keyword)),
                near,
                np.log(fits + 0.01) - np.log(1.01 - fits),
                np.log(votes / everything),
                near - _near(to_nothing),
                words,
                np.full(len(near), 1 / (1 + foreign.length(query) / 6)),
            ]
        )


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
