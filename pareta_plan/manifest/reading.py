"""Manifests as they are read: every error with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from pareta_plan.errors import Location, ManifestError, ParetaError, refuse
from pareta_plan.manifest.explain import explain
from pareta_plan.manifest.layers import Layer, Layered
from pareta_plan.manifest.manifest import Manifest
from pareta_plan.written.yaml_source import Document, read_documents, remembered

LEAST = "A manifest says at least `version: 1`, `name`, `intent`, `model` and `frontier`."
K = TypeVar("K")
T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Located:
    """A manifest with the places it was read from."""

    manifest: Manifest
    _document: Document
    _layers: Document | Layered

    @property
    def source(self) -> Any:
        """The document as plain data, as it was written."""
        return self._document.data

    @property
    def layers(self) -> Sequence[Layer]:
        """What it was merged from, the lowest first; empty when it stands alone."""
        return self._layers.layers if isinstance(self._layers, Layered) else ()

    def at(self, *keys: str | int) -> Location:
        """The place of a key, or of the nearest one around it."""
        return self._layers.location(keys)


def parse(
    data: bytes,
    path: str,
    known: Sequence[Any] | None = None,
    layered: Callable[[Document], Document | Layered] = lambda document: document,
) -> list[Located]:
    """The manifests in one file's bytes; `path` is what errors show.

    `known` is what its documents hold, when that is known without reading them; `layered` puts
    what the project says under and over a document. Raises ManifestError, or ManyErrors with
    one for each thing wrong.
    """
    errors: list[ParetaError] = []
    found: list[Located] = []
    documents = (
        read_documents(data, path, LEAST) if known is None else remembered(known, data, path)
    )
    for document in documents:
        source = layered(document)
        try:
            item = Located(Manifest.model_validate(source.data), document, source)
        except ValidationError as invalid:
            errors.extend(_named_where_shared(explain(invalid, source, Manifest), document))
            continue
        found.append(item)
        errors.extend(_unmeetable(item))
    refuse(errors)
    return found


def _named_where_shared(
    errors: Iterable[ManifestError], document: Document
) -> Iterator[ManifestError]:
    """The errors, with the workload's name where their place is several workloads'."""
    for error in errors:
        if error.location and error.location.path != document.path:
            message = f"{document.data.get('name')}: {error.message}"
            yield ManifestError(message, location=error.location, hint=error.hint)
        else:
            yield error


def _unmeetable(item: Located) -> Iterator[ManifestError]:
    """Gates that no model could pass, whatever the evaluation costs."""
    spec = item.manifest.eval
    if spec is None or item.manifest.frontier not in ("none", []):
        return
    for key in spec.gates.against_baselines:
        yield ManifestError(
            f"{item.manifest.name}: {key} needs a baseline, and the manifest asks for none",
            location=item.at("eval", "gates", key),
            hint="Name baselines (`frontier: benchmarked`, or a list of vendor ids), or take the "
            "gate out.",
        )


def check_names(located: list[Located]) -> None:
    """Refuse a name used twice in the project, or what only one workload can have."""
    for what, (keys, read) in _UNIQUE.items():
        seen: dict[str, Located] = {}
        for item in located:
            if (name := read(item.manifest)) is None:
                continue
            if (first := seen.setdefault(name, item)) is not item:
                one, other = first.at(*keys), item.at(*keys)
                both = f"by {first.manifest.name} and by {item.manifest.name}"
                raise ManifestError(
                    f"{what} {name!r} is used twice"
                    + (f", {both}" if one == other else f"; the first is at {one}"),
                    location=other,
                    hint=f"Give each workload its own {what}.",
                )
    _check_moves(located)


_UNIQUE: dict[str, tuple[tuple[str, ...], Callable[[Manifest], str | None]]] = {
    "name": (("name",), lambda m: m.name),
    "deploy name": (("deploy", "name"), lambda m: (m.deploy.name or m.name) if m.deploy else None),
    "import": (("deploy", "import"), lambda m: m.deploy.import_ if m.deploy else None),
    "moved_from": (("moved_from",), lambda m: m.moved_from),
}


def _check_moves(located: list[Located]) -> None:
    """A name that was left can't be in use; nothing moves to where it is."""
    names = {item.manifest.name for item in located}
    for item in located:
        if (old := item.manifest.moved_from) in names:
            raise ManifestError(
                f"moved_from: {old!r} is still a workload of the project",
                location=item.at("moved_from"),
                hint="Take the old manifest away, or the line `moved_from`.",
            )


def all_or_errors(items: Mapping[K, Located], make: Callable[[Located], T]) -> dict[K, T]:
    """What `make` gives for each manifest. Raises the errors of all of them together."""
    made: dict[K, T] = {}
    errors: list[ParetaError] = []
    for key, item in items.items():
        try:
            made[key] = make(item)
        except ParetaError as bad:
            errors.append(bad)
    refuse(errors)
    return made
