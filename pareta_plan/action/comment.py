"""The comment on the pull request: one a label, found by a hidden marker, edited in place."""

from __future__ import annotations

from typing import Any

from pareta_plan.action.github import GitHub, GitHubError

BODY_CHARACTERS = 65_536
"""The most that GitHub takes of a comment, an issue or a pull request."""
_CUT = "\n\n**Cut here:** the rest is in the [summary of the run]({run}).\n"
GONE = 404


def marker(label: str) -> str:
    """What begins a text of ours and isn't shown."""
    return f"<!-- pareta-plan: {label} -->"


def marked(label: str, markdown: str, run_url: str) -> str:
    """A text with its marker, cut visibly where GitHub would refuse it."""
    body = f"{marker(label)}\n{markdown.strip()}\n"
    if len(body) <= BODY_CHARACTERS:
        return body
    cut = _CUT.format(run=run_url)
    return body[: BODY_CHARACTERS - len(cut)] + cut


def is_ours(item: Any, label: str, login: str) -> bool:
    """Whether a comment or an issue bears the marker and is from the token's own account."""
    author = (item.get("user") or {}).get("login")
    return author == login and str(item.get("body") or "").startswith(marker(label))


class Thread:
    """The comments of one pull request, as one label sees them."""

    def __init__(self, github: GitHub, repository: str, number: int, label: str) -> None:
        self._github = github
        self._base = f"/repos/{repository}/issues"
        self._number = number
        self._label = label
        self._login: str | None = None

    def body(self) -> str:
        """What the comment says now, without its marker; nothing where there is none."""
        mine = self._mine()
        return str(mine[0]["body"]).removeprefix(marker(self._label)).strip() if mine else ""

    def put(self, body: str, *, only_edit: bool = False) -> None:
        """Edit the comment, or write it unless `only_edit`.

        Two runs that wrote at once leave two: the older one is kept, whoever comes last edits it.
        GitHub may not list yet what was just written: then there is nothing to edit.
        """
        mine = self._mine()
        if not mine and only_edit:
            return
        if not mine:
            self._github.made(self._first, lambda: self._write(body))
            mine = self._mine()
        for first in mine[:1]:
            if first["body"] != body:
                self._github.send("PATCH", f"{self._base}/comments/{first['id']}", {"body": body})
        for other in mine[1:]:
            self._delete(other["id"])

    def _write(self, body: str) -> Any:
        return self._github.send("POST", f"{self._base}/{self._number}/comments", {"body": body})

    def _first(self) -> Any | None:
        return next(iter(self._mine()), None)

    def _mine(self) -> list[Any]:
        """The comments of the label, the oldest first."""
        self._login = self._login or self._github.login()
        every = self._github.pages(f"{self._base}/{self._number}/comments")
        mine = [one for one in every if is_ours(one, self._label, self._login)]
        return sorted(mine, key=lambda one: int(one["id"]))

    def _delete(self, id: int) -> None:
        try:
            self._github.send("DELETE", f"{self._base}/comments/{id}")
        except GitHubError as gone:  # the other run deleted it too
            if gone.status != GONE:
                raise
