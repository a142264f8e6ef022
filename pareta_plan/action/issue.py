"""The issue that tells of drift: one a label, opened, updated, and closed when there is none."""

from __future__ import annotations

from typing import Any

from pareta_plan.action.comment import is_ours
from pareta_plan.action.github import GitHub


class Issue:
    """The open issue of a label, found by the marker that its text begins with."""

    def __init__(self, github: GitHub, repository: str, label: str) -> None:
        self._github = github
        self._base = f"/repos/{repository}/issues"
        self._label = label

    def open(self, title: str, body: str) -> None:
        """Have an open issue that says this."""
        make = {"title": title, "body": body}
        found = self._github.made(self._found, lambda: self._github.send("POST", self._base, make))
        if found["body"] != body or found["title"] != title:
            self._github.send("PATCH", f"{self._base}/{found['number']}", make)

    def close(self, why: str) -> None:
        """Close the issue with a word, if one is open."""
        found = self._found()
        if found is None:
            return
        at = f"{self._base}/{found['number']}"
        self._github.send("POST", f"{at}/comments", {"body": why})
        self._github.send("PATCH", at, {"state": "closed", "state_reason": "completed"})

    def _found(self) -> Any | None:
        login = self._github.login()
        every = self._github.pages(self._base, state="open", sort="created", direction="asc")
        mine = (
            one for one in every if "pull_request" not in one and is_ours(one, self._label, login)
        )
        return next(mine, None)
