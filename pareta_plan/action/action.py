"""One step on a runner from its inputs to its exit code."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pareta_plan.action import arguments, artifact, outcome, upgrade
from pareta_plan.action.child import FILES, PLAN, PROVENANCE, Ended, run, run_plainly
from pareta_plan.action.comment import Thread, marked
from pareta_plan.action.github import GitHub, GitHubError
from pareta_plan.action.inputs import ARTIFACT, Command, Comment, Inputs, read_inputs
from pareta_plan.action.issue import Issue
from pareta_plan.action.runner import (
    Event,
    annotate,
    read_event,
    say,
    tell,
    write_outputs,
    write_summary,
)
from pareta_plan.errors import EXIT_CHANGES, EXIT_ERROR, EXIT_OK, EXIT_STOPPED, ParetaError
from pareta_plan.project.layout import lockfile_name
from pareta_plan.reports import formats

EVERY = tuple(kind for kind in FILES if kind in formats.FILES)
_TITLE = "pareta-plan"
_RUNNING = "> [!NOTE]\n> **Applying.** [Look at the run]({run}).\n\n"
_RAN = re.compile(r"\A(?:> \[!NOTE\]\n> \*\*Applying\.\*\* [^\n]*\s*)+")
"""Such lines of earlier runs, at the beginning of a comment."""


def main(environ: Mapping[str, str]) -> int:
    """Do what the inputs say; the exit code of the step, which never is another command's."""
    try:
        with tempfile.TemporaryDirectory() as nowhere:
            folder = Path(
                tempfile.mkdtemp(prefix="pareta-plan-", dir=environ.get("RUNNER_TEMP") or nowhere)
            )
            step = Step(read_inputs(environ), read_event(environ), environ, folder)
            return DONE_BY[step.inputs.command](step)
    except ParetaError as refused:
        hint = f"\n{refused.hint}" if refused.hint else ""
        annotate("error", f"{refused}{hint}", title=_TITLE)
        write_outputs(environ, {"failure-reason": _reason(refused)})
        return refused.exit_code


def _reason(refused: ParetaError) -> str:
    from pareta_plan.reports.report import Kind, Report

    return str(Report(Kind.PLAN, refused.exit_code, error=refused).why)


@dataclass(frozen=True)
class Step:
    """What one step has to go by."""

    inputs: Inputs
    event: Event
    environ: Mapping[str, str]
    folder: Path
    """Where the reports go; the workflow reads them there."""

    def run(self, given: list[str], kinds: tuple[str, ...] = EVERY) -> Ended:
        """Run a command with its reports."""
        environ = {**self.environ, "PARETA_PLAN_COMMIT": self.event.sha}
        return run(given, kinds, self.folder, environ)

    def page(self) -> None:
        """Have a page of the rows, where the lockfile has evidence; without one all goes on.

        A platform may no longer have the runs that the evidence is of.
        """
        inputs = self.inputs
        lockfile = Path(inputs.path, lockfile_name(inputs.environment or None))
        if lockfile.is_file() and '"evidence"' in lockfile.read_text("utf-8", "replace"):
            out = self.folder / FILES["html"]
            run_plainly(arguments.results_arguments(inputs, out), self.environ)

    def ended(self, ended: Ended) -> int:
        """Tell the runner how it ended: outputs, annotations, summary; the exit code."""
        write_outputs(self.environ, outcome.outputs(ended, self.inputs.fail_on))
        for line in ended.text("github").splitlines():
            tell(line)
        write_summary(self.environ, ended.text("markdown"))
        return outcome.step_code(ended.code, self.inputs.fail_on)

    def github(self) -> GitHub:
        """GitHub's API with the token of the inputs. Raises GitHubError without one."""
        if not self.inputs.token:
            raise GitHubError("no github-token is given")
        url = self.environ.get("GITHUB_API_URL") or "https://api.github.com"
        return GitHub(url, self.inputs.token)


def _plan(step: Step) -> int:
    offline = arguments.is_offline(step.event, step.environ)
    if offline:
        annotate("notice", "planned from the lockfile alone: no secrets here", title=_TITLE)
    ended = step.run(arguments.plan_arguments(step.inputs, step.folder / PLAN, offline=offline))
    if not offline:
        step.page()
    code = step.ended(ended)
    _comment(step, ended)
    return code


def _apply(step: Step) -> int:
    plan = _plan_file(step)
    running = _RUNNING.format(run=step.event.run_url)
    _with_thread(step, lambda thread: thread.put(_marked(step, running + _planned(thread))))
    ended = step.run(arguments.apply_arguments(step.inputs, plan))
    if ended.code != EXIT_STOPPED:  # then there is no time
        step.page()
    code = step.ended(ended)
    _comment(step, ended)
    return code


def _planned(thread: Thread) -> str:
    """What the comment says of the plan: a run that was killed may have left its line above it."""
    return _RAN.sub("", thread.body())


def _plan_file(step: Step) -> Path | None:
    given = step.inputs.plan_file
    if not given.startswith(ARTIFACT):
        return Path(given) if given else None
    name = given.removeprefix(ARTIFACT)
    with step.github() as github:
        return artifact.fetch_plan(github, step.event.repository, step.event.sha, name, step.folder)


def _validate(step: Step) -> int:
    ended = step.run(arguments.other_arguments(step.inputs.command, step.inputs))
    code = step.ended(ended)
    _comment(step, ended)
    return code


def _comment(step: Step, ended: Ended) -> None:
    body = ended.text("comment")
    if not body:
        return
    quiet = outcome.changes(ended) is False and ended.code in (EXIT_OK, EXIT_CHANGES)
    only_edit = quiet and step.inputs.comment is Comment.CHANGES_ONLY
    _with_thread(step, lambda thread: thread.put(_marked(step, body), only_edit=only_edit))


def _marked(step: Step, markdown: str) -> str:
    return marked(step.inputs.label, markdown, step.event.run_url)


def _with_thread(step: Step, act: Callable[[Thread], None]) -> None:
    """Do something with the comment; that it fails is told, and fails nothing."""
    event = step.event
    if step.inputs.comment is Comment.OFF or not (event.number or event.name == "push"):
        return
    with _tolerated("the comment can't be written"), step.github() as github:
        number = event.number or _merged(github, event)
        if number is not None:
            act(Thread(github, event.repository, number, step.inputs.label))


def _merged(github: GitHub, event: Event) -> int | None:
    """The pull request that became the commit pushed."""
    pull = artifact.merged_pull(github, event.repository, event.sha)
    return int(pull["number"]) if pull else None


@contextmanager
def _tolerated(what: str) -> Iterator[None]:
    try:
        yield
    except GitHubError as failed:
        annotate("warning", f"{what}: {failed.message}", title=_TITLE)


def _drift(step: Step) -> int:
    ended = step.run(arguments.other_arguments(step.inputs.command, step.inputs))
    code = step.ended(ended)
    found = outcome.changes(ended)
    if found is None or step.inputs.comment is Comment.OFF:
        return code
    with _tolerated("the issue can't be written"), step.github() as github:
        issue = Issue(github, step.event.repository, step.inputs.label)
        if found:
            title = f"Drift: {step.inputs.label} moved away from its lockfile"
            more = f"\n\n[The run that found it]({step.event.run_url})"
            issue.open(title, _marked(step, ended.text("markdown") + more))
        else:
            issue.close(f"No drift any more, as [this run]({step.event.run_url}) found.")
    return code


def _provenance(step: Step) -> int:
    out = step.folder / PROVENANCE
    return step.ended(step.run(arguments.provenance_arguments(step.inputs, out)))


def _lock_upgrade(step: Step) -> int:
    drifted = step.run(arguments.other_arguments(Command.DRIFT, step.inputs), ("json",)).data.get(
        "drift", []
    )
    kinds = ("json", "text", "markdown")
    locked = step.run(arguments.other_arguments(step.inputs.command, step.inputs), kinds)
    if locked.code or not locked.data.get("changes"):
        return step.ended(locked)
    moved = locked.text("markdown")  # before the plan's takes its place
    ended = step.run(arguments.plan_arguments(step.inputs, step.folder / PLAN, offline=False))
    code = step.ended(ended)
    if not ended.text("comment"):
        return code or EXIT_ERROR
    with step.github() as github:
        gone = upgrade.successors(drifted, locked.data["workloads"])
        proposal = _proposal(step, locked, [*gone, "", moved, "", ended.text("comment")])
        say(f"pull request: {upgrade.propose(github, proposal)}")
    return code


def _proposal(step: Step, locked: Ended, parts: list[str]) -> upgrade.Proposal:
    file = Path(step.inputs.path, locked.data["lockfile"]).absolute()
    root = Path(step.environ.get("GITHUB_WORKSPACE") or ".").resolve()
    return upgrade.Proposal(
        repository=step.event.repository,
        label=step.inputs.label,
        base=step.environ.get("GITHUB_REF_NAME", ""),
        parent=step.environ.get("GITHUB_SHA", ""),
        path=file.resolve().relative_to(root).as_posix(),
        content=file.read_text("utf-8"),
        title=f"Take up the catalog's moves in {file.name}",
        body=_marked(step, "\n".join(parts).strip()),
    )


DONE_BY: Mapping[Command, Callable[[Step], int]] = {
    Command.PLAN: _plan,
    Command.APPLY: _apply,
    Command.VALIDATE: _validate,
    Command.DRIFT: _drift,
    Command.LOCK_UPGRADE: _lock_upgrade,
    Command.PROVENANCE: _provenance,
}
