"""What is said of bad values in manifests and project files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pydantic import ValidationError

from pareta_plan.errors import ManifestError
from pareta_plan.manifest.fields import ALIAS, ID, NAME, TEXT, Section
from pareta_plan.manifest.layers import Layered
from pareta_plan.written.explain import Error, Words
from pareta_plan.written.explain import explain as explained
from pareta_plan.written.yaml_source import Document, Path

VERSION = 1


def explain(
    invalid: ValidationError,
    source: Document | Layered,
    model: type[Section],
    under: Path = (),
    *,
    of_a_part: bool = False,
) -> Iterator[ManifestError]:
    """Every error of a `model` that was read at the keys `under` of a source, as `explained`."""
    words = _WORDS_OF_LAYERS if isinstance(source, Layered) else _WORDS
    return explained(invalid, source, model, under, words, of_a_part=of_a_part)


def _hint(error: Error) -> str | None:
    if error["loc"] == ("version",) and error["type"] == "literal_error":
        newer = isinstance(error["input"], int) and error["input"] > VERSION
        return "Install a newer pareta-plan." if newer else None
    if error["type"] == "missing" and error["loc"][-1] in ("model", "frontier"):
        usual = {"model": "recommended", "frontier": "benchmarked"}[error["loc"][-1]]
        return f"The usual choice is `{error['loc'][-1]}: {usual}`."
    if error["type"] == "missing" and error["loc"][-1] == "version":
        return "Begin the file with `version: 1`."
    return None


def _hint_of_layers(error: Error) -> str | None:
    together = error["type"] == "value_error" and isinstance(error["input"], dict)
    return _hint(error) or (_MERGED if together else None)


_MERGED = "Some of it is the project file's; `KEY: null` in the manifest takes that away."
_WORDS = Words(
    hint=_hint,
    patterns={
        ALIAS: "a family and a rank, such as qwen-1",
        NAME: "lower-case letters, digits and inner dashes",
        TEXT: "words",
        ID: "one word without spaces",
    },
    no_keys=("keyword", "ids"),
    alternatives={"frontier": "a list of vendor ids"},
)
_WORDS_OF_LAYERS = replace(_WORDS, hint=_hint_of_layers)
