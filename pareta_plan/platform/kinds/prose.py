"""Prose: the answer is a text, such as a summary, a reply or a translation.

`similarity` says how texts are compared. Texts that are both empty score 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pareta_plan.platform.kinds.kind import Kind, Parts
from pareta_plan.platform.kinds.misfit import Misfit
from pareta_plan.platform.kinds.similarity import SCORERS
from pareta_plan.written.explain import shown

_ANSWER_TOKENS = 1024


class Prose(Kind):
    """A task whose answers are texts."""

    name = "prose"
    made_of = None
    scorers = tuple(SCORERS)
    actions = """
        answer compose draft explain generate paraphrase reply rephrase respond rewrite shorten
        simplify summarise summary translate translation write
        """
    prompt_field = "recommended_system_prompt"

    def _take(self, _parts: Parts) -> None:
        pass

    @property
    def is_prose(self) -> bool:
        return True

    def schema(self) -> dict[str, Any]:
        """A text."""
        return {"type": "string"}

    def misfits(self, expected: Any) -> Iterator[Misfit]:
        """What is no text."""
        if not isinstance(expected, str):
            yield Misfit((), f"expected a text, got {shown(expected)}")

    def shows(self, _expected: Any) -> list[str]:
        """Nothing: there are no labels or fields."""
        return []

    def score(self, expected: Any, output: Any) -> float:
        """One row's score; raises ParetaError where the scorer's library isn't installed."""
        if not isinstance(output, str):
            return 0.0
        want, got = str(expected).strip(), output.strip()
        if not want or not got:
            return float(want == got)
        return SCORERS[self._scorer](want, got)

    def constraint(self) -> dict[str, Any]:
        """An end, and nothing else."""
        return {"max_tokens": _ANSWER_TOKENS}

    def read(self, text: str) -> Any:
        return text
