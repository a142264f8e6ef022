"""From an intent to a task: by keywords first, and by what it means where they leave it open."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.matcher import Matcher
from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.wire import TaskMatch, TaskMatchCandidate

if TYPE_CHECKING:  # numpy is imported by whoever needs it
    from pareta_plan.platform.catalog.semantic import Semantic
    from pareta_plan.platform.pulled import Told

SEMANTIC = "semantic"
HIGH = 0.9
"""A task is matched from this probability on. Of intents in manners that were left out, 96 in a
hundred of those were right; of intents that mean no task fewer than 3 in a hundred were matched."""
MEDIUM = 0.4
CLOSE = 0.25
"""Two tasks are both plausible when each is this probable, and neither is matched."""
TRUSTED = 0.85
"""Keywords that match by less are weighed together with the meaning, where that can be had: of
those that reach it about 1 in 20 is wrong, of the others 1 in 6."""
FEWEST = 0.01
"""What is less probable is no candidate."""


class Matching:
    """Matches intents against a fixed catalog; the same query always gives the same answer.

    Keywords alone are compared where the sentence model can't be had, and the answer says so.
    `progress` is told when the model's weights are pulled.
    """

    def __init__(self, specs: Iterable[TaskSpec], progress: Told | None = None) -> None:
        self._specs = tuple(specs)
        self._progress = progress

    @cached_property
    def keywords(self) -> Matcher:
        """The first of the two, which needs no weights."""
        return Matcher(self._specs)

    @cached_property
    def _semantic(self) -> Semantic:
        from pareta_plan.platform.catalog.semantic import Semantic
        from pareta_plan.platform.sentences.sentences import model

        model(self._progress)
        return Semantic(self._specs)

    def match(self, query: str, top_k: int = 5) -> TaskMatch:
        """The tasks that `query` may mean, best first, at most `top_k` of them."""
        by_keywords = self.keywords.match(query, top_k)
        if _settled(by_keywords) or not _says_something(query):
            return by_keywords
        try:
            return self._by_meaning(query, top_k)
        except (ImportError, ParetaError) as missing:
            why = f"only keywords were compared, since {missing}"
            return by_keywords.model_copy(update={"reasoning": why})

    def _by_meaning(self, query: str, top_k: int) -> TaskMatch:
        probabilities = self._semantic.probabilities(query, self.keywords.scores(query))
        ranked = sorted(
            (
                TaskMatchCandidate(task_id=spec.id, score=p, confidence=confidence(p))
                for spec, p in zip(self._specs, probabilities, strict=True)
                if p >= FEWEST
            ),
            key=lambda candidate: (-candidate.score, candidate.task_id),
        )
        chosen = ranked[0] if ranked and ranked[0].score >= MEDIUM else None
        matched = chosen is not None and chosen.confidence == "high"
        return TaskMatch(
            query=query,
            matched=matched,
            chosen=chosen,
            candidates=ranked[: max(top_k, 0)],
            ambiguous=not matched and len(ranked) > 1 and ranked[1].score >= CLOSE,
            matcher=SEMANTIC,
        )


def confidence(probability: float) -> Literal["high", "medium", "low"]:
    """What is sure, plausible, and neither."""
    if probability >= HIGH:
        return "high"
    return "medium" if probability >= MEDIUM else "low"


def _settled(match: TaskMatch) -> bool:
    """Whether keywords leave nothing open: one task beyond doubt, or several by what is said."""
    sure = match.matched and match.chosen is not None and match.chosen.score >= TRUSTED
    return sure or match.ambiguous


def _says_something(query: str) -> bool:
    return any(char.isalpha() for char in query)
