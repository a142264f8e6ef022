"""A project's own models, on servers of its own: declared, measured, gated, deployed, called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pareta_plan.platform.providers.request import LABEL
from tests.cli.projects import LIVE, ROWS, charges, endpoints, evaluated, manifest
from tests.platform.providers.scripted_provider import (
    ScriptedProvider,
    answers,
    completion,
    scripted_provider,
)

if TYPE_CHECKING:
    from tests.conftest import Cli

PRICE = "{input_per_million_usd: 0.05, output_per_million_usd: 0.20}"


def answer(label: str) -> Any:
    return completion(json.dumps({LABEL: label}))


def asks(text: str) -> Any:
    """Whether a request's last message is of a row."""
    return lambda body: text in str(body.get("messages", [{}])[-1].get("content"))


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with scripted_provider() as running:
        for name in ("box", "other"):
            running.scripts[name] = [
                *(
                    answers(200, answer(label), when=asks(text), times=10**6)
                    for text, label in ROWS
                ),
                answers(200, answer(ROWS[0][1]), times=10**6),
            ]
        yield running


def declared(url: str, more: str = "") -> str:
    return (
        "version: 1\nproject: shop\n"
        f"providers:\n  box: {{base_url: {url}, concurrency: 4}}\n"
        "models:\n"
        "  - {alias: qwen-1, provider: box, model: Qwen/Qwen3-8B, context_k: 32, "
        f"price: {PRICE}}}\n"
        f"{more}"
    )


def project(cli: Cli, url: str, *, gates: str = "min_quality: 0.2", more: str = "") -> None:
    wanted = manifest(model="qwen-1", more=LIVE + evaluated(gates))
    cli.write({"pareta.yaml": wanted, "pareta-project.yaml": declared(url, more)})


def test_from_the_declaration_to_the_endpoint(cli: Cli, provider: ScriptedProvider) -> None:
    project(cli, provider.url("box"))
    assert cli("validate").code == 0
    planned = cli("plan")
    assert "Qwen/Qwen3-8B on box" in planned.out
    assert f"+ box  {provider.url('box')}" in planned.out
    assert not provider.asked["box"], "planning asks no provider"

    applied = cli("apply", "--auto-approve")
    assert applied.code == 0, applied
    [endpoint] = endpoints(cli.root)
    lock = json.loads((cli.root / "pareta.lock").read_text())["workloads"]["parcels"]
    assert lock["deployment"]["endpoint"] == endpoint
    assert lock["deployment"]["served"]["model"] == "Qwen/Qwen3-8B"
    measured = lock["evidence"]["results"]["qwen-1"]
    assert (measured["quality"], measured["scored"], measured["errors"]) == (1.0, 3, 0)
    rows = [one for one in provider.asked["box"] if one.body.get("model") == "Qwen/Qwen3-8B"]
    assert len(rows) == len(ROWS) + 1, "each row once, and the call of what came up"
    assert {one.body["temperature"] for one in rows} == {0}

    before = len(provider.asked["box"])
    assert "Nothing to change" in cli("plan", "--locked").out
    assert len(provider.asked["box"]) == before


def test_a_declared_price_is_held_under_a_cap_before_anybody_measured_it(
    cli: Cli, provider: ScriptedProvider
) -> None:
    project(cli, provider.url("box"))
    capped = cli("apply", "--auto-approve", "--max-cost", "0")
    assert capped.code == 6, capped
    assert "stops before it could pass the cap of $0.000000" in " ".join(capped.err.split())
    assert charges(cli.root, "eval:") == 0
    applied = cli("apply", "--auto-approve", "--max-cost", "1")
    assert applied.code == 0, applied
    assert charges(cli.root, "eval:") == len(ROWS)


def test_another_address_is_a_change_of_its_own(cli: Cli, provider: ScriptedProvider) -> None:
    project(cli, provider.url("box"))
    assert cli("apply", "--auto-approve").code == 0
    [old] = endpoints(cli.root)
    project(cli, provider.url("other"))
    stale = cli("plan", "--locked")
    assert stale.code == 5
    assert "qwen-1 is declared otherwise" in stale.err
    planned = cli("plan")
    assert "provider changed" in planned.out
    assert f"{provider.url('box')} -> {provider.url('other')}" in planned.out.replace("\n    ", " ")
    assert not provider.asked["other"]
    assert cli("apply", "--auto-approve").code == 0
    [new] = endpoints(cli.root)
    assert new != old
    assert len([one for one in provider.asked["other"] if one.body]) == len(ROWS) + 1


def test_a_model_that_is_asked_otherwise_is_proved_anew(
    cli: Cli, provider: ScriptedProvider
) -> None:
    project(cli, provider.url("box"))
    assert cli("apply", "--auto-approve").code == 0
    [old] = endpoints(cli.root)
    file = cli.root / "pareta-project.yaml"
    file.write_text(file.read_text().replace("context_k: 32,", "context_k: 32, shots: 2,"))
    assert cli("plan", "--locked").code == 5
    planned = cli("plan")
    assert "provider changed" in planned.out
    assert ", 2 shots" in planned.out
    assert "evaluate 3 rows" in planned.out
    assert cli("apply", "--auto-approve").code == 0
    [new] = endpoints(cli.root)
    assert new != old
    shown = [one.body["messages"] for one in provider.asked["box"] if one.body][-1]
    assert [one["role"] for one in shown].count("assistant") == 2


def test_a_provider_that_is_gone_ends_the_run_and_says_so(cli: Cli) -> None:
    with scripted_provider() as running:
        url = running.url("box")
    project(cli, url)
    ended = cli("apply", "--auto-approve")
    assert ended.code == 1
    said = " ".join(ended.out.partition("Platform: ")[2].split())
    assert "the provider box can't be reached" in said
    assert "Qwen" not in said
    assert not endpoints(cli.root)


def test_a_key_is_never_written(
    cli: Cli, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "sk-decoy-8152-decoy-8152"
    monkeypatch.setenv("PARETA_PLAN_KEY_BOX", secret)
    project(cli, provider.url("box"))
    ended = cli("apply", "--auto-approve")
    assert ended.code == 0
    assert provider.asked["box"][0].headers["authorization"] == f"Bearer {secret}"
    assert secret not in ended.out + ended.err
    for path in cli.root.rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes(), path


def test_a_strangers_project_gets_no_key(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that the repository names is not the user's."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-decoy-of-openai-4711")
    monkeypatch.setenv("PARETA_PLAN_KEY_BOX", "sk-decoy-of-box-4711")
    project(cli, "https://models.example.com/v1")
    ended = cli("apply", "--auto-approve")
    assert ended.code == 1
    said = " ".join(ended.out.split())
    assert "is not trusted" in said
    assert "PARETA_PLAN_TRUSTED_ORIGINS" in said
    assert not endpoints(cli.root)


def test_what_is_in_the_state_answers_as_it_was_deployed(
    cli: Cli, provider: ScriptedProvider, tmp_path: Path
) -> None:
    """A declaration that changed serves nobody before it was applied."""
    from pareta_plan.cli.own_models import own_models
    from pareta_plan.platform.server import LocalServer
    from pareta_plan.project.project import Project
    from tests.conftest import CATALOG
    from tests.platform.driving import chat, client_of

    project(cli, provider.url("box"))
    assert cli("apply", "--auto-approve").code == 0
    [endpoint] = endpoints(cli.root)
    project(cli, provider.url("other"))
    state = cli.root / ".pareta" / "platform"
    own = own_models(Project(cli.root))
    before = len(provider.asked["box"])
    with (
        LocalServer(state, "pareta_sk_test", catalog_folders=[CATALOG], own=own) as server,
        client_of(server.url) as http,
    ):
        answered = chat(http, endpoint, "Missing without a trace")
        shown = http.get(f"/v1/endpoints/{endpoint}").json()
    assert answered.json()["choices"][0]["message"]["content"] == "lost"
    assert len(provider.asked["box"]) == before + 1
    assert not provider.asked["other"]
    assert "Qwen" not in json.dumps(shown)
