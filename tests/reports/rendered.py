"""Markdown as GitHub's own renderer reads it: its elements, and the text that nothing guards."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

VOID = {"br", "hr", "input", "img"}
LIVE = re.compile(
    r"@|#|://|www\.|\bGH-|\b[0-9a-f]{7,40}\b|:\w+:|\$|[\x00-\x09\x0b-\x1f\x7f-\x9f]", re.IGNORECASE
)
"""What GitHub makes more of than text, outside code."""
HIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]"
)


@dataclass
class Page(HTMLParser):
    """The elements of a page, its text within and without code, and its tables' cells."""

    tags: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.cells.append([])
        if tag in ("td", "th"):
            self.cells[-1].append("")
        if tag == "code":
            self.codes.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "code" in self.open:
            self.codes[-1] += data
        else:
            self.text.append(data)
        if {"td", "th"} & {*self.open}:
            self.cells[-1][-1] += data


def page(markdown: str) -> Page:
    """The page of a text, HTML let through as GitHub does."""
    found = Page()
    found.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))
    found.close()
    assert not found.open
    return found
