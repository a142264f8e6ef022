"""Which platform a command talks to, and what the key never does."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from pareta_plan.platform.server import LocalServer
from tests.cli.projects import LIVE, evaluated, manifest
from tests.conftest import CATALOG

if TYPE_CHECKING:
    from tests.conftest import Cli

KEY = "pareta_sk_live_5f2a9c"
LOCAL_ONLY = ("starlette", "uvicorn", "sklearn", "xllamacpp")


class Hiding(MetaPathFinder):
    """Makes packages of the `local` extra as good as not installed."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Refuse what is hidden, leave the rest to others."""
        if name.partition(".")[0] in LOCAL_ONLY:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


@pytest.fixture
def no_local_extra(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(sys.modules):
        if name.startswith((*LOCAL_ONLY, "pareta_plan.platform")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Hiding(), *sys.meta_path])


@pytest.mark.parametrize(
    "command", [("plan",), ("lock",), ("apply", "--auto-approve"), ("catalog", "list"), ("serve",)]
)
@pytest.mark.usefixtures("no_local_extra")
def test_without_key_and_extra_the_error_says_both_ways(command: tuple[str, ...], cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest()})
    ended = cli(*command)
    assert ended.code == 1
    assert "pip install 'pareta-plan[local]'" in ended.err
    assert "PARETA_API_KEY" in ended.err


@pytest.mark.usefixtures("no_local_extra")
def test_what_needs_no_platform_needs_no_extra(cli: Cli) -> None:
    assert cli("init").code == 0
    assert cli("validate").code == 0
    assert cli("schema").code == 0
    assert cli("output").code == 0
    assert cli("lock", "--check").code == 5


def test_a_url_without_a_key_is_refused(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest()})
    ended = cli("plan", PARETA_BASE_URL="https://api.pareta.ai")
    assert ended.code == 1
    assert "PARETA_API_KEY is not" in ended.err
    assert not (cli.root / ".pareta").exists()


@pytest.mark.parametrize(
    "url",
    [
        "http://api.pareta.ai",
        "http://10.0.0.1:8000",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://[::ffff:10.0.0.1]",
        "HTTP://api.pareta.ai",
        "http://0.0.0.0",
        "ftp://api.pareta.ai",
        "api.pareta.ai",
        "https://",
        "https://user:secret@api.pareta.ai",
        "http://localhost:99999",
        "https://api.pareta.ai:port",
        "https://[bad",
        "https://api.pareta.ai/\n",
        "https://user:secret@h:99999",
        "https://user:secret@h/?a",
        "ftp://user:secret@h",
        "user:secret@h",
        "https://h/?key=secret",
        "http://h/secret",
    ],
)
def test_the_key_goes_nowhere_unsafe(url: str, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pareta_plan.cli.connection.RETRIES", 0)
    cli.write({"pareta.yaml": manifest()})
    ended = cli("plan", PARETA_BASE_URL=url, PARETA_API_KEY=KEY)
    assert ended.code == 1
    assert ended.err.startswith("error: ")
    assert "PARETA_BASE_URL" in ended.err
    assert KEY not in ended.err
    assert "secret" not in ended.err


@pytest.mark.parametrize("key", ["pareta_sk_ä", "two\nlines", "nul\x7f", " "])
def test_a_key_that_cannot_be_one(key: str, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pareta_plan.cli.connection.RETRIES", 0)
    cli.write({"pareta.yaml": manifest()})
    ended = cli("plan", PARETA_BASE_URL="http://127.0.0.1:9", PARETA_API_KEY=key)
    assert ended.code == 1
    assert ended.err.startswith("error: ")
    assert "PARETA_API_KEY" in ended.err


def test_a_whole_story_with_a_key_never_shows_or_keeps_it(cli: Cli, tmp_path: Path) -> None:
    catalog = Path(__file__).parent.parent / "catalog"
    gates = evaluated("min_quality: 0.3")
    cli.write({"pareta.yaml": manifest(frontier="benchmarked", more=LIVE + gates)})
    with LocalServer(tmp_path / "state", KEY, catalog_folders=[catalog]) as server:
        env = {"PARETA_BASE_URL": server.url, "PARETA_API_KEY": KEY}
        commands = (
            ("catalog", "list"),
            ("plan", "--out", "release.plan", "--format", "json"),
            ("apply", "release.plan", "--json"),
            ("output",),
            ("plan",),
        )
        said = ""
        for command in commands:
            ended = cli(*command, **env)
            assert ended.code == 0, ended
            said += ended.out + ended.err
        wrong = cli("plan", **{**env, "PARETA_API_KEY": f"{KEY}-wrong"})
        assert wrong.code == 1
        assert "PARETA_API_KEY" in wrong.err
        said += wrong.err
        assert json.loads(cli.read("pareta.lock"))["platform"] == server.url
    assert KEY not in said
    for path in (p for p in cli.root.rglob("*") if p.is_file()):
        assert KEY.encode() not in path.read_bytes(), path
    assert not (cli.root / ".pareta" / "platform").exists()


def test_a_lockfile_of_another_platform_is_stale(cli: Cli, tmp_path: Path) -> None:
    cli.write({"pareta.yaml": manifest()})
    assert cli("lock").code == 0
    catalog = Path(__file__).parent.parent / "catalog"
    with LocalServer(tmp_path / "state", KEY, catalog_folders=[catalog]) as server:
        ended = cli("plan", "--locked", PARETA_BASE_URL=server.url, PARETA_API_KEY=KEY)
    assert ended.code == 5
    assert "it was resolved on embedded" in ended.err


def test_nobody_listens(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pareta_plan.cli.connection.RETRIES", 0)
    cli.write({"pareta.yaml": manifest()})
    ended = cli("plan", PARETA_BASE_URL="http://127.0.0.1:9", PARETA_API_KEY=KEY)
    assert ended.code == 1
    assert "can't reach http://127.0.0.1:9/" in ended.err
    assert "PARETA_BASE_URL" in ended.err


def test_init_hides_no_manifest_that_is_there(cli: Cli) -> None:
    """With a pareta.yaml the others would be gone from the project, and their endpoints next."""
    cli.write({"compose.yaml": "services: {}\n"})
    assert cli("init").code == 0
    (cli.root / "pareta.yaml").unlink()
    (cli.root / "compose.yaml").unlink()
    cli.write({"models/one.yaml": manifest()})
    ended = cli("init")
    assert ended.code == 1
    assert "models/one.yaml is a manifest already" in ended.err
    assert not (cli.root / "pareta.yaml").exists()
    cli.write({"models/one.yaml": "intent: [\n"})
    assert "models/one.yaml is a manifest already" in cli("init").err


@pytest.mark.parametrize(
    "host", ["a..b", "x" * 70, "xn--zzzz--", "exämple..com", "[v1.a]"], ids=lambda h: h[:12]
)
def test_a_host_that_can_not_be_one(host: str, cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest()})
    ended = cli("plan", PARETA_BASE_URL=f"https://{host}", PARETA_API_KEY=KEY)
    assert ended.code == 1
    assert "PARETA_BASE_URL is not an http(s) URL of a platform" in ended.err


def test_a_catalog_folder_that_is_not_there(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest()})
    ended = cli("plan", PARETA_PLAN_CATALOG=str(cli.root / "nowhere"))
    assert ended.code == 1
    assert "PARETA_PLAN_CATALOG" in ended.err


def test_a_damaged_catalog_names_its_file(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(), "mine/odd/task.yaml": "id: odd\n"})
    ended = cli("plan", PARETA_PLAN_CATALOG=str(cli.root / "mine"))
    assert ended.code == 1
    assert "task.yaml" in ended.err


@pytest.mark.parametrize("key", ["quality", "cost_per_request_micro_usd"])
@pytest.mark.parametrize("value", [None, -1])
def test_a_damaged_leaderboard_names_its_file(key: str, value: int | None, cli: Cli) -> None:
    shutil.copytree(CATALOG, cli.root / "mine")
    path = cli.root / "mine" / "parcel-status" / "leaderboard.json"
    board = json.loads(path.read_bytes())
    board["entries"][0][key] = value
    path.write_text(json.dumps(board))
    cli.write({"pareta.yaml": manifest()})
    for command in (("plan",), ("catalog", "leaderboard", "parcel-status")):
        ended = cli(*command, PARETA_PLAN_CATALOG=str(cli.root / "mine"))
        assert ended.code == 1
        assert f"leaderboard.json: entries.0.{key}: " in ended.err
        assert "internal error" not in ended.err


@pytest.mark.parametrize("value", ["", "0", "false", "FALSE"])
def test_ci_may_be_set_to_no(value: str, cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(intent="chauffeur")})
    assert cli("lock", CI=value).code == 0


def test_the_home_folder_stays_untouched(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "PARETA_PLAN_CACHE"):
        monkeypatch.setenv(name, str(home))
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    assert cli("apply", "--auto-approve").code == 0
    kept = {path.relative_to(home).parts[0] for path in home.rglob("*") if path.is_file()}
    assert kept <= {"trained"}, "the user's cache, which is there"


def test_the_project_may_be_elsewhere(cli: Cli) -> None:
    cli.write({"there/pareta.yaml": manifest(more=LIVE)})
    assert cli("-C", "there", "plan").code == 0
    assert cli("plan", PARETA_PLAN_PROJECT=str(cli.root / "there")).code == 0
    assert (cli.root / "there" / "pareta.lock").exists()
    assert not (cli.root / ".pareta").exists()
