"""Text from elsewhere as Markdown that renders as that text, and does nothing.

A word that is nothing but letters, and a plain number, stand as they are. Everything else stands
in a code span, in which Markdown is text and GitHub looks for no mention, link, emoji, formula or
commit; so no backslash is needed, nor HTML. In a table's cell a pipe has a backslash, which the
table takes away again.

Sources
- GitHub Flavored Markdown 0.29, sections 6.3 (code spans), 4.5 (fences), 4.10 (tables).
- GitHub Docs, "Autolinked references and URLs", "Basic writing and formatting syntax".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pareta_plan.escapes import visible

LONGEST = 200
"""Most characters of one text that a comment shows in a line."""
CUT = "..."

_END = r"[,.;:!?)]{0,2}"
_WORD = re.compile(rf"\(?[^\W\d_]+(?:'[^\W\d_]+)*{_END}")
_ENDS = ",.;:!?"
_NUMBER = re.compile(r"\(?\d{1,3}(?:,\d{3})*(?:\.\d{1,6})?%?[,;:?)]?")
_TOKEN = re.compile(rf"(?<!\S)(?P<open>\(?)`(?P<code>[^`]+)`(?P<end>{_END})(?!\S)|\S+")
"""A word, or what a message has in backticks, with the punctuation around that."""
_COMMIT = re.compile(r"[0-9a-f]{7,40}", re.IGNORECASE)


def code(text: str, most: int = LONGEST) -> str:
    """A code span of one line, at most so many characters of the text."""
    shown = visible(text)
    if len(shown) > most:
        shown = shown[: most - len(CUT)] + CUT
    if not shown.strip():
        shown = repr(shown)
    fence = "`" * (_longest_run(shown) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def prose(text: str, most: int = 2 * LONGEST) -> str:
    """A sentence of which only what could be more than words stands in code spans."""
    shown = " ".join(visible(text).split())
    if len(shown) > most:
        shown = shown[: most - len(CUT)].rsplit(" ", 1)[0] + f" {CUT}"
    return " ".join(_spans(_TOKEN.finditer(shown)))


def cell(markdown: str) -> str:
    """What `code` and `prose` made, as a cell of a table: no pipe ends it.

    A backslash right before a pipe is shown as its escape, as tables differ in what both mean.
    """
    return re.sub(r"(\\*)\|", lambda found: r"\x5c" * len(found[1]) + r"\|", markdown)


def fenced(lines: Iterable[str], most: int = 2 * LONGEST) -> tuple[str, list[str], str]:
    """A block of code: how it opens, its lines, how it closes. No line of it can close it."""
    shown = [
        line if len(line) <= most else line[: most - len(CUT)] + CUT for line in map(visible, lines)
    ]
    fence = "`" * max(3, max(map(_longest_run, shown), default=0) + 1)
    return f"{fence}text", shown, fence


def _spans(tokens: Iterable[re.Match[str]]) -> Iterator[str]:
    """The words, with those that stand together and aren't plain in one span."""
    together: list[str] = []
    for n, token in enumerate(tokens):
        quoted, word = token["code"], token[0]
        if not quoted and not _is_plain(word, first=n == 0):
            together.append(word)
            continue
        yield from _span(together)
        together = []
        yield f"{token['open']}{code(quoted, most=len(quoted))}{token['end']}" if quoted else word
    yield from _span(together)


def _span(words: list[str]) -> Iterator[str]:
    if words:
        whole = " ".join(words)
        text = whole.rstrip(_ENDS) or whole
        yield code(text, most=len(text)) + whole[len(text) :]


def _is_plain(word: str, *, first: bool) -> bool:
    """Whether nothing reads more into a word than its letters; a first number may be a list's."""
    if _COMMIT.search(word):
        return False
    if _NUMBER.fullmatch(word):
        return not (first and word.endswith(")"))
    return bool(_WORD.fullmatch(word)) or (not first and word == "->")


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
