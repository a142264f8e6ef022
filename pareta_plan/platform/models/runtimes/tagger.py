"""Extraction by tagging: a classifier says of each word which field it belongs to.

Fits values that stand in the text as they are wanted, word by word: the parts of an address, or
who did what where. Of each field it gives the run of words that are likeliest together. Trained on
the task's dev rows when first loaded; fields that hold objects or lists are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import sklearn
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.kinds.fields import NESTING
from pareta_plan.platform.models.model import Model, Progress
from pareta_plan.platform.models.runtimes.fitted import arrays_of, restore
from pareta_plan.platform.models.runtimes.text_model import TextModel
from pareta_plan.platform.models.trained import Arrays, kept

_NONE = ""
"""The tag of a word that belongs to no field."""
_CONTEXT_K = 100
_MOST_WORDS = 2000
_WINDOW = 2
_SIGNS = " ,;:.()\"'"
_Features = list[dict[str, float]]


def load(task: CatalogTask, options: dict[str, Any], progress: Progress) -> Model:
    """Train on the dev rows. Raises ParetaError where no value stands in its text."""
    fields = [name for name, spec in (task.spec.fields or {}).items() if spec.type not in NESTING]
    if not fields or task.spec.blob_field is not None:
        raise ParetaError(f"{task.id} has no fields of a text: this model can't do it")
    vectors, classifier = DictVectorizer(), LogisticRegression(C=10.0, max_iter=2000)
    arrays = kept(
        task, "tagger", options, lambda: _trained(task, fields, vectors, classifier, progress)
    )
    restore(arrays, vectors, classifier)
    tags = [str(tag) for tag in classifier.classes_]

    def answer(text: str) -> dict[str, str | None]:
        words = text.split()[:_MOST_WORDS]
        if not words:
            return dict.fromkeys(fields)
        chances = classifier.predict_proba(vectors.transform(_features(words)))
        return {name: _value(words, chances, tags, name) for name in fields}

    name = f"tagger-{task.id}-1.0+scikit-learn-{sklearn.__version__}"
    return TextModel(name, _CONTEXT_K, answer)


def _trained(
    task: CatalogTask,
    fields: Sequence[str],
    vectors: DictVectorizer,
    classifier: LogisticRegression,
    progress: Progress,
) -> Arrays:
    progress("training", task.id, None)
    seen: _Features = []
    tags: list[str] = []
    for row in task.rows("dev"):
        words = str(row["input"]).split()
        seen += _features(words)
        tags += _tags(words, {name: row["expected"].get(name) for name in fields})
    if len({*tags}) < 2:
        raise ParetaError(f"{task.id}: no field's value stands in the text of a dev row")
    classifier.fit(vectors.fit_transform(seen), tags)
    return arrays_of(vectors, classifier)


def _tags(words: Sequence[str], values: dict[str, Any]) -> list[str]:
    """Each word's field: a value is the first run of words that says it and isn't taken yet."""
    tags = [_NONE] * len(words)
    bare = [word.strip(_SIGNS).casefold() for word in words]
    longest = sorted(values.items(), key=lambda one: -len(str(one[1]).split()))
    for name, value in longest:
        wanted = [word.strip(_SIGNS).casefold() for word in str(value or "").split()]
        for start in range(len(words) - len(wanted) + 1) if wanted else ():
            run = slice(start, start + len(wanted))
            if bare[run] == wanted and not any(tags[run]):
                tags[run] = [name] * len(wanted)
                break
    return tags


def _value(
    words: Sequence[str], chances: np.ndarray[Any, Any], tags: Sequence[str], name: str
) -> str | None:
    """The run of a field's words whose chances add up to most, without signs at its ends."""
    if name not in tags:
        return None
    best = chances.argmax(axis=1) == tags.index(name)
    runs = [*_runs(best)]
    if not runs:
        return None
    column = chances[:, tags.index(name)]
    run = max(runs, key=lambda run: float(column[run].sum()))
    return " ".join(words[run]).strip(_SIGNS) or None


def _runs(chosen: np.ndarray[Any, Any]) -> Iterator[slice]:
    start = None
    for n, is_chosen in enumerate([*chosen, False]):
        if is_chosen and start is None:
            start = n
        elif not is_chosen and start is not None:
            yield slice(start, n)
            start = None


def _features(words: Sequence[str]) -> _Features:
    """What is seen of each word: itself and its neighbours, their shapes, and where it stands."""
    looks = [_look(word) for word in words]
    return [_of(n, looks) for n in range(len(words))]


def _of(n: int, looks: Sequence[dict[str, str]]) -> dict[str, float]:
    found = {"first": float(n == 0), "last": float(n == len(looks) - 1)}
    found[f"place={min(n, 6)}"] = found[f"left={min(len(looks) - 1 - n, 6)}"] = 1.0
    for step in range(-_WINDOW, _WINDOW + 1):
        if 0 <= n + step < len(looks):
            found |= {f"{step}:{key}={value}": 1.0 for key, value in looks[n + step].items()}
    return found


def _look(word: str) -> dict[str, str]:
    bare = word.strip(_SIGNS).casefold()
    shape = re.sub(r"(.)\1+", r"\1\1", re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", word)))
    return {
        "word": bare,
        "end": bare[-3:],
        "shape": shape,
        "length": str(min(len(bare), 8)),
        "case": "upper" if word.isupper() else "title" if word[:1].isupper() else "lower",
        "sign": word[-1] if word[-1] in ",;:" else "",
    }
