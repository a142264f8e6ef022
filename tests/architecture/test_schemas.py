"""The published JSON Schemas are those of the code, and hold for real files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from pareta_plan.canonical import canonical_json
from pareta_plan.cli.schemas import SCHEMAS, schema
from pareta_plan.manifest.manifest import Manifest
from pareta_plan.manifest.project_file import ProjectFile
from pareta_plan.written.yaml_source import read_documents

if TYPE_CHECKING:
    from tests.conftest import Cli

REPOSITORY = Path(__file__).parents[2]
GOLDEN = REPOSITORY / "tests" / "golden"
EXAMPLES = REPOSITORY / "examples"
MANIFESTS = sorted(EXAMPLES.glob("*.yaml"))
GOOD = [GOLDEN / f"validate-good{case}" / "pareta.yaml" for case in ("", "-everything")]
TASKS = sorted((REPOSITORY / "pareta_plan" / "platform" / "tasks").glob("*/task.yaml"))
LOCKFILES = [
    *EXAMPLES.rglob("pareta.lock"),
    *(GOLDEN / case / "expected" / "pareta.lock" for case in ("lock-and-plan", "lock-pinned")),
]


def check(which: str, value: Any) -> None:
    Draft202012Validator(schema(which)).validate(value)


@pytest.mark.parametrize("which", SCHEMAS)
def test_published_schemas_are_current(which: str) -> None:
    published = (REPOSITORY / "schemas" / f"{which}.schema.json").read_bytes()
    assert published == canonical_json(schema(which)), "run python -m scripts.schemas"


@pytest.mark.parametrize("which", SCHEMAS)
def test_schemas_are_schemas(which: str) -> None:
    Draft202012Validator.check_schema(schema(which))


@pytest.mark.parametrize(
    "path", [*MANIFESTS, *GOOD], ids=lambda path: str(path.relative_to(REPOSITORY))
)
def test_manifests_fit_their_schema(path: Path) -> None:
    for document in yaml.safe_load_all(path.read_text("utf-8")):
        check("manifest", document)


def test_there_are_examples() -> None:
    assert MANIFESTS


def test_examples_are_valid(cli: Cli) -> None:
    ended = cli("-C", str(EXAMPLES), "validate")
    assert ended.code == 0, ended.err


@pytest.mark.parametrize("path", LOCKFILES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_lockfiles_fit_their_schema(path: Path) -> None:
    check("lockfile", json.loads(path.read_text("utf-8")))


def test_a_saved_plan_fits_its_schema(cli: Cli) -> None:
    cli.write({"pareta.yaml": (GOLDEN / "lock-and-plan" / "pareta.yaml").read_bytes()})
    assert cli("plan", "--out", "a.plan").code == 0
    check("plan", json.loads(cli.read("a.plan")))


@pytest.mark.parametrize("which", SCHEMAS)
def test_the_command_prints_the_published_bytes(which: str, cli: Cli) -> None:
    published = (REPOSITORY / "schemas" / f"{which}.schema.json").read_text("utf-8")
    assert cli("schema", which).out == published


@pytest.mark.parametrize(
    "case",
    sorted(
        path.parent.name
        for path in GOLDEN.glob("validate-*/pareta.yaml")
        if path.parent.name.split("-")[1] in ("unknown", "wrong", "missing", "items", "neither")
        and "document" not in path.parent.name
    ),
)
def test_the_schema_refuses_what_validate_refuses(case: str) -> None:
    """So that an editor shows it while it is written."""
    (document,) = yaml.safe_load_all((GOLDEN / case / "pareta.yaml").read_text("utf-8"))
    assert list(Draft202012Validator(schema("manifest")).iter_errors(document))


@pytest.mark.parametrize("path", TASKS, ids=lambda path: path.parent.name)
def test_tasks_fit_their_schema(path: Path) -> None:
    """But for the source that only a shipped task can have."""
    (document,) = read_documents(path.read_bytes(), path.name)
    check("task", {key: value for key, value in document.data.items() if key != "source"})


ROW = {"input": "a", "expected": "b"}


@pytest.mark.parametrize(
    ("more", "fits"),
    [
        ({"intent": "x"}, True),
        ({"task": "x"}, True),
        ({"intent": None, "task": "x"}, True),
        ({"intent": None}, False),
        ({"intent": "x", "eval": {"items": "a.csv"}}, True),
        ({"intent": "x", "eval": {"items": None, "rows": [ROW]}}, True),
        ({"intent": "x", "eval": {"items": None}}, False),
        ({"intent": "x", "eval": {"items": "a.csv", "rows": [ROW]}}, False),
        ({"intent": "x", "eval": {"rows": [ROW], "max_cost_usd": 1e9}}, True),
        ({"intent": "x", "eval": {"rows": [ROW], "max_cost_usd": 1e10}}, False),
    ],
)
def test_schema_and_model_agree(more: dict[str, Any], fits: bool) -> None:
    value = {"version": 1, "name": "a", "model": "recommended", "frontier": "none", **more}
    assert Draft202012Validator(schema("manifest")).is_valid(value) is fits
    if fits:
        Manifest.model_validate(value)
    else:
        with pytest.raises(ValidationError):
            Manifest.model_validate(value)


@pytest.mark.parametrize("which", SCHEMAS)
def test_every_schema_keeps_unknown_keys_out(which: str) -> None:
    generated = schema(which)
    records = [generated, *generated.get("$defs", {}).values()]
    closed = [r for r in records if "properties" in r]
    assert all(record["additionalProperties"] is False for record in closed)


@pytest.mark.parametrize(
    ("case", "fits"),
    [
        ("project-environments", True),
        ("project-override-selects-nothing", True),
        ("project-part-bad", False),
        ("project-unknown-keys", False),
        ("project-missing-version", False),
        ("policy-gates", True),
        ("policy-waived", True),
        ("policy-budget", True),
        ("policy-bad", False),
    ],
)
def test_the_schema_of_project_files_says_what_validate_says(case: str, fits: bool) -> None:
    (read,) = read_documents((GOLDEN / case / "pareta-project.yaml").read_bytes(), case)
    assert Draft202012Validator(schema("project")).is_valid(read.data) is fits


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({"max_price_rise": 0.25}, True),
        ({"max_price_rise": 0.25, "require_labels": None}, True),
        ({"require_labels": ["team"], "where": "team=*"}, True),
        ({"require_labels": ["team"], "where": ["team=*", "a*"]}, True),
        ({"require_labels": ["team"], "where": []}, False),
        ({"max_price_rise": 0.25, "require_labels": ["team"]}, False),
        ({"max_price_rise": None}, False),
        ({}, False),
    ],
)
def test_schema_and_model_agree_on_rules(rule: dict[str, Any], fits: bool) -> None:
    value = {"version": 1, "policy": {"rules": [{"id": "a", **rule}]}}
    assert Draft202012Validator(schema("project")).is_valid(value) is fits
    if fits:
        ProjectFile.model_validate(value)
    else:
        with pytest.raises(ValidationError):
            ProjectFile.model_validate(value)
