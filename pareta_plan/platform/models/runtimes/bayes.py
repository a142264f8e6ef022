"""Complement naive Bayes on word counts, trained on the dev rows.

Source: Rennie et al., "Tackling the poor assumptions of naive Bayes text classifiers",
ICML 2003. Options: `alpha`, the additive smoothing (default 1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pareta_plan.platform.model import Progress
from pareta_plan.platform.models.runtimes.classifier import TextClassifier
from pareta_plan.platform.models.runtimes.training import train

if TYPE_CHECKING:
    from pareta_plan.platform.catalog.catalog import CatalogTask

_WORD = r"\b\w+\b"  # words of one letter too


def load(task: CatalogTask, options: dict[str, Any], progress: Progress) -> TextClassifier:
    """Train the model of a text classification."""
    return train(
        task, "complement naive Bayes (word counts)", pipeline(options.get("alpha", 1.0)), progress
    )


def pipeline(alpha: float) -> Any:
    """The untrained scikit-learn pipeline."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import ComplementNB
    from sklearn.pipeline import make_pipeline

    return make_pipeline(CountVectorizer(token_pattern=_WORD), ComplementNB(alpha=alpha))
