"""What an apply tells while it runs: a line an event, and no half of one."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from pareta_plan.reports.schemas import schema
from tests.cli.projects import LIVE, evaluated, manifest

if TYPE_CHECKING:
    from tests.conftest import Cli

PROJECT = manifest(more=LIVE + evaluated("min_quality: 0.3"))


def told(cli: Cli) -> list[dict[str, Any]]:
    """The events of the file, each of which fits its schema."""
    text = cli.read("events.ndjson")
    assert text.endswith("\n")
    events = [json.loads(line) for line in text.splitlines()]
    check = Draft202012Validator(schema("event"))
    for event in events:
        check.validate(event)
        assert [*event][:3] == ["event", "version", "time"]
    assert [event["time"] for event in events] == sorted(event["time"] for event in events)
    return events


def test_an_apply_tells_what_happens(cli: Cli) -> None:
    cli.write({"pareta.yaml": PROJECT})
    ended = cli("apply", "--auto-approve", "--events", "events.ndjson", "--json")
    first, *middle, result, last = told(cli)
    summary = json.loads(ended.out)
    assert (first["event"], first["workloads"]) == ("started", ["parcels"])
    assert (last["event"], last["exit_code"], last["why"]) == ("finished", 0, "done")
    assert last["billed_micro_usd"] == summary["billed_micro_usd"] > 0
    assert (result["event"], [result["result"]]) == ("result", summary["results"])
    assert {event["event"] for event in middle} <= {"progress", "note"}
    assert {event["workload"] for event in middle if event["event"] == "progress"} == {"parcels"}
    again = cli("apply", "--auto-approve", "--events", "events.ndjson")
    assert again.code == 0, again
    assert [event["event"] for event in told(cli)] == ["finished"]


def test_what_fails_before_it_begins_is_told_too(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(model="recomended")})
    ended = cli("apply", "--auto-approve", "--events", "events.ndjson")
    (only,) = told(cli)
    assert (only["event"], only["exit_code"], ended.code) == ("finished", 1, 1)
    assert only["errors"][0]["where"] == {"file": "pareta.yaml", "line": 4, "column": 8}


def test_a_killed_apply_leaves_whole_lines(cli: Cli) -> None:
    cli.write({"pareta.yaml": PROJECT})
    path = cli.root / "events.ndjson"
    with cli.child("apply", "--auto-approve", "--events", path.name) as process:
        deadline = time.monotonic() + 60
        while not (path.exists() and path.read_bytes().count(b"\n") > 1):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    events = told(cli)
    assert events[0]["event"] == "started"
    assert events[-1]["event"] != "finished"
