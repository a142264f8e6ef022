"""Selectors, and plans that hold only what is selected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.errors import UsageError
from pareta_plan.manifest.manifest import Manifest
from pareta_plan.manifest.selection import EVERYTHING, Selection, matches, well_formed
from pareta_plan.plan.make import make_plan
from pareta_plan.plan.model import Asked, Plan
from pareta_plan.project.lockfile import Deployment, Entry, Lockfile
from pareta_plan.wire import Endpoint
from tests.entries import entry

NAMES = ["aa", "ab", "ba", "bb", "cc"]
selectors = st.sampled_from(["a*", "*a", "bb", "[bc]?", "team=x", "team=*", "none=*", "zz"])
selections = st.builds(
    Selection,
    target=st.lists(selectors, max_size=2).map(tuple),
    exclude=st.lists(selectors, max_size=2).map(tuple),
)


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ("parcels", True),
        ("parcel", False),
        ("Parcels", False),
        ("par*", True),
        ("parcel?", True),
        ("[!p]*", False),
        ("team=logistics", True),
        ("team=log*", True),
        ("team=support", False),
        ("t*=logistics", False),
        ("tier=*", False),
        ("url=a=b", True),
    ],
)
def test_what_a_selector_selects(selector: str, selected: bool) -> None:
    labels = {"team": "logistics", "url": "a=b"}
    assert matches(selector, "parcels", labels) is selected


@pytest.mark.parametrize("selector", ["", "=", "=a", "team="])
def test_what_can_select_nothing_is_no_selector(selector: str) -> None:
    with pytest.raises(ValueError, match="selects nothing"):
        well_formed(selector)


def test_a_selector_without_a_workload_is_refused_with_the_closest() -> None:
    workloads = {"parcels": {"team": "logistics"}, "waybills": {}}
    Selection(target=("way*",), exclude=("team=log*",)).refuse_strangers(workloads)
    for selection, meant, known in (
        (Selection(target=("parcels", "waybils")), "'waybills'", "parcels, waybills"),
        (Selection(exclude=("team=logistic",)), "'team=logistics'", "team=logistics"),
    ):
        with pytest.raises(UsageError, match=f"did you mean {meant}") as refused:
            selection.refuse_strangers(workloads)
        assert known in str(refused.value.hint)


def project(labelled: list[str], gone: list[str]) -> tuple[list[Manifest], Lockfile]:
    """Five workloads, some with a label; those whose manifest is gone share an endpoint."""
    base = {"version": 1, "intent": "a", "model": "recommended", "frontier": "none"}
    manifests = [
        Manifest.model_validate(
            {
                **base,
                "name": name,
                "labels": {"team": "x"} if name in labelled else {},
                "deploy": {"name": name},
            }
        )
        for name in NAMES
        if name not in gone
    ]
    deployed = Deployment(endpoint="a-1", task="parcel-status", model="old-1", stem="a")
    entries: dict[str, Entry] = {
        name: entry(rows=0).model_copy(update={"deployment": deployed if name in gone else None})
        for name in NAMES
    }
    return manifests, Lockfile(platform="embedded", workloads=entries)


def planned(manifests: list[Manifest], lock: Lockfile, selection: Selection) -> Plan:
    seen = {"a-1": Endpoint(id="a-1", name="a-1", status="live")}
    return make_plan(manifests, lock, seen, Asked(selection=selection))


@given(selections, st.sets(st.sampled_from(NAMES)), st.sets(st.sampled_from(NAMES)))
def test_a_selected_plan_is_the_whole_plan_without_the_rest(
    selection: Selection, labelled: set[str], gone: set[str]
) -> None:
    manifests, lock = project(sorted(labelled), sorted(gone))
    whole, part = (planned(manifests, lock, s) for s in (EVERYTHING, selection))
    labels = {m.name: m.labels for m in manifests}
    held = {name for name in NAMES if selection.holds(name, labels.get(name, {}))}
    assert part.changes == [change for change in whole.changes if change.workload in held]
    assert part.unchanged == [name for name in whole.unchanged if name in held]
    assert part.not_selected == len(NAMES) - len(held)
    assert whole.not_selected == 0
    assert (part.digest == whole.digest) is (selection == EVERYTHING)


@given(selections)
def test_a_selection_survives_the_plans_bytes(selection: Selection) -> None:
    made = planned(*project([], []), selection)
    assert Plan.model_validate_json(made.model_dump_json()).selection == selection
