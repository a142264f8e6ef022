"""Fitted estimators of scikit-learn as plain arrays, and back.

An estimator is its parameters, which the code gives, and its fitted attributes: those end in an
underscore, are documented, and are set on an estimator that was just made.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from pareta_plan.platform.models.runtimes.word_grams import WordGrams
from pareta_plan.platform.models.trained import Arrays

_LEARNT = {
    DictVectorizer: (),
    LogisticRegression: ("classes_", "coef_", "intercept_", "n_iter_"),
    TfidfTransformer: ("idf_",),
    TfidfVectorizer: ("idf_",),
    WordGrams: (),
}


def arrays_of(*estimators: Any) -> dict[str, np.ndarray[Any, Any]]:
    """The fitted attributes of estimators of the kinds above."""
    found: dict[str, np.ndarray[Any, Any]] = {}
    for number, estimator in enumerate(estimators):
        for name in _LEARNT[type(estimator)]:
            found[f"{number}.{name}"] = np.asarray(getattr(estimator, name))
        if hasattr(estimator, "vocabulary_"):
            words = sorted(estimator.vocabulary_, key=estimator.vocabulary_.__getitem__)
            data = json.dumps(words).encode()
            found[f"{number}.vocabulary"] = np.frombuffer(data, np.uint8)
    return found


def restore(arrays: Arrays, *estimators: Any) -> None:
    """Give estimators what `arrays_of` took of such ones in the same order."""
    for number, estimator in enumerate(estimators):
        if f"{number}.vocabulary" in arrays:
            words = json.loads(arrays[f"{number}.vocabulary"].tobytes())
            estimator.vocabulary_ = {word: place for place, word in enumerate(words)}
            if isinstance(estimator, DictVectorizer):
                estimator.feature_names_ = words
        for name in _LEARNT[type(estimator)]:
            setattr(estimator, name, arrays[f"{number}.{name}"])
