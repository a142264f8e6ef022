"""The house as it is drawn: imports go downward and through doors, only the command line prints."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

import pareta_plan
from scripts.house import House, built

ROOT = Path(pareta_plan.__file__).parent
PACKAGE = "pareta_plan"

HOUSE = (
    ("__main__",),
    ("action",),
    ("cli",),
    ("reports",),
    ("apply", "render"),
    ("policy",),
    ("plan",),
    ("gates", "lock"),
    ("project",),
    ("client", "manifest", "platform"),
    ("completions", "files", "words", "written"),
    ("canonical", "errors", "escapes", "hosts", "user_cache", "version", "wire"),
)
"""The rooms from the roof to the ground: each imports only from below, never from beside it."""

PLATFORM = (
    ("server",),
    ("http",),
    ("platform",),
    ("evals",),
    ("serving",),
    ("drafts", "scoring"),
    ("models",),
    ("catalog", "invoices", "providers", "store"),
    ("chat_body", "kinds"),
    ("sentences", "sources"),
    ("bodies", "parsing", "pulled"),
    ("packages",),
    ("data", "document", "isolated", "metadata_only", "refusal"),
)
"""The rooms of the platform, likewise."""

DOORS = {
    "apply": "apply brakes claim events journal resume scheduler stop",
    "cli": "answers main",
    "client": "client remote",
    "gates": "compared course evidence forecast gates pooled savings sequence since tables",
    "hosts": "addresses vendors",
    "lock": "attestation declared lock provenance resolve stale",
    "manifest": ("fields manifest project_file providers reading rules scope selection"),
    "plan": "attributes buying caps deletions drift model plan result saved steps workload",
    "platform": (
        "catalog.board catalog.catalog catalog.check catalog.generation catalog.own catalog.spec "
        "catalog.task_file drafts.answers drafts.draft drafts.showing models.runtimes.provider "
        "scoring.bench scoring.own_bench server"
    ),
    "policy": "policy violation",
    "project": "checkout folder_lock layout lockfile lockfile_bytes own_serve project rows who "
    "whose_rows",
    "reports": "annotations events formats losses report reviewing schemas",
    "written": "explain json_lines shape yaml_source",
    "render": "calling catalog comparison drift lock plan policy remarks result rows story "
    "verdicts",
}
"""The modules of each room that others may import; all others are its own."""

SPEAK = {"action", "cli"}
"""The rooms that are processes: they print, and say how they end."""
PURE = {
    "canonical",
    "gates",
    "manifest",
    "plan",
    "policy",
    "render",
    "reports",
    "wire",
    "words",
    "written",
}
PLATFORM_NEEDS = {"completions", "errors", "hosts", "user_cache", "version", "wire", "written"}
IMPURE = {
    "asyncio", "datetime", "filelock", "httpx", "io", "multiprocessing", "os", "pathlib",
    "random", "requests", "secrets", "shutil", "socket", "sqlite3", "subprocess", "tempfile",
    "threading", "time", "urllib", "uuid",
}  # fmt: skip
MAY_WRITE = {"apply.apply", "apply.claim", "apply.context", "cli.connection", "cli.perform"}

HOUSES = [(built(), HOUSE), (House(built().graph, f"{PACKAGE}.platform"), PLATFORM)]
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


@pytest.mark.parametrize(("house", "floors"), HOUSES, ids=["house", "platform"])
def test_every_file_is_in_a_room(house: House, floors: tuple[tuple[str, ...], ...]) -> None:
    assert sorted(house.arrows) == sorted(room for rooms in floors for room in rooms)


@pytest.mark.parametrize(("house", "floors"), HOUSES, ids=["house", "platform"])
def test_rooms_import_only_from_below(house: House, floors: tuple[tuple[str, ...], ...]) -> None:
    floor = {room: n for n, rooms in enumerate(floors) for room in rooms}
    wrong = [
        f"{module} imports {to}"
        for module in house.modules
        for to in house.imports(module)
        if (mine := house.room(module)) != house.room(to)
        if floor[house.room(to)] <= floor[mine]
    ]
    assert not wrong


def test_rooms_are_entered_by_their_doors() -> None:
    """Whoever is inside a room may use its every module, others only those that are its doors."""
    house, _ = HOUSES[0]
    doors = {f"{PACKAGE}.{room}.{door}" for room, named in DOORS.items() for door in named.split()}
    entered = {
        to
        for module in house.modules
        for to in house.imports(module)
        if house.room(module) != house.room(to) and "." in to.removeprefix(f"{PACKAGE}.")
    }
    assert sorted(entered) == sorted(doors)


def test_the_way_through_the_house_is_as_it_is_told() -> None:
    """CONTRIBUTING draws every room, and sends nobody where nothing is."""
    told = (ROOT.parent / "CONTRIBUTING.md").read_text("utf-8")
    tree = told.split("```")[3].split()
    for house, _ in HOUSES:
        rooms = {room for room in house.arrows if (_folder(house) / room).is_dir()}
        assert not {f"{room}/" for room in rooms} - {*tree}
    table = told.split("| to change this |")[1].split("\n\n")[0]
    assert not [
        path
        for path in re.findall(r"`([\w/]+(?:\.py|/))`", table)
        if not ((ROOT / path).exists() or (ROOT.parent / path).exists())
    ]


def _folder(house: House) -> Path:
    return ROOT.parent.joinpath(*house.package.split("."))


def test_rooms_say_what_they_hold() -> None:
    for name, tree in TREES.items():
        if name.rpartition(".")[2] == "__init__" and name != "__init__":
            assert ast.get_docstring(tree), name
            assert len(tree.body) == 1, f"{name} holds more than its docstring"


def test_no_two_test_files_have_one_name() -> None:
    """Pytest can't tell them apart, which shows only when both are collected."""
    names = [path.name for path in (ROOT.parent / "tests").rglob("test_*.py")]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", sorted(n for n in MODULES if room_of(n) in PURE))
def test_pure_rooms_know_no_world_outside(name: str) -> None:
    used = {target.partition(".")[0] for target in imported(name)}
    assert not used & IMPURE


def test_the_platform_is_an_honest_remote() -> None:
    house, _ = HOUSES[0]
    assert house.arrows["platform"] <= PLATFORM_NEEDS
    assert {room for room, to in house.arrows.items() if "platform" in to} == {"cli"}


def test_only_what_applies_can_name_a_write() -> None:
    remote = f"{PACKAGE}.client.remote"
    assert {name for name in MODULES if f"{remote}.Writer" in imported(name)} == MAY_WRITE
    assert not [name for name in MODULES if {remote, f"{remote}.*"} & {*imported(name)}]


OUT = {
    "action.runner": "print",
    "cli.answers": "print",
    "cli.display": "self._file.write",
    "cli.event_log": "self._file.write",
    "cli.outlet": "click.echo click.style self.below.write",
    "cli.progress": "os.write",
}
"""The only modules that reach a stream, and by what; one of these streams is a file of events."""
STREAMS = re.compile(
    r"print|pprint|os\.write|(click|typer)\.(echo|secho|style|echo_via_pager)|"
    r"(sys\.(__)?std(out|err)(__)?|self\._?(file|stream|below))(\.\w+)*\.write(lines)?"
)


@pytest.mark.parametrize("name", sorted(n for n in MODULES if room_of(n) in SPEAK))
def test_everything_printed_goes_through_one_outlet(name: str) -> None:
    calls = {ast.unparse(node.func) for node in ast.walk(TREES[name]) if isinstance(node, ast.Call)}
    reached = {called for called in calls if STREAMS.fullmatch(called)}
    allowed = {*OUT.get(name, "").split()}
    assert reached <= allowed
    draws = any(target.partition(".")[0] == "rich" for target in imported(name))
    assert not draws or name == "cli.display"


@pytest.mark.parametrize("name", sorted(n for n in MODULES if room_of(n) == "render"))
def test_what_is_shown_is_laid_out_in_one_place(name: str) -> None:
    """A line that was joined otherwise could hold another one, which was read."""
    assert '"\\n".join' not in MODULES[name].read_text("utf-8")


@pytest.mark.parametrize("name", sorted(n for n in MODULES if room_of(n) not in SPEAK))
def test_only_the_command_line_prints_and_exits(name: str) -> None:
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in ("print", "sys.exit", "exit", "click.echo", "os._exit"), name


def test_every_module_says_what_it_is() -> None:
    silent = [name for name, tree in TREES.items() if not ast.get_docstring(tree)]
    assert not silent


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
    ours = [extras[name] for name in extras if name != "dev"]
    declared = " ".join(chain(project["dependencies"], *ours)).lower()
    other_names = {"yaml": "pyyaml", "PIL": "pillow", "sklearn": "scikit-learn",
                   "multipart": "python-multipart", "pydantic_core": "pydantic",
                   "joblib": "scikit-learn", "cryptography": "sigstore",
                   "referencing": "jsonschema", "yarl": "aiohttp",
                   "numpy": "scikit-learn", "scipy": "scikit-learn",
                   "threadpoolctl": "scikit-learn"}  # fmt: skip
    used = {target.partition(".")[0] for name in MODULES for target in imported(name)}
    foreign = used - set(sys.stdlib_module_names) - {PACKAGE}
    missing = [
        m for m in foreign if other_names.get(m, m).lower().replace("_", "-") not in declared
    ]
    assert not [m for m in missing if m.replace("_", ".") not in declared], missing
