"""Candidates by the words that they share with the query: the cosine of their TF-IDF.

How rare a word is follows from the candidates of the dev rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sklearn
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.models.model import Model, Progress
from pareta_plan.platform.models.runtimes.fitted import arrays_of, restore
from pareta_plan.platform.models.runtimes.ordering import asked, check, ordering
from pareta_plan.platform.models.runtimes.text_model import CONTEXT_K
from pareta_plan.platform.models.runtimes.training import STAGE
from pareta_plan.platform.models.trained import Arrays, kept

NAME = "cosine of TF-IDF"


def load(task: CatalogTask, options: dict[str, Any], progress: Progress) -> Model:
    """Learn how rare words are, or take it as it was learnt before.

    Raises ParetaError for a task that ranks no candidates.
    """
    check(task)
    words = TfidfVectorizer(sublinear_tf=True)

    def fit() -> Arrays:
        progress(STAGE, NAME, None)
        rows = [asked(row["input"]) for row in task.rows("dev")]
        words.fit([text for row in rows for text in (row.query, *row.texts.values())])
        return arrays_of(words)

    restore(kept(task, "lexical", options, fit), words)

    def cosines(query: str, texts: Sequence[str]) -> NDArray[Any]:
        vectors = words.transform([query, *texts])
        found: NDArray[Any] = (vectors[1:] @ vectors[0].T).toarray()[:, 0]
        return found

    return ordering(f"{NAME}, scikit-learn {sklearn.__version__}", CONTEXT_K, cosines)
