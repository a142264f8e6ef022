"""From an intent in plain words to a benchmark task: the deterministic keyword matcher.

Words are compared by their stems, as sets: order, case, plurals and punctuation don't
matter. There are five sorts of them:

* *fillers* ("please", "our", "of") and numbers are dropped;
* *actions* that go with a kind of task ("classify", "extract") weigh little and speak for
  the tasks of their kind, *carriers* ("text", "email") weigh little and speak for none:
  neither can tell one task from another, unless they are both name and keyword of one;
* *foreign actions* ("translate", "write") and *foreign matters* ("photo", "audio") weigh much
  and speak for no task, unless they are in a task's name or a keyword;
* all others are *terms*. A term weighs `log((n + 1) / df) / log(n + 1)`, where `n` is the
  number of tasks and `df` the sum of its strengths, at least 1: the rarer, the heavier. The
  less its best task knows it, the nearer is its weight to the constant of unknown words.

How well a task knows a word, in [0, 1], is its *strength*: in full as a keyword that is
also in the task's name (id and title), nearly so as another keyword, less in the name
only, as a part of a keyword phrase or of a label's or field's name, least in the
description. A phrase that is whole in the query counts as a unit: its words get full
strength. Synonyms are the tasks' own affair: they are keywords.

    coverage = sum(weight * strength) / sum(weight)     over the query's words
    lead     = sum(weight * (strength - the best other task's strength, if lower))
    score    = coverage * (BASE + (1 - BASE) * lead / (lead + HALF))

Words that speak in full for another task and hardly for this one explain nothing, and weigh
RIVAL times as much. A query that is a task's id or title scores 1. So a task has
to explain most of what the query says, and something that no other task explains as well:
with "classify support tickets" every task about tickets scores BASE at most.

Confidence is high when the score clears HIGH and leads all others by CLOSE. Thresholds and
weights are calibrated on `tests/platform/intents.yaml` so that a refusal is preferred over
a wrong match. Of misspellings only swapped and doubled letters are forgiven: with one
letter more, "contact" would be a contract. Intents in scripts without spaces between words
match only keywords that are whole tokens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import fsum
from typing import Literal, NamedTuple

from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.catalog.stems import stem
from pareta_plan.platform.catalog.vocabulary import (
    PHRASE_PART,
    UNKNOWN,
    WHOLE,
    Word,
    plain_words,
    spelling,
    stems,
    vocabulary,
)
from pareta_plan.wire import TaskMatch, TaskMatchCandidate

HIGH = 0.58
MEDIUM = 0.4
CLOSE = 0.15

BASE = 0.5
HALF = 0.3
RIVAL = 2.0

SHORTEST_TYPO = 6
REMEMBERED = 1 << 14
"""Words whose stems, and what follows from them, are kept."""


class _Said(NamedTuple):
    """What a word of a query says of a task that knows it.

    `excused`, not positive, is added to what the word weighs for all tasks.
    """

    lead: float
    explained: float
    excused: float


class _Asked(NamedTuple):
    """What a word of a query weighs, and what it says of each task that knows it.

    Only a word that tells tasks apart speaks for one; any other helps those that one speaks for.
    """

    weight: float
    tells: tuple[tuple[int, _Said], ...]
    helps: tuple[tuple[int, _Said], ...]


class _Top(NamedTuple):
    """The two highest of some values, none of them negative."""

    best: float
    second: float

    def lead(self, value: float) -> float:
        """By how much one of the values is above all others, negative if it isn't."""
        return value - (self.second if value == self.best else self.best)


class Matcher:
    """Matches intents against a fixed catalog; the same query always gives the same answer.

    What a word says of which task is worked out once, so a query costs what its words say.
    """

    def __init__(self, specs: Iterable[TaskSpec]) -> None:
        specs = tuple(specs)
        self._ids = tuple(spec.id for spec in specs)
        self._names = _names(specs)
        self._words = vocabulary(specs)
        self._known = {name: _asked(word, word.strengths) for name, word in self._words.items()}
        self._unknown = _asked(UNKNOWN, {})
        self._phrases = _phrases(specs)
        self._spellings = {spelling(w): w for w in sorted(self._words) if len(w) >= SHORTEST_TYPO}
        self._meant = lru_cache(REMEMBERED)(self._respelt)
        self._whole = lru_cache(REMEMBERED)(self._in_phrases)

    def match(self, query: str, top_k: int = 5) -> TaskMatch:
        """The tasks that `query` may mean, best first, at most `top_k` of them."""
        scores = self._scores(query)
        ranked = sorted((-score, self._ids[task]) for task, score in scores.items() if score > 0)
        top = _top(scores.values())
        candidates = [_candidate(top, *one) for one in ranked[: max(top_k, 1)]]
        chosen = candidates[0] if top.best >= MEDIUM else None
        return TaskMatch(
            query=query,
            matched=chosen is not None and chosen.confidence == "high",
            chosen=chosen,
            candidates=candidates[: max(top_k, 0)],
            ambiguous=top.second >= MEDIUM and top.best - top.second < CLOSE,
            matcher="keyword",
        )

    def scores(self, query: str) -> list[float]:
        """How well `query` fits each task of the catalog, in its order, in [0, 1]."""
        found = self._scores(query)
        return [found.get(task, 0.0) for task in range(len(self._ids))]

    def _scores(self, query: str) -> dict[int, float]:
        """Of the tasks that the query says something of."""
        words = frozenset(map(self._meant, plain_words(query)))
        whole = self._said_whole(words)
        asked = [
            self._whole(word, frozenset(whole[word]))
            if word in whole
            else self._known.get(word, self._unknown)
            for word in words
        ]
        of_tasks: dict[int, list[_Said]] = {}
        for word in asked:
            for task, said in word.tells:
                of_tasks.setdefault(task, []).append(said)
        for word in asked:
            for task, said in word.helps:
                if task in of_tasks:
                    of_tasks[task].append(said)
        weights = [word.weight for word in asked]
        scores = {task: _score(weights, said) for task, said in of_tasks.items()}
        return scores | dict.fromkeys(self._names.get(words, ()), 1.0)

    def _respelt(self, plain: str) -> str:
        """The stem of a word; of one misspelt by swapped or doubled letters, the catalog's."""
        word = stem(plain)
        if word in self._words or len(word) < SHORTEST_TYPO:
            return word
        return self._spellings.get(spelling(word), word)

    def _said_whole(self, words: frozenset[str]) -> dict[str, set[int]]:
        """The words of phrases that are whole in the query, and the tasks that have those."""
        whole: dict[str, set[int]] = {}
        for word in words & self._phrases.keys():
            for phrase, task in self._phrases[word]:
                if phrase <= words:
                    for part in phrase:
                        whole.setdefault(part, set()).add(task)
        return whole

    def _in_phrases(self, name: str, tasks: frozenset[int]) -> _Asked:
        """A word that some tasks know in full, since they have it in a phrase of the query."""
        word = self._words.get(name, UNKNOWN)
        return _asked(word, {**word.strengths, **dict.fromkeys(tasks, WHOLE)})


def _names(specs: Iterable[TaskSpec]) -> dict[frozenset[str], list[int]]:
    """The tasks by the words of their ids and titles."""
    names: dict[frozenset[str], list[int]] = {}
    for task, spec in enumerate(specs):
        for name in {stems(spec.id), stems(spec.title)} - {frozenset()}:
            names.setdefault(name, []).append(task)
    return names


def _phrases(specs: Iterable[TaskSpec]) -> dict[str, list[tuple[frozenset[str], int]]]:
    """The keywords of several words, by the one of them that is in the fewest."""
    keywords = ((stems(k), task) for task, spec in enumerate(specs) for k in spec.keywords)
    phrases = [(words, task) for words, task in keywords if len(words) > 1]
    often = Counter(word for words, _ in phrases for word in words)
    by_word: dict[str, list[tuple[frozenset[str], int]]] = {}
    for words, task in phrases:
        rarest = min(words, key=lambda word: (often[word], word))
        by_word.setdefault(rarest, []).append((words, task))
    return by_word


def _asked(word: Word, strengths: Mapping[int, float]) -> _Asked:
    top = _top(strengths.values())
    said = tuple((task, _said(word, top, strength)) for task, strength in strengths.items())
    weight = word.weight * (RIVAL if top.best == WHOLE else 1)
    return _Asked(weight, said, ()) if word.telling else _Asked(weight, (), said)


def _said(word: Word, top: _Top, strength: float) -> _Said:
    lead = word.weight * max(0.0, top.lead(strength)) if word.telling else 0.0
    if top.best < WHOLE:
        return _Said(lead, word.weight * strength, 0.0)
    if strength <= PHRASE_PART:  # another task's name explains nothing
        return _Said(lead, 0.0, 0.0)
    return _Said(lead, word.weight * strength, -word.weight)


def _top(values: Iterable[float]) -> _Top:
    *_, second, best = sorted((0.0, 0.0, *values))
    return _Top(best, second)


def _score(weights: list[float], of_task: list[_Said]) -> float:
    """`fsum` rounds once, so no order of words changes a score."""
    leads, explained, excused = zip(*of_task)  # noqa: B905 - triples
    lead = fsum(leads)
    coverage = fsum(explained) / fsum([*weights, *excused])
    return round(coverage * (BASE + (1 - BASE) * (lead / (lead + HALF))), 4)


def _candidate(top: _Top, minus_score: float, task_id: str) -> TaskMatchCandidate:
    score = -minus_score
    return TaskMatchCandidate(
        task_id=task_id, score=score, confidence=_confidence(score, top.lead(score))
    )


def _confidence(score: float, lead: float) -> Literal["high", "medium", "low"]:
    """How sure it is that the task is meant; a task that isn't clearly the best isn't sure."""
    if (score >= HIGH and lead >= CLOSE) or (score == 1 and lead > 0):
        return "high"
    return "medium" if score >= MEDIUM else "low"
