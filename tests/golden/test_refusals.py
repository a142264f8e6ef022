"""Every refusal in the source is said in some golden case, word for word."""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterator, Mapping
from pathlib import Path

import pytest

from pareta_plan import errors
from tests.conftest import REPOSITORY

HERE = Path(__file__).parent
SOURCE = REPOSITORY / "pareta_plan"
ELSEWHERE = ("action", "client", "platform")  # what these refuse, tests of their own hold
REFUSALS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.ParetaError)
} | {"ValueError"}
ANYTHING = ".{0,400}?"
LEAST = 8
"""So many characters tell a refusal from others."""


def modules() -> list[Path]:
    found = (path.relative_to(SOURCE) for path in SOURCE.rglob("*.py"))
    return sorted(path for path in found if path.parts[0] not in ELSEWHERE)


def one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def refusals(tree: ast.Module) -> Iterator[str]:
    """Patterns of what a module's errors say: made there, or by a function that makes them."""
    makers = {
        node.name: node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and isinstance(node.returns, ast.Name)
        and node.returns.id in REFUSALS
    }
    for call in calls(tree, REFUSALS):
        yield from texts(call, {})
    for call in calls(tree, makers):
        maker = makers[called(call)]
        named = zip((arg.arg for arg in maker.args.args), call.args, strict=False)
        given = {name: text for name, value in named if (text := pattern(value, {}))}
        for inner in calls(maker, REFUSALS) if given else ():
            yield from texts(inner, given)


def calls(tree: ast.AST, names: Container[str]) -> Iterator[ast.Call]:
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return (call for call in found if called(call) in names)


def called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def texts(call: ast.Call, given: Mapping[str, str]) -> list[str]:
    """The pattern of what an error says, its first argument that is a text; none if none is."""
    return [text for text in (pattern(value, given) for value in call.args) if text][:1]


def pattern(node: ast.expr, given: Mapping[str, str]) -> str | None:
    """What a text is built of, with anything in place of values; None for what is no text.

    `given` are the patterns of texts that have a name.
    """
    match node:
        case ast.Constant(value=str(text)):
            return re.escape(one_line(text))
        case ast.Name(id=name) | ast.FormattedValue(value=ast.Name(id=name)):
            return given.get(name)
        case ast.JoinedStr(values=parts):
            return "".join(pattern(part, given) or ANYTHING for part in parts)
        case ast.BinOp(op=ast.Add(), left=left, right=right) if begin := pattern(left, given):
            return begin + (pattern(right, given) or ANYTHING)
    return None


def literal(pattern: str) -> str:
    """What of a pattern is no placeholder."""
    return re.sub(r"\\(.)", r"\1", pattern.replace(ANYTHING, ""))


def _is_said(wanted: str, said: list[str]) -> bool:
    """Whether a text has it. To look for what may stand before and after would be slow."""
    while wanted.startswith(ANYTHING):
        wanted = wanted.removeprefix(ANYTHING)
    while wanted.endswith(ANYTHING):
        wanted = wanted.removesuffix(ANYTHING)
    return any(re.search(wanted, text) for text in said)


@pytest.fixture(scope="module")
def said() -> list[str]:
    return [one_line(path.read_text("utf-8")) for path in HERE.glob("*/expected/std*")]


@pytest.mark.parametrize("module", modules(), ids=str)
def test_every_refusal_has_a_case(module: Path, said: list[str]) -> None:
    tree = ast.parse((SOURCE / module).read_text("utf-8"))
    assert not [wanted for wanted in refusals(tree) if not _is_said(wanted, said)]


@pytest.mark.parametrize("module", modules(), ids=str)
def test_every_refusal_has_words_of_its_own(module: Path) -> None:
    tree = ast.parse((SOURCE / module).read_text("utf-8"))
    assert not [wanted for wanted in refusals(tree) if len(literal(wanted)) < LEAST]
