"""Rows of contract-key-fields: short contracts of six kinds, and the facts in them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pareta_plan.platform.invoices.written import format_amount, format_date
from scripts.rows import Split
from scripts.rows import contract_words as words
from scripts.rows.pools import Pool

TASK = "contract-key-fields"

_COUNTS = {"dev": 120, "heldout": 120}
_DATES = Pool(
    ("month-day", "day-month", "iso", "ordinal"), ("dots", "ordinal-month", "mon-day"), 0.35
)
_MONEY = Pool(
    ("{code} {plain}", "{symbol}{plain}", "{plain} {code}"),
    ("{code} {european}", "{symbol}{whole}", "{thousands} thousand {name} ({symbol}{plain})"),
    0.4,
)
_CURRENCIES = Pool(
    (("USD", "$", "US dollars"), ("EUR", "€", "euros"), ("GBP", "£", "pounds sterling")),
    (("CHF", "CHF ", "Swiss francs"), ("CAD", "CA$", "Canadian dollars")),
    0.25,
)
_TERMS = (6, 9, 12, 12, 18, 24, 24, 36, 48, 60)
_NOTICES = (10, 14, 15, 20, 28, 30, 30, 45, 60, 90)
_PERSONAL = ("Consultant", "Adviser", "Contractor")
_NUMBERS = {
    **dict(
        enumerate(
            ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], start=1
        )
    ),
    12: "twelve",
    14: "fourteen",
    15: "fifteen",
    18: "eighteen",
    20: "twenty",
    24: "twenty-four",
    28: "twenty-eight",
    30: "thirty",
    36: "thirty-six",
    45: "forty-five",
    48: "forty-eight",
    60: "sixty",
    90: "ninety",
}


@dataclass(frozen=True)
class _Facts:
    start: date
    months: int | None
    notice: int | None
    total: int | None
    currency: tuple[str, str, str]


def rows(split: Split) -> list[dict[str, Any]]:
    """The rows of a split."""
    return [row(split, number) for number in range(1, _COUNTS[split] + 1)]


def row(split: Split, number: int) -> dict[str, Any]:
    """One row of a split's making; its number seeds it."""
    rng = random.Random(f"{TASK} {split} {number}")
    kind = words.KINDS.pick(rng, split)
    facts = _facts(rng, split, kind)
    law = words.LAWS.pick(rng, split)
    blanks = _blanks(rng, split, kind, facts) | {"law": law[0], "law_name": law[1]}
    return {
        "id": f"contract-{split[0]}-{number:03}",
        "input": _text(rng, split, kind, facts, blanks),
        "expected": {
            "party_a": blanks["a"],
            "party_b": blanks["b"],
            "effective_date": facts.start.isoformat(),
            "term_months": facts.months,
            "total_value": f"{facts.total:.2f} {facts.currency[0]}" if facts.total else None,
            "governing_law": law[1],
            "notice_days": facts.notice,
        },
    }


def _facts(rng: random.Random, split: Split, kind: words.Kind) -> _Facts:
    start = date(2021, 1, 1) + timedelta(days=rng.randrange(1800))
    priced = kind.priced and rng.random() < 0.9
    return _Facts(
        start=start.replace(day=min(start.day, 28)),
        months=rng.choice(_TERMS) if rng.random() < 0.85 else None,
        notice=rng.choice(_NOTICES) if rng.random() < 0.8 else None,
        total=rng.randrange(12, 900) * 500 if priced else None,
        currency=_CURRENCIES.pick(rng, split),
    )


def _blanks(
    rng: random.Random, split: Split, kind: words.Kind, facts: _Facts
) -> dict[str, str | int]:
    ra, rb = rng.choice(kind.roles)
    dates = _DATES.pick(rng, split)
    other = facts.start + timedelta(days=rng.choice((-200, -45, -20, 3, 9)))
    money = _MONEY.pick(rng, split)
    total = facts.total or 0
    person = ra in _PERSONAL and rng.random() < 0.5
    companies = _distinct(rng, split, words.COMPANIES, 2)
    return {
        "title": rng.choice(kind.titles),
        "a": words.PEOPLE.pick(rng, split) if person else companies[0],
        "b": companies[1],
        "ra": ra,
        "rb": rb,
        "sa": rng.choice(words.HOMES) if person else words.SEATS.pick(rng, split),
        "sb": words.SEATS.pick(rng, split),
        "date": format_date(facts.start.isoformat(), dates),
        "other": format_date(other.isoformat(), dates),
        "end": format_date(_end(facts).isoformat(), dates),
        "months": _months(rng, facts.months or 12),
        "renewal": _months(rng, rng.choice((6, 12, 24))),
        "notice": _notice(rng, facts.notice or 30, "'"),
        "notice_plain": _notice(rng, facts.notice or 30, ""),
        "days": rng.choice((10, 14, 30, 45)),
        "survival": rng.choice(("two", "three", "five")),
        "total": _amount(total, facts.currency, money),
        "part": _amount(total // 10, facts.currency, money),
        "cap": _amount(rng.choice((100, 250, 1000)) * 1000, facts.currency, money),
        "court": rng.choice(words.COURTS),
    }


def _end(facts: _Facts) -> date:
    years, month = divmod(facts.start.month - 1 + (facts.months or 12), 12)
    anniversary = facts.start.replace(year=facts.start.year + years, month=month + 1)
    return anniversary - timedelta(days=1)


def _months(rng: random.Random, months: int) -> str:
    years, rest = divmod(months, 12)
    if rest or rng.random() < 0.5:
        return _counted(rng, months, "month")
    return _counted(rng, years, "year")


def _notice(rng: random.Random, days: int, mark: str) -> str:
    if days % 7 == 0:
        return _counted(rng, days // 7, "week") + mark
    return _counted(rng, days, "day") + mark


def _counted(rng: random.Random, number: int, unit: str) -> str:
    in_words = _NUMBERS.get(number)
    style = rng.choice(("{n}", "{w}", "{w} ({n})")) if in_words else "{n}"
    return f"{style.format(n=number, w=in_words)} {unit}{'s' if number > 1 else ''}"


def _amount(amount: int, currency: tuple[str, str, str], style: str) -> str:
    code, symbol, name = currency
    if "thousands" in style and amount % 1000:
        style = "{symbol}{plain}"
    return style.format(
        code=code,
        symbol=symbol,
        name=name,
        plain=format_amount(str(amount), "1,234.50"),
        european=format_amount(str(amount), "1.234,50"),
        whole=f"{amount:,}",
        thousands=amount // 1000,
    )


def _text(
    rng: random.Random,
    split: Split,
    kind: words.Kind,
    facts: _Facts,
    blanks: dict[str, str | int],
) -> str:
    preamble = words.PREAMBLES.pick(rng, split)
    clauses = [
        rng.choice(kind.subjects),
        (words.FIXED_TERMS if facts.months else words.OPEN_TERMS).pick(rng, split),
        *([words.PRICES.pick(rng, split)] if facts.total else []),
        words.LIABILITY.pick(rng, split),
        (words.NOTICES if facts.notice else words.NO_NOTICES).pick(rng, split),
        *_distinct(rng, split, words.FILLERS, rng.randint(2, 4)),
        words.LAW_CLAUSES.pick(rng, split),
    ]
    numbered = [f"{number}. {clause}" for number, clause in enumerate(clauses, start=1)]
    parts = [preamble, *numbered, words.SIGNATURES.pick(rng, split)]
    separator = rng.choice(("\n", "\n\n"))
    return separator.join(parts).format(**blanks)


def _distinct(rng: random.Random, split: Split, pool: Pool[str], count: int) -> list[str]:
    chosen: list[str] = []
    while len(chosen) < count:
        candidate = pool.pick(rng, split)
        if candidate not in chosen:
            chosen.append(candidate)
    return chosen
