"""The whole way of a change, as a transcript: planned, reviewed, refused, applied, killed, resumed.

python -m scripts.review_flow

Runs the installed program in a new project on the embedded platform and prints every command
with what it says. Raises where a step ends otherwise than the transcript claims.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from pareta_plan import Pareta

ROWS = (
    ("The whole site is down and every customer is locked out", "critical"),
    ("Please change the address on my next invoice", "low"),
    ("The export has been failing since this morning", "high"),
    ("How do I add a second user to my account?", "normal"),
)
MANIFEST = """\
version: 1
name: ticket-urgency
intent: classify support tickets by urgency
model: {model}
frontier: none
deploy: {{state: live}}
eval:
  items: tickets.jsonl
  max_cost_usd: 0.01
  gates: {{min_quality: 0.05, on_inconclusive: warn}}
"""


class Flow:
    """A project, and the commands that are run in it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        rows = (json.dumps({"input": text, "expected": label}) for text, label in ROWS)
        (root / "tickets.jsonl").write_text("\n".join(rows) + "\n", "utf-8")

    def write(self, model: str) -> None:
        """Ask for a model in the manifest."""
        print(f"$ $EDITOR pareta.yaml        # model: {model}\n")
        (self._root / "pareta.yaml").write_text(MANIFEST.format(model=model), "utf-8")

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run a command and print what it says. Raises RuntimeError for another exit code."""
        print("$ pareta-plan", *arguments)
        ended = subprocess.run(
            self._command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            cwd=self._root,
            text=True, check=False,
        )  # fmt: skip
        print(ended.stdout, end="")
        print(f"[exit {ended.returncode}]\n")
        if ended.returncode != code:
            raise RuntimeError(f"{arguments}: expected exit {code}")
        return ended.stdout

    def killed(self, *arguments: str, at: str) -> None:
        """Run a command, and kill the process once it says `at`."""
        print("$ pareta-plan", *arguments)
        with subprocess.Popen(
            self._command(*arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self._root,
            text=True,
        ) as process:
            for line in process.stdout or ():
                print(line, end="")
                if at in line:
                    os.kill(process.pid, signal.SIGKILL)
                    break
        print(f"[killed: signal {-process.returncode}]\n")
        if process.returncode != -signal.SIGKILL:
            raise RuntimeError(f"{arguments}: it ended before it could be killed")

    def delete_endpoint(self) -> None:
        """Take the endpoint away as an operator would, through the platform's API."""
        id = self.run("output", "ticket-urgency").strip()
        with subprocess.Popen(
            self._command("serve", "--port", "0"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._root,
            text=True,
        ) as server:
            exports = [(server.stdout or sys.stdin).readline() for _ in range(2)]
            url, key = (line.strip().partition("=")[2] for line in exports)
            with Pareta(base_url=url, api_key=key) as pareta:
                pareta.endpoints.delete(id)
            server.send_signal(signal.SIGINT)
        print(f"$ curl -X DELETE .../v1/endpoints/{id}      # by somebody else\n")

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "pareta_plan", *arguments]


def main() -> None:
    """Print the transcript."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch, "project")
        root.mkdir()
        (root / ".git").mkdir()
        plan = "release.plan"
        flow = Flow(root)
        flow.write("bayes-1")
        flow.run("apply", "--auto-approve")
        flow.write("linear-1")
        flow.run("plan", "--detailed-exitcode", "--out", plan, code=2)
        flow.delete_endpoint()
        flow.run("apply", plan, code=5)
        flow.run("plan", "--out", plan)
        flow.killed("apply", plan, at="calling")
        flow.run("apply", plan)
        flow.run("plan", "--detailed-exitcode")


if __name__ == "__main__":
    main()
