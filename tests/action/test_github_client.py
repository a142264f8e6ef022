"""GitHub's limits and mishaps: what is waited out, what is given up, and what is never said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from pareta_plan.action.comment import BODY_CHARACTERS, Thread, marked, marker
from pareta_plan.action.github import PATIENCE_SECONDS, GitHub, GitHubError
from pareta_plan.action.issue import Issue
from tests.action.fake_github import ME, READS, REPOSITORY, WRITES, FakeGitHub, Fault

COMMENTS = "/issues/7/comments$"


_open = ExitStack()


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    with _open:
        yield


def client(github: FakeGitHub, token: str = WRITES) -> GitHub:
    return _open.enter_context(GitHub(github.url, token))


def thread(github: FakeGitHub, label: str = "prod", token: str = WRITES) -> Thread:
    return Thread(client(github, token), REPOSITORY, 7, label)


def body(text: str, label: str = "prod") -> str:
    return marked(label, text, "https://run")


def test_a_comment_is_written_once_and_edited_after_that(github: FakeGitHub) -> None:
    thread(github).put(body("first"))
    id = github.comments[0]["id"]
    thread(github).put(body("second"))
    assert [(one["id"], one["body"]) for one in github.comments] == [(id, body("second"))]
    thread(github).put(body("second"))
    assert [method for method, _ in github.requests].count("PATCH") == 1


def test_the_comment_is_found_beyond_the_first_hundred(github: FakeGitHub) -> None:
    for n in range(230):
        github.comment(f"review {n}", login="reviewer")
    mine = github.comment(body("old"))
    thread(github).put(body("new"))
    assert len(github.comments) == 231
    assert mine["body"] == body("new")


def test_each_label_has_its_own_comment(github: FakeGitHub) -> None:
    for label in ("prod", "prod eu", "staging"):
        thread(github, label).put(body("plan", label))
    thread(github, "prod").put(body("newer"))
    assert [one["body"] for one in github.comments] == [
        body("newer"), body("plan", "prod eu"), body("plan", "staging"),
    ]  # fmt: skip


def test_a_marker_in_the_comment_of_another_is_not_ours(github: FakeGitHub) -> None:
    stranger = github.comment(body("mine, all mine"), login="stranger")
    quoting = github.comment(f"> quoted\n{marker('prod')}")
    thread(github).put(body("plan"))
    assert stranger["body"] == body("mine, all mine")
    assert "quoted" in quoting["body"]
    assert github.comments[-1]["body"] == body("plan")


def test_two_runs_that_write_at_once_leave_one_comment(github: FakeGitHub) -> None:
    def other_run() -> None:
        github.after_create = None
        github.comment(body("of the other run"))

    github.after_create = other_run
    thread(github).put(body("of this run"))
    assert [one["body"] for one in github.comments] == [body("of this run")]


def test_a_comment_that_is_not_listed_yet_is_written_all_the_same(github: FakeGitHub) -> None:
    written: list[str] = []

    def hide() -> None:
        written.extend(one["body"] for one in github.comments)
        github.comments.clear()

    github.after_create = hide
    thread(github).put(body("plan"))
    assert written == [body("plan")]


def test_what_is_no_answer_of_githubs_is_an_error_in_words(github: FakeGitHub) -> None:
    github.faults = [Fault("GET", COMMENTS, 200, message="a proxy says this")]
    with pytest.raises(GitHubError, match="is no list"):
        thread(github).put(body("plan"))
    github.blobs = "http://127.0.0.1:1"
    with pytest.raises(GitHubError, match="no answer from where it lies"):
        client(github).download(f"/repos/{REPOSITORY}/actions/artifacts/1/zip", 10)


def test_only_editing_writes_no_first_comment(github: FakeGitHub) -> None:
    thread(github).put(body("nothing"), only_edit=True)
    assert not github.comments
    github.comment(body("changes"))
    thread(github).put(body("nothing"), only_edit=True)
    assert [one["body"] for one in github.comments] == [body("nothing")]


@pytest.mark.parametrize("length", [BODY_CHARACTERS - 400, BODY_CHARACTERS, 300_000])
def test_a_long_text_is_cut_where_it_can_be_seen(github: FakeGitHub, length: int) -> None:
    thread(github).put(body("\N{PILE OF POO}" * length))
    (written,) = github.comments
    assert len(written["body"]) <= BODY_CHARACTERS
    assert ("**Cut here:**" in written["body"]) == (length > BODY_CHARACTERS - 400)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", COMMENTS, 403, {"Retry-After": "5"}, "exceeded a secondary rate limit"),
        Fault("POST", COMMENTS, 429, {"Retry-After": "5"}),
        Fault("GET", COMMENTS, 429, {"Retry-After": "5"}),
    ],
)
def test_a_rate_limit_is_waited_out(github: FakeGitHub, pauses: list[float], fault: Fault) -> None:
    github.faults.append(fault)
    thread(github).put(body("plan"))
    assert [one["body"] for one in github.comments] == [body("plan")]
    assert pauses == [5.0]


def test_a_secondary_limit_that_names_no_time_is_given_a_minute(
    github: FakeGitHub, pauses: list[float]
) -> None:
    said = "You have exceeded a secondary rate limit"
    github.faults.append(Fault("GET", COMMENTS, 403, message=said))
    thread(github).put(body("plan"))
    assert pauses == [60.0]


def test_waiting_has_an_end(github: FakeGitHub, pauses: list[float]) -> None:
    github.faults.append(Fault("GET", COMMENTS, 429, {"Retry-After": "3600"}, "slow down"))
    with pytest.raises(GitHubError, match="429 slow down"):
        thread(github).put(body("plan"))
    assert not pauses
    github.faults += [Fault("GET", COMMENTS, 502) for _ in range(50)]
    with pytest.raises(GitHubError, match="502"):
        thread(github).put(body("plan"))
    assert sum(pauses) <= PATIENCE_SECONDS


@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
@pytest.mark.parametrize("status", [502, 503, 504])
def test_an_answer_that_is_lost_makes_no_second_comment(
    github: FakeGitHub, pauses: list[float], status: int, done: bool
) -> None:
    github.faults.append(Fault("POST", COMMENTS, status, done=done))
    thread(github).put(body("plan"))
    assert [one["body"] for one in github.comments] == [body("plan")]
    assert pauses == [1.0]


def test_an_edit_whose_answer_is_lost_is_made_again(
    github: FakeGitHub, pauses: list[float]
) -> None:
    github.comment(body("old"))
    github.faults.append(Fault("PATCH", "/issues/comments/", 502))
    thread(github).put(body("new"))
    assert [one["body"] for one in github.comments] == [body("new")]
    assert len(pauses) == 1


def test_what_a_token_may_not_do_is_not_tried_again(
    github: FakeGitHub, pauses: list[float]
) -> None:
    with pytest.raises(GitHubError, match="403 Resource not accessible by integration"):
        thread(github, token=READS).put(body("plan"))
    assert not pauses
    assert [method for method, _ in github.requests].count("POST") == 2  # the login, the comment


def test_an_issue_is_opened_once_updated_and_closed(github: FakeGitHub) -> None:
    issue = Issue(client(github), REPOSITORY, "prod")
    issue.close("nothing to close")
    assert not github.issues
    for number in range(120):
        github.issues.append(
            {"number": number, "state": "open", "body": "theirs", "user": {"login": "someone"}}
        )
    issue.open("Drift", body("one moved"))
    issue.open("Drift", body("two moved"))
    mine = [one for one in github.issues if one["user"]["login"] == ME]
    assert [one["body"] for one in mine] == [body("two moved")]
    issue.close("clean")
    assert (mine[0]["state"], mine[0]["state_reason"]) == ("closed", "completed")
    assert [one["body"] for one in github.comments] == ["clean"]
    issue.open("Drift", body("again"))
    assert len([one for one in github.issues if one["user"]["login"] == ME]) == 2


def test_the_token_goes_nowhere_but_to_the_api(github: FakeGitHub) -> None:
    with pytest.raises(GitHubError, match="no HTTPS"):
        GitHub("http://api.example.com", WRITES)
    github.runs.append({"id": 1, "head_sha": "c"})
    github.archives[5] = b"zip"
    here = client(github)
    assert here.download(f"/repos/{REPOSITORY}/actions/artifacts/5/zip", 10) == b"zip"
    (sent,) = github.blob_headers
    assert "authorization" not in sent
    with pytest.raises(GitHubError, match="over 2 bytes"):
        here.download(f"/repos/{REPOSITORY}/actions/artifacts/5/zip", 2)


def test_a_next_page_elsewhere_is_not_asked(github: FakeGitHub) -> None:
    for n in range(101):
        github.comment(f"review {n}", login="reviewer")
    here = client(github)
    github.url = github.blobs  # what the Link headers name from now on
    with pytest.raises(GitHubError, match="another host"):
        list(here.pages(f"/repos/{REPOSITORY}/issues/7/comments"))
    assert not github.blob_headers


def test_the_fake_has_the_limits_of_the_real_one(github: FakeGitHub) -> None:
    here, base = client(github), f"/repos/{REPOSITORY}/issues/7/comments"
    with pytest.raises(GitHubError, match="422 Body is too long"):
        here.send("POST", base, {"body": "x" * (BODY_CHARACTERS + 1)})
    for n in range(131):
        github.comment(str(n))
    assert len(here.get(base)) == 30
    assert len(here.get(base, per_page=500)) == 100
    with pytest.raises(GitHubError, match="403"):
        here.get("/user")
    with pytest.raises(GitHubError, match="401"):
        client(github, "ghp_wrong").get(base)
