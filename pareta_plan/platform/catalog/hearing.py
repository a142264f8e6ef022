"""What an intent asks for, heard by linear models of its vectors and its fragments.

Two of them: one hears the kind of work, whatever it is about, the other the tasks that it was
learned with, and that none of them is meant, with an answer for each kind of work. Weights are
whole numbers of eight bits, each row with what one of them is worth; the sums are made in one
order, so they are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pareta_plan.platform.catalog.fragments import fragments
from pareta_plan.platform.sentences.exact import Floats, total
from pareta_plan.platform.sentences.minilm import Reading

TINY = 1e-12
LOUDNESS = 1.5
"""The length of the fragments' part; the vectors', of the last and of the middle layer, is 1."""

Numbers = NDArray[Any]


class Heard(NamedTuple):
    """An intent as the linear models take it: its vectors, and the places of its fragments."""

    dense: Floats
    places: list[int]
    each: np.float32
    """What a fragment counts: together they have one length, however many they are."""


class Linear(NamedTuple):
    """A row of whole-numbered weights for each answer, what one is worth, and a bias."""

    dense: Numbers
    of_fragments: Numbers
    scale: Floats
    bias: Floats

    def scores(self, heard: Heard) -> Numbers:
        """Of each answer, not normalised."""
        sums = total(self.dense * heard.dense)[:, 0]
        if heard.places:
            sums = sums + total(self.of_fragments[:, heard.places].astype(np.float32))[:, 0] * (
                heard.each
            )
        return np.asarray(sums * self.scale + self.bias, np.float64)


class Hearing:
    """Hears what it has learned, of arrays under `kinds.*` and `tasks.*`."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._centre = arrays["centre"].astype(np.float32)
        names = str(arrays["fragments"]).split("\n")
        self._places = {fragment: place for place, fragment in enumerate(names)}
        self._kinds = _linear(arrays, "kinds")
        self._tasks = _linear(arrays, "tasks")
        self.learned = str(arrays["learned"]).split("\n")
        """The keys of the tasks that it hears, in the order of their odds."""

    def heard(self, text: str, reading: Reading) -> Heard:
        """A text with its vectors."""
        return heard(text, reading, self._centre, self._places)

    def kinds(self, heard: Heard) -> Numbers:
        """The shares of each kind of work that may be asked for."""
        return shares(self._kinds.scores(heard))

    def tasks(self, heard: Heard) -> Numbers:
        """The logarithms of the shares of no task, and of each learned one."""
        every = shares(self._tasks.scores(heard))
        none, tasks = every[: -len(self.learned)], every[-len(self.learned) :]
        return np.log(np.concatenate([total(none), tasks]) + TINY)


def heard(text: str, reading: Reading, centre: Floats, places: Mapping[str, int]) -> Heard:
    """Vectors around a centre, each of length 1, and the fragments that have a place."""
    vectors = np.stack(reading) - centre
    dense = (vectors / np.sqrt(total(vectors * vectors))).reshape(-1)
    found = sorted(places[one] for one in fragments(text) if one in places)
    each = np.float32(LOUDNESS) / np.sqrt(np.float32(max(1, len(found))))
    return Heard(dense, found, each)


def shares(scores: Numbers) -> Numbers:
    """By the exponential of each."""
    odds = np.exp(scores - scores.max())
    return np.asarray(odds / odds.sum(), np.float64)


def _linear(arrays: Mapping[str, NDArray[Any]], name: str) -> Linear:
    dense, of_fragments = arrays[f"{name}.dense"], arrays[f"{name}.fragments"]
    return Linear(
        dense.astype(np.float32), of_fragments, arrays[f"{name}.scale"], arrays[f"{name}.bias"]
    )
