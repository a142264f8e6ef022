"""Mail that people got, sorted into spam and ham, of SpamAssassin's public corpus.

Of easy ham each eighth message is taken, of hard ham each and of spam each other, so that there is
about as much spam as ham. A message is its subject and the text of its body, without mark-up, cut
after 1,200 letters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from email import message_from_string, policy
from email.message import EmailMessage
from html import unescape

from pareta_plan.platform.sources.found import Found

_GROUP = re.compile(r"data/(easy-ham|hard-ham|spam)-[12]/(\d+)\.[^/]*json$")
_EACH = {"easy-ham": 8, "hard-ham": 1, "spam": 2}
_HIDDEN = re.compile(r"(?is)<(style|script|head)\b.*?</\1>|<!--.*?-->")
_MARKED_UP = re.compile(r"(?i)<(html|body|table|font|br|p)\b")
_TAG = re.compile(r"(?s)<[^>]*>")
_MOST_LETTERS = 1200


def wants(name: str) -> bool:
    """The messages that are taken, by their numbers."""
    found = _GROUP.search(name)
    return found is not None and int(found[2]) % _EACH[found[1]] == 0


def read(files: Iterable[tuple[str, bytes]]) -> Iterator[Found]:
    """Each message that has a text; those of one subject stay together."""
    for name, data in files:
        found = _GROUP.search(name)
        message = message_from_string(json.loads(data)["text"], policy=policy.default)
        subject, body = _subject(message), _body(message)
        if found and body:
            text = f"{subject}\n\n{body}"[:_MOST_LETTERS].strip()
            label = "spam" if found[1] == "spam" else "ham"
            yield Found(_topic(subject) or text, text, label)


def _subject(message: EmailMessage) -> str:
    try:
        return " ".join(str(message["subject"] or "").split())
    except (ValueError, IndexError, AttributeError):  # what spammers write isn't always a header
        return ""


def _topic(subject: str) -> str:
    untagged = re.sub(r"\[[^]]*\]", " ", subject)
    return " ".join(re.sub(r"(?i)\b(re|fwd?)\b|\W+", " ", untagged).split()).casefold()


def _body(message: EmailMessage) -> str:
    for part in message.walk():
        is_text = part.get_content_type() in ("text/plain", "text/html")
        if is_text and (text := _readable(part)):
            return text
    return ""


def _readable(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    if part.get_content_type() == "text/html" or _MARKED_UP.search(text):
        text = unescape(_TAG.sub(" ", _HIDDEN.sub(" ", text)))
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)
