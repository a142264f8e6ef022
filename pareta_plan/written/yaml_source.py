"""YAML documents as plain data that remembers where each value stood.

Parsed by PyYAML's C parser. What YAML allows but such a file must not do is refused here:
duplicate keys, tags, merge keys, deep nesting, and aliases that grow beyond reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from math import isfinite
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from pareta_plan.errors import Location, ManifestError, ProjectError

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # PyYAML built without libyaml
    from yaml import SafeLoader as Loader  # type: ignore[assignment]

MAX_BYTES = 1_000_000
MAX_NODES = 50_000
MAX_DEPTH = 30

_tag: Callable[[Any, str, tuple[bool, bool]], str] = lru_cache(maxsize=4096)(
    yaml.resolver.Resolver().resolve
)


class _Loader(Loader):
    """The C loader with a memory for tags, which stops before it nests too deeply for C's stack.

    It tells of every node it enters and leaves, for path resolvers that nobody uses.
    """

    path = ""
    depth = 0

    def descend_resolver(self, current_node: Node, current_index: int) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH + 1:
            raise _error(self.path, current_node, "nested too deeply")

    def ascend_resolver(self) -> None:
        self.depth -= 1

    def resolve(self, kind: Any, value: str, implicit: tuple[bool, bool]) -> str:
        return _tag(kind, value, implicit)


Path = tuple[str | int, ...]


@dataclass(slots=True, eq=False)
class Document:
    """One YAML document: `data` is what it holds, `location` says where a key's value stands."""

    path: str
    data: Any
    _root: Callable[[], Node]
    _mappings: dict[int, tuple[Node, dict[str | int, tuple[Node, Node]]]] = field(
        default_factory=dict, init=False, repr=False
    )

    def known_part(self, loc: Sequence[str | int]) -> Path:
        """The longest leading part of `loc` that stands in the document."""
        return tuple(loc[: len(self._way(loc)) - 1])

    def location(self, keys: Sequence[str | int], *, key: bool = False) -> Location:
        """The place of the value at `keys` (or of its key); the nearest one around if absent."""
        key_node, value = self._way(keys)[-1]
        mark = (key_node if key else value).start_mark
        return Location(self.path, mark.line + 1, mark.column + 1)

    def _way(self, keys: Sequence[str | int]) -> list[tuple[Node, Node]]:
        """The nodes of key and value from the root to `keys`, as far as they stand there."""
        root = self._root()
        way = [(root, root)]
        for key in keys:
            found = self._member(way[-1][1], key)
            if found is None:
                break
            way.append(found)
        return way

    def _member(self, node: Node, key: str | int) -> tuple[Node, Node] | None:
        if isinstance(node, MappingNode):
            return self._members(node).get(key)
        if isinstance(node, SequenceNode) and isinstance(key, int) and key < len(node.value):
            return node.value[key], node.value[key]
        return None

    def _members(self, node: MappingNode) -> dict[str | int, tuple[Node, Node]]:
        """What a mapping holds, by key: each of many errors asks."""
        kept = self._mappings.get(id(node))
        if kept is None or kept[0] is not node:
            members = {key.value: (key, value) for key, value in node.value}
            kept = self._mappings[id(node)] = (node, members)
        return kept[1]


def read_documents(data: bytes, path: str, least: str | None = None) -> Iterator[Document]:
    """The mappings in a file's bytes; `least` is the hint when there is none.

    Raises ManifestError with the place.
    """
    text = _decode(data, path)
    found = False
    again = _read_again(data, path)  # nodes take ten times the memory of what they hold
    for index, root in enumerate(_roots(text, path)):
        found = True
        if not isinstance(root, MappingNode):
            raise _error(path, root, f"expected `key: value` lines, got {_kind(root)}")
        yield Document(path, _Builder(path).value(root, 0), partial(again, index))
    if not found:
        raise ManifestError("the file is empty", location=Location(path), hint=least)


def remembered(known: Sequence[Any], data: bytes, path: str) -> list[Document]:
    """The documents of a file whose contents are known: only asking for a place reads it."""
    again = _read_again(data, path)
    return [Document(path, value, partial(again, i)) for i, value in enumerate(known)]


def _read_again(data: bytes, path: str) -> Callable[[int], Node]:
    """The nodes of a file's documents, read when the first of them is asked for."""

    @cache
    def roots() -> list[Node]:
        return list(_roots(_decode(data, path), path))

    return lambda index: roots()[index]


def read_list(text: str, path: str) -> Document:
    """The list that is all of a file's text. Raises ManifestError with the place."""
    if len(text) > MAX_BYTES:
        raise ManifestError(
            f"the file has {len(text):,} characters; at most {MAX_BYTES:,} are read as YAML",
            location=Location(path, 1),
            hint="Keep so many rows as JSONL.",
        )
    roots = list(_roots(text, path))
    if len(roots) == 1 and isinstance(roots[0], SequenceNode):
        return Document(path, _Builder(path).value(roots[0], 0), lambda: roots[0])
    line = roots[-1].start_mark.line + 1 if roots else 1
    raise ManifestError("expected a list of rows", location=Location(path, line))


def _decode(data: bytes, path: str) -> str:
    if len(data) > MAX_BYTES:
        raise ManifestError(
            f"the file has {len(data):,} bytes; at most {MAX_BYTES:,} are read as YAML",
            location=Location(path),
            hint="Keep rows in a file of their own; a manifest names it in `eval.items`.",
        )
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise ManifestError(
            "the file begins with a byte-order mark",
            location=Location(path, 1, 1),
            hint="Save it as plain UTF-8, without a BOM.",
        )
    return decoded(data, path, ManifestError)


def decoded(data: bytes, path: str, error: type[ProjectError]) -> str:
    """A file's text, without a byte-order mark. Raises `error` for a byte that isn't UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        line = data.count(b"\n", 0, bad.start) + 1
        column = bad.start - data.rfind(b"\n", 0, bad.start)
        raise error(
            f"byte 0x{data[bad.start]:02x} is not UTF-8",
            location=Location(path, line, column),
            hint="Save the file as UTF-8.",
        ) from None


def _roots(text: str, path: str) -> Iterator[Node]:
    """The documents that say something: not those between or after `---` that don't."""
    loader = None
    try:
        loader = _Loader(text)
        loader.path = path
        while loader.check_node():
            root = loader.get_node()
            if root is not None and (root.tag, root.value) != (f"{_STANDARD}null", ""):
                yield root
    except yaml.reader.ReaderError as bad:
        before = text.encode()[: bad.position].decode(errors="ignore")  # its position counts bytes
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise ManifestError(
            f"the character U+{bad.character:04X} is not allowed",
            location=Location(path, line, column),
            hint="Take it out; it may not be visible in an editor.",
        ) from None
    except yaml.MarkedYAMLError as bad:
        raise _syntax_error(bad, text, path) from None
    finally:
        if loader is not None:
            loader.dispose()


def _syntax_error(bad: yaml.MarkedYAMLError, text: str, path: str) -> ManifestError:
    mark = bad.problem_mark or bad.context_mark
    assert mark is not None  # noqa: S101 - only what is built from nodes has none: not used here
    lines = text.split("\n")
    line = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in line[: mark.column + 1]:
        column, message = line.index("\t"), "a tab stands where YAML wants spaces"
        hint: str | None = "Indent with two spaces."
    else:
        context = f" {bad.context}" if bad.context else ""
        column, message = mark.column, f"not YAML{context}: {bad.problem}"
        hint = _quotes(str(bad.problem), line)
    return ManifestError(message, location=Location(path, mark.line + 1, column + 1), hint=hint)


def _quotes(problem: str, line: str) -> str | None:
    """The advice for a text that YAML takes for more than text."""
    if problem.startswith("mapping values are not allowed"):
        return "Text that has a colon and a blank in it wants quotes."
    if re.search(r"[^\s{\[,:]\{", line):
        return "Text within { } that has braces of its own wants quotes."
    return None


class _Builder:
    def __init__(self, path: str) -> None:
        self._path = path
        self._nodes = 0

    def value(self, node: Node, depth: int) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES or depth > MAX_DEPTH:
            raise _error(self._path, node, "too large or too deep once its aliases are expanded")
        if isinstance(node, ScalarNode):
            return node.value if node.tag == _TEXT else _scalar(node, self._path)
        if node.tag not in _COLLECTIONS:
            raise _error(self._path, node, f"the tag {node.tag!r} is not allowed")
        if isinstance(node, SequenceNode):
            return [self.value(item, depth + 1) for item in node.value]
        return self._mapping(node, depth)

    def _mapping(self, node: Node, depth: int) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for key, value in node.value:
            name = self._key(key)
            if name in built:
                first = next(k for k, _ in node.value if k.value == name).start_mark.line + 1
                raise _error(self._path, key, f"key {name!r} stands twice; first on line {first}")
            built[name] = self.value(value, depth + 1)
        return built

    def _key(self, node: Node) -> str:
        if not isinstance(node, ScalarNode) or node.tag == _MERGE:
            raise _error(self._path, node, f"expected a plain key, got {_kind(node)}")
        if node.tag != _TEXT:
            _scalar(node, self._path)
        return str(node.value)


_STANDARD = "tag:yaml.org,2002:"
_COLLECTIONS = (f"{_STANDARD}map", f"{_STANDARD}seq")
_TEXT = f"{_STANDARD}str"
_MERGE = f"{_STANDARD}merge"
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")


def _scalar(node: ScalarNode, path: str) -> Any:
    match node.tag.removeprefix(_STANDARD):
        case "str" | "timestamp" | "value" | "merge":
            return node.value
        case "null":
            return None
        case "bool":  # YAML 1.1 also reads yes, no, on and off as booleans: here they stay words
            return node.value in _TRUE if node.value in _TRUE + _FALSE else node.value
        case "int" | "float" as kind:
            number = _number(node.value, kind)
            if isinstance(number, float) and not isfinite(number):
                raise _error(path, node, f"{node.value} is no finite number")
            return number
    raise _error(path, node, f"the tag {node.tag!r} is not allowed")


_WORD = re.compile(r"\.(inf|nan)$", re.IGNORECASE)


def _number(text: str, kind: str) -> Any:
    try:
        return int(text, 10) if kind == "int" else float(_WORD.sub(r"\1", text))
    except ValueError:
        return text  # sexagesimal or hexadecimal: a number to YAML 1.1 alone


def _kind(node: Node) -> str:
    if isinstance(node, SequenceNode):
        return "a list"
    if isinstance(node, MappingNode):
        return "a mapping"
    return "nothing" if node.value == "" else f"the single value {node.value[:40]!r}"


def _error(path: str, node: Node, message: str) -> ManifestError:
    mark = node.start_mark
    return ManifestError(message, location=Location(path, mark.line + 1, mark.column + 1))
