"""The documents' examples are what the program takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pareta_plan.manifest import project_file, reading
from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from tests.conftest import Cli

PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
EXAMPLES = [
    (page.name, found[1])
    for page in PAGES
    for found in re.finditer(r"^```yaml\n(.*?)^```$", page.read_text("utf-8"), re.DOTALL | re.M)
    if not found[1].startswith(" ")  # lines of a file that the page has a test of its own for
]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 4


@pytest.mark.parametrize(("page", "text"), EXAMPLES)
def test_an_example_can_be_copied(page: str, text: str) -> None:
    if re.search("^name:", text, re.M):
        (one,) = reading.parse(text.encode(), page)
        assert one.manifest.name
        return
    whole = text if "version:" in text else f"version: 1\n{text}"
    assert project_file.parse(whole.encode(), page, None).file.version == 1


def test_braces_within_braces_are_explained(cli: Cli) -> None:
    cli.write({"pareta.yaml": "version: 1\neval: {documents: {field: d, path: pdf/{id}.pdf}}\n"})
    ended = cli("validate")
    assert ended.err.startswith("error: pareta.yaml:2:")
    assert "wants quotes" in ended.err
