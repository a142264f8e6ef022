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

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from math import fsum, log
from typing import Literal, NamedTuple

from pareta_plan.platform.catalog import foreign
from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.catalog.stems import stem, words_of
from pareta_plan.platform.kinds.registry import KINDS
from pareta_plan.wire import TaskMatch, TaskMatchCandidate

HIGH = 0.58
MEDIUM = 0.4
CLOSE = 0.15

BASE = 0.5
HALF = 0.3

WHOLE = 1.0
KEYWORD = 0.95
TITLE = 0.75
PHRASE_PART = 0.5
NAME = 0.5
DESCRIPTION = 0.3

ACTION_WEIGHT = 0.25
CARRIER_WEIGHT = 0.15
UNKNOWN_WEIGHT = 0.7
RIVAL = 2.0
FOREIGN_WEIGHT = 1.5
MATTER_WEIGHT = 3.0

SHORTEST_TYPO = 6

WORD = re.compile(r"[^\W_]+")
CONTRACTED = re.compile(r"(?:n['\u2019]t|['\u2019](?:s|re|ve|ll|d|m))\b")
RUN = re.compile(r"(.)\1+")


def _stems(text: str) -> frozenset[str]:
    folded = CONTRACTED.sub("", unicodedata.normalize("NFKC", text).casefold())
    words = {w for w in WORD.findall(folded) if len(w) > 1 and not w.isdigit()}
    return frozenset(map(stem, words - FILLERS or words))


FILLERS = frozenset(
    WORD.findall("""
    a about across after again all also am an and another any anything are as at based be because
    been before being between both but by can could did do does doing done down each either etc
    every everything few first for from further get gets getting give given gives go goes going got
    had has have having he help helps her here him his how however if in incoming into is it its
    itself just keep kind kinds let lets like likes lot lots make makes many may me might more most
    much must my need needs new next no not now of off on once one only onto or other our ours out
    over own per please possible quick quickly really same say see she should show so some someone
    something such take takes than that the their them then there these they thing things this those
    through to too toward towards two under until up us use used uses using very via want wants was
    way we well were what whatever when where whether which while who whole whom whose why will with
    within without would yet you your yours
    ai app apps application applications appropriate arrive arrives automate automated automatic
    automatically automation available bot bots build come comes coming correct corpus data dataset
    datasets engine handle handled handles job jobs llm llms machine ml model models pipeline
    pipelines process processed processes processing program programs responsible return returned
    returns right software solution solutions system systems task tasks tool tools workflow
    workflows
    """)
)

ACTIONS = {name: words_of(kind.actions) for name, kind in KINDS.items()}

CARRIERS = words_of(
    """
    article chat client content conversation customer document email file inbox incoming input
    mail message note page paragraph passage pdf people piece scan scanned sentence short sms
    string text user
    """
)

FOREIGN = foreign.ACTIONS | words_of("chat")


@dataclass(frozen=True, slots=True)
class _Word:
    """What a word weighs, how well each task knows it, and whether it can tell tasks apart."""

    weight: float
    strengths: Sequence[float]
    telling: bool = True


class _Top(NamedTuple):
    """The two highest of some values."""

    best: float
    second: float

    def lead(self, value: float) -> float:
        """By how much one of the values is above all others, negative if it isn't."""
        return value - (self.second if value == self.best else self.best)


class Matcher:
    """Matches intents against a fixed catalog; the same query always gives the same answer."""

    def __init__(self, specs: Iterable[TaskSpec]) -> None:
        self._specs = tuple(specs)
        self._names = [
            {_stems(spec.id), _stems(spec.title)} - {frozenset()} for spec in self._specs
        ]
        keywords = (
            (_stems(k), task) for task, spec in enumerate(self._specs) for k in spec.keywords
        )
        self._phrases = [(words, task) for words, task in keywords if len(words) > 1]
        self._words = _vocabulary(self._specs)
        self._unknown = _Word(UNKNOWN_WEIGHT, (0.0,) * len(self._specs))
        self._spellings = {_spelling(w): w for w in sorted(self._words) if len(w) >= SHORTEST_TYPO}

    def match(self, query: str, top_k: int = 5) -> TaskMatch:
        """The tasks that `query` may mean, best first, at most `top_k` of them."""
        ranked = self._ranked(query)
        plausible = [c for c in ranked if c.score >= MEDIUM]
        chosen = plausible[0] if plausible else None
        return TaskMatch(
            query=query,
            matched=chosen is not None and chosen.confidence == "high",
            chosen=chosen,
            candidates=ranked[: max(top_k, 0)],
            ambiguous=len(plausible) > 1 and plausible[0].score - plausible[1].score < CLOSE,
            matcher="keyword",
        )

    def scores(self, query: str) -> list[float]:
        """How well `query` fits each task of the catalog, in its order, in [0, 1]."""
        words = frozenset(map(self._respelt, _stems(query)))
        asked = [(word, _top(word.strengths)) for word in self._with_phrases(words)]
        return [
            1.0 if words in names else _score(task, asked) for task, names in enumerate(self._names)
        ]

    def _ranked(self, query: str) -> list[TaskMatchCandidate]:
        scores = self.scores(query)
        top = _top(scores)
        candidates = [
            TaskMatchCandidate(
                task_id=spec.id, score=score, confidence=_confidence(score, top.lead(score))
            )
            for spec, score in zip(self._specs, scores, strict=True)
            if score > 0
        ]
        return sorted(candidates, key=lambda c: (-c.score, c.task_id))

    def _respelt(self, word: str) -> str:
        """The catalog's word that `word` misspells by swapped or doubled letters, or `word`."""
        if word in self._words or len(word) < SHORTEST_TYPO:
            return word
        return self._spellings.get(_spelling(word), word)

    def _with_phrases(self, words: frozenset[str]) -> list[_Word]:
        """The words, known in full by the tasks that have them in a phrase of the query."""
        known = {word: self._words.get(word, self._unknown) for word in words}
        for phrase, task in self._phrases:
            if phrase <= words:
                for word in phrase:
                    strengths = list(known[word].strengths)
                    strengths[task] = WHOLE
                    known[word] = replace(known[word], strengths=strengths)
        return list(known.values())


def _top(values: Iterable[float]) -> _Top:
    *_, second, best = sorted((0.0, 0.0, *values))
    return _Top(best, second)


def _score(task: int, asked: Sequence[tuple[_Word, _Top]]) -> float:
    explained, weight, lead = [], [], []
    for word, top in asked:
        strength = word.strengths[task]
        rival = strength <= PHRASE_PART and top.best == WHOLE
        explained.append(0.0 if rival else word.weight * strength)
        weight.append(word.weight * (RIVAL if rival else 1))
        if word.telling and strength:
            lead.append(word.weight * max(0.0, top.lead(strength)))
    if not lead:
        return 0.0
    distinct = fsum(lead) / (fsum(lead) + HALF)
    return round(fsum(explained) / fsum(weight) * (BASE + (1 - BASE) * distinct), 4)


def _confidence(score: float, lead: float) -> Literal["high", "medium", "low"]:
    """How sure it is that the task is meant; a task that isn't clearly the best isn't sure."""
    if (score >= HIGH and lead >= CLOSE) or (score == 1 and lead > 0):
        return "high"
    return "medium" if score >= MEDIUM else "low"


def _vocabulary(specs: Sequence[TaskSpec]) -> dict[str, _Word]:
    """Every word that weighs something else than an unknown one."""
    nothing = (0.0,) * len(specs)
    actions = frozenset[str]().union(*(ACTIONS[spec.kind] for spec in specs))
    words = {word: _Word(MATTER_WEIGHT, nothing) for word in foreign.MATTERS}
    words |= {word: _Word(FOREIGN_WEIGHT, nothing) for word in FOREIGN}
    words |= {word: _Word(CARRIER_WEIGHT, nothing, telling=False) for word in CARRIERS}
    for word in actions:
        kinds = tuple(float(word in ACTIONS[spec.kind]) for spec in specs)
        words[word] = _Word(ACTION_WEIGHT, kinds, telling=False)
    for word, strengths in _strengths(specs).items():
        if max(strengths) >= _bar(word, actions):
            words[word] = _Word(_weight(strengths), strengths)
    return words


def _bar(word: str, actions: Set[str]) -> float:
    """How well a task has to know a word to make a term of it."""
    if word in actions or word in CARRIERS:
        return WHOLE
    return TITLE if word in FOREIGN | foreign.MATTERS else 0.0


def _strengths(specs: Sequence[TaskSpec]) -> dict[str, tuple[float, ...]]:
    strengths: dict[str, list[float]] = {}
    for task, spec in enumerate(specs):
        for words, strength in _sayings(spec):
            for word in words:
                of_tasks = strengths.setdefault(word, [0.0] * len(specs))
                of_tasks[task] = max(of_tasks[task], strength)
    return {word: tuple(of_tasks) for word, of_tasks in strengths.items()}


def _sayings(spec: TaskSpec) -> Iterator[tuple[frozenset[str], float]]:
    """The words with which a task presents itself, and how strongly they speak for it."""
    title = _stems(f"{spec.id} {spec.title}")
    yield title, TITLE
    yield _stems(spec.description), DESCRIPTION
    yield _stems(" ".join([*(spec.labels or ()), *(spec.fields or ())])), NAME
    for keyword in spec.keywords:
        words = _stems(keyword)
        single = WHOLE if words <= title else KEYWORD
        yield words, single if len(WORD.findall(keyword)) == 1 else PHRASE_PART


def _weight(strengths: Sequence[float]) -> float:
    """A term's weight in (0, 1]: the fewer tasks know it, the heavier."""
    n = len(strengths)
    rarity = log((n + 1) / max(1.0, fsum(strengths))) / log(n + 1)
    return UNKNOWN_WEIGHT + (rarity - UNKNOWN_WEIGHT) * max(strengths)


def _spelling(word: str) -> str:
    """The same for words that differ by swapped or doubled letters after the first."""
    return word[0] + "".join(sorted(RUN.sub(r"\1", word)[1:]))
