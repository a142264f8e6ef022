"""What holds of every plan, whatever the project and the platform look like.

The states are made at random; the steps are played on them by a few lines that stand for apply.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pareta_plan.manifest.manifest import Manifest
from pareta_plan.manifest.scope import Scope
from pareta_plan.plan.make import make_plan
from pareta_plan.plan.model import Asked, Change, Plan
from pareta_plan.plan.steps import (
    Call,
    Delete,
    Deploy,
    Evaluate,
    Forget,
    Hold,
    Promote,
    Record,
    Retire,
    Start,
    Step,
    Stop,
)
from pareta_plan.plan.steps import (
    endpoints as acted_on,
)
from pareta_plan.plan.workload import Workload
from pareta_plan.project.lockfile import Deployment, Entry, Evidence, Lockfile, Measured
from pareta_plan.wire import Endpoint
from tests.entries import entry

NAMES = ("a", "b", "c", "d")
MODELS = ("linear-1", "bayes-1")
FOREIGN = {
    id: Endpoint(id=id, name=id, task="parcel-status", model="linear-1", status="live")
    for id in ("theirs", "theirs-2")
}


class Case:
    """A project, its lockfile and a platform."""

    def __init__(
        self,
        manifests: list[Manifest],
        lockfile: Lockfile,
        observed: dict[str, Endpoint],
        names: Mapping[str, str] | None,
    ) -> None:
        self.manifests = manifests
        self.entries = dict(lockfile.workloads)
        self.scope = lockfile.scope
        self.observed = dict(observed)
        self.names = None if names is None else dict(names)

    @property
    def lockfile(self) -> Lockfile:
        return Lockfile(platform="p", scope=self.scope, workloads=self.entries)

    def plan(self, *, destroy: bool = False) -> Plan:
        asked = Asked(destroy=destroy)
        return make_plan(self.manifests, self.lockfile, self.observed, asked, names=self.names)

    def workload(self, name: str) -> Workload:
        manifest = next((m for m in self.manifests if m.name == name), None)
        return Workload(name, manifest, self.entries[name], self.scope)

    def play(self, changes: Iterable[Change]) -> None:
        for change in changes:
            for step in change.steps:
                self._take(self.workload(change.workload), step)

    def _take(self, workload: Workload, step: Step) -> None:  # noqa: C901 - an arm a kind
        match step:
            case Evaluate(evidence):
                self._evaluate(workload, evidence)
            case Hold():
                self._hold(workload)
            case Deploy(endpoint):
                self._deploy(workload, endpoint)
            case Call(endpoint):
                self._call(endpoint)
            case Start(endpoint):
                self._switch(endpoint, "live")
            case Stop(endpoint):
                self._switch(endpoint, "stopped")
            case Promote(name, endpoint, replaces):
                self._promote(name, endpoint, replaces)
            case Record(maybe, name):
                self._record(workload, maybe, name)
            case Retire(endpoint):
                self._remove(endpoint)
            case Delete(endpoint):
                self._remove(endpoint)
                self._forget(workload)
            case Forget():
                self._forget(workload)

    def _keep(self, workload: Workload, **changed: Any) -> None:
        self.entries[workload.name] = workload.entry.model_copy(update=changed)

    def _evaluate(self, workload: Workload, evidence: str) -> None:
        assert workload.basis
        assert evidence == workload.basis.key
        good = Measured(kind="open", quality=0.9, low=0.8, high=0.95, scored=4)
        results = {workload.entry.model.resolved.id: good}
        self._keep(workload, evidence=Evidence(basis=workload.basis, run_id="r", results=results))

    def _hold(self, workload: Workload) -> None:
        evidence = workload.entry.evidence
        assert evidence
        self._keep(workload, evidence=evidence.model_copy(update={"gates": workload.gates}))

    def _deploy(self, workload: Workload, endpoint: str) -> None:
        assert endpoint not in self.observed, "deployed over what is there"
        resolved = workload.entry.model.resolved.id
        self._see(endpoint, "live", workload.entry.task.id, resolved)

    def _see(self, id: str, status: str, task: str | None, model: str | None) -> None:
        self.observed[id] = Endpoint(id=id, name=id, task=task, model=model, status=status)

    def _call(self, endpoint: str) -> None:
        """Only what serves answers; what was starting is live by then."""
        assert self.observed[endpoint].status in ("live", "starting")
        self._switch(endpoint, "live")

    def _switch(self, endpoint: str, status: str) -> None:
        old = self.observed[endpoint]
        self._see(old.id, status, old.task, old.model)

    def _promote(self, name: str, endpoint: str, replaces: str | None) -> None:
        assert endpoint in self.observed, "a name that reaches nothing"
        assert self.names is not None, "this platform has no names"
        assert self.names.get(name) in (None, replaces, endpoint)  # None: it went with its endpoint
        self.names[name] = endpoint

    def _remove(self, endpoint: str) -> None:
        """A name goes with the endpoint that it reaches."""
        self.observed.pop(endpoint, None)
        for name in [name for name, id in (self.names or {}).items() if id == endpoint]:
            del (self.names or {})[name]

    def _record(self, workload: Workload, endpoint: str | None, name: str | None) -> None:
        assert endpoint is None or endpoint in self.observed
        assert name is None or (self.names or {}).get(name) == endpoint
        made = workload.deployment(endpoint, name) if endpoint else workload.entry.deployment
        self._keep(workload, deployment=made, moved_from=None)

    def _forget(self, workload: Workload) -> None:
        if workload.manifest:
            self._keep(workload, deployment=None)
        else:
            del self.entries[workload.name]


def manifest(name: str, deploy: Mapping[str, Any] | None, floor: float | None) -> Manifest:
    values: dict[str, Any] = {"version": 1, "name": name, "intent": "parcel status"}
    values |= {"model": "recommended", "frontier": "none"}
    if deploy is not None:
        values["deploy"] = deploy
    if floor is not None:
        rows = [{"input": "a", "expected": "b"}]
        values["eval"] = {"rows": rows, "gates": {"min_quality": floor}}
    return Manifest.model_validate(values)


@st.composite
def manifests(draw: st.DrawFn, name: str) -> Manifest | None:
    floor = draw(st.sampled_from([None, 0.3, 0.4]))
    if draw(st.integers(0, 5)) == 0:
        return None
    deploy = draw(
        st.none()
        | st.fixed_dictionaries(
            {"state": st.sampled_from(["live", "stopped"])},
            optional={
                "name": st.just(f"{name}-shop"),
                "import": st.sampled_from([f"there-{name}", "theirs"]),
            },
        )
    )
    return manifest(name, deploy, floor)


def deployments(name: str) -> st.SearchStrategy[Deployment | None]:
    made = st.builds(
        Deployment,
        endpoint=st.sampled_from([f"{name}-old", f"there-{name}", f"{name}-older"]),
        task=st.sampled_from(["parcel-status", "parcel-state"]),
        model=st.sampled_from(MODELS),
        stem=st.sampled_from([None, name, f"{name}-shop"]),
        name=st.sampled_from([None, name, f"{name}-shop"]),
        state=st.sampled_from(["live", "stopped"]),
        quality=st.sampled_from([0.9, 0.8]),
        cost_per_request_micro_usd=st.sampled_from([10, 20]),
    )
    return st.none() | made


@st.composite
def cases(draw: st.DrawFn) -> Case:
    known: list[Manifest] = []
    entries: dict[str, Entry] = {}
    scope = draw(st.sampled_from([Scope(), Scope("shop/prod")]))
    imported: set[str] = set()
    observed = dict(draw(st.sampled_from([{}, FOREIGN])))
    for name in NAMES[: draw(st.integers(1, len(NAMES)))]:
        wanted = draw(manifests(name))
        made = draw(deployments(name))
        if wanted and wanted.deploy and wanted.deploy.import_ in imported:
            wanted = None
        if wanted and wanted.deploy and wanted.deploy.import_:
            imported.add(wanted.deploy.import_)
        if wanted is None and made is None:
            continue
        rows = 4 if wanted and wanted.eval else 0
        base = entry(draw(st.sampled_from(MODELS)), rows=rows)
        moved = draw(st.sampled_from([None, None, f"was-{name}"])) if made else None
        entries[name] = base.model_copy(update={"deployment": made, "moved_from": moved})
        if wanted:
            known.append(wanted)
            entries[name] = draw(evidenced(Workload(name, wanted, entries[name], scope)))
        own = Workload(name, wanted, entries[name], scope).own_endpoint
        for id in (own, made.endpoint if made else f"there-{name}"):
            if seen := draw(endpoints(id)):
                observed[id] = seen
    lockfile = Lockfile(platform="p", scope=scope, workloads=entries)
    return Case(known, lockfile, observed, draw(reached(observed)))


@st.composite
def reached(draw: st.DrawFn, observed: Mapping[str, Endpoint]) -> dict[str, str] | None:
    """The names of the platform, None of one that has none; they reach what is there."""
    if not draw(st.booleans()):
        return None
    names = [stem + ending for stem in NAMES for ending in ("", "-shop")]
    endpoints = st.sampled_from(sorted(observed)) if observed else st.nothing()
    return draw(st.dictionaries(st.sampled_from(names), endpoints))


@st.composite
def endpoints(draw: st.DrawFn, id: str) -> Endpoint | None:
    if draw(st.integers(0, 3)) == 0:
        return None
    return Endpoint(
        id=id,
        name=id,
        task=draw(st.sampled_from(["parcel-status", "parcel-status", "parcel-state"])),
        model=draw(st.sampled_from(MODELS)),
        status=draw(st.sampled_from(["live", "live", "stopped", "starting", "failed"])),
    )


@st.composite
def evidenced(draw: st.DrawFn, workload: Workload) -> Entry:
    if workload.basis is None or draw(st.booleans()):
        return workload.entry
    basis = workload.basis
    if draw(st.booleans()):
        basis = basis.model_copy(update={"rows": "sha256:other"})
    good = Measured(kind="open", quality=0.9, low=0.8, high=0.95, scored=4)
    gates = draw(st.sampled_from([workload.gates, {}]))
    results = {workload.entry.model.resolved.id: good}
    evidence = Evidence(basis=basis, run_id="r", gates=gates, results=results)
    return workload.entry.model_copy(update={"evidence": evidence})


THOROUGH = settings(max_examples=400)


@THOROUGH
@given(cases())
def test_after_an_apply_the_plan_is_empty(case: Case) -> None:
    case.play(case.plan().changes)
    assert case.plan().changes == []


@THOROUGH
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_changes_means_nothing(case: Case, rng: random.Random) -> None:
    other = Case(case.manifests, case.lockfile, case.observed, case.names)
    changes = case.plan().changes
    case.play(changes)
    shuffled = list(changes)
    rng.shuffle(shuffled)
    other.play(shuffled)
    assert (other.lockfile.to_bytes(), other.observed) == (case.lockfile.to_bytes(), case.observed)
    assert other.names == case.names


@THOROUGH
@given(cases())
def test_what_nobody_asked_for_is_left_alone(case: Case) -> None:
    asked = {m.deploy.import_ for m in case.manifests if m.deploy}
    theirs = {id for id in FOREIGN if id in case.observed} - asked
    changes = case.plan().changes
    assert not theirs & acted_on(step for change in changes for step in change.steps)
    case.play(changes)
    assert theirs <= case.observed.keys()


@THOROUGH
@given(cases())
def test_what_serves_goes_on_until_another_was_recorded(case: Case) -> None:
    for change in case.plan().changes:
        workload = case.workload(change.workload)
        old = case.observed.get(workload.recorded or "")
        wanted = workload.deploy and workload.state == "live"
        if old is None or old.status != "live" or not wanted or change.does(Delete):
            continue
        for step in change.steps:
            if step == Retire(old.id):
                replaced = case.workload(change.workload).recorded
                broken = replaced == old.id  # it serves something else than was recorded
                assert broken or case.observed[replaced or ""].status == "live"
            case.play([change.model_copy(update={"steps": [step]})])


@THOROUGH
@given(cases())
def test_a_name_reaches_what_was_recorded_for_it(case: Case) -> None:
    case.play(case.plan().changes)
    if case.names is None:
        return
    for each in case.manifests:
        made = case.workload(each.name).entry.deployment
        if each.deploy and made:
            assert made.name
            assert case.names[made.name] == made.endpoint


@given(cases())
def test_the_same_input_gives_the_same_bytes(case: Case) -> None:
    observed = dict(reversed(case.observed.items()))
    again = Case(case.manifests[::-1], case.lockfile, observed, case.names)
    assert again.plan() == case.plan()
    assert again.plan().digest == case.plan().digest


@given(cases())
def test_after_a_destroy_nothing_is_managed(case: Case) -> None:
    case.play(case.plan(destroy=True).changes)
    assert not [e for e in case.entries.values() if e.deployment]
    assert case.plan(destroy=True).changes == []
