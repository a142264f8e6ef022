"""Runs action.yml as GitHub's runner does: environment files, bash, outputs, the log's commands.

Sources: "Metadata syntax" (composite actions, shells) and "Workflow commands" of GitHub's
documentation. What action.yml doesn't use is refused here, not guessed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.action.fake_github import REPOSITORY, WRITES
from tests.conftest import CATALOG
from tests.conftest import REPOSITORY as SOURCE

_EXPRESSION = re.compile(r"\$\{\{ *([\w.-]+) *\}\}")
_COMMAND = re.compile(r"::([\w-]+)(?: (.*?))?::(.*)")
HEAD = "a" * 40
MERGE = "b" * 40


@dataclass
class Done:
    """What a run left: the step's exit code, its outputs, the log, and what the log made happen."""

    code: int
    outputs: dict[str, str]
    log: str
    summary: str
    annotations: list[tuple[str, str, str]] = field(default_factory=list)
    """Level, properties, message, as the runner takes them from the log."""


class Runner:
    """A runner with one checkout."""

    def __init__(self, root: Path, api: str) -> None:
        self.workspace = root / "workspace"
        self.temp = root / "temp"
        self._files = root / "files"
        for folder in (self.workspace, self.temp, self._files):
            folder.mkdir(parents=True)
        self._api = api
        self._runs = 0

    def installed(self) -> None:
        """Have the environment of the tests taken for one that the action installed before."""
        python = self.temp / "pareta-plan-venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        (self.temp / "pareta-plan-venv" / "made").write_text(f"{SOURCE} [local] \n")

    def write(self, files: Mapping[str, str]) -> None:
        """Put files into the checkout."""
        for name, content in files.items():
            path = self.workspace / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, "utf-8")

    def pull_request(self, *, fork: bool = False) -> dict[str, Any]:
        """The event of a pull request."""
        home = "stranger/models" if fork else REPOSITORY
        head = {"sha": HEAD, "repo": {"full_name": home}}
        return {"pull_request": {"number": 7, "head": head}}

    def __call__(
        self,
        event: str = "push",
        payload: Mapping[str, Any] | None = None,
        *,
        env: Mapping[str, str] | None = None,
        token: str = WRITES,
        **inputs: str,
    ) -> Done:
        """Run every step of the action with the inputs of a workflow."""
        action = yaml.safe_load((SOURCE / "action.yml").read_text("utf-8"))
        assert action["runs"]["using"] == "composite"
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert given.keys() <= action["inputs"].keys()
        known = {"github.token": token}
        for name, spec in action["inputs"].items():
            known[f"inputs.{name}"] = given.get(name, _filled(spec.get("default", ""), known))
        runner = self._environment(event, payload or {}, env or {})
        code, log, summary = 0, "", ""
        for step in action["runs"]["steps"]:
            assert step.keys() <= {"name", "id", "shell", "env", "run"}
            assert step["shell"] == "bash"
            assert "${{" not in step["run"], "an expression in a shell"
            if code:
                break
            code, said, files = self._step(step, {**runner, **_env(step, known)})
            log += said
            summary += files["GITHUB_STEP_SUMMARY"]
            for name, value in read_outputs(files["GITHUB_OUTPUT"]).items():
                known[f"steps.{step['id']}.outputs.{name}"] = value
        outputs = {name: _filled(spec["value"], known) for name, spec in action["outputs"].items()}
        return Done(code, outputs, log, summary, list(annotated(log)))

    def _step(
        self, step: Mapping[str, Any], env: Mapping[str, str]
    ) -> tuple[int, str, dict[str, str]]:
        self._runs += 1
        names = (
            "GITHUB_OUTPUT",
            "GITHUB_STEP_SUMMARY",
            "GITHUB_ENV",
            "GITHUB_PATH",
            "GITHUB_STATE",
        )
        files = {name: self._files / f"{name}_{self._runs}" for name in names}
        for path in files.values():
            path.touch()
        script = self._files / f"{self._runs}.sh"
        script.write_text(step["run"])
        ended = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=self.workspace,
            env={**env, **{name: str(path) for name, path in files.items()}},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        told = {name: path.read_text("utf-8") for name, path in files.items()}
        assert not told["GITHUB_ENV"] + told["GITHUB_PATH"] + told["GITHUB_STATE"]
        return ended.returncode, ended.stdout, told

    def _environment(
        self, event: str, payload: Mapping[str, Any], more: Mapping[str, str]
    ) -> dict[str, str]:
        path = self._files / f"event-{self._runs}.json"
        path.write_text(json.dumps(payload))
        kept = ("PATH", "HOME", "LANG", "PARETA_PLAN_CACHE", "PARETA_PLAN_SMOLLM2_GGUF")
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(SOURCE),
            "GITHUB_API_URL": self._api,
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(path),
            "GITHUB_REF_NAME": "main",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": "42",
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_SHA": MERGE,
            "GITHUB_WORKSPACE": str(self.workspace),
            "PARETA_PLAN_CATALOG": str(CATALOG),
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": str(self.temp),
            **more,
        }


def _env(step: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, str]:
    return {name: _filled(value, known) for name, value in step.get("env", {}).items()}


def _filled(text: str, known: Mapping[str, str]) -> str:
    """A text with its expressions evaluated; what a step never set is empty."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        assert name in known or name.startswith("steps."), name
        return known.get(name, "")

    return _EXPRESSION.sub(value, text)


def read_outputs(text: str) -> dict[str, str]:
    """The outputs of an environment file, in either of its forms."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        if several := re.fullmatch(r"([\w-]+)<<(.+)", line):
            value = []
            for part in lines:
                if part == several[2]:
                    break
                value.append(part)
            else:
                raise AssertionError(f"no end of {several[1]}")
            found[several[1]] = "\n".join(value)
        else:
            name, given, value_ = line.partition("=")
            assert given, line
            found[name] = value_
    return found


def annotated(log: str) -> Iterator[tuple[str, str, str]]:
    """The annotations that the runner takes from a log; none between a stop and its token."""
    resume = None
    for line in log.splitlines():
        found = _COMMAND.match(line)
        if resume is not None:
            if line == f"::{resume}::":
                resume = None
        elif found and found[1] == "stop-commands":
            resume = found[3]
        elif found and found[1] in ("error", "warning", "notice"):
            yield found[1], found[2] or "", found[3]
        elif found:
            assert found[1] in ("group", "endgroup"), line
    assert resume is None, "commands are never taken again"
