"""The house as it is drawn: imports go downward, only the command line prints."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pareta_plan

ROOT = Path(pareta_plan.__file__).parent
PACKAGE = "pareta_plan"

LAYERS = (
    (
        "errors",
        "wire",
        "canonical",
        "intervals",
        "yaml_source",
        "layers",
        "fields",
        "selection",
        "manifest",
        "rules",
        "project_file",
        "__init__",
    ),
    (
        "resolve",
        "lockfile",
        "plan",
        "workload",
        "world",
        "decision",
        "cause",
        "planning",
        "saved_plan",
        "deletions",
        "drift",
        "gates",
        "gaps",
        "caps",
        "measured",
        "budget",
        "violation",
        "policy",
        "rule_checks",
        "outcome",
        "events",
        "render",
        "schemas",
    ),
    (
        "files",
        "rows",
        "row_files",
        "manifest_cache",
        "project",
        "user_cache",
        "journal",
        "client",
        "remote",
        "stopping",
        "spending",
        "holder",
        "claim",
        "apply_lock",
        "evaluating",
        "running",
        "apply",
        "platform",
    ),
    ("locking",),
    ("checks",),
    ("workflow",),
    ("applying",),
    ("cli",),
    ("__main__",),
)  # fmt: skip
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
PURE = {room for rooms in LAYERS[:2] for room in rooms}
MAY_START_PLATFORM = {"cli", "platform"}
PLATFORM_NEEDS = {"platform", "wire", "errors", "intervals", "user_cache", "__init__"}
IMPURE = {
    "asyncio", "datetime", "filelock", "httpx", "io", "multiprocessing", "os", "pathlib",
    "random", "requests", "secrets", "shutil", "socket", "sqlite3", "subprocess", "tempfile",
    "threading", "time", "urllib", "uuid",
}  # fmt: skip
SEEDED = {("intervals", "random")}  # a generator with a fixed seed is a pure function
MAY_WRITE = {"applying", "claim", "cli.connection", "cli.performing", "evaluating"}

MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in ROOT.rglob("*.py")
}
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in MODULES.items()}


def room_of(module: str) -> str:
    return module.partition(".")[0]


def imported(name: str) -> Iterator[str]:
    """Every module named in an import, wherever it stands; those of ours from the package on."""
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            assert not node.level, f"{name}: relative import"
            yield from (f"{module}.{alias.name}" for alias in node.names)


def rooms_used(name: str) -> set[str]:
    """The rooms of the house that a module imports from."""
    ours = [target.split(".") for target in imported(name) if target.split(".")[0] == PACKAGE]
    return {parts[1] if len(parts) > 1 and parts[1] in LEVEL else "__init__" for parts in ours}


def test_every_module_has_its_place() -> None:
    assert {room_of(name) for name in MODULES} <= LEVEL.keys()


def test_the_table_of_the_house_names_every_module() -> None:
    table = (ROOT.parent / "CONTRIBUTING.md").read_text("utf-8")
    rooms = {room_of(name) for name in MODULES} - {"__init__", "__main__"}
    assert not [
        room for room in sorted(rooms) if f"`{room}`" not in table and f"`{room}/`" not in table
    ]


def test_no_two_test_files_have_one_name() -> None:
    """Pytest can't tell them apart, which shows only when both are collected."""
    names = [path.name for path in (ROOT.parent / "tests").rglob("test_*.py")]
    assert len(names) == len(set(names))


# The package itself only names the client's exports, and imports them when they are used.
@pytest.mark.parametrize("name", sorted(MODULES.keys() - {"__init__"}))
def test_imports_go_downward(name: str) -> None:
    mine = room_of(name)
    upward = {room for room in rooms_used(name) if LEVEL[room] > LEVEL[mine]}
    assert not upward, f"{name} imports {', '.join(sorted(upward))} from above"


@pytest.mark.parametrize("name", sorted(n for n in MODULES if room_of(n) in PURE))
def test_pure_rooms_know_no_world_outside(name: str) -> None:
    used = {target.partition(".")[0] for target in imported(name)}
    impure = {module for module in used & IMPURE if (name, module) not in SEEDED}
    assert not impure, f"{name} imports {', '.join(sorted(impure))}"


@pytest.mark.parametrize("name", sorted(n for n in MODULES if room_of(n) == "platform"))
def test_the_platform_is_an_honest_remote(name: str) -> None:
    assert rooms_used(name) <= PLATFORM_NEEDS


def test_only_the_command_line_starts_the_platform() -> None:
    users = {room_of(name) for name in MODULES if "platform" in rooms_used(name)}
    assert users <= MAY_START_PLATFORM


def test_only_what_applies_can_name_a_write() -> None:
    remote = f"{PACKAGE}.remote"
    assert {name for name in MODULES if f"{remote}.Writer" in imported(name)} == MAY_WRITE
    assert not [name for name in MODULES if {remote, f"{remote}.*"} & {*imported(name)}]


@pytest.mark.parametrize("name", sorted(n for n in MODULES if room_of(n) != "cli"))
def test_only_the_command_line_prints_and_exits(name: str) -> None:
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in ("print", "sys.exit", "exit", "click.echo", "os._exit"), name


def test_every_module_says_what_it_is() -> None:
    silent = [name for name, tree in TREES.items() if not ast.get_docstring(tree)]
    assert not silent


def test_modules_and_functions_stay_small() -> None:
    too_long = [
        name for name, path in MODULES.items() if len(path.read_text("utf-8").splitlines()) > 400
    ]
    assert not too_long
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                assert node.end_lineno - node.lineno < 60, f"{name}.{node.name}"


def test_the_error_tree_in_the_docstring_is_the_one_in_the_code() -> None:
    from pareta_plan import errors

    drawn = errors.__doc__ or ""
    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, errors.ParetaError):
            found = re.search(rf"\b{name}\b *(\d*)", drawn)
            assert found, name
            if not (value.__mro__[1] is errors.APIStatusError or not found[1]):
                assert int(found[1]) == value.exit_code, name


def test_imports_are_declared() -> None:
    """What is imported is of the standard library, ours, or a declared dependency."""
    import tomllib

    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    declared = " ".join([*project["dependencies"], *extras["local"]]).lower()
    other_names = {"yaml": "pyyaml", "PIL": "pillow", "sklearn": "scikit-learn",
                   "multipart": "python-multipart", "joblib": "scikit-learn",
                       "referencing": "jsonschema",
                   "numpy": "scikit-learn", "scipy": "scikit-learn"}  # fmt: skip
    used = {target.partition(".")[0] for name in MODULES for target in imported(name)}
    foreign = used - set(sys.stdlib_module_names) - {PACKAGE}
    missing = [
        m for m in foreign if other_names.get(m, m).lower().replace("_", "-") not in declared
    ]
    assert not [m for m in missing if m.replace("_", ".") not in declared], missing
