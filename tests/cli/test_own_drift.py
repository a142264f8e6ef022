"""A name that means something else today than when it was measured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from pareta_plan.platform.providers.request import LABEL
from tests.cli.projects import ROWS, evaluated, manifest
from tests.cli.test_own_models import declared
from tests.platform.providers.scripted_provider import (
    ALL,
    ScriptedProvider,
    Step,
    answers,
    completion,
    scripted_provider,
)

if TYPE_CHECKING:
    from tests.conftest import Cli


def lists(data: Any) -> Step:
    """What the server says that it serves."""
    return answers(200, data, when=lambda body: not body, times=ALL)


def serves(root: str) -> Any:
    return {"data": [{"id": "Qwen/Qwen3-8B", "root": root}]}


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with scripted_provider() as running:
        prints = iter(range(10**6))

        def row(text: str, label: str) -> Any:
            said = completion(json.dumps({LABEL: label}))
            return said | {"system_fingerprint": f"fp_{next(prints)}"}

        running.scripts["box"] = [
            lists(serves("qwen3-of-may")),
            *(
                answers(200, row(text, label), when=lambda b, t=text: t in str(b), times=ALL)
                for text, label in ROWS
            ),
        ]
        running.scripts["api"] = [answers(404, {}, times=ALL)]
        yield running


def measured(cli: Cli, provider: ScriptedProvider) -> str:
    """Evaluate the project's model; the digest of what the server said it was."""
    wanted = manifest(model="qwen-1", more=evaluated("min_quality: 0.2"))
    cli.write({"pareta.yaml": wanted, "pareta-project.yaml": declared(provider.url("box"))})
    ended = cli("apply", "--auto-approve")
    assert ended.code == 0, ended
    entry = json.loads(cli.read("pareta.lock"))["workloads"]["parcels"]
    return str(entry["evidence"]["results"]["qwen-1"].get("served"))


def test_a_tag_that_means_something_else_is_drift(cli: Cli, provider: ScriptedProvider) -> None:
    before = measured(cli, provider)
    assert before.startswith("sha256:")
    assert "qwen3-of-may" not in cli.read("pareta.lock")
    asked = len(provider.asked["box"])
    assert "Nothing to change" in cli("plan", "--locked").out
    assert cli("validate").code == cli("plan", "--frozen").code == 0
    assert len(provider.asked["box"]) == asked, "only drift asks"
    assert cli("drift", "--detailed-exitcode").code == 0

    provider.scripts["box"][0] = lists(serves("qwen3-of-june"))
    found = cli("drift", "--detailed-exitcode")
    assert found.code == 2
    said = " ".join(found.out.split())
    assert f"parcels serves something else qwen-1: {before[:19]} -> sha256:" in said
    assert "`pareta-plan apply --no-reuse --target parcels` measures it anew." in said
    assert "june" not in found.out + found.err

    assert cli("apply", "--no-reuse", "--target", "parcels", "--auto-approve").code == 0
    assert cli("drift", "--detailed-exitcode").code == 0


def test_a_server_that_says_nothing_any_more_is_drift(cli: Cli, provider: ScriptedProvider) -> None:
    measured(cli, provider)
    provider.scripts["box"][0] = lists({"data": []})
    found = cli("drift")
    assert "-> nothing" in found.out


def test_a_server_that_never_said_anything_is_not_asked(
    cli: Cli, provider: ScriptedProvider
) -> None:
    """A fingerprint that comes with each answer, and changes, is no identity."""
    provider.scripts["box"][0] = lists({"data": []})
    assert measured(cli, provider) == "None"
    asked = len(provider.asked["box"])
    assert cli("drift", "--detailed-exitcode").code == 0
    assert len(provider.asked["box"]) == asked


def test_a_server_that_cannot_be_asked_is_said(cli: Cli, provider: ScriptedProvider) -> None:
    measured(cli, provider)
    provider.scripts["box"] = [answers(401, {"error": {"message": "no"}}, times=ALL)]
    failed = cli("drift")
    assert failed.code == 1
    said = " ".join(failed.err.split())
    assert "what qwen-1 is served as can't be asked: the provider box refused the key" in said
    assert "See that its server runs" in said
    provider.scripts["box"] = [Step([], times=ALL)]  # it hangs up
    failed = cli("drift")
    assert failed.code == 1
    assert "can't be asked: the provider box can't be reached" in " ".join(failed.err.split())
