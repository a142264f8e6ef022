"""Writes `pareta_plan/cli/help.txt`, what `--help` says; `--check` only compares."""

from __future__ import annotations

import sys
from pathlib import Path

from pareta_plan.cli import answers
from pareta_plan.cli.main import cli

FILE = Path(answers.HELP)


def text() -> str:
    """What Click says where there are enough columns."""
    width = answers.COLUMNS - 2  # as Click leaves a margin
    context = cli.make_context(
        "pareta-plan", [], obj={}, resilient_parsing=True, terminal_width=width
    )
    return f"{cli.get_help(context)}\n"


def main(arguments: list[str]) -> int:
    """Write the file, or say whether it is current."""
    current = FILE.exists() and FILE.read_text("utf-8") == text()
    if "--check" in arguments:
        print("current" if current else "pareta_plan/cli/help.txt: run python -m scripts.help_text")
        return 0 if current else 1
    FILE.write_text(text(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
