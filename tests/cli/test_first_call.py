"""A document workload without an eval: its endpoint is first called with a document."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from pareta_plan.apply.first_call import GREETING_PAGE
from pareta_plan.platform.document import Document
from pareta_plan.platform.models.reading.reading import read_text
from tests.cli.projects import LIVE, charges, endpoints, manifest

if TYPE_CHECKING:
    from tests.conftest import Cli


def test_a_document_workload_is_deployed_without_an_eval(cli: Cli) -> None:
    wanted = manifest("papers", model="rules-1", more=f"task: invoice-extraction\n{LIVE}")
    cli.write({"pareta.yaml": wanted})
    ended = cli("apply", "--auto-approve")
    assert ended.code == 0, ended
    assert endpoints(cli.root) == {cli("output", "papers").out.strip(): "live"}
    assert charges(cli.root, "chat:") == 1
    assert cli("plan", "--detailed-exitcode").code == 0


def test_the_greeting_is_a_page_that_can_be_read() -> None:
    data = base64.b64decode(GREETING_PAGE.partition(",")[2])
    assert read_text(Document(data, "application/pdf")) == "Hello from pareta-plan, page 1"
