"""Words that are foreign to any task that doesn't name them: other jobs, and other matters."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pareta_plan.platform.catalog.stems import stem, words_of

ACTIONS = words_of(
    """
    answer approve archive arrange book brainstorm bring budget buy calculate charge chase chatbot
    cheapest close collect compare comparison compose convert converter cook correct course create
    creation dashboard delete design diff discuss dispute draft draw edit explain explanation file
    finance financing fix forecast generate generator gist haggle hire improve invite lawyer learn
    lesson manage management match merge negotiate notify optimise organise paint paraphrase pay
    payment plan play poem prepare price pricing print produce proofread publish recipe recommend
    recommendation reconcile redact redline refactor remind reminder renew rent reopen reply
    rephrase respond response rewrite schedule search sell send settle share sign signature
    simulate speak storage store subscribe suggest suggestion sum summarise summarize summary
    synthesise teach template train transcribe transcript transcription translate translation
    translator tutor unsubscribe workflow write writing
    """
)
"""What is done by no task that sorts or reads."""

MATTERS = words_of(
    """
    accent animal audio camera caller chart code deepfake delivery duplicate face facial fake forged
    genuine image licence menu meter molecule music noise passport payslip phone photo picture plant
    prescription programming purchase receipt resume song source speaker statement stock
    url video voice website xray
    """
)
"""What isn't text, or another sort of it."""

NEGATIONS = frozenset(("not", "no", "don", "dont", "without", "never", "stop", "nor"))
BEGINNING = 3
LONG = 30
_WORD = re.compile(r"[^\W_]+")


def known(sayings: Iterable[str]) -> frozenset[str]:
    """The words that aren't foreign to a task, of the texts with which it presents itself."""
    return frozenset(stem(word) for saying in sayings for word in _WORD.findall(saying.casefold()))


def heard(query: str, known: frozenset[str]) -> tuple[bool, bool, bool, bool, bool]:
    """What of a query is foreign to a task that knows some words.

    Whether it begins with an action, has one, is about a matter, has an action and a negation, and
    has a negation.
    """
    words = _WORD.findall(query.casefold())
    actions, matters = ACTIONS - known, MATTERS - known
    stems = {stem(word) for word in words}
    negated = not NEGATIONS.isdisjoint(words)
    acts = not actions.isdisjoint(stems)
    begins = not actions.isdisjoint(_beginning(words))
    return begins, acts, not matters.isdisjoint(stems), acts and negated, negated


def _beginning(words: list[str]) -> set[str]:
    first: set[str] = set()
    for word in words[:BEGINNING]:
        if word in NEGATIONS:
            break
        first.add(stem(word))
    return first


def length(query: str) -> int:
    """How many words, LONG at most."""
    return min(len(_WORD.findall(query)), LONG)
