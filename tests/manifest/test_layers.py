"""What a project says under and over its manifests, as pure functions."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.canonical import canonical_json
from pareta_plan.manifest.layers import Layer, Layered, merged
from pareta_plan.written.yaml_source import Document, read_documents

KEYS = {"model": 0, "task": 0, "labels": 1, "deploy": 1, "eval": 2}
"""Top-level keys, and how deep the mappings below them go."""
inner = st.sampled_from(["a", "b", "c"])
plain = st.integers() | st.booleans() | st.none() | st.lists(st.integers(), max_size=2)


def shaped(depth: int) -> st.SearchStrategy[Any]:
    """Values of one shape: mappings down to a depth, and then none."""
    return st.dictionaries(inner, shaped(depth - 1), max_size=3) if depth else plain


parts = st.fixed_dictionaries({}, optional={key: shaped(depth) for key, depth in KEYS.items()})
anything = st.recursive(plain, lambda below: st.dictionaries(inner, below, max_size=3))
anyhow = st.dictionaries(inner, anything, max_size=3)


def leaves(value: Any, keys: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Everything in nested mappings that is no mapping itself, and empty ones, by its keys."""
    if not isinstance(value, dict) or not value:
        return {keys: value}
    return {k: v for key, below in value.items() for k, v in leaves(below, (*keys, key)).items()}


def at(value: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        value = value[key]
    return value


def document(name: str, content: dict[str, Any]) -> Document:
    """A mapping as a document that was read; JSON is YAML."""
    (read,) = read_documents(canonical_json(content), name)
    return read


@given(parts, parts, parts)
def test_layering_is_associative(a: Any, b: Any, c: Any) -> None:
    assert merged(merged(a, b), c) == merged(a, merged(b, c))


@given(anyhow)
def test_an_empty_layer_changes_nothing(part: Any) -> None:
    assert merged(part, {}) == merged({}, part) == merged(part, part) == part


@given(anyhow, anyhow)
def test_what_lies_over_wins_and_the_rest_shows_through(under: Any, over: Any) -> None:
    result = merged(under, over)
    for keys, value in leaves(over).items():
        assert value == {} or at(result, keys) == value
    for key in under.keys() - over.keys():
        assert result[key] == under[key]
    assert result.keys() == under.keys() | over.keys()


@given(anyhow, anyhow, anyhow)
def test_a_value_is_placed_where_it_was_written(a: Any, b: Any, c: Any) -> None:
    contents = {"defaults": a, "manifest": b, "overrides": c}
    documents = {name: document(name, content) for name, content in contents.items()}
    layered = Layered([Layer(found) for found in documents.values()], documents["manifest"])
    assert layered.data == merged(merged(a, b), c)
    for keys, value in leaves(layered.data).items():
        place = layered.location(keys)
        assert layered.known_part((*keys, "z")) == keys
        assert place == documents[place.path].location(keys)
        assert at(contents[place.path], keys) == value


@given(anyhow, anyhow, anyhow)
def test_what_nobody_wrote_is_placed_in_the_manifest(a: Any, b: Any, c: Any) -> None:
    documents = [document(n, v) for n, v in (("defaults", a), ("manifest", b), ("overrides", c))]
    layered = Layered([Layer(found) for found in documents], documents[1])
    assert layered.location(("missing",)).path == "manifest"
