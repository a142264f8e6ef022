"""What a program says to its users, in twelve languages: the messages of gettext catalogues.

A message and its translations stay together. Messages with places to fill in, mark-up or fewer
than three words are left out.
"""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pareta_plan.platform.sources.found import Found

_LANGUAGES = {
    **{code: code for code in ("en", "de", "fr", "es", "it", "pl", "sv", "fi", "tr", "ro")},
    "nl": "nl",
    "pt": "pt",
    "pt_BR": "pt",
}
_CATALOGUE = re.compile(r"/locale/([^/]+)/LC_MESSAGES/django\.po$")
_LINE = re.compile(r'^(msgid|msgstr|msgid_plural|msgstr\[\d\]|msgctxt)?\s*(".*")\s*$')
_UNFIT = re.compile(r"[%{}<>\n@_/|]|https?:")
_LEAST_WORDS = 3


class Message(NamedTuple):
    """A message in English, and its translation."""

    english: str
    translated: str


def wants(name: str) -> bool:
    """The catalogues of the languages."""
    found = _CATALOGUE.search(name)
    return found is not None and found[1] in _LANGUAGES


def read(files: Iterable[tuple[str, bytes]]) -> Iterator[Found]:
    """Each message in each language, and the English ones once."""
    english: set[str] = set()
    for name, data in files:
        found = _CATALOGUE.search(name)
        language = _LANGUAGES[found[1]] if found else ""
        for message in messages(data.decode("utf-8")):
            if _fits(message.translated) and message.translated != message.english:
                yield Found(message.english, message.translated, language)
                english.add(message.english)
    for text in sorted(filter(_fits, english)):
        yield Found(text, text, "en")


def messages(catalogue: str) -> Iterator[Message]:
    """The translated messages of a catalogue that need no plural and aren't marked as fuzzy."""
    for entry in re.split(r"\n\s*\n", catalogue):
        if "msgid_plural" in entry or re.search(r"(?m)^#(, .*fuzzy|~)", entry):
            continue
        parts: dict[str, str] = {}
        key = ""
        for line in entry.splitlines():
            if found := _LINE.match(line):
                key = found[1] or key
                parts[key] = parts.get(key, "") + str(literal_eval(found[2]))
        if parts.get("msgid") and parts.get("msgstr"):
            yield Message(parts["msgid"], parts["msgstr"])


def _fits(text: str) -> bool:
    return len(text.split()) >= _LEAST_WORDS and not _UNFIT.search(text)
