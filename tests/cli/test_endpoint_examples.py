"""The examples of `docs/endpoints.md`, run as they stand against a running `serve`."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from tests.conftest import Cli

PAGE = (REPOSITORY / "docs" / "endpoints.md").read_text("utf-8")
INVOICES = """
version: 1
name: invoices
task: invoice-extraction
model: recommended
frontier: none
deploy: {state: live}
"""
URGENCY = {"low", "normal", "high", "critical"}


def examples(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.M)


def test_the_examples_of_endpoints_run(cli: Cli) -> None:
    [manifest], [curl], [asking, document] = map(examples, ("yaml", "sh", "python"))
    invoice = next((REPOSITORY / "examples" / "data" / "invoices").glob("*.pdf"))
    cli.write({"ticket-urgency.yaml": manifest, "invoices.yaml": INVOICES})
    shutil.copy(invoice, cli.root / "invoice.pdf")
    applied = cli("apply", "--auto-approve")
    assert applied.code == 0, applied
    assert ", or 1 other, with OpenAI's API; `pareta-plan serve` starts" in applied.out
    with cli.child("serve", "--port", "0") as process:
        assert process.stdout is not None
        lines = process.stdout.readline() + process.stdout.readline()
        told = dict(re.findall(r"export (\w+)=(\S+)", lines))

        def run(*command: str) -> str:
            ended = subprocess.run(
                command,
                cwd=cli.root,
                env={**os.environ, **told},
                capture_output=True,
                text=True,
                check=False,
            )
            assert ended.returncode == 0, ended.stderr
            return ended.stdout

        said = json.loads(run("bash", "-c", curl))
        assert said["choices"][0]["message"]["content"] in URGENCY
        assert re.fullmatch(r"ticket-urgency-[0-9a-f]{6}", said["model"])
        first, rest = run(sys.executable, "-c", asking).split("\n")
        assert first == rest in URGENCY
        assert json.loads(run(sys.executable, "-c", document))["invoice_number"]
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
