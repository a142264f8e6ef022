"""A task's files, drafted from labelled rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import yaml

from pareta_plan.errors import RowsError
from pareta_plan.platform.catalog.task_rows import LEAST_HELD_OUT, LEAST_OF_EACH
from pareta_plan.platform.drafts import models, words
from pareta_plan.platform.drafts.answers import Answers, Example, answers_of
from pareta_plan.platform.drafts.split import Split, split
from pareta_plan.platform.kinds.fields import FieldSpec

_SCORERS = {
    "classification": ("accuracy", "or macro-f1, where rare labels count as much as others"),
    "labelling": ("label-f1", "or exact-set, where only all the right labels count"),
    "extraction": ("field-f1", ""),
    "structure": ("value-f1", "or exact, where every value must be right, or schema-valid"),
    "ranking": ("ndcg-10", "or mrr, where only the first right one counts"),
    "prose": ("rouge-l", "docs/kinds.md has the others, and what each can't tell"),
}
"""Of each kind the scorer to begin with, and what is said of others."""


class Draft(NamedTuple):
    """A task's files by name, and what it was made of."""

    files: dict[str, bytes]
    answers: Answers
    split: Split
    models: list[str]

    @property
    def usual(self) -> float | None:
        """The share of held-out rows that the most frequent label answers.

        None where rows have any number of labels, or none.
        """
        if self.answers.kind != "classification":
            return None
        times = Counter(example.expected for example in self.split.held_out)
        return max(times.values()) / len(self.split.held_out)


def draft(name: str, column: str, examples: Sequence[Example], kind: str | None = None) -> Draft:
    """Draft the task `name`, of a kind or of the one that its answers have; `column` had them.

    The same examples give the same bytes. Raises RowsError for rows that make no task.
    """
    answers, fitting = answers_of(examples, column, kind)
    parts = split(fitting, answers)
    _refuse_few(answers, parts)
    lines = [*_task(name, column, answers, parts)]
    files = {
        "task.yaml": "".join(f"{line}\n" for line in lines).encode(),
        "dev.jsonl": _rows(name, parts.dev),
        "heldout.jsonl": _rows(name, parts.held_out),
    }
    models = [model["alias"] for model in yaml.safe_load(files["task.yaml"])["models"]]
    return Draft(files, answers, parts, models)


def _refuse_few(answers: Answers, parts: Split) -> None:
    """Refuse sides that are too small, which they are where most rows are nearly the same."""
    sides = {"dev": parts.dev, "heldout": parts.held_out}
    for label in answers.labels or ():
        counts = {n: sum(label in one.labels for one in side) for n, side in sides.items()}
        if any(counts[side] < least for side, least in LEAST_OF_EACH.items()):
            raise RowsError(
                f"the label {label!r} has too few rows that differ: {counts['dev']} to learn from, "
                f"{counts['heldout']} held out",
                hint="Rows that are nearly the same stay together. Add rows, or leave it out.",
            )
    if len(parts.held_out) < LEAST_HELD_OUT:
        raise RowsError(
            f"{len(parts.dev) + len(parts.held_out)} rows leave {len(parts.held_out)} held out; "
            f"fewer than {LEAST_HELD_OUT} tell nothing of a model",
            hint="Fifty rows are a beginning; those that are nearly the same count as one.",
        )


def _rows(name: str, examples: Sequence[Example]) -> bytes:
    lines = (
        {"id": f"{name}-{one.line:04d}", "input": one.input, "expected": one.expected}
        for one in examples
    )
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines).encode()


def _task(name: str, column: str, answers: Answers, parts: Split) -> Iterator[str]:
    title = name.replace("-", " ").capitalize()
    yield "# A task of your own: what models are trained, measured and chosen for."
    yield "# `pareta-plan catalog check` tells every mistake; docs/tasks.md tells the rest."
    yield f"id: {name}"
    yield f"title: {title}"
    yield "# What comes in, what is to come out, and what the choice turns on: people read it."
    yield f"description: {_quoted(words.description(column, answers))}"
    yield "# Words and phrases of intents that mean this task. These are a proposal."
    yield "keywords:"
    yield from (f"  - {_quoted(word)}" for word in words.keywords(name, column, answers, parts.dev))
    yield f"kind: {answers.kind}"
    yield from _answers(answers, parts)
    yield "# What a language model is told to do with a row."
    yield "prompt: |-"
    yield from (f"  {line}" for line in words.prompt(column, answers).split("\n"))
    yield "# The models that compete, each under an alias of a family and a rank."
    yield "models:"
    yield from models.lines(answers, parts.dev)
    yield "# Baselines, for gates against one: smollm2-135m-instruct is that language model."
    yield "frontier: []"


def _answers(answers: Answers, parts: Split) -> Iterator[str]:
    scorer, others = _SCORERS[answers.kind]
    yield f"scorer: {scorer}" + (f"        # {others}" if others else "")
    if answers.labels:
        yield "# Each label with what it means: say it in your words."
        yield "labels:"
        for label in answers.labels:
            yield f"  {_quoted(label)}: {_quoted(words.meaning(label, parts.dev))}"
    elif answers.fields:
        yield "# Types: text, name, date, money, number, list, object. They decide what is equal."
        yield "fields:"
        yield from _fields(answers.fields, "  ")
    elif answers.schema:
        yield "# The JSON Schema of an answer, as narrow as these rows allow."
        yield "answer_schema:"
        text = yaml.safe_dump(answers.schema, sort_keys=False, allow_unicode=True)
        yield from (f"  {line}" for line in text.splitlines())


def _fields(fields: dict[str, FieldSpec], indent: str) -> Iterator[str]:
    for name, field in fields.items():
        yield f"{indent}{_quoted(name)}:"
        yield f"{indent}  type: {field.type}"
        yield f"{indent}  description: {_quoted(field.description)}"
        if field.fields:
            yield f"{indent}  fields:"
            yield from _fields(field.fields, f"{indent}    ")


def _quoted(text: str) -> str:
    """The text as YAML: a JSON string is one in any version of it."""
    plain = text.replace(" ", "").replace("-", "").isalpha() and text.isascii()
    kept = plain and text[:1].isalpha() and text[-1:].isalpha() and text.lower() not in _WORDS
    return text if kept else json.dumps(text, ensure_ascii=False)


_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
