"""Complement naive Bayes on word counts, trained on the dev rows.

Source: Rennie et al., "Tackling the poor assumptions of naive Bayes text classifiers",
ICML 2003. Options: `alpha`, the additive smoothing (default 1).
"""

from __future__ import annotations

from typing import Any

from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.models.model import Model, Progress
from pareta_plan.platform.models.runtimes.training import STAGE, examples, trained

NAME = "complement naive Bayes (word counts)"

_WORD = r"\b\w+\b"  # words of one letter too


def load(task: CatalogTask, options: dict[str, Any], progress: Progress) -> Model:
    """Train the model of a text classification."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import ComplementNB
    from sklearn.pipeline import make_pipeline

    texts, labels = examples(task)
    progress(STAGE, NAME, None)
    bayes = ComplementNB(alpha=options.get("alpha", 1.0))
    pipeline = make_pipeline(CountVectorizer(token_pattern=_WORD), bayes)
    pipeline.fit(texts, labels)
    return trained(NAME, pipeline)
