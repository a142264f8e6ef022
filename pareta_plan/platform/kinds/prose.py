"""Prose: the answer is a text, such as a summary, a reply or a translation.

`similarity` says how texts are compared. Texts that are both empty score 1.
"""

from __future__ import annotations

from typing import Any

from pareta_plan.platform.kinds.kind import Kind, Parts
from pareta_plan.platform.kinds.similarity import SCORERS

_ANSWER_TOKENS = 1024


class Prose(Kind):
    """A task whose answers are texts."""

    name = "prose"
    scorers = tuple(SCORERS)
    takes = None
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
