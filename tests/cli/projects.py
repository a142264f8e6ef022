"""Manifests and rows that the tests of the command line start from."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from textwrap import dedent, indent

ROWS = (
    ("Handed over at the door", "delivered"),
    ("Late because of snow", "delayed"),
    ("Missing without a trace", "lost"),
)


def manifest(
    name: str = "parcels",
    *,
    intent: str = "parcel status",
    model: str = "recommended",
    frontier: str = "none",
    more: str = "",
) -> str:
    """A manifest on the test catalog; `more` is YAML that follows."""
    head = f"version: 1\nname: {name}\nintent: {intent}\nmodel: {model}\nfrontier: {frontier}\n"
    return head + dedent(more).lstrip("\n")


def evaluated(gates: str = "", *, right: bool = True, rest: str = "") -> str:
    """An `eval` of three rows that every model of the catalog gets right, or wrong."""
    labels = [label for _, label in ROWS]
    expected = labels if right else labels[1:] + labels[:1]
    rows = [
        f"    - {{input: {text}, expected: {label}}}"
        for (text, _), label in zip(ROWS, expected, strict=True)
    ]
    parts = ["eval:", "  rows:", *rows, f"  gates: {{{gates}}}"]
    return "\n".join([*parts, indent(dedent(rest).strip("\n"), "  ")]).rstrip() + "\n"


LIVE = "deploy: {state: live}\n"


def platform_state(root: Path) -> sqlite3.Connection:
    """The embedded platform's database, to be looked at behind its back."""
    return sqlite3.connect(root / ".pareta" / "platform" / "platform.sqlite3")


def endpoints(root: Path) -> dict[str, str]:
    """What is deployed on the embedded platform, with its status; nothing where it has no state."""
    if not (root / ".pareta" / "platform").exists():
        return {}
    with closing(platform_state(root)) as connection:
        return dict(connection.execute("SELECT id, status FROM endpoints").fetchall())


def charges(root: Path, cause: str = "") -> int:
    """How many charges of a kind the embedded platform's ledger holds."""
    return charges_of(root / ".pareta" / "platform", cause)


def charges_of(state: Path, cause: str = "") -> int:
    """How many charges of a kind a platform's ledger holds."""
    if not state.exists():
        return 0
    query = "SELECT count(*) FROM ledger WHERE cause LIKE ?"
    with closing(sqlite3.connect(state / "platform.sqlite3")) as connection:
        return int(connection.execute(query, (f"{cause}%",)).fetchone()[0])
