"""Requests that schemathesis makes up from the OpenAPI document, with a fixed seed.

None may break the server, and every answer must be one that the document tells of.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from pareta_plan.platform.catalog.generation import Generation
from pareta_plan.platform.server import LocalServer
from pareta_plan.wire import AUTO
from tests.platform.driving import (
    KEY,
    MOODS,
    client_of,
    create_set,
    deployed,
    finished,
    set_of,
    start_run,
)

SECONDS = 280  # it takes less than 20 on an idle machine
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance"
)

CONFIG = """
[parameters]
"path.task_id" = "mood"
"path.endpoint_id" = "mood-live"
"path.set_id" = "{set_id}"
"path.run_id" = "{run_id}"

[[operations]]
include-method = "DELETE"
parameters = {{ "path.endpoint_id" = "gone", "path.set_id" = "gone" }}
"""
"""Most requests are for things that are there, deletions for things that aren't."""


def _document(http: httpx.Client, folder: Path) -> Path:
    """The document that is served, less the schemas of streams.

    They are those of a stream's text, as OpenAPI 3.1 has it, and schemathesis takes them for those
    of each event. The events are held against their schema in test_openapi.
    """
    document = http.get("/openapi.json").json()
    for operations in document["paths"].values():
        for operation in operations.values():
            for told in operation["responses"].values():
                told.get("content", {}).get("text/event-stream", {}).pop("schema", None)
    path = folder / "openapi.json"
    path.write_text(json.dumps(document))
    return path


def _things(http: httpx.Client, generation: Generation) -> dict[str, str]:
    """An endpoint, a set and a run that are there."""
    if generation.routes:
        answer = create_set(http, MOODS, prompt="the mood")
        set_id, model = answer.json()["eval_set"]["id"], AUTO
    else:
        set_id, model = set_of(http, MOODS), "quick-1"
        deployed(http, "mood-live")
    run_id = start_run(http, set_id, model).json()["run_id"]
    finished(http, run_id)
    return {"set_id": set_id, "run_id": run_id}


@pytest.mark.parametrize("generation", Generation)
def test_no_request_that_is_made_up_breaks_anything(
    generation: Generation, catalog_dir: Path, tmp_path: Path
) -> None:
    with (
        LocalServer(
            tmp_path / "state", KEY, catalog_folders=[catalog_dir], generation=generation
        ) as server,
        client_of(server.url) as http,
    ):
        config = tmp_path / "schemathesis.toml"
        config.write_text(CONFIG.format(**_things(http, generation)))
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", config),
                *("run", _document(http, tmp_path), "--url", server.url),
                *("-H", f"Authorization: Bearer {KEY}"),
                *("--checks", CHECKS, "--phases", "coverage,fuzzing", "--max-examples", "6"),
                *("--seed", "1", "--suppress-health-check", "all", "--no-color"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "Coverage" in done.stdout
    assert "generated" in done.stdout
