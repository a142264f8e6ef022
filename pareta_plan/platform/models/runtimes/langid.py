"""Language identification with py3langid, restricted to the task's labels.

Labels are ISO 639-1 codes.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.models.model import Model, Progress
from pareta_plan.platform.models.runtimes.text_model import classifier


def load(task: CatalogTask, options: dict[str, Any], progress: Progress) -> Model:
    """Load the model. Raises ParetaError for a label that isn't a language it knows."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    try:
        identifier.set_languages(list(task.spec.labels or ()))
    except ValueError as error:
        raise ParetaError(f"py3langid can't do {task.id}: {error}") from None
    return classifier(
        f"py3langid {version('py3langid')}", lambda text: str(identifier.classify(text)[0])
    )
