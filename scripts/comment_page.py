"""A comment as a page to look at: `python -m scripts.comment_page FILE.md ... > page.html`.

GitHub's renderer makes the HTML; the stylesheet is ours, of a width that a pull request has.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import cmarkgfm
from cmarkgfm.cmark import Options

COLOURS = {
    "NOTE": "#0969da",
    "TIP": "#1a7f37",
    "IMPORTANT": "#8250df",
    "WARNING": "#9a6700",
    "CAUTION": "#d1242f",
}
STYLE = """
body { margin: 24px auto; width: 880px; color: #1f2328; background: #fff;
  font: 14px/1.5 "Noto Sans", "DejaVu Sans", Arial, sans-serif; }
article { border: 1px solid #d1d9e0; border-radius: 6px; padding: 16px; margin-bottom: 32px; }
code { background: #818b981f; border-radius: 6px; padding: 0.2em 0.4em; font-size: 85%;
  font-family: "DejaVu Sans Mono", monospace; }
pre { background: #f6f8fa; border-radius: 6px; padding: 16px; overflow: auto; line-height: 1.45; }
pre code { background: none; padding: 0; }
table { border-collapse: collapse; display: block; overflow: auto; }
th, td { border: 1px solid #d1d9e0; padding: 6px 13px; text-align: left; }
tr:nth-child(2n) td { background: #f6f8fa; }
blockquote { margin: 0 0 16px; padding: 0 1em; color: #59636e; border-left: 4px solid #d1d9e0; }
blockquote.alert { color: inherit; padding: 8px 16px; }
hr { border: 0; border-top: 3px solid #d1d9e0; }
details { margin: 8px 0; }
"""
_ALERT = re.compile(r"<blockquote>\s*(<p>)?\[!(\w+)\](\s*</p>)?\n?")


def page(comments: list[str], *, unfolded: bool = False) -> str:
    """The page of some comments, one below the other."""
    bodies = "\n".join(f"<article>{_html(text)}</article>" for text in comments)
    if unfolded:
        bodies = bodies.replace("<details>", "<details open>")
    head = f'<!doctype html><meta charset="utf-8"><title>Comments</title><style>{STYLE}</style>'
    return f"{head}\n{bodies}\n"


def _html(markdown: str) -> str:
    html = cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE)
    return _ALERT.sub(_alert, html)


def _alert(found: re.Match[str]) -> str:
    kind, colour = found[2], COLOURS[found[2]]
    title = f'<p style="color: {colour}"><strong>{kind.capitalize()}</strong></p>'
    rest = "" if found[3] else "<p>"
    return f'<blockquote class="alert" style="border-color: {colour}">{title}{rest}'


if __name__ == "__main__":
    given = sys.argv[1:]
    names = [name for name in given if name != "--unfolded"]
    texts = [Path(name).read_text("utf-8") for name in names]
    print(page(texts, unfolded="--unfolded" in given))
