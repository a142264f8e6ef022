"""What is said of bad values: pydantic's errors with place, expectation and near miss."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, get_args

from pydantic import BaseModel, ValidationError

from pareta_plan.errors import Location, ManifestError, meant
from pareta_plan.written.yaml_source import Path

Error = Mapping[str, Any]
"""One of pydantic's errors."""


class Source(Protocol):
    """Where values were read from."""

    def known_part(self, loc: Sequence[str | int]) -> Path:
        """The longest leading part of `loc` that stands there."""

    def location(self, keys: Sequence[str | int], *, key: bool = False) -> Location:
        """The place of the value at `keys`, or of its key."""


def _nothing(_error: Error) -> str | None:
    return None


@dataclass(frozen=True)
class Words:
    """What a kind of file adds to what is said of its values."""

    hint: Callable[[Error], str | None] = _nothing
    patterns: Mapping[str, str] = field(default_factory=dict)
    """What the regular expressions of its texts expect."""
    no_keys: tuple[str, ...] = ()
    """What pydantic has in its places that no file has: the names of a union's members."""
    alternatives: Mapping[str, str] = field(default_factory=dict)
    """What may stand at a key beside the words that are expected there."""


def explain(
    invalid: ValidationError,
    source: Source,
    model: type[BaseModel],
    under: Path = (),
    words: Words = Words(),
    *,
    of_a_part: bool = False,
) -> Iterator[ManifestError]:
    """Every error of a `model` that was read at the keys `under` of a source.

    Of a part nobody expects that it is whole: what is missing, and what the keys of a section
    must be together, will show once it is merged.
    """
    for error in invalid.errors(include_url=False):
        if of_a_part and (_is_together(error) or error["type"] == "missing"):
            continue
        loc = [k for k in error["loc"] if k not in (*words.no_keys, _KEY)]
        keys = source.known_part([*under, *loc])
        on_key = error["type"] == "extra_forbidden" or error["loc"][-1:] == (_KEY,)
        message = _message(error, keys, _known_keys(model, keys[len(under) : -1]), words)
        yield ManifestError(
            message, location=source.location(keys, key=on_key), hint=words.hint(error)
        )


_KEY = "[key]"


def _is_together(error: Error) -> bool:
    """Whether it is of what several keys are together."""
    return error["type"] == "value_error" and isinstance(error["input"], dict)


def _message(error: Error, keys: Path, known: list[str], words: Words) -> str:
    where, advice = ".".join(str(k) for k in keys), ""
    match error["type"]:
        case "extra_forbidden":
            return f"unknown key {keys[-1]!r}{meant(str(keys[-1]), known)}"
        case "missing":
            return f"{error['loc'][-1]!r} is missing" + (f" in {where!r}" if where else "")
        case "value_error":
            return str(error["ctx"]["error"])
        case "literal_error":
            expected, advice = error["ctx"]["expected"], _meant(error)
            if other := words.alternatives.get(str(keys[-1])) if keys else None:
                expected += f", or {other}"
        case "string_pattern_mismatch":
            expected = words.patterns[error["ctx"]["pattern"]]
        case kind:
            expected = _EXPECTED.get(kind) or _PREFIX.sub("", error["msg"])
            if kind == "string_type" and isinstance(error["input"], bool | int | float):
                advice = "; put quotes around it"
    return f"{where}: expected {expected}, got {shown(error['input'])}{advice}"


def _meant(error: Error) -> str:
    words = error["ctx"]["expected"].split("'")[1::2]
    said = error["input"]
    return meant(said, words) if isinstance(said, str) and said not in words else ""


_EXPECTED = {
    "bool_type": "true or false",
    "model_type": "`key: value` lines",
    "model_attributes_type": "`key: value` lines",
    "dict_type": "`key: value` lines",
    "list_type": "a list",
    "string_type": "text",
}
_PREFIX = re.compile("^(Input should be|String should have) ")


def shown(value: object) -> str:
    """A value as YAML writes it, cut when it is long."""
    match value:
        case None:
            return "nothing"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case bool():
            return str(value).lower()
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _known_keys(model: type[BaseModel], keys: Path) -> list[str]:
    for key in keys:
        field = model.model_fields.get(str(key))
        model = (field and _section(field.annotation)) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _section(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation speaks of, also as one of several or in a collection."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _section(part))), None)
