"""The reviewed plan of a merged pull request: the artifact that its own run left behind."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from pareta_plan.action.child import PLAN
from pareta_plan.action.github import GitHub
from pareta_plan.errors import StaleError

MAX_BYTES = 100_000_000
_ANEW = "Plan anew, have that reviewed, and apply it."


def merged_pull(github: GitHub, repository: str, sha: str) -> Any | None:
    """The pull request that became this commit; None where it was pushed without one."""
    every = github.pages(f"/repos/{repository}/commits/{sha}/pulls")
    merged = [pull for pull in every if pull.get("merged_at")]
    exact = [pull for pull in merged if pull.get("merge_commit_sha") == sha]
    return next(iter(exact or merged), None)


def fetch_plan(github: GitHub, repository: str, sha: str, name: str, folder: Path) -> Path:
    """Fetch the plan in the newest artifact `name` of the head that was merged as `sha`.

    That it is the one which was reviewed is as sure as the workflow that made it; that it fits
    this checkout and the platform is for `apply` to find. Raises StaleError when there is none.
    """
    pull = merged_pull(github, repository, sha)
    if pull is None:
        raise StaleError(f"no pull request was merged as {sha}: no plan was reviewed", hint=_ANEW)
    found = next(_artifacts(github, repository, pull["head"]["sha"], name), None)
    if found is None:
        raise StaleError(
            f"pull request #{pull['number']} left no artifact {name!r} with a plan", hint=_ANEW
        )
    path = f"/repos/{repository}/actions/artifacts/{found['id']}/zip"
    archive = github.download(path, MAX_BYTES)
    _check(archive, found.get("digest"))
    plan = folder / "reviewed.plan"
    plan.write_bytes(_unpacked(archive))
    return plan


def _artifacts(github: GitHub, repository: str, head: str, name: str) -> Iterator[Any]:
    """Those of the newest run first, as GitHub lists them."""
    base = f"/repos/{repository}/actions/runs"
    runs = github.pages(base, "workflow_runs", head_sha=head, event="pull_request")
    for run in runs:
        for one in github.pages(f"{base}/{run['id']}/artifacts", "artifacts", name=name):
            if one["name"] == name and not one["expired"]:
                yield one


def _check(archive: bytes, digest: str | None) -> None:
    mine = f"sha256:{hashlib.sha256(archive).hexdigest()}"
    if digest not in (None, mine):
        raise StaleError("the artifact with the plan isn't the one that was uploaded", hint=_ANEW)


def _unpacked(archive: bytes) -> bytes:
    try:
        with ZipFile(BytesIO(archive)) as files, files.open(PLAN) as file:
            return file.read(MAX_BYTES)
    except (BadZipFile, KeyError):
        raise StaleError(f"the artifact holds no {PLAN}", hint=_ANEW) from None
