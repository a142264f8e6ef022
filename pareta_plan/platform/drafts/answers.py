"""What the answers of labelled rows are: which kind of task has them, and what they are made of.

Where no kind is named it follows from the values:

* candidates in the rows are a ranking;
* lists of texts are labels, several a row, and so are texts with a sign between them;
* objects are the fields of an extraction, or JSON of a schema where no field could hold them;
* of single values few different ones, each three times or more, are labels; where most of them
  stand in their input they are a field of it, and else, where they are sentences, prose.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from pareta_plan.errors import RowsError
from pareta_plan.platform.drafts import candidates, labels
from pareta_plan.platform.drafts.fields import Fields, fields_of, holds
from pareta_plan.platform.drafts.labels import LEAST_ROWS, MOST_LABELS, labels_of
from pareta_plan.platform.drafts.shapes import schema_of

SENTENCE = 5
"""Words of an answer, in the mean, from which on it is prose."""


class Example(NamedTuple):
    """A labelled row, with its line in the file that it came from."""

    line: int
    input: str
    expected: Any
    candidates: Any = None
    """Of a ranking: the texts to put in order, where they aren't in the input."""

    @property
    def labels(self) -> list[str]:
        """The labels of an answer that is made of them."""
        return self.expected if isinstance(self.expected, list) else [self.expected]


class Answers(NamedTuple):
    """The kind of a task, and its labels, fields or schema."""

    kind: str
    labels: list[str] | None = None
    fields: Fields | None = None
    schema: dict[str, Any] | None = None


Read = tuple[Answers, list[Example]]


def answers_of(examples: Sequence[Example], column: str, kind: str | None = None) -> Read:
    """What the answers are, and the examples with answers of that kind; `column` had them.

    Raises RowsError for what is of no kind, or not of the one named.
    """
    read = _unpacked(examples)
    return _READERS[kind or _kind(read, column)](read, column)


def _unpacked(examples: Sequence[Example]) -> list[Example]:
    """The examples, their answers read as JSON where all of them are written so."""
    try:
        texts = [one.expected for one in examples]
        if not all(isinstance(text, str) and text.lstrip()[:1] in ("{", "[") for text in texts):
            return [*examples]
        return [one._replace(expected=json.loads(one.expected)) for one in examples]
    except ValueError:
        return [*examples]


def _kind(examples: Sequence[Example], column: str) -> str:
    values = [example.expected for example in examples]
    if any(example.candidates is not None for example in examples):
        return "ranking"
    if all(isinstance(value, list) for value in values):
        are_texts = all(isinstance(item, str) for value in values for item in value)
        return "labelling" if are_texts else "structure"
    if all(isinstance(value, Mapping) for value in values):
        return "extraction" if all(map(holds, values)) else "structure"
    if any(isinstance(value, Mapping | list) for value in values):
        raise RowsError(
            f"the values of {column!r} are of several sorts: some are objects or lists",
            hint="Labels are single values, fields are objects.",
        )
    return _kind_of_plain(examples, column)


def _kind_of_plain(examples: Sequence[Example], column: str) -> str:
    words = [labels.word(example.expected) for example in examples]
    times = Counter(words)
    if len(times) < 2:
        raise _no_choice(column, times)
    if labels.sign_between(words):
        return "labelling"
    if len(times) <= min(MOST_LABELS, len(words) // LEAST_ROWS):
        return "classification"
    pairs = zip(words, examples, strict=True)
    if sum(word.casefold() in one.input.casefold() for word, one in pairs) * 2 > len(words):
        return "extraction"
    if fmean(len(word.split()) for word in words) >= SENTENCE:
        return "prose"
    raise RowsError(
        f"{len(times)} different values of {column!r} in {len(words)} rows are no labels, and most "
        "of them don't stand in their input as a field would",
        hint="A task's answers are labels, at most a third as many as rows, or fields; --kind "
        "names another kind.",
    )


def _no_choice(column: str, times: Counter[str]) -> RowsError:
    [(value, rows)] = times.items()
    return RowsError(
        f"all {rows} values of {column!r} are {value[:40]!r}: there is no choice",
        hint="A classification needs rows of two labels or more.",
    )


def _classification(examples: Sequence[Example], column: str) -> Read:
    plain = [one._replace(expected=labels.word(one.expected)) for one in examples]
    times = Counter(one.expected for one in plain)
    if len(times) < 2:
        raise _no_choice(column, times)
    return Answers("classification", labels=labels_of(times)), plain


def _labelling(examples: Sequence[Example], _column: str) -> Read:
    values = [one.expected for one in examples]
    several = labels.several(values)
    times = Counter(label for value in several for label in value)
    read = [one._replace(expected=value) for one, value in zip(examples, several, strict=True)]
    return Answers("labelling", labels=labels_of(times)), read


def _extraction(examples: Sequence[Example], column: str) -> Read:
    read = [*examples]
    if not all(isinstance(one.expected, Mapping) for one in read):
        read = [one._replace(expected={column: labels.word(one.expected)}) for one in read]
    found = fields_of([one.expected for one in read])
    return Answers("extraction", fields=found), read


def _structure(examples: Sequence[Example], _column: str) -> Read:
    return Answers("structure", schema=schema_of([one.expected for one in examples])), [*examples]


def _ranking(examples: Sequence[Example], _column: str) -> Read:
    read = []
    for one in examples:
        input, expected = candidates.ranked(one.line, one.input, one.candidates, one.expected)
        read.append(one._replace(input=input, expected=expected))
    return Answers("ranking"), read


def _prose(examples: Sequence[Example], _column: str) -> Read:
    return Answers("prose"), [one._replace(expected=labels.word(one.expected)) for one in examples]


_READERS: Mapping[str, Callable[[Sequence[Example], str], Read]] = {
    "classification": _classification,
    "labelling": _labelling,
    "extraction": _extraction,
    "structure": _structure,
    "ranking": _ranking,
    "prose": _prose,
}
