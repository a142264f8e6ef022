"""The version and the help of the whole program, said before anything is loaded for a command.

Only where nothing else is given, and where what Click would say is known beforehand.
"""

from __future__ import annotations

import os

from pareta_plan.version import __version__

HELP = os.path.join(os.path.dirname(__file__), "help.txt")  # noqa: PTH118, PTH120 - quicker
COLUMNS = 80
"""The width that the help is written for; there is no wider one."""


def answered(arguments: list[str]) -> bool:
    """Whether the arguments ask for that alone, and have it. What hinders it is Click's to tell."""
    try:
        text = _answer(arguments)
        if text is not None:
            print(text, end="", flush=True)  # noqa: T201 - Click would take as long again
    except OSError:
        return False
    return text is not None


def _answer(arguments: list[str]) -> str | None:
    if arguments == ["--version"]:
        return f"pareta-plan, version {__version__}\n"
    if arguments in (["--help"], ["-h"]) and _is_wide():
        with open(HELP, encoding="utf-8") as file:  # noqa: PTH123 - quicker
            return file.read()
    return None


def _is_wide() -> bool:
    """Whether the output has all the columns that the help can take."""
    if "COLUMNS" in os.environ:
        return False
    return not os.isatty(1) or os.get_terminal_size(1).columns >= COLUMNS
