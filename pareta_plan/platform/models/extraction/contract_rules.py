"""Reads the key fields of a contract by the words around them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from pareta_plan.platform.models.extraction.spans import (
    Money,
    Span,
    find_dates,
    find_durations,
    find_money,
    find_names,
)

_PREAMBLE = 1200  # characters in which the parties are introduced
_DEFINED = re.compile(r"\([^()\"\u201c]{0,20}[\"\u201c](?P<term>[^\"\u201d]+)[\"\u201d]\)")
_NOT_A_ROLE = re.compile(r"agreement|contract|effective date", re.IGNORECASE)
_FIRST_CLAUSE = re.compile(r"\n\s*1\.\s")
_BETWEEN = re.compile(r"\bbetween\b", re.IGNORECASE)
_NOT_A_PARTY = re.compile(
    r"agreement|contract|lease$|licen[cs]e$|effective date|parties|party$|^this\b|^date\b"
    r"|^(?:january|february|march|april|may|june|july|august|september|october|november"
    r"|december)\b",
    re.IGNORECASE,
)
_EFFECTIVE = re.compile(
    r"effective (?:as of|from|on|date[:\s]+)|takes effect on|as of|with effect from"
    r"|commenc\w+ (?:on|date:?)",
    re.IGNORECASE,
)
_MADE = re.compile(r"\b(?:made|dated|entered into)\b", re.IGNORECASE)
_TERM = re.compile(
    r"\b(?:term|period|duration|initial|runs|remain in force|continues)\b[^.;]*$", re.IGNORECASE
)
_NO_TERM = re.compile(
    r"survive|notice|renew|warrant|confidential|interest|business day", re.IGNORECASE
)
_END = re.compile(r"\b(?:until|expires? on|ending on|ends on)\s*$", re.IGNORECASE)
_NOTICE = re.compile(
    r"^['\u2019]?\s*(?:prior\s+)?(?:written\s+)?(?:advance\s+)?notice", re.IGNORECASE
)
_TOTAL = re.compile(r"\b(?:total|aggregate|overall|contract price|in total|fee)\b", re.IGNORECASE)
_IN_TOTAL = re.compile(r"\s*(?:in total|altogether)\b", re.IGNORECASE)
_NOT_TOTAL = re.compile(
    r"liabilit|insurance|deposit|escrow|instal?lment|advance|a month", re.IGNORECASE
)
_LAW = re.compile(
    r"(?:governed by|in accordance with|governing law:?)\s+"
    r"(?:and\s+\w+\s+in\s+accordance\s+with\s+)?(?:the\s+laws?\s+of\s+)?(?P<law>[^.;\n]+)",
    re.IGNORECASE,
)
_LAW_PREFIX = re.compile(
    r"^(?:the\s+)?(?:(?:State|Commonwealth|Province|Federal Republic|Republic|Kingdom)\s+of\s+)?"
    r"(?:the\s+)?",
    re.IGNORECASE,
)


def extract(text: str) -> dict[str, Any]:
    """The fields of `contract-key-fields`; None for what isn't found."""
    first, second = _parties(text)
    start = _effective_date(text)
    behind = ((span.value.days, text[span.end :]) for span in find_durations(text))
    notices = (days for days, after in behind if days and _NOTICE.match(after))
    return {
        "party_a": first,
        "party_b": second,
        "effective_date": start,
        "term_months": _term_months(text, start),
        "total_value": _total_value(text),
        "governing_law": jurisdiction(law["law"]) if (law := _LAW.search(text)) else None,
        "notice_days": next(notices, None),
    }


def _parties(text: str) -> tuple[str | None, str | None]:
    """Names before their defined roles, or else the first two names after "between"."""
    preamble = _FIRST_CLAUSE.split(text[:_PREAMBLE])[0]
    between = _BETWEEN.search(preamble)
    position = between.end() if between else 0
    names = _names(preamble[position:])
    defined = []
    for role in _DEFINED.finditer(preamble, position):
        introduced = _names(preamble[position : role.start()])
        if introduced and not _NOT_A_ROLE.search(role["term"]):
            defined.append(introduced[0])
        position = role.end()
    found = [*(defined if len(defined) > 1 else names), None, None]
    return found[0], found[1]


def _names(text: str) -> list[str]:
    names = (str(span.value) for span in find_names(text))
    return list(dict.fromkeys(name for name in names if not _NOT_A_PARTY.search(name)))


def _effective_date(text: str) -> str | None:
    dates = find_dates(text)
    for cue in (_EFFECTIVE, _MADE):
        for span in dates:
            if cue.search(text[max(0, span.start - 40) : span.start]):
                return str(span.value)
    return str(dates[0].value) if dates else None


def _sentence_before(text: str, span: Span) -> str:
    return re.split(r"[.;]\s", text[max(0, span.start - 160) : span.start])[-1]


def _term_months(text: str, start: str | None) -> int | None:
    for span in find_durations(text):
        before = _sentence_before(text, span)
        if span.value.months and _TERM.search(before) and not _NO_TERM.search(before):
            return int(span.value.months)
    for span in find_dates(text):
        if start and _END.search(text[max(0, span.start - 40) : span.start]):
            first, last = date.fromisoformat(start), date.fromisoformat(span.value)
            after = last + timedelta(days=1)  # the last day is within the term
            return 12 * (after.year - first.year) + after.month - first.month
    return None


def _total_value(text: str) -> str | None:
    for span in find_money(text):
        before = _sentence_before(text, span)
        is_total = _TOTAL.search(before) or _IN_TOTAL.match(text[span.end : span.end + 20])
        if span.value.currency and is_total and not _NOT_TOTAL.search(before[-70:]):
            return money_text(span.value)
    return None


def money_text(money: Money) -> str:
    """An amount as the fields give it: 12500.00 USD."""
    return f"{money.amount:.2f} {money.currency}"


def jurisdiction(written: str) -> str:
    """The name of a place without the kind of place it is: Delaware, not the State of Delaware."""
    return _LAW_PREFIX.sub("", re.split(r",|\swithout\s", written)[0].strip(), count=1)
