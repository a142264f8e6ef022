"""Extraction by ranking: a classifier a field chooses among candidates of the text.

`options["candidates"]` names, for each field, the kind of its candidates (see `candidates.KINDS`),
or `item_rows` for a table. Trained on the task's dev rows when first loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sklearn
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from pareta_plan.errors import PlatformError
from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.models.extraction.candidates import features, find_candidates
from pareta_plan.platform.models.extraction.item_rows import find_items
from pareta_plan.platform.models.model import Model, Progress
from pareta_plan.platform.models.runtimes.fitted import arrays_of, restore
from pareta_plan.platform.models.runtimes.text_model import TextModel
from pareta_plan.platform.models.trained import Arrays, kept

_ITEMS = "item_rows"
_LIKELY = 0.3  # a best candidate that is less likely than that is no answer
_CONTEXT_K = 128


@dataclass(frozen=True)
class _Field:
    kind: str
    vectors: DictVectorizer
    classifier: LogisticRegression

    def choose(self, text: str) -> Any:
        """The value of the likeliest candidate, None when none is likely."""
        spans = find_candidates(self.kind, text)
        if not spans:
            return None
        chances = self.classifier.predict_proba(self.vectors.transform(features(text, spans)))
        best = int(chances[:, 1].argmax())
        return spans[best].value if chances[best, 1] >= _LIKELY else None


def load(task: CatalogTask, options: dict[str, Any], progress: Progress) -> Model:
    """Train on the dev rows. Raises PlatformError when a field has no usable examples."""
    kinds: dict[str, str] = options["candidates"]
    fields = {name: _field(kind) for name, kind in kinds.items() if kind != _ITEMS}
    arrays = kept(task, "ranker", options, lambda: _trained(task, fields, progress))
    for name, field in fields.items():
        own = {
            key.removeprefix(f"{name}/"): array
            for key, array in arrays.items()
            if key.startswith(f"{name}/")
        }
        restore(own, field.vectors, field.classifier)
    finders = {name: fields[name].choose if name in fields else find_items for name in kinds}
    name = f"ranker-{task.id}-1.0+scikit-learn-{sklearn.__version__}"
    return TextModel(name, _CONTEXT_K, lambda text: {f: find(text) for f, find in finders.items()})


def _text(row: dict[str, Any], blob_field: str | None) -> str:
    """A row's text; a document is drawn with a text layer, so that training needs no OCR."""
    if blob_field is None:
        return str(row["input"])
    from pareta_plan.platform.invoices.invoices import render_as_text
    from pareta_plan.platform.models.reading.readers import readers

    return readers.read(render_as_text(row)).text


def _field(kind: str) -> _Field:
    return _Field(kind, DictVectorizer(), LogisticRegression(C=1.0, max_iter=1000))


def _trained(task: CatalogTask, fields: Mapping[str, _Field], progress: Progress) -> Arrays:
    rows = task.rows("dev")
    texts = [_text(row, task.spec.blob_field) for row in rows]
    found: dict[str, Any] = {}
    for done, (name, field) in enumerate(fields.items()):
        progress("training", name, done / len(fields))
        _train(name, field, texts, [row["expected"].get(name) for row in rows])
        arrays = arrays_of(field.vectors, field.classifier)
        found |= {f"{name}/{key}": array for key, array in arrays.items()}
    return found


def _train(name: str, field: _Field, texts: list[str], answers: list[Any]) -> None:
    seen, right = [], []
    for text, answer in zip(texts, answers, strict=True):
        spans = find_candidates(field.kind, text)
        seen += features(text, spans)
        right += [answer is not None and str(span.value) == str(answer) for span in spans]
    if len(set(right)) < 2:
        raise PlatformError(
            f"field {name}: no candidate of kind {field.kind} is an answer in dev rows"
        )
    field.classifier.fit(field.vectors.fit_transform(seen), right)
