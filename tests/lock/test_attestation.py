"""What is said of a lockfile to be signed, and that nothing passes for signed that isn't."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pareta_plan.errors import AttestationError
from pareta_plan.lock.attestation import Asked, verified
from pareta_plan.lock.provenance import PREDICATE_TYPE
from pareta_plan.reports.schemas import schema
from tests.cli.projects import evaluated, manifest
from tests.lock.signer import WORKFLOW, Sigstore, statement

if TYPE_CHECKING:
    from tests.conftest import Cli

LOCKFILE = b"a lockfile"
DIGEST = hashlib.sha256(LOCKFILE).hexdigest()
SIGSTORE = Sigstore()
PREDICATE = {"lockfile": {"name": "pareta.lock", "digest": {"sha256": DIGEST}}}
BUNDLE = SIGSTORE.bundle(statement("pareta.lock", LOCKFILE, PREDICATE, PREDICATE_TYPE))
GITHUB_RUN = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/models",
    "GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_WORKFLOW_REF": "acme/models/.github/workflows/attest.yml@refs/heads/main",
    "GITHUB_RUN_ID": "1",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_TOKEN": "ghs_secret",
}


def provenance(cli: Cli, *arguments: str, **env: str) -> dict[str, Any]:
    """What is written, which fits its published schema."""
    ended = cli("lock", *arguments, "--provenance", "said.json", **env)
    assert ended.code == 0, ended
    said: dict[str, Any] = json.loads(cli.read("said.json"))
    Draft202012Validator(schema("provenance")).validate(said)
    return said


def sha256(cli: Cli, name: str) -> str:
    return hashlib.sha256((cli.root / name).read_bytes()).hexdigest()


def test_what_is_said_of_a_lockfile_is_what_there_is(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in GITHUB_RUN:
        monkeypatch.delenv(name, raising=False)
    cli.write(
        {
            "pareta.yaml": manifest(more=evaluated("min_quality: 0.5")),
            "pareta-project.yaml": "version: 1\nproject: acme\nenvironments: {prod: {}}\n",
        }
    )
    said = provenance(cli, "--env", "prod")
    assert said["act"] == "resolved"
    assert said["lockfile"] == {
        "name": "pareta.prod.lock", "digest": {"sha256": sha256(cli, "pareta.prod.lock")},
    }  # fmt: skip
    assert {one["name"]: one["digest"]["sha256"] for one in said["files"]} == {
        name: sha256(cli, name) for name in ("pareta.yaml", "pareta-project.yaml")
    }
    assert (said["project"], said["environment"]) == ("acme", "prod")
    locked = json.loads(cli.read("pareta.prod.lock"))["workloads"]["parcels"]
    decided = said["workloads"]["parcels"]
    assert (decided["task"], decided["model"]) == (
        locked["task"]["id"],
        locked["model"]["resolved"]["id"],
    )
    assert f"sha256:{decided['rows']['sha256']}" == locked["data"]["digest"]
    assert "run" not in said
    before = cli.read("said.json")
    assert provenance(cli, "--env", "prod")
    assert cli.read("said.json") == before
    checked = provenance(cli, "--check", "--env", "prod", **GITHUB_RUN)
    assert checked.pop("act") == "checked"
    run = checked.pop("run")
    assert checked == {name: value for name, value in said.items() if name != "act"}
    assert run == {
        "repository": "acme/models",
        "commit": GITHUB_RUN["GITHUB_SHA"],
        "ref": "refs/heads/main",
        "workflow": GITHUB_RUN["GITHUB_WORKFLOW_REF"],
        "id": "1",
        "attempt": "2",
        "url": "https://github.com/acme/models/actions/runs/1",
    }
    assert "ghs_secret" not in cli.read("said.json")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("attested")
    (made / "root.json").write_text(json.dumps(SIGSTORE.trusted_root()), "utf-8")
    return made


def holds(folder: Path, content: str) -> frozenset[str]:
    """The digests that are attested. Raises AttestationError where none is, and nothing else."""
    path = folder / "bundle.json"
    path.write_text(content, "utf-8")
    return verified(Asked(path, WORKFLOW, root=folder / "root.json")).digests


def test_one_good_bundle_of_several_is_enough(folder: Path) -> None:
    others = [
        SIGSTORE.bundle(statement("pareta.lock", LOCKFILE, {}, "https://slsa.dev/provenance/v1")),
        Sigstore().bundle(statement("pareta.lock", LOCKFILE, PREDICATE, PREDICATE_TYPE)),
        {"no": "bundle"},
    ]
    lines = [json.dumps(one) for one in (*others, BUNDLE)]
    assert holds(folder, "\n".join(lines) + "\n") == {f"sha256:{DIGEST}"}
    for line in lines[:-1]:
        with pytest.raises(AttestationError):
            holds(folder, line)


def leaves(value: Any, *way: str | int) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text in a JSON value, with the keys that lead to it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in inner:
        if isinstance(one, str):
            yield (*way, key), one
        else:
            yield from leaves(one, *way, key)


def changed(value: Any, way: tuple[str | int, ...], text: str) -> Any:
    """A copy with another text in one place."""
    copy = json.loads(json.dumps(value))
    inner = copy
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = text
    return copy


LEAVES = dict(leaves(BUNDLE))
UNSIGNED = {"mediaType", "kind", "version"}
"""What says how to read the rest, which has the same meaning in other spellings."""


@given(way=st.sampled_from(sorted(LEAVES, key=str)), data=st.data())
def test_whatever_is_changed_in_a_bundle_it_attests_nothing_else(
    folder: Path, way: tuple[str | int, ...], data: st.DataObject
) -> None:
    text = LEAVES[way]
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda one: one != text[at]))
    spoiled = changed(BUNDLE, way, text[:at] + other + text[at + 1 :])
    try:
        attested = holds(folder, json.dumps(spoiled))
    except AttestationError:
        return
    assert attested == {f"sha256:{DIGEST}"}


@pytest.mark.parametrize("way", [way for way in LEAVES if way[-1] not in UNSIGNED], ids=str)
def test_no_text_of_a_bundle_can_be_taken_away(folder: Path, way: tuple[str | int, ...]) -> None:
    with pytest.raises(AttestationError):
        holds(folder, json.dumps(changed(BUNDLE, way, "")))


@given(st.text(max_size=200))
def test_garbage_attests_nothing(folder: Path, text: str) -> None:
    with pytest.raises(AttestationError):
        holds(folder, text)
