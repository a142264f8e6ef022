"""The reference page is what the code says, and leaves out nothing."""

from __future__ import annotations

import inspect

import pytest

import pareta_plan
from scripts import client_docs

PAGE = client_docs.PAGE.read_text("utf-8")
NAMES = [name for name in pareta_plan.__all__ if name != "__version__"]


def test_the_page_is_current() -> None:
    assert client_docs.main(["--check"]) == 0


@pytest.mark.parametrize("name", pareta_plan.__all__)
def test_every_exported_name_stands_on_the_page(name: str) -> None:
    assert f"### {name}\n" in PAGE or f"| `{name}` |" in PAGE or f"`pareta_plan.{name}`" in PAGE


@pytest.mark.parametrize("name", NAMES)
def test_every_exported_name_says_what_it_is(name: str) -> None:
    value = getattr(pareta_plan, name)
    assert (value.__doc__ or "").strip()
    if not issubclass(value, BaseException):
        for member, attribute in vars(value).items():
            if inspect.isfunction(attribute) and not member.startswith("_"):
                assert attribute.__doc__, f"{name}.{member}"


@pytest.mark.parametrize("resource", client_docs.RESOURCES.values(), ids=lambda kind: kind.__name__)
def test_every_method_says_what_it_does(resource: type[object]) -> None:
    assert resource.__doc__
    for name, member in client_docs._methods(resource):
        assert member.__doc__, name
        assert f".{name}(" in PAGE
