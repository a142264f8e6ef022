"""Whose fault it is: an error is the provider's, an answer that is none is the model's.

Servers accept a schema and ignore it, so every answer is held against what was wanted here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from pareta_plan.platform.providers.request import LABEL, Reply, Wanted

Fault = Literal["cut", "refused", "not_json", "outside"]
"""Out of tokens; unwilling; no JSON; JSON that is none of the labels or doesn't fit the schema."""

_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_FENCE = re.compile(r"\A```(?:json)?\s*\n(.*?)\n?```\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model answered; without a `fault`, `output` is as it was wanted."""

    reply: Reply
    output: Any = None
    fault: Fault | None = None


class _NotWanted(Exception):
    def __init__(self, fault: Fault) -> None:
        self.fault = fault


def load() -> None:
    """Import what judging needs, which no call in flight is to wait for."""
    import jsonschema  # noqa: F401


def judged(reply: Reply, wanted: Wanted | None) -> Answer:
    """A reply as an answer."""
    if reply.refused or reply.finish == "content_filter":
        return Answer(reply, fault="refused")
    if reply.finish == "length":
        return Answer(reply, fault="cut")
    if wanted is None:
        return Answer(reply, reply.text)
    try:
        return Answer(reply, _read(_bare(reply.text), wanted))
    except _NotWanted as found:
        return Answer(reply, fault=found.fault)


def _bare(text: str) -> str:
    """The text without what was thought before it and the fence around it."""
    text = _THOUGHT.sub("", text).strip()
    fenced = _FENCE.match(text)
    return fenced[1].strip() if fenced else text


def _read(text: str, wanted: Wanted) -> Any:
    if wanted.labels:
        return _label(text, wanted.labels)
    value = parsed(text)
    if not _fits(value, wanted):
        raise _NotWanted("outside")
    return value[wanted.member] if wanted.member else value


def _label(text: str, labels: tuple[str, ...]) -> str:
    """The label that is meant, written with its case and spaces or not, as JSON or bare."""
    known = {_folded(label): label for label in labels}
    if label := known.get(_folded(text)):
        return label
    value = parsed(text)
    if isinstance(value, Mapping) and set(value) == {LABEL}:
        value = value[LABEL]
    if isinstance(value, str) and (label := known.get(_folded(value))):
        return label
    raise _NotWanted("outside")


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def parsed(text: str) -> Any:
    """JSON as its standard has it. Raises the fault that it isn't."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise _NotWanted("not_json") from None


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)


def _fits(value: Any, wanted: Wanted) -> bool:
    try:
        return wanted.validator.is_valid(value)
    except RecursionError:
        return False
