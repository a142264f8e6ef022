"""HTML and SVG built of elements: whatever is no element is text, and is escaped as such."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pareta_plan.escapes import html_text, json_visible

EMPTY = frozenset({"meta", "input", "br", "line", "circle", "path", "rect"})
"""Elements that hold nothing."""


class Html(str):
    """Markup: the text of elements, to be put into others as it is."""

    __slots__ = ()


def element(name: str, /, *children: object, **attributes: object) -> Html:
    """An element. An attribute that is None or False is left out, one that is True has no value.

    `class_` and `for_` are written so for Python's sake, and `_` stands for a hyphen.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in EMPTY:
        return Html(
            f"<{name}{written}>" if name in ("meta", "input", "br") else f"<{name}{written}/>"
        )
    return Html(f"<{name}{written}>{joined(children)}</{name}>")


def joined(children: Iterable[object], between: str = "") -> Html:
    """Elements and texts one after the other."""
    return Html(between.join(_child(child) for child in children if child is not None))


def _child(child: object) -> str:
    return child if isinstance(child, Html) else html_text(str(child))


def _attribute(key: str, value: object) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{html_text(str(value))}"'


def inert(value: Any) -> Html:
    """JSON for a script element that isn't run: no text in it can end the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Html(json_visible(text))
