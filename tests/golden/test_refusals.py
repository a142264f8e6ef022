"""Every refusal in the source is said in some golden case, word for word."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pareta_plan import errors
from tests.conftest import REPOSITORY

HERE = Path(__file__).parent
SOURCE = REPOSITORY / "pareta_plan"
ELSEWHERE = ("client", "platform")  # what these refuse, `tests/client` and `tests/platform` hold
REFUSALS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.ParetaError)
} | {"ValueError"}
ANYTHING = ".{0,400}?"


def modules() -> list[Path]:
    found = (path.relative_to(SOURCE) for path in SOURCE.rglob("*.py"))
    return sorted(path for path in found if path.parts[0] not in ELSEWHERE)


def one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def refusals(tree: ast.Module) -> Iterator[str]:
    """Patterns of what a module's errors say: made there, or by a function that makes them."""
    makers = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and isinstance(node.returns, ast.Name)
        and node.returns.id in REFUSALS
    }
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    for call in calls:
        if isinstance(call.func, ast.Name) and call.func.id in REFUSALS | makers:
            yield from [text for text in map(pattern, call.args) if text][:1]


def pattern(node: ast.expr) -> str | None:
    """What a text is built of, with anything in place of values; None for what is no text."""
    match node:
        case ast.Constant(value=str(text)):
            return re.escape(one_line(text))
        case ast.JoinedStr(values=parts):
            return "".join(pattern(part) or ANYTHING for part in parts)
        case ast.BinOp(op=ast.Add(), left=left, right=right) if begin := pattern(left):
            return begin + (pattern(right) or ANYTHING)
    return None


@pytest.fixture(scope="module")
def said() -> list[str]:
    return [one_line(path.read_text("utf-8")) for path in HERE.glob("*/expected/std*")]


@pytest.mark.parametrize("module", modules(), ids=str)
def test_every_refusal_has_a_case(module: Path, said: list[str]) -> None:
    tree = ast.parse((SOURCE / module).read_text("utf-8"))
    unsaid = [
        wanted for wanted in refusals(tree) if not any(re.search(wanted, text) for text in said)
    ]
    assert not unsaid
