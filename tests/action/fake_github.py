"""GitHub's REST API on loopback, with the limits of the real one.

What is enforced, from GitHub's documentation: 65,536 characters a text (422), 30 items a page and
at most 100, `Link` headers, 403 for what a fork's token may not do and for an installation that
asks who it is, primary and secondary rate limits, and 502s before or after the deed.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "acme/models"
WRITES, READS = "ghs_writes", "ghs_reads"
"""The tokens: of a run in the repository, and of one for a fork's pull request."""
ME = "github-actions[bot]"
BODY_LIMIT = 65_536


@dataclass
class Fault:
    """An answer other than the expected one; `done` says whether the deed happens all the same."""

    method: str
    path: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "Server Error"
    done: bool = False


@dataclass
class Answer:
    status: int
    data: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None


class FakeGitHub:
    """The state of one repository, and what was asked of it."""

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.issues: list[dict[str, Any]] = []
        self.pulls: list[dict[str, Any]] = []
        self.merged: dict[str, list[dict[str, Any]]] = {}
        self.runs: list[dict[str, Any]] = []
        self.artifacts: dict[int, dict[str, Any]] = {}
        self.archives: dict[int, bytes] = {}
        self.objects: dict[str, dict[str, Any]] = {}
        self.refs: dict[str, str] = {}
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, str]] = []
        self.blob_headers: list[dict[str, str]] = []
        self.after_create: Callable[[], None] | None = None
        """Called when a comment was written: what another run does in the same moment."""
        self.url = ""
        self.blobs = ""
        self._number = 1000

    def id(self) -> int:
        self._number += 1
        return self._number

    def comment(self, body: str, *, login: str = ME, number: int = 7) -> dict[str, Any]:
        """Add a comment behind the API's back."""
        made = {"id": self.id(), "body": body, "user": {"login": login}, "number": number}
        self.comments.append(made)
        return made

    def put(self, kind: str, value: dict[str, Any]) -> str:
        """Store a git object; its id follows from its content."""
        sha = hashlib.sha1(json.dumps([kind, value], sort_keys=True).encode()).hexdigest()
        self.objects[sha] = {"sha": sha, **value}
        return sha

    def answer(self, method: str, target: str, token: str | None, body: Any) -> Answer:
        parts = urlsplit(target)
        path, query = parts.path, {k: v[0] for k, v in parse_qs(parts.query).items()}
        self.requests.append((method, path))
        if token not in (WRITES, READS):
            return Answer(401, {"message": "Bad credentials"})
        fault = self._fault(method, path)
        if fault is not None and not fault.done:
            return Answer(fault.status, {"message": fault.message}, fault.headers)
        answer = self._answer(method, path, query, token, body)
        if fault is not None:
            return Answer(fault.status, {"message": fault.message}, fault.headers)
        return answer

    def _fault(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.method == method and re.search(fault.path, path):
                self.faults.remove(fault)
                return fault
        return None

    def _answer(
        self, method: str, path: str, query: dict[str, str], token: str, body: Any
    ) -> Answer:
        if (method, path) == ("POST", "/graphql"):
            return Answer(200, {"data": {"viewer": {"login": ME}}})
        changes = method != "GET"
        if path == "/user" or (changes and token == READS):
            return Answer(403, {"message": "Resource not accessible by integration"})
        text = (body or {}).get("body") if isinstance(body, dict) else None
        if text is not None and len(text) > BODY_LIMIT:
            return Answer(422, {"message": "Body is too long (maximum is 65536 characters)"})
        inside = path.removeprefix(f"/repos/{REPOSITORY}")
        for pattern, handler in ROUTES:
            verb, _, place = pattern.partition(" ")
            found = re.fullmatch(place, inside)
            if verb == method and found:
                answer = handler(self, body, query, *found.groups())
                return self._page(answer, path, query)
        return Answer(404, {"message": "Not Found"})

    def _page(self, answer: Answer, path: str, query: dict[str, str]) -> Answer:
        whole, wrap = answer.data, None
        if isinstance(whole, dict) and "total_count" in whole:
            wrap = next(name for name in whole if name != "total_count")
            whole = whole[wrap]
        if not isinstance(whole, list):
            return answer
        size = min(int(query.get("per_page", 30)), 100)
        page = int(query.get("page", 1))
        part = whole[(page - 1) * size : page * size]
        if page * size < len(whole):
            more = "&".join(f"{k}={v}" for k, v in {**query, "page": page + 1}.items())
            answer.headers["Link"] = f'<{self.url}{path}?{more}>; rel="next"'
        answer.data = {wrap: part, "total_count": len(whole)} if wrap else part
        return answer

    # the routes

    def list_comments(self, _body: Any, _query: dict[str, str], number: str) -> Answer:
        return Answer(200, [one for one in self.comments if one["number"] == int(number)])

    def add_comment(self, body: Any, _query: dict[str, str], number: str) -> Answer:
        made = self.comment(body["body"], number=int(number))
        if self.after_create:
            self.after_create()
        return Answer(201, made)

    def edit_comment(self, body: Any, _query: dict[str, str], id: str) -> Answer:
        for one in self.comments:
            if one["id"] == int(id):
                if one["user"]["login"] != ME:
                    return Answer(403, {"message": "Must have admin rights to Repository."})
                one.update(body)
                return Answer(200, one)
        return Answer(404, {"message": "Not Found"})

    def delete_comment(self, _body: Any, _query: dict[str, str], id: str) -> Answer:
        kept = [one for one in self.comments if one["id"] != int(id)]
        gone = len(kept) < len(self.comments)
        self.comments[:] = kept
        return Answer(204) if gone else Answer(404, {"message": "Not Found"})

    def list_issues(self, _body: Any, query: dict[str, str]) -> Answer:
        return Answer(200, [one for one in self.issues if one["state"] == query["state"]])

    def add_issue(self, body: Any, _query: dict[str, str]) -> Answer:
        made = {"number": self.id(), "state": "open", "user": {"login": ME}, **body}
        self.issues.append(made)
        return Answer(201, made)

    def edit_issue(self, body: Any, _query: dict[str, str], number: str) -> Answer:
        one = next(one for one in self.issues if one["number"] == int(number))
        one.update(body)
        return Answer(200, one)

    def commit_pulls(self, _body: Any, _query: dict[str, str], sha: str) -> Answer:
        return Answer(200, self.merged.get(sha, []))

    def list_runs(self, _body: Any, query: dict[str, str]) -> Answer:
        found = [one for one in self.runs if one["head_sha"] == query["head_sha"]]
        return Answer(200, {"total_count": len(found), "workflow_runs": found})

    def list_artifacts(self, _body: Any, query: dict[str, str], run: str) -> Answer:
        found = [
            one
            for one in self.artifacts.values()
            if one["run"] == int(run) and one["name"] == query["name"]
        ]
        return Answer(200, {"total_count": len(found), "artifacts": found})

    def archive(self, _body: Any, _query: dict[str, str], id: str) -> Answer:
        return Answer(302, headers={"Location": f"{self.blobs}/blob/{id}"})

    def get_commit(self, _body: Any, _query: dict[str, str], sha: str) -> Answer:
        return Answer(200, self.objects[sha]) if sha in self.objects else Answer(404, {})

    def add_tree(self, body: Any, _query: dict[str, str]) -> Answer:
        sha = self.put("tree", body)
        return Answer(201, self.objects[sha])

    def add_commit(self, body: Any, _query: dict[str, str]) -> Answer:
        value = {
            "message": body["message"],
            "tree": {"sha": body["tree"]},
            "parents": [{"sha": sha} for sha in body["parents"]],
        }
        return Answer(201, self.objects[self.put("commit", value)])

    def get_ref(self, _body: Any, _query: dict[str, str], name: str) -> Answer:
        if name not in self.refs:
            return Answer(404, {"message": "Not Found"})
        return Answer(200, {"object": {"sha": self.refs[name]}})

    def add_ref(self, body: Any, _query: dict[str, str]) -> Answer:
        name = body["ref"].removeprefix("refs/")
        if name in self.refs:
            return Answer(422, {"message": "Reference already exists"})
        self.refs[name] = body["sha"]
        return Answer(201, {"object": {"sha": body["sha"]}})

    def move_ref(self, body: Any, _query: dict[str, str], name: str) -> Answer:
        self.refs[name] = body["sha"]
        return Answer(200, {"object": {"sha": body["sha"]}})

    def list_pulls(self, _body: Any, query: dict[str, str]) -> Answer:
        found = [
            one
            for one in self.pulls
            if one["state"] == query["state"] and f"acme:{one['head']}" == query["head"]
        ]
        return Answer(200, found)

    def add_pull(self, body: Any, _query: dict[str, str]) -> Answer:
        number = self.id()
        url = f"{self.url}/{REPOSITORY}/pull/{number}"
        made = {
            "number": number, "state": "open", "user": {"login": ME}, "html_url": url, **body,
        }  # fmt: skip
        self.pulls.append(made)
        return Answer(201, made)

    def edit_pull(self, body: Any, _query: dict[str, str], number: str) -> Answer:
        one = next(one for one in self.pulls if one["number"] == int(number))
        one.update(body)
        return Answer(200, one)


ROUTES: tuple[tuple[str, Callable[..., Answer]], ...] = (
    (r"GET /issues/(\d+)/comments", FakeGitHub.list_comments),
    (r"POST /issues/(\d+)/comments", FakeGitHub.add_comment),
    (r"PATCH /issues/comments/(\d+)", FakeGitHub.edit_comment),
    (r"DELETE /issues/comments/(\d+)", FakeGitHub.delete_comment),
    (r"GET /issues", FakeGitHub.list_issues),
    (r"POST /issues", FakeGitHub.add_issue),
    (r"PATCH /issues/(\d+)", FakeGitHub.edit_issue),
    (r"GET /commits/(\w+)/pulls", FakeGitHub.commit_pulls),
    (r"GET /actions/runs", FakeGitHub.list_runs),
    (r"GET /actions/runs/(\d+)/artifacts", FakeGitHub.list_artifacts),
    (r"GET /actions/artifacts/(\d+)/zip", FakeGitHub.archive),
    (r"GET /git/commits/(\w+)", FakeGitHub.get_commit),
    (r"POST /git/trees", FakeGitHub.add_tree),
    (r"POST /git/commits", FakeGitHub.add_commit),
    (r"GET /git/ref/(.+)", FakeGitHub.get_ref),
    (r"POST /git/refs", FakeGitHub.add_ref),
    (r"PATCH /git/refs/(.+)", FakeGitHub.move_ref),
    (r"GET /pulls", FakeGitHub.list_pulls),
    (r"POST /pulls", FakeGitHub.add_pull),
    (r"PATCH /pulls/(\d+)", FakeGitHub.edit_pull),
)


@contextmanager
def served(github: FakeGitHub) -> Iterator[FakeGitHub]:
    """The API on a port of its own, and the store of artifacts on another, as another host."""
    lock = threading.Lock()

    class Api(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            sent = self.rfile.read(length)
            scheme, _, token = (self.headers.get("authorization") or "").partition(" ")
            with lock:
                if self.path.startswith("/blob/"):
                    github.blob_headers.append({k.lower(): v for k, v in self.headers.items()})
                    id = int(self.path.rpartition("/")[2])
                    answer = Answer(200, raw=github.archives[id])
                else:
                    body = json.loads(sent) if sent else None
                    known = token if scheme == "Bearer" else None
                    answer = github.answer(self.command, self.path, known, body)
            data = answer.raw
            if data is None:
                data = b"" if answer.data is None else json.dumps(answer.data).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815

        def log_message(self, *_args: object) -> None:
            """Keep the tests' output to what tests say."""

    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Api) for _ in range(2)]
    threads = [threading.Thread(target=server.serve_forever, args=(0.01,)) for server in servers]
    for thread in threads:
        thread.start()
    github.url, github.blobs = (f"http://127.0.0.1:{s.server_address[1]}" for s in servers)
    try:
        yield github
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join()
