"""The pull request that takes up what the catalog has now: its branch, its commit, its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pareta_plan.action.comment import is_ours
from pareta_plan.action.github import GitHub, GitHubError
from pareta_plan.escapes import visible

BRANCH = "pareta-plan/lock-upgrade"
MODEL_GONE = "model gone"
"""What reports of drift call a model that the catalog has no longer."""
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+!|~@$&:/.-])")


@dataclass(frozen=True)
class Proposal:
    """A file that is to change by pull request, on a branch of this tool's own."""

    repository: str
    label: str
    base: str
    """The branch that it is for."""
    parent: str
    """The commit that it was made from."""
    path: str
    """The file, from the root of the repository."""
    content: str
    title: str
    body: str

    @property
    def branch(self) -> str:
        """Its branch; one a label, which each new proposal replaces."""
        slug = re.sub(r"[^\w-]+", "-", self.label)
        return BRANCH if self.label == "default" else f"{BRANCH}-{slug}"


def propose(github: GitHub, proposal: Proposal) -> str:
    """Open or update the pull request; its address."""
    repository = f"/repos/{proposal.repository}"
    _push(github, repository, proposal)
    text = {"title": proposal.title, "body": proposal.body}
    login = github.login()

    def find() -> Any | None:
        owner = proposal.repository.partition("/")[0]
        every = github.pages(f"{repository}/pulls", state="open", head=f"{owner}:{proposal.branch}")
        return next((one for one in every if is_ours(one, proposal.label, login)), None)

    def make() -> Any:
        more = {"head": proposal.branch, "base": proposal.base}
        return github.send("POST", f"{repository}/pulls", {**text, **more})

    pull = github.made(find, make)
    if (pull["title"], pull["body"]) != (proposal.title, proposal.body):
        github.send("PATCH", f"{repository}/pulls/{pull['number']}", text)
    return str(pull["html_url"])


def _push(github: GitHub, repository: str, proposal: Proposal) -> None:
    """Put one commit with the file on the branch, unless it is there."""
    git = f"{repository}/git"
    entry = {
        "path": proposal.path, "mode": "100644", "type": "blob", "content": proposal.content,
    }  # fmt: skip
    base_tree = github.get(f"{git}/commits/{proposal.parent}")["tree"]["sha"]
    tree = github.send("POST", f"{git}/trees", {"base_tree": base_tree, "tree": [entry]})["sha"]
    there = _head(github, git, proposal.branch)
    if there is not None and _is_same(github.get(f"{git}/commits/{there}"), tree, proposal.parent):
        return
    commit = github.send(
        "POST",
        f"{git}/commits",
        {"message": proposal.title, "tree": tree, "parents": [proposal.parent]},
    )["sha"]
    if there is None:
        made = {"ref": f"refs/heads/{proposal.branch}", "sha": commit}
        github.send("POST", f"{git}/refs", made)
    else:
        to = {"sha": commit, "force": True}
        github.send("PATCH", f"{git}/refs/heads/{proposal.branch}", to)


def _head(github: GitHub, git: str, branch: str) -> str | None:
    try:
        return str(github.get(f"{git}/ref/heads/{branch}")["object"]["sha"])
    except GitHubError as bad:
        if bad.status == 404:
            return None
        raise


def _is_same(commit: Any, tree: str, parent: str) -> bool:
    return commit["tree"]["sha"] == tree and [one["sha"] for one in commit["parents"]] == [parent]


def successors(
    drifted: Iterable[Mapping[str, Any]], locked: Iterable[Mapping[str, Any]]
) -> list[str]:
    """A line of Markdown for each locked model that is gone: what comes after it, and where."""
    after = {one["workload"]: one["model"] for one in locked}
    gone = [one for one in drifted if one["kind"] == MODEL_GONE]
    return [_successor(one, after.get(one["workload"])) for one in gone]


def _successor(gone: Mapping[str, Any], model: str | None) -> str:
    subject, workload = text(str(gone["subject"])), text(str(gone["workload"]))
    after = "none" if model in (None, gone["subject"]) else text(str(model))
    return f"- **{subject}** is no longer offered; its successor for **{workload}** is **{after}**"


def text(words: str) -> str:
    """Words from elsewhere as Markdown that shows them and does nothing."""
    return _MARKDOWN.sub(lambda found: f"&#{ord(found[0])};", visible(words))
