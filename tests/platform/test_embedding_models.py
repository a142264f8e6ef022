"""Models on sentence vectors: what they learn from few rows, and how they choose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.errors import ParetaError, RowsError
from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.models import loading
from pareta_plan.platform.models.model import Model, Prediction
from pareta_plan.platform.models.runtimes.folds import FOLDS, folds
from tests.conftest import needs_sentences
from tests.platform.test_models import make_task

WORK = [
    ("The kitchen tap drips", "repair"),
    ("Our radiator stays cold", "repair"),
    ("A window pane is cracked", "repair"),
    ("The lift is stuck on the third floor", "repair"),
    ("Please mow the lawn", "garden"),
    ("The roses want cutting", "garden"),
    ("Weeds grow between the stones", "garden"),
    ("Plant some tulips by the gate", "garden"),
]
UNSEEN = {"The boiler makes a noise": "repair", "Trim the hedge before spring": "garden"}
SEVERAL = [(text, [label]) for text, label in WORK] + [
    ("The tap in the kitchen drips, and the lawn needs mowing", ["repair", "garden"]),
    ("Cut the hedge, and mend the broken window", ["repair", "garden"]),
    ("Thank you for your help", []),
    ("Have a nice holiday", []),
]
LABELS = {"repair": "it is broken", "garden": "plants"}


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARETA_PLAN_CACHE", str(tmp_path / "cache"))


def task_of(folder: Path, rows: list[tuple[Any, Any]], **changes: Any) -> CatalogTask:
    return make_task(folder, rows, **{"labels": LABELS, **changes})


def load(task: CatalogTask, runtime: str, **options: Any) -> tuple[Model, list[str]]:
    """A model, and the stages of loading it."""
    stages: list[str] = []
    told = lambda stage, label, _share: stages.append(f"{stage} {label}")  # noqa: E731
    return loading.load(task, runtime, options, told), stages


@needs_sentences
@pytest.mark.parametrize("runtime", ["embed", "neighbours"])
def test_few_rows_suffice_for_words_that_none_of_them_has(tmp_path: Path, runtime: str) -> None:
    task = task_of(tmp_path, WORK)
    model, stages = load(task, runtime)
    assert any(stage.startswith("training") for stage in stages)
    answers = model.predict_many([*UNSEEN])
    alone = [model.predict(text) for text in UNSEEN]
    assert all(isinstance(answer, Prediction) and answer.cost > 0 for answer in answers)
    outputs = [answer.output for answer in answers if isinstance(answer, Prediction)]
    assert outputs == [answer.output for answer in alone] == [*UNSEEN.values()]
    again, stages = load(task, runtime)
    assert not any(stage.startswith("training") for stage in stages), "it is kept"
    assert again.name == model.name
    assert [again.predict(text).output for text in UNSEEN] == outputs
    edited, stages = load(task_of(tmp_path, WORK, prompt="Who mends it?"), runtime)
    assert not any("all-MiniLM" in stage for stage in stages), "the texts are the same"
    assert edited.name == model.name


@needs_sentences
@pytest.mark.parametrize(
    ("runtime", "options", "named"),
    [
        ("embed", {"C": 3.0}, "C=3,"),
        ("neighbours", {"k": 2}, "2 nearest"),
    ],
)
def test_several_labels_are_given_and_what_was_chosen_is_told(
    tmp_path: Path, runtime: str, options: dict[str, Any], named: str
) -> None:
    task = task_of(tmp_path, SEVERAL, kind="labelling", scorer="label-f1")
    chosen, _ = load(task, runtime)
    assert chosen.predict("The boiler makes a noise").output == ["repair"]
    pinned, _ = load(task, runtime, **options)
    assert named in pinned.name
    assert pinned.predict("Mow the lawn; and the tap drips").output == ["repair", "garden"]
    assert pinned.predict("Thanks, and enjoy your holiday").output == []


@needs_sentences
def test_a_long_text_is_read_past_what_the_sentence_model_reads(tmp_path: Path) -> None:
    model, _ = load(task_of(tmp_path, WORK), "neighbours", k=1)
    opening = "The tap drips. " * 30
    rest = "Please mow the lawn and cut the roses. " * 60
    assert model.predict(opening).output == "repair"
    assert model.predict(opening + rest).output == "garden"
    assert model.predict("").output in LABELS


@needs_sentences
@pytest.mark.parametrize("runtime", ["embed", "neighbours", "retriever", "lexical"])
def test_tasks_of_other_kinds_are_refused(tmp_path: Path, runtime: str) -> None:
    task = make_task(tmp_path, [("a", "b")], kind="prose", scorer="exact", labels=None)
    with pytest.raises(ParetaError, match="this model can't do it"):
        load(task, runtime)


QUERY = "query: I forgot my password\n"
SHELF = "a: Paying an invoice\nb: Regaining access\n to your account\nc: Opening hours"


@needs_sentences
@pytest.mark.parametrize(
    ("runtime", "query", "first"),
    [
        ("retriever", "query: I can't sign in any more, what now?", "b"),
        ("lexical", "query: when are your opening hours", "c"),
    ],
)
def test_candidates_are_put_in_order(tmp_path: Path, runtime: str, query: str, first: str) -> None:
    rows = [(f"{QUERY}{SHELF}", ["b"])]
    task = make_task(tmp_path, rows, kind="ranking", scorer="mrr", labels=None)
    model, _ = load(task, runtime)
    output = model.predict(f"{query}\n{SHELF}").output
    assert output[0] == first
    assert sorted(output) == ["a", "b", "c"]
    for bad, said in (
        ("no lines", "expected a line `query: TEXT`"),
        (query, "lines `ID: TEXT`"),
        (f"{query}\na: x\na: y", "two lines begin with 'a'"),
    ):
        with pytest.raises(RowsError, match=said):
            model.predict(bad)


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=2, max_size=40))
def test_each_row_is_asked_once_of_what_was_learnt_without_it(answers: list[str]) -> None:
    every = [*folds(answers)]
    asked = [place for fold in every for place in fold.asked]
    assert sorted(asked) == [*range(len(answers))]
    for fold in every:
        assert not {*fold.asked} & {*fold.learnt}
        assert len(fold.asked) + len(fold.learnt) == len(answers)
    for label in {*answers}:
        of_label = [sum(answers[n] == label for n in fold.asked) for fold in every]
        if answers.count(label) >= FOLDS:
            assert max(of_label) - min(of_label) <= 1
