"""What task could grade rows: by their shape, and by what the prompt asks for."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

ROUTED = [{"input": "a", "expected": label} for label in ("billing", "technical", "sales")] * 2
FELT = [{"input": "a", "expected": label} for label in ("positive", "negative")] * 2
BILLS = [{"expected": {"vendor": "Acme", "total": 3}}, {"input": {}, "expected": {"tax": 1}}]
URGENCY, ROUTING = "support-ticket-urgency", "support-ticket-routing"


def proposed(http: httpx.Client, rows: list[dict[str, Any]], prompt: str = "") -> dict[str, Any]:
    items = "\n".join(map(json.dumps, rows)).encode()
    answer = http.post(
        "/v1/eval-sets/propose-contract", files={"items": items}, data={"prompt": prompt}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(
    ("rows", "prompt", "proposals", "conflict"),
    [
        (ROUTED, "", [(ROUTING, "medium")], None),
        (ROUTED, ROUTING, [(ROUTING, "high")], None),
        (ROUTED, "sort support tickets", [(ROUTING, "medium")], None),
        (ROUTED, "classify support tickets by urgency", [(ROUTING, "medium")], URGENCY),
        (FELT, "sentiment", [("sentiment", "high")], None),
        (BILLS, "", [("invoice-extraction", "medium")], None),
        ([{"input": "a", "expected": "any"}], "sentiment", [], "sentiment"),
        ([{"input": "a", "expected": 7}], "", [], None),
    ],
)
def test_rows_have_a_shape_and_a_prompt_asks_for_a_job(
    rows: list[dict[str, Any]],
    prompt: str,
    proposals: list[tuple[str, str]],
    conflict: str | None,
    http: httpx.Client,
) -> None:
    found = proposed(http, rows, prompt)
    assert [(one["task_id"], one["confidence"]) for one in found["proposals"]] == proposals
    assert (found["conflict"] or {}).get("intended_task") == conflict
    assert found["homogeneous"]
    assert found["message"]


def test_rows_of_two_jobs_are_told_apart(http: httpx.Client) -> None:
    found = proposed(http, ROUTED + FELT)
    assert (found["homogeneous"], found["proposals"]) == (False, [])
    assert found["split"] == [
        {"task_id": ROUTING, "rows": 6},
        {"task_id": "sentiment", "rows": 4},
    ]


def test_a_few_strange_rows_are_a_warning(http: httpx.Client) -> None:
    found = proposed(http, ROUTED * 4 + [{"input": "a", "expected": "legal"}])
    assert [one["task_id"] for one in found["proposals"]] == [ROUTING]
    assert found["proposals"][0]["warning"] == "4.0% of the rows don't fit it."


@pytest.mark.parametrize(
    ("items", "prompt", "words"),
    [
        (b"", "", "items has no rows"),
        (b'{"input": "a"}', "", "items line 1: expected is missing"),
        (b'{"expected": "a"}\n[]', "", "items line 2: a row must be an object"),
        (b'{"expected": "a"}', "x" * 501, "prompt must be a sentence"),
    ],
)
def test_what_is_no_row_is_refused(
    items: bytes, prompt: str, words: str, http: httpx.Client
) -> None:
    answer = http.post(
        "/v1/eval-sets/propose-contract", files={"items": items}, data={"prompt": prompt}
    )
    assert answer.status_code == 400
    assert words in answer.json()["detail"]
