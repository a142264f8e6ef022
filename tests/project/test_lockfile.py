"""The lockfile's bytes, and what a manifest's digest rests on."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.errors import LockfileError
from pareta_plan.manifest import reading
from pareta_plan.plan.workload import endpoint_name
from pareta_plan.project import lockfile_bytes
from pareta_plan.project.lockfile import Evidence, Lockfile, Measured
from tests.entries import basis, entry, lockfiles


@given(lockfiles)
def test_what_is_written_is_read_again(lock: Lockfile) -> None:
    data = lock.to_bytes()
    again = lockfile_bytes.parse(data, "pareta.lock")
    assert again == lock
    assert again.to_bytes() == data


@given(lockfiles, st.randoms(use_true_random=False))
def test_bytes_do_not_depend_on_the_order_of_making(lock: Lockfile, rng: random.Random) -> None:
    shuffled = list(lock.workloads.items())
    rng.shuffle(shuffled)
    again = Lockfile(platform=lock.platform, workloads=dict(shuffled))
    assert again.to_bytes() == lock.to_bytes()
    assert again.digest == lock.digest


def test_the_digest_does_not_depend_on_the_order_within_an_entry() -> None:
    """An apply makes it in the order of its models, a later plan reads it sorted."""
    results = {id: Measured(kind="open") for id in ("m", "z", "a")}
    evidence = Evidence(basis=basis(), run_id="r", results=results)
    lock = Lockfile(
        platform="p", workloads={"w": entry().model_copy(update={"evidence": evidence})}
    )
    assert lockfile_bytes.parse(lock.to_bytes(), "pareta.lock").digest == lock.digest


@given(lockfiles)
def test_bytes_are_canonical(lock: Lockfile) -> None:
    data = lock.to_bytes()
    assert data.endswith(b"}\n")
    assert b"\r" not in data
    text = json.dumps(json.loads(data), sort_keys=True, indent=2, ensure_ascii=False) + "\n"
    assert data == text.encode()


@given(lockfiles)
def test_one_decision_more_changes_the_digest_and_back(lock: Lockfile) -> None:
    more, less = lock.changed({"extra": entry()}), lock.changed({"extra": None})
    assert more.digest != less.digest
    assert more.changed({"extra": None}).digest == less.digest


@given(st.binary(max_size=200))
def test_any_bytes_are_a_lockfile_or_a_lockfile_error(data: bytes) -> None:
    with pytest.raises(LockfileError):
        lockfile_bytes.parse(data, "pareta.lock")


def test_endpoints_of_different_decisions_differ() -> None:
    decisions: list[tuple[Any, ...]] = [
        ("a", "sentiment", "linear-1", ""),
        ("b", "sentiment", "linear-1", ""),
        ("a", "language", "linear-1", ""),
        ("a", "sentiment", "bayes-1", ""),
        ("a", "sentiment", "linear-1", "shop"),
        ("a", "sentiment", "linear-1", "shop/prod"),
        ("a", "sentiment", "linear-1", "shop", None, "sha256:1"),
    ]
    assert len({endpoint_name(*decision) for decision in decisions}) == len(decisions)
    assert len(endpoint_name("x" * 50, "sentiment", "linear-1")) <= 63


MANIFEST: dict[str, Any] = {
    "version": 1,
    "name": "parcels",
    "intent": "parcel status: ünïcode",
    "model": "recommended",
    "frontier": ["acme-large", "acme-small"],
    "labels": {"team": "finance", "cost": "12"},
    "deploy": {"name": "desk", "state": "stopped"},
    "eval": {
        "rows": [{"input": "a", "expected": "lost"}],
        "models": ["bayes-1"],
        "gates": {"min_quality": 0.5, "on_inconclusive": "warn"},
    },
    "prevent_destroy": True,
}


def shuffled(value: Any, rng: random.Random) -> Any:
    """The same value with the keys of its mappings in another order."""
    if isinstance(value, list):
        return [shuffled(item, rng) for item in value]
    if not isinstance(value, dict):
        return value
    items = [(key, shuffled(item, rng)) for key, item in value.items()]
    rng.shuffle(items)
    return dict(items)


def digest(text: str) -> str:
    (located,) = reading.parse(text.encode(), "pareta.yaml")
    return located.manifest.digest()


@given(st.randoms(use_true_random=False), st.booleans(), st.integers(20, 200), st.booleans())
def test_a_manifests_digest_ignores_order_layout_and_comments(
    rng: random.Random, flow: bool, width: int, escaped: bool
) -> None:
    text = yaml.safe_dump(
        shuffled(MANIFEST, rng),
        sort_keys=False,
        default_flow_style=flow,
        width=width,
        allow_unicode=not escaped,
    )
    assert digest("# a comment\n\n" + text + "# the end\n") == digest(json.dumps(MANIFEST))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("intent", "parcel status"),
        ("model", "bayes-1"),
        ("frontier", ["acme-small", "acme-large"]),
        ("labels", {"team": "legal", "cost": "12"}),
        ("deploy", {"name": "desk"}),
        ("eval", {"rows": [{"input": "b", "expected": "lost"}]}),
        ("prevent_destroy", False),
    ],
)
def test_a_manifests_digest_sees_every_change(key: str, value: Any) -> None:
    assert digest(json.dumps(MANIFEST | {key: value})) != digest(json.dumps(MANIFEST))


def test_defaults_written_out_mean_the_same() -> None:
    head = {k: MANIFEST[k] for k in ("version", "name", "intent", "model", "frontier")}
    written = {**head, "labels": {}, "prevent_destroy": False, "task": None, "deploy": None}
    assert digest(json.dumps(written)) == digest(json.dumps(head))
    with_deploy = {**head, "deploy": {}}
    assert digest(json.dumps(with_deploy)) != digest(json.dumps(head))
    live = {**head, "deploy": {"state": "live"}}
    assert digest(json.dumps(live)) == digest(json.dumps(with_deploy))


@given(st.text(max_size=300))
def test_any_text_is_a_manifest_error(text: str) -> None:
    from pareta_plan.errors import ManifestError, ManyErrors

    with pytest.raises((ManifestError, ManyErrors), match=r"^pareta\.yaml"):
        reading.parse(text.encode("utf-8", "surrogatepass"), "pareta.yaml")
