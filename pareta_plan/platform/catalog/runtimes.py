"""The runtimes that a model in the catalog can have, each by its name there.

A runtime is a module with `load(task, options, progress) -> Model`. `models.loading` imports it
when a model is first loaded: some bring libraries that take seconds.
"""

from __future__ import annotations

from pareta_plan.platform.data import Registry

_FOLDER = "pareta_plan.platform.models.runtimes"
_OURS = (
    *("bayes", "documents", "embed", "langid", "lexical", "linear", "neighbours", "provider"),
    *("ranker", "retriever", "rules", "smollm", "tagger"),
)

RUNTIMES = Registry[str]("runtime", {name: f"{_FOLDER}.{name}" for name in _OURS})
