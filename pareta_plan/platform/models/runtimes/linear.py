"""Logistic regression on TF-IDF of words and character n-grams, trained on the dev rows.

Options: `C`, the inverse strength of the regularisation (default 10).
"""

from __future__ import annotations

from typing import Any

from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.models.model import Model, Progress
from pareta_plan.platform.models.runtimes.training import train


def load(task: CatalogTask, options: dict[str, Any], progress: Progress) -> Model:
    """Train the model of a text classification."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    regression = LogisticRegression(
        C=options.get("C", 10.0), class_weight="balanced", max_iter=1000
    )
    pipeline = make_pipeline(make_union(words, characters), regression)
    return train(task, "logistic regression (TF-IDF)", pipeline, progress)
