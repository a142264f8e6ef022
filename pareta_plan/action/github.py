"""A client of GitHub's REST API: pages, rate limits, and answers that were lost.

Sources: "Best practices for using the REST API" and "Using pagination in the REST API" of GitHub's
documentation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx

from pareta_plan.errors import ParetaError
from pareta_plan.escapes import visible
from pareta_plan.version import __version__

Made = TypeVar("Made")

PAGE = 100
PATIENCE_SECONDS = 90.0
"""How long one run waits for GitHub altogether, before it goes on without."""
TIMEOUT_SECONDS = 20.0
LOST = (502, 503, 504)
LIMITED = (403, 429)
SECONDARY = 60.0
"""What GitHub asks to wait at a secondary limit that names no time."""


class GitHubError(ParetaError):
    """GitHub answered with an error, or not at all; `status` is 0 without an answer."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Uncertain(GitHubError):
    """The answer to a request that makes something was lost: it may be there or not."""


class GitHub:
    """GitHub's API with one token, which goes to the API's own address and nowhere else.

    Raises GitHubError for an address that isn't HTTPS, but for loopback.
    """

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise GitHubError(f"the token isn't sent to {visible(url)!r}: that is no HTTPS")
        self._base = url.rstrip("/")
        self._patience = PATIENCE_SECONDS
        self._http = httpx.Client(
            headers={
                "Authorization": f"Bearer {token}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
                "User-Agent": f"pareta-plan/{__version__}",
            },
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,
        )

    def get(self, path: str, **query: str | int) -> Any:
        """What stands at a path."""
        return self._json(self._sent("GET", self._base + path, params=query))

    def pages(self, path: str, field: str | None = None, **query: str | int) -> Iterator[Any]:
        """Every item of a list, or of the list in a `field`, across its pages."""
        answer = self._sent("GET", self._base + path, params={"per_page": PAGE, **query})
        while True:
            page = self._json(answer)
            items = page.get(field) if field and isinstance(page, dict) else page
            if not isinstance(items, list):
                raise GitHubError(f"{path}: GitHub's answer is no list", answer.status_code)
            yield from items
            following = answer.links.get("next", {}).get("url")
            if not following:
                return
            answer = self._sent("GET", self._ours(following))

    def send(self, method: str, path: str, body: object = None) -> Any:
        """Change something. Raises Uncertain when it makes something and the answer is lost."""
        return self._json(self._sent(method, self._base + path, json=body))

    def made(self, find: Callable[[], Made | None], make: Callable[[], Made]) -> Made:
        """What `find` finds, or what `make` makes of it: once, though its answer may be lost."""
        wait = 1.0
        while True:
            found = find()
            if found is not None:
                return found
            try:
                return make()
            except Uncertain as lost:
                self._wait(wait, lost)
                wait *= 2

    def login(self) -> str:
        """Whose the token is, asked of GraphQL: an installation's may not ask REST for it."""
        base = self._base.removesuffix("/v3")  # of an Enterprise Server: /api/v3 and /api/graphql
        answer = self._json(
            self._sent("POST", f"{base}/graphql", json={"query": "{viewer{login}}"}, repeat=True)
        )
        try:
            return str(answer["data"]["viewer"]["login"])
        except (KeyError, TypeError):
            raise GitHubError("GitHub doesn't say whose token it is") from None

    def download(self, path: str, limit: int) -> bytes:
        """The bytes that a path leads to, on another host maybe, which doesn't get the token."""
        answer = self._sent("GET", self._base + path)
        if not answer.is_redirect:
            return answer.content
        try:
            return _fetched(answer.headers["location"], path, limit)
        except (httpx.RequestError, httpx.InvalidURL):
            raise GitHubError(f"{path} can't be fetched: no answer from where it lies") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._http.close()

    def _ours(self, url: str) -> str:
        if urlsplit(url)[:2] != urlsplit(self._base)[:2]:
            raise GitHubError("the next page is on another host")
        return url

    def _json(self, answer: httpx.Response) -> Any:
        try:
            return answer.json() if answer.content else None
        except ValueError:
            raise GitHubError(f"{answer.request.url.path}: no JSON", answer.status_code) from None

    def _sent(self, method: str, url: str, *, repeat: bool = False, **more: Any) -> httpx.Response:
        """The answer, once limits and lost answers are waited out; an error is raised."""
        wait = 1.0
        while True:
            answer, lost = self._tried(method, url, **more)
            if answer is not None and not lost and not _is_limit(answer):
                return _checked(answer)
            failed = _error(method, url, answer)
            if lost and method == "POST" and not repeat:
                raise Uncertain(failed.message, failed.status)
            self._wait(wait if answer is None or lost else _asked(answer), failed)
            wait *= 2

    def _tried(self, method: str, url: str, **more: Any) -> tuple[httpx.Response | None, bool]:
        """An answer if there was one, and whether it is lost what became of the request."""
        try:
            answer = self._http.request(method, url, **more)
        except httpx.RequestError:
            return None, True
        return answer, answer.status_code in LOST

    def _wait(self, seconds: float, failed: GitHubError) -> None:
        if seconds > self._patience:
            raise failed
        self._patience -= seconds
        time.sleep(seconds)


def _fetched(url: str, path: str, limit: int) -> bytes:
    data = b""
    with httpx.stream("GET", url, timeout=TIMEOUT_SECONDS, follow_redirects=False) as stream:
        for chunk in stream.iter_bytes():
            data += chunk
            if len(data) > limit:
                raise GitHubError(f"{path} has over {limit:,} bytes")
        if stream.status_code != 200:
            raise GitHubError(f"{path} can't be fetched", stream.status_code)
    return data


def _is_limit(answer: httpx.Response) -> bool:
    """Whether it is to be sent again later; what a token may not do is a 403 as well."""
    if answer.status_code not in LIMITED:
        return False
    return (
        answer.status_code == 429
        or "retry-after" in answer.headers
        or answer.headers.get("x-ratelimit-remaining") == "0"
        or "secondary rate limit" in answer.text.lower()
    )


def _asked(answer: httpx.Response) -> float:
    """Seconds that GitHub wants to be left alone."""
    after = answer.headers.get("retry-after", "")
    if after.isdecimal():
        return float(after)
    reset = answer.headers.get("x-ratelimit-reset", "")
    if answer.headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        return max(1.0, float(reset) - time.time())
    return SECONDARY


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_success or answer.is_redirect:
        return answer
    raise _error(answer.request.method, str(answer.request.url), answer)


def _error(method: str, url: str, answer: httpx.Response | None) -> GitHubError:
    what = f"{method} {urlsplit(url).path}"
    if answer is None:
        return GitHubError(f"{what}: no answer from GitHub")
    try:
        said = str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        said = answer.reason_phrase
    return GitHubError(f"{what}: {answer.status_code} {visible(said)[:300]}", answer.status_code)
