"""What is known by name: kinds of task, runtimes; and where new ones are made known."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.catalog import Catalog
from pareta_plan.platform.catalog.runtimes import RUNTIMES
from pareta_plan.platform.data import Registry, UnknownName
from pareta_plan.platform.kinds.fields import FieldSpec
from pareta_plan.platform.kinds.intervals import (
    bootstrap_means,
    expanded,
    mean_interval,
    percentile,
)
from pareta_plan.platform.kinds.kind import Kind, Parts
from pareta_plan.platform.kinds.registry import KINDS
from pareta_plan.platform.models.loading import load
from pareta_plan.platform.models.model import unheard
from pareta_plan.wire import NO_ROW_MEANS

LABELS = {"cat": "about a cat", "dog": "about a dog"}
FIELDS = {"total": FieldSpec(type="money", description="what is due")}
SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
ANSWERS: dict[str, tuple[Parts, list[Any]]] = {
    "classification": (Parts(labels=LABELS), ["cat", "dog"]),
    "labelling": (Parts(labels=LABELS), [["cat"], ["dog"]]),
    "extraction": (Parts(fields=FIELDS), [{"total": "5"}, {"total": "7"}]),
    "structure": (Parts(answer_schema=SCHEMA), [{"n": 5}, {"n": "seven"}]),
    "ranking": (Parts(), [["a"], ["b"]]),
    "prose": (Parts(), ["5", "7"]),
}
SCORERS = [(name, scorer) for name, kind in KINDS.items() for scorer in kind.scorers]


def made(name: str, scorer: str) -> Kind:
    return KINDS[name](ANSWERS[name][0], scorer)


def test_the_nearest_name_is_told_with_those_that_there_are() -> None:
    table = Registry("fruit", {"apple": 1, "pear": 2})
    assert table["apple"] == 1
    with pytest.raises(
        UnknownName, match=r"^there is no fruit 'aple', only apple, pear; did you mean 'apple'\?$"
    ):
        table["aple"]
    with pytest.raises(ParetaError, match=r"^there is no fruit 'kiwi', only apple, pear$"):
        table["kiwi"]


def test_each_kind_is_known_by_its_name() -> None:
    assert set(ANSWERS) == set(KINDS)
    assert {task.spec.kind for task in Catalog().tasks()} <= KINDS.keys()


@pytest.mark.parametrize(("name", "scorer"), SCORERS)
def test_every_scorer_of_a_kind_tells_right_from_wrong(name: str, scorer: str) -> None:
    kind, (right, wrong) = made(name, scorer), ANSWERS[name][1]
    most = 1.0 if scorer == "similarity" else 0.0  # texts that share words are never wholly unlike
    assert kind.score(right, right) == 1.0
    assert 0.0 <= kind.score(right, wrong) <= most
    assert kind.score(right, wrong) < 1.0
    quality = kind.quality([(right, right), (wrong, wrong), (wrong, right)])
    assert 0 < quality.low < quality.mean < quality.high <= 1
    assert kind.quality([(right, right)]).mean == 1.0
    with pytest.raises(ValueError, match="no scored rows"):
        kind.quality([])


@pytest.mark.parametrize(("name", "scorer"), SCORERS)
def test_the_wire_says_which_qualities_are_means_of_the_rows(name: str, scorer: str) -> None:
    kind, (right, wrong) = made(name, scorer), ANSWERS[name][1]
    pairs = [(right, right)] * 8 + [(wrong, right), (wrong, wrong)]
    mean = sum(kind.score(*pair) for pair in pairs) / len(pairs)
    assert (abs(kind.quality(pairs).mean - mean) < 1e-9) == (scorer not in NO_ROW_MEANS)


@pytest.mark.parametrize("name", KINDS)
def test_a_scorer_or_a_shape_of_another_kind_is_refused(name: str) -> None:
    kind, (parts, _) = KINDS[name], ANSWERS[name]
    others = [KINDS[other] for other in KINDS if other != name]
    for other in others:
        for scorer in {*other.scorers} - {*kind.scorers}:
            with pytest.raises(ValueError, match=f"doesn't fit the kind {name}, only "):
                kind(parts, scorer)
    for other in (other for other in others if other.made_of != kind.made_of):
        with pytest.raises(ValueError, match="needs" if kind.made_of else "can't have"):
            kind(ANSWERS[other.name][0], kind.scorers[0])


def test_boards_count_labels_alone() -> None:
    assert made("classification", "accuracy").counted(["dog", "cat", "dog"]) == {"cat": 1, "dog": 2}
    labelling = made("labelling", "label-f1")
    assert labelling.counted([["dog", "cat"], ["dog"], []]) == {"cat": 1, "dog": 2}
    assert made("extraction", "field-f1").counted([{"total": "5"}]) is None


@pytest.mark.parametrize("name", RUNTIMES)
def test_every_runtime_is_where_the_table_says(name: str) -> None:
    assert callable(import_module(RUNTIMES[name]).load)


def test_a_baseline_of_an_unknown_runtime_is_refused_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "frontier.yaml"
    path.write_text("- {id: x, vendor: X, context_k: 1, runtime: smolm}\n")
    with pytest.raises(ParetaError, match="did you mean 'smollm'") as caught:
        Catalog([tmp_path]).check()
    assert caught.value.location is not None
    assert caught.value.location.path == str(path)


def test_an_inner_runtime_that_is_unknown_is_refused_when_it_is_loaded() -> None:
    task = Catalog().get("invoice-extraction")
    assert task is not None
    with pytest.raises(ParetaError, match=r"no runtime 'ruler', only .*; did you mean 'rules'"):
        load(task, "documents", {"inner": "ruler"}, unheard)
    with pytest.raises(ParetaError, match="no runtime 'none'"):
        load(task, "none", {}, unheard)


def test_a_runtime_whose_libraries_are_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RUNTIMES, "bare", "pareta_plan_bare_runtime")
    task = Catalog().get("sentiment")
    assert task is not None
    with pytest.raises(ParetaError, match="the runtime 'bare' can't be used: No module named"):
        load(task, "bare", {}, unheard)


def test_the_interval_of_many_rows_is_what_resampling_them_gives() -> None:
    """Skewed scores, as of a model that is mostly right."""
    rng = Random(5)
    scores = [min(1.0, rng.betavariate(6, 0.7)) for _ in range(1500)]
    means = bootstrap_means(scores)
    low, high = expanded(scores)
    assert mean_interval(scores) == (low, high)
    assert low == pytest.approx(percentile(means, 0.025), abs=4e-4)
    assert high == pytest.approx(percentile(means, 0.975), abs=4e-4)
