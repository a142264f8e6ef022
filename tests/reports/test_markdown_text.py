"""Whatever a text says, it comes out as that text: no element, no link, no one called."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.reports.markdown_text import cell, code, fenced, prose
from tests.reports.rendered import HIDDEN, LIVE, page
from tests.reports.reviews import HOSTILE, texts


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_code_or_words(text: str) -> None:
    _check_code(text)
    _check_prose(text)


@given(texts)
def test_a_code_span_has_the_text_and_nothing_else(text: str) -> None:
    _check_code(text)


def _check_code(text: str) -> None:
    shown = page(f"before {code(text, most=10**6)} after")
    assert shown.tags == ["p", "code"]
    assert "".join(shown.text).split() == ["before", "after"]
    in_cell = page(f"| a | b |\n|---|---|\n| {cell(code(text, most=10**6))} | last |")
    assert in_cell.cells[1][1] == "last"
    assert len(in_cell.cells) == 2
    plain = "".join(shown.codes)
    assert not HIDDEN.search(plain)
    assert in_cell.cells[1][0] == re.sub(r"\\+(?=\|)", lambda m: r"\x5c" * len(m[0]), plain)


@given(texts)
def test_prose_leaves_nothing_alive_outside_code(text: str) -> None:
    _check_prose(text)


def _check_prose(text: str) -> None:
    for markdown in (prose(text), f"- {prose(text)}", f"> {prose(text)}", f"before {prose(text)}"):
        shown = page(markdown)
        assert {*shown.tags} <= {"p", "code", "ul", "li", "blockquote"}
        assert not LIVE.search("".join(shown.text))
        assert not HIDDEN.search(markdown)
        assert not shown.links
    in_cell = page(f"| a | b |\n|---|---|\n| {cell(prose(text))} | last |")
    assert in_cell.cells[1][1] == "last"


def test_prose_keeps_words_and_what_messages_quote() -> None:
    said = "the plan deletes alpha: run `pareta-plan lock` (or `x`), see https://a.example, at 3.5%"
    assert prose(said) == (
        "the plan deletes alpha: run `pareta-plan lock` (or `x`), see `https://a.example`, at 3.5%"
    )
    assert prose("model swapped from a-1 to b-2") == "model swapped from `a-1` to `b-2`"
    assert prose("it costs $0.10 #12 more") == "it costs `$0.10 #12` more"


@given(st.lists(texts, max_size=4))
def test_a_block_of_code_holds_all_its_lines(lines: list[str]) -> None:
    opens, shown, closes = fenced(lines)
    found = page("\n".join(["<details>", "", opens, *shown, closes, "", "</details>", "", "last"]))
    assert found.tags == ["details", "pre", "code", "p"]
    assert "".join(found.codes).split("\n")[:-1] == (shown or [])
    assert "".join(found.text).split() == ["last"]
