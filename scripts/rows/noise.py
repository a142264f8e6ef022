"""Seeded noise for text rows: what people's hurry and their mail programs do to a text.

Every function takes the `random.Random` that decides, so a row's noise follows from its seed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from random import Random

Step = Callable[[Random, str], str]

FIRST_NAMES = (
    "Aisha", "Ben", "Carla", "Dmitri", "Elena", "Farid", "Grace", "Hiro", "Ines", "Jonas",
    "Kavya", "Liam", "Mei", "Noor", "Oscar", "Priya", "Quentin", "Rosa", "Sven", "Tanya",
    "Umar", "Vera", "Wendy", "Xavier", "Yusuf", "Zoe",
)  # fmt: skip
LAST_NAMES = (
    "Abbott", "Bauer", "Castillo", "Dlamini", "Eriksen", "Fontaine", "Gupta", "Haddad", "Ito",
    "Jansen", "Kowalski", "Lindqvist", "Moreau", "Nakamura", "Okafor", "Petrov", "Quinn",
    "Rossi", "Silva", "Tran", "Ueda", "Varga", "Whitfield", "Yilmaz", "Zhang",
)  # fmt: skip
JOBS = (
    "Office Manager", "Operations Lead", "Head of IT", "Accounts Payable", "Store Manager",
    "Data Analyst", "Project Coordinator", "Founder", "HR Business Partner", "Lab Supervisor",
)  # fmt: skip
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
GREETINGS = (
    "Hi,", "Hello,", "Hi there,", "Hey,", "Good morning,", "Good afternoon,", "Dear team,",
    "Hi team,", "Hello all,", "To whom it may concern,", "hey folks", "Greetings,", "hi",
)  # fmt: skip
CLOSINGS = (
    "Thanks,", "Thank you,", "Best,", "Best regards,", "Kind regards,", "Cheers,", "Regards,",
    "Many thanks,", "thx", "Sincerely,", "--",
)  # fmt: skip
DEVICES = ("Sent from my phone", "Sent from my tablet", "Get the mobile app", "Sent from webmail")
NEIGHBOURS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj",
    "i": "uo", "k": "jl", "l": "ko", "m": "n", "n": "bm", "o": "ip", "p": "o", "r": "et",
    "s": "ad", "t": "ry", "u": "yi", "v": "cb", "w": "qe", "y": "tu",
}  # fmt: skip


def full_name(rng: Random) -> str:
    """A person's name."""
    return f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"


def apply(rng: Random, text: str, *steps: tuple[float, Step]) -> str:
    """Run each step on the text with its own probability, in order."""
    for probability, step in steps:
        if rng.random() < probability:
            text = step(rng, text)
    return text


def _swap(rng: Random, word: str) -> str:
    at = rng.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _drop(rng: Random, word: str) -> str:
    at = rng.randrange(1, len(word))
    return word[:at] + word[at + 1 :]


def _double(rng: Random, word: str) -> str:
    at = rng.randrange(1, len(word))
    return word[:at] + word[at] + word[at:]


def _slip(rng: Random, word: str) -> str:
    at = rng.randrange(1, len(word))
    return word[:at] + rng.choice(NEIGHBOURS.get(word[at], word[at])) + word[at + 1 :]


def misspelt(rng: Random, word: str) -> str:
    """The word with one slip of the fingers; its first letter stays."""
    return rng.choice((_swap, _drop, _double, _slip))(rng, word)


def typos(rng: Random, text: str, rate: float = 0.04) -> str:
    """Misspell a share `rate` of the lower-case words of four letters or more."""

    def maybe(match: re.Match[str]) -> str:
        return misspelt(rng, match[0]) if rng.random() < rate else match[0]

    return re.sub(r"(?<![\w@./:-])[a-z]{4,}(?![\w@./:-])", maybe, text)


def lower_case(_: Random, text: str) -> str:
    """All in lower case."""
    return text.lower()


def upper_case(_: Random, text: str) -> str:
    """All in capitals."""
    return text.upper()


def shout_sentence(rng: Random, text: str) -> str:
    """One sentence in capitals."""
    pieces = re.split(r"(?<=[.!?])(\s+)", text)
    at = rng.randrange(0, len(pieces), 2)
    return "".join([*pieces[:at], pieces[at].upper(), *pieces[at + 1 :]])


def no_apostrophes(_: Random, text: str) -> str:
    """dont, cant, its."""
    return re.sub(r"(?<=\w)'(?=\w)", "", text)


def no_full_stops(_: Random, text: str) -> str:
    """Sentences run together; decimals, addresses and file names keep their dots."""
    return re.sub(r"[.,](?=\s|$)", "", text)


def repeated_marks(rng: Random, text: str) -> str:
    """Question and exclamation marks two to four times over."""
    return re.sub(r"[!?](?=\s|$)", lambda match: match[0] * rng.randint(2, 4), text)


def one_paragraph(_: Random, text: str) -> str:
    """Line breaks flattened to spaces, as web forms do."""
    return " ".join(text.split())


def with_greeting(rng: Random, text: str) -> str:
    """The text below a greeting."""
    return f"{rng.choice(GREETINGS)}\n\n{text}"


def with_signature(rng: Random, text: str) -> str:
    """The text above a closing and a name, sometimes with a job title."""
    name = rng.choice(FIRST_NAMES) if rng.random() < 0.4 else full_name(rng)
    job = f"\n{rng.choice(JOBS)}" if " " in name and rng.random() < 0.5 else ""
    return f"{text}\n\n{rng.choice(CLOSINGS)}\n{name}{job}"


def with_device_line(rng: Random, text: str) -> str:
    """The text above a mail program's advertisement."""
    return f"{text}\n\n{rng.choice(DEVICES)}"


def _date(rng: Random) -> str:
    day = date(2021, 1, 1) + timedelta(days=rng.randrange(5 * 365))
    return f"{DAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} {day.year}"


def _time(rng: Random) -> str:
    return f"{rng.randint(6, 22)}:{rng.randrange(60):02d}"


def reply_header(rng: Random) -> str:
    """The line that mail programs put above what they quote."""
    return f"On {_date(rng)} at {_time(rng)}, {full_name(rng)} wrote:"


def with_quoted(rng: Random, text: str, quoted: str) -> str:
    """The text above an older mail that it answers."""
    lines = "\n".join(f"> {line}" for line in quoted.splitlines())
    return f"{text}\n\n{reply_header(rng)}\n{lines}"


def as_forwarded(rng: Random, text: str) -> str:
    """The text as a forwarded mail."""
    return f"---------- Forwarded message ---------\nFrom: {full_name(rng)}\n\n{text}"


def with_subject(subject: str, body: str, *, prefix: str = "Subject: ") -> str:
    """A subject line above a body."""
    return f"{prefix}{subject}\n\n{body}"
