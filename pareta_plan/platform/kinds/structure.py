"""Structure: the answer is JSON of a schema of the task's own.

`value-f1` is the mean of the rows' F1 over the values that are neither object nor list: each is
right where it stands under the same names and agrees, texts apart from case, whitespace and
punctuation at their ends, numbers by their value. Lists are aligned as `counts` says. `exact` is
the share of rows in which all values are right, `schema-valid` of those that fit the schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pareta_plan.platform.kinds.counts import Counts, of_lists
from pareta_plan.platform.kinds.kind import Kind, Parts, Schema
from pareta_plan.platform.kinds.misfit import Misfit
from pareta_plan.platform.kinds.normalise import text

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

_ANSWER_TOKENS = 1024
_SAID = 300


class Structure(Kind):
    """A task with a JSON Schema of its own."""

    name = "structure"
    made_of = "answer_schema"
    scorers = ("value-f1", "exact", "schema-valid")
    actions = """
        build call compose convert extract fill form generate json map normalise output parse
        produce schema structure transform turn
        """
    prompt_field = "recommended_system_prompt"

    @classmethod
    def problems(cls, parts: Parts, scorer: str) -> Iterator[Misfit]:
        """Beside what keeps it from any kind: a schema that is none, or leads elsewhere."""
        yield from super().problems(parts, scorer)
        schema = parts.answer_schema or {}
        if any(not str(ref).startswith("#") for ref in _references(schema)):
            words = "a $ref of answer_schema must begin with #: nothing else is read"
            yield Misfit(("answer_schema",), words)
        elif problem := _problem(schema):
            yield Misfit(("answer_schema",), f"answer_schema is no JSON Schema: {problem}")

    def _take(self, parts: Parts) -> None:
        self._schema = parts.answer_schema or {}

    def schema(self) -> dict[str, Any]:
        """The task's own."""
        return dict(self._schema)

    def misfits(self, expected: Any) -> Iterator[Misfit]:
        """Where it doesn't fit the schema."""
        for error in self._validator.iter_errors(expected):
            yield Misfit(tuple(error.absolute_path), error.message[:_SAID])

    def shows(self, _expected: Any) -> list[str]:
        """Nothing: there are no labels or fields."""
        return []

    def score(self, expected: Any, output: Any) -> float:
        if output is None:
            return 0.0
        if self._scorer == "schema-valid":
            return float(self._validator.is_valid(output))
        counts = count(expected, output)
        return counts.f1 if self._scorer == "value-f1" else float(counts.f1 == 1.0)

    def constraint(self) -> dict[str, Any]:
        """The schema."""
        return {"json_schema": self.schema(), "max_tokens": _ANSWER_TOKENS}

    def read(self, text: str) -> Any:
        return json.loads(text)

    @cached_property
    def _validator(self) -> Draft202012Validator:
        from jsonschema import Draft202012Validator

        return Draft202012Validator(self._schema)


def count(expected: Any, given: Any) -> Counts:
    """The values of two JSON values that agree, are given wrongly, and are missing."""
    if isinstance(expected, Mapping) and isinstance(given, Mapping):
        names = sorted({*expected, *given})
        return sum((count(expected.get(name), given.get(name)) for name in names), Counts())
    if isinstance(expected, list) and isinstance(given, list):
        return of_lists(expected, given, count)
    if any(isinstance(one, Mapping | list) for one in (expected, given)):
        return Counts(fp=_values(given), fn=_values(expected))
    want, got = _comparable(expected), _comparable(given)
    if want is not None and want == got:
        return Counts(tp=1)
    return Counts(fp=int(got is not None), fn=int(want is not None))


def _values(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(map(_values, value.values()))
    if isinstance(value, list):
        return sum(map(_values, value))
    return int(_comparable(value) is not None)


def _comparable(value: Any) -> tuple[str, Any] | None:
    """A value with its sort, so that true isn't 1, nor "1"; None for what is missing or blank."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, int | float):
        return "number", Decimal(str(value)).normalize()
    folded = text(value)
    return None if folded is None else ("text", folded)


def _references(schema: Any) -> Iterator[Any]:
    if isinstance(schema, Mapping):
        for name, value in schema.items():
            if name in ("$ref", "$dynamicRef"):
                yield value
            yield from _references(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _references(item)


def _problem(schema: Schema) -> str | None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        place = "/".join(map(str, error.path))
        return f"{place}: {error.message}" if place else error.message
    return None
