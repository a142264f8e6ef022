"""Ranking: the answer is a list of the row's candidates by their ids, best first.

The row's input has the candidates with their ids; `expected` has the ids that are right, in any
order. A row scores by where those stand in the answer, each counted where it first stands.
`ndcg-10` is the discounted gain of the first ten with a gain of 1 for each that is right, over that
of the best order: K. Järvelin and J. Kekäläinen, "Cumulated gain-based evaluation of IR
techniques", ACM TOIS 20 (2002). `mrr` is the inverse of the first right one's place, 0 without one:
E. M. Voorhees, "The TREC-8 question answering track report" (1999). Where nothing is right, an
empty answer scores 1 and any other 0.

A model that isn't a language model reads an input of lines: `query: TEXT`, and `ID: TEXT` for each
candidate, whose id has no blanks. A line of another form belongs to the one before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from math import log2
from typing import Any, NamedTuple

from pareta_plan.platform.kinds.kind import Kind, Parts
from pareta_plan.platform.kinds.misfit import Misfit, not_texts

QUERY = "query"
_CUT = 10
_ANSWER_TOKENS = 512
_LINE = re.compile(r"(\S+?): +(.*)")


class Candidates(NamedTuple):
    """What is looked for, and the candidates' texts by their ids."""

    query: str
    texts: dict[str, str]


def candidates(text: str) -> Candidates:
    """The query and the candidates of an input of lines. Raises ValueError for another form."""
    said: dict[str, str] = {}
    last = None
    for line in text.split("\n"):
        if found := _LINE.fullmatch(line.strip()):
            last, told = found.groups()
            if last in said:
                raise ValueError(f"two lines begin with {last!r}")
            said[last] = told
        elif last is not None:
            said[last] += f" {line.strip()}"
    query = said.pop(QUERY, None)
    if query is None or not said:
        raise ValueError(f"expected a line `{QUERY}: TEXT` and lines `ID: TEXT` of candidates")
    return Candidates(query, said)


def as_input(query: str, texts: Mapping[str, str]) -> str:
    """The input of lines that `candidates` reads."""
    lines = {QUERY: query, **texts}
    return "\n".join(f"{id}: {' '.join(text.split())}" for id, text in lines.items())


class Ranking(Kind):
    """A task whose answers put candidates in order."""

    name = "ranking"
    made_of = None
    scorers = ("ndcg-10", "mrr")
    actions = """
        compare find lookup match order pair pick prioritise rank recommend rerank retrieval
        retrieve search select shortlist sort suggest
        """
    prompt_field = "recommended_system_prompt"

    def _take(self, _parts: Parts) -> None:
        pass

    def schema(self) -> dict[str, Any]:
        """A list of ids."""
        described = "ids of the candidates, the best first"
        return {"type": "array", "items": {"type": "string"}, "description": described}

    def misfits(self, expected: Any) -> Iterator[Misfit]:
        """What is no list of ids."""
        yield from not_texts(expected, "ids")

    def shows(self, _expected: Any) -> list[str]:
        """Nothing: there are no labels or fields."""
        return []

    @classmethod
    def compared(cls, text: str) -> str:
        """The query, where the input is of lines: many rows may have the same candidates."""
        try:
            return candidates(text).query
        except ValueError:
            return text

    def score(self, expected: Any, output: Any) -> float:
        if not isinstance(output, list):
            return 0.0
        right, ranked = set(map(str, expected)), list(dict.fromkeys(map(str, output)))
        if not right:
            return float(not ranked)
        places = [place for place, id in enumerate(ranked, 1) if id in right]
        if self._scorer == "mrr":
            return 1 / places[0] if places else 0.0
        return _gain(places) / _gain(range(1, len(right) + 1))

    def constraint(self) -> dict[str, Any]:
        """A JSON schema of a list of ids."""
        return {"json_schema": self.schema(), "max_tokens": _ANSWER_TOKENS}

    def read(self, text: str) -> Any:
        return json.loads(text)


def _gain(places: Sequence[int]) -> float:
    return sum(1 / log2(place + 1) for place in places if place <= _CUT)
