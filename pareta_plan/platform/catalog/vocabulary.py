"""The words of a catalog: what each weighs, and how well each task knows it.

See `matcher` for the sorts of words and how they are weighed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from math import fsum, log

from pareta_plan.platform.catalog import foreign
from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.catalog.stems import stem, words_of
from pareta_plan.platform.kinds.registry import KINDS

WHOLE = 1.0
KEYWORD = 0.95
TITLE = 0.75
PHRASE_PART = 0.5
NAME = 0.5
DESCRIPTION = 0.3

ACTION_WEIGHT = 0.25
CARRIER_WEIGHT = 0.15
UNKNOWN_WEIGHT = 0.7
FOREIGN_WEIGHT = 1.5
MATTER_WEIGHT = 3.0

WORD = re.compile(r"[^\W_]+")
NOT_POSTAL = re.compile(r"\b(e-?mail|ip|web|mac) (?=address)")
"""An address of another sort is a word of its own."""
CONTRACTED = re.compile(r"(?:n['\u2019]t|['\u2019](?:s|re|ve|ll|d|m))\b")
RUN = re.compile(r"(.)\1+")

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
class Word:
    """What a word weighs, how well tasks know it, and whether it can tell them apart.

    A task is named by its place in the catalog; one that isn't named doesn't know the word.
    """

    weight: float
    strengths: Mapping[int, float]
    telling: bool = True


UNKNOWN = Word(UNKNOWN_WEIGHT, {})


def plain_words(text: str) -> Set[str]:
    """The casefolded words of a text that aren't fillers; if there are no others, those."""
    folded = (text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold()
    folded = NOT_POSTAL.sub(r"\1", folded) if "address" in folded else folded
    if "'" in folded or "\u2019" in folded:
        folded = CONTRACTED.sub("", folded)
    words = {w for w in WORD.findall(folded) if len(w) > 1 and not w.isdigit()}
    return words - FILLERS or words


def stems(text: str) -> frozenset[str]:
    """What is left of a text's words without their endings."""
    return frozenset(map(stem, plain_words(text)))


def vocabulary(specs: Sequence[TaskSpec]) -> dict[str, Word]:
    """Every word that weighs something else than an unknown one."""
    actions = frozenset[str]().union(*(ACTIONS[spec.kind] for spec in specs))
    words = {word: Word(MATTER_WEIGHT, {}) for word in foreign.MATTERS}
    words |= {word: Word(FOREIGN_WEIGHT, {}) for word in FOREIGN}
    words |= {word: Word(CARRIER_WEIGHT, {}, telling=False) for word in CARRIERS}
    for word in actions:
        of_kind = {task: WHOLE for task, spec in enumerate(specs) if word in ACTIONS[spec.kind]}
        words[word] = Word(ACTION_WEIGHT, of_kind, telling=False)
    for word, strengths in _strengths(specs).items():
        if max(strengths.values()) >= _bar(word, actions):
            words[word] = Word(_weight(strengths, len(specs)), strengths)
    return words


def _bar(word: str, actions: Set[str]) -> float:
    """How well a task has to know a word to make a term of it."""
    if word in actions or word in CARRIERS:
        return WHOLE
    return TITLE if word in FOREIGN | foreign.MATTERS else 0.0


def _strengths(specs: Sequence[TaskSpec]) -> dict[str, dict[int, float]]:
    strengths: dict[str, dict[int, float]] = {}
    for task, spec in enumerate(specs):
        for words, strength in _sayings(spec):
            for word in words:
                of_tasks = strengths.setdefault(word, {})
                of_tasks[task] = max(of_tasks.get(task, 0.0), strength)
    return strengths


def _sayings(spec: TaskSpec) -> Iterator[tuple[frozenset[str], float]]:
    """The words with which a task presents itself, and how strongly they speak for it."""
    title = stems(f"{spec.id} {spec.title}")
    yield title, TITLE
    yield stems(spec.description), DESCRIPTION
    yield stems(" ".join([*(spec.labels or ()), *(spec.fields or ())])), NAME
    for keyword in spec.keywords:
        words = stems(keyword)
        single = WHOLE if words <= title else KEYWORD
        yield words, single if len(WORD.findall(keyword)) == 1 else PHRASE_PART


def _weight(strengths: Mapping[int, float], tasks: int) -> float:
    """A term's weight in (0, 1]: the fewer tasks know it, the heavier."""
    df = max(1.0, fsum(strengths.values()))
    rarity = log((tasks + 1) / df) / log(tasks + 1)
    return UNKNOWN_WEIGHT + (rarity - UNKNOWN_WEIGHT) * max(strengths.values())


def spelling(word: str) -> str:
    """The same for words that differ by swapped or doubled letters after the first."""
    return word[0] + "".join(sorted(RUN.sub(r"\1", word)[1:]))
