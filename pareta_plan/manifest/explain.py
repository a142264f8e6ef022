"""What is said of bad values: pydantic's errors with place, expectation and near miss."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import ValidationError

from pareta_plan.errors import ManifestError, meant
from pareta_plan.manifest.fields import ALIAS, ID, NAME, TEXT, Section
from pareta_plan.manifest.layers import Layered
from pareta_plan.manifest.yaml_source import Document, Path

VERSION = 1


def explain(
    invalid: ValidationError,
    source: Document | Layered,
    model: type[Section],
    under: Path = (),
    *,
    of_a_part: bool = False,
) -> Iterator[ManifestError]:
    """Every error of a `model` that was read at the keys `under` of a source.

    Of a part nobody expects that it is whole: what is missing, and what the keys of a section
    must be together, will show once it is merged.
    """
    for error in invalid.errors(include_url=False):
        together = error["type"] == "value_error" and isinstance(error["input"], dict)
        if of_a_part and (together or error["type"] == "missing"):
            continue
        loc = [k for k in error["loc"] if k not in _NO_KEYS]
        keys = source.known_part([*under, *loc])
        on_key = error["type"] == "extra_forbidden" or error["loc"][-1:] == ("[key]",)
        message = _message(error, keys, _known_keys(model, keys[len(under) : -1]))
        hint = _hint(error) or (_MERGED if together and isinstance(source, Layered) else None)
        yield ManifestError(message, location=source.location(keys, key=on_key), hint=hint)


_MERGED = "Some of it is the project file's; `KEY: null` in the manifest takes that away."
_NO_KEYS = ("keyword", "ids", "[key]")


def _message(error: Mapping[str, Any], keys: Path, known: list[str]) -> str:
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
            if keys[-1:] == ("frontier",):
                expected += ", or a list of vendor ids"
        case "string_pattern_mismatch":
            expected = _PATTERNS[error["ctx"]["pattern"]]
        case kind:
            expected = _EXPECTED.get(kind) or _PREFIX.sub("", error["msg"])
            if kind == "string_type" and isinstance(error["input"], bool | int | float):
                advice = "; put quotes around it"
    return f"{where}: expected {expected}, got {shown(error['input'])}{advice}"


def _meant(error: Mapping[str, Any]) -> str:
    words = error["ctx"]["expected"].split("'")[1::2]
    said = error["input"]
    return meant(said, words) if isinstance(said, str) and said not in words else ""


_EXPECTED = {
    "bool_type": "true or false",
    "model_type": "`key: value` lines",
    "dict_type": "`key: value` lines",
    "string_type": "text",
}
_PREFIX = re.compile("^(Input should be|String should have) ")
_PATTERNS = {
    ALIAS: "a family and a rank, such as qwen-1",
    NAME: "lower-case letters, digits and inner dashes",
    TEXT: "words",
    ID: "one word without spaces",
}


def _hint(error: Mapping[str, Any]) -> str | None:
    if error["loc"] == ("version",) and error["type"] == "literal_error":
        newer = isinstance(error["input"], int) and error["input"] > VERSION
        return "Install a newer pareta-plan." if newer else None
    if error["type"] == "missing" and error["loc"][-1] in ("model", "frontier"):
        usual = {"model": "recommended", "frontier": "benchmarked"}[error["loc"][-1]]
        return f"The usual choice is `{error['loc'][-1]}: {usual}`."
    if error["type"] == "missing" and error["loc"][-1] == "version":
        return "Begin the file with `version: 1`."
    return None


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


def _known_keys(model: type[Section], keys: Path) -> list[str]:
    for key in keys:
        field = model.model_fields.get(str(key))
        model = (field and _section(field.annotation)) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _section(annotation: Any) -> type[Section] | None:
    """The section that an annotation speaks of, also as one of several or in a collection."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next((found for part in get_args(annotation) if (found := _section(part))), None)
