"""The HTML page: one file that holds all it needs, and in which a text is nothing but a text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from pareta_plan.reports.html import page
from tests.reports.pages import HOSTILE, hostile, labelled

KNOWN = """
    a body bdi button caption circle code details div fieldset figcaption figure form h1 h2 h3 head
    header html input label legend li line main meta nav noscript p path rect script section small
    span strong style summary svg table tbody td text th thead title tr ul
    """
HARMLESS = """
    aria-label aria-labelledby autocomplete charset class content cx cy d data-pair disabled for
    height href http-equiv id lang name r role scope spellcheck tabindex transform type value
    viewbox width x x1 x2 y y1 y2
    """


class Elements(HTMLParser):
    """The elements of a page, with their attributes and the text in each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)


@pytest.fixture(scope="module")
def hostile_page() -> str:
    return hostile()


def test_it_holds_only_elements_and_attributes_of_ours(hostile_page: str) -> None:
    elements = Elements(hostile_page)
    assert not elements.open
    assert {tag for tag, _ in elements.found} <= {*KNOWN.split()}
    assert {name for _, attributes in elements.found for name in attributes} <= {*HARMLESS.split()}


def test_nothing_in_it_leads_elsewhere(hostile_page: str) -> None:
    for tag, attributes in Elements(hostile_page).found:
        assert (attributes.get("href") or "#").startswith("#"), tag
        assert not {"src", "action", "srcset", "style", "formaction"} & attributes.keys()
    style = "".join(Elements(hostile_page).texts["style"])
    assert not re.search(r"url\(|@import|//", style)


def test_its_policy_allows_its_own_script_and_style_alone(hostile_page: str) -> None:
    elements = Elements(hostile_page)
    (policy,) = (
        attributes["content"] or ""
        for _, attributes in elements.found
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; ")
    (style,), script = elements.texts["style"], elements.texts["script"][-1]
    for kind, text in (("style-src", style), ("script-src", script)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}';" in policy
    assert "unsafe" not in policy


def test_rows_are_data_with_all_their_texts(hostile_page: str) -> None:
    blocks = Elements(hostile_page).texts["script"][:-1]
    assert len(blocks) == 3
    assert not any(character in block for block in blocks for character in "<>&\u2028\u2029\u202e")
    rows = json.loads(blocks[0])["rows"]
    assert {row[4] for row in rows} >= {t for t in HOSTILE if t.isascii() and t.isprintable()}


def test_scripts_take_no_text_for_markup() -> None:
    script = Elements(page("embedded", [labelled(3)])).texts["script"][-1]
    for way in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function("):
        assert way not in script


def test_every_table_and_control_has_a_name() -> None:
    elements = Elements(page("embedded", [labelled(12)]))
    tags = [tag for tag, _ in elements.found]
    assert tags.count("caption") == tags.count("table")
    assert all("scope" in attributes for tag, attributes in elements.found if tag == "th")
    ids = [attributes["id"] for _, attributes in elements.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in elements.found:
        if tag == "svg":
            assert attributes["aria-label"]
        if attributes.get("type") == "search":
            assert any(other.get("for") == attributes["id"] for _, other in elements.found)


def test_its_colours_can_be_told_apart_in_light_and_dark() -> None:
    """At least 4.5 to 1, as WCAG 2.2 asks of text; on the darkest shade of the matrix too."""
    style = "".join(Elements(page("embedded", [labelled(3)])).texts["style"])
    schemes = [dict(re.findall(r"--(\w+): ([^;]+);", part)) for part in style.split("@media")[:2]]
    assert len(schemes) == 2
    for named in schemes:
        ground = rgb(named["ground"])
        for text in ("text", "faint", "accent", "good", "bad", "doubt"):
            assert contrast(rgb(named[text]), ground) >= 4.5, text
        for shade in ("right", "wrong"):
            tint, share = [float(part) for part in named[shade].split()], 5 * float(named["shade"])
            mixed = [share * a + (1 - share) * b for a, b in zip(tint, ground, strict=True)]
            assert contrast(rgb(named["text"]), mixed) >= 4.5, shade


def rgb(colour: str) -> list[float]:
    return [float(int(colour[i : i + 2], 16)) for i in (1, 3, 5)]


def contrast(one: list[float], other: list[float]) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: list[float]) -> float:
    """By https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [part / 255 for part in colour]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * p for weight, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
