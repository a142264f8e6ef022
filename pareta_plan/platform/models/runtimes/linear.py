"""Logistic regression on TF-IDF of words and character n-grams, trained on the dev rows.

Options: `C`, the inverse strength of the regularisation (default 10).
"""

from __future__ import annotations

from typing import Any

from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.models.model import Model, Progress
from pareta_plan.platform.models.runtimes.training import STAGE, examples, trained

NAME = "logistic regression (TF-IDF)"


def load(task: CatalogTask, options: dict[str, Any], progress: Progress) -> Model:
    """Train the model of a text classification, or take it as it was trained before."""
    from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    from pareta_plan.platform.models.runtimes.fitted import arrays_of, restore
    from pareta_plan.platform.models.runtimes.word_grams import WordGrams
    from pareta_plan.platform.models.trained import Arrays, kept

    texts, labels = examples(task)
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    grams, weights = WordGrams(2, 5), TfidfTransformer(sublinear_tf=True)
    regression = LogisticRegression(
        C=options.get("C", 10.0), class_weight="balanced", max_iter=1000
    )
    features = make_union(words, make_pipeline(grams, weights))
    pipeline = make_pipeline(features, regression)
    learnt = (words, grams, weights, regression)

    def fit() -> Arrays:
        progress(STAGE, NAME, None)
        pipeline.fit(texts, labels)
        return arrays_of(*learnt)

    restore(kept(task, "linear", options, fit), *learnt)
    return trained(NAME, pipeline)
