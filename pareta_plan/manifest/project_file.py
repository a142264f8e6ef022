"""The project file: what lies under and over every manifest, environment by environment.

The models below are the whole format; the published JSON Schema is generated from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property, reduce
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ValidationError, WithJsonSchema

from pareta_plan.errors import Location, ManifestError, UsageError, meant, refuse
from pareta_plan.manifest.explain import explain
from pareta_plan.manifest.fields import Name, Section, Text
from pareta_plan.manifest.layers import Layer, Layered, merged
from pareta_plan.manifest.manifest import Manifest
from pareta_plan.manifest.providers import (
    Baseline,
    Declared,
    OwnModel,
    Provider,
    Recommend,
    misdeclared,
    without_address,
)
from pareta_plan.manifest.reading import Located
from pareta_plan.manifest.rules import Policy, Selector
from pareta_plan.manifest.scope import Scope
from pareta_plan.manifest.selection import closest, matches
from pareta_plan.written.yaml_source import Document, Path, read_documents

ManifestPart = Annotated[dict[str, Any], WithJsonSchema({"title": "ManifestPart"})]
"""Fields of a manifest, any of them but those that only a manifest may say."""
OWN = ("version", "name", "intent", "moved_from")


class Environment(Section):
    """What is special in one environment.

    Its providers and models stand in for the project's of the same name, beside the others.
    """

    defaults: ManifestPart = {}
    """Under every manifest, over the project's defaults."""
    overrides: dict[Selector, ManifestPart] = {}
    """Over the manifests that a selector selects; later ones lie over earlier ones."""
    providers: dict[Name, Provider] = {}
    models: list[OwnModel] = []
    frontier: list[Baseline] = []
    recommend: Recommend | None = None
    catalog: list[CatalogFolder] | None = None
    """Stands in for the project's."""


class Reports(Section):
    """What the reports of a pull request may show."""

    rows: bool = False
    """Whether the comment may have the text of the rows that cost quality, beside their ids."""


def _within(glob: str) -> str:
    if not glob.strip() or glob.startswith(("/", "~")) or ".." in glob.split("/"):
        raise ValueError(f"{glob!r} fits no file: expected a glob over paths in the project")
    return glob


PathGlob = Annotated[str, AfterValidator(_within)]
"""A glob over files: over any part of the path without a slash in it, else over the whole path."""


class Files(Section):
    """Which YAML files are manifests; all below the project's folder where it says nothing."""

    include: list[PathGlob] = []
    """Only these are; also beside a pareta.yaml, which is read if it is one of them."""
    exclude: list[PathGlob] = []
    """These are none, such as those of a CI or another tool."""


def _below(folder: str) -> str:
    parts = folder.split("/")
    leaves = folder.startswith("~") or ".." in parts or "" in parts[:-1]
    if leaves or not folder.strip("/. "):
        raise ValueError(f"{folder!r} is no folder in the project: expected a path below it")
    return folder


CatalogFolder = Annotated[Text, AfterValidator(_below)]
"""A folder of tasks: its path from the project's folder."""


class ProjectFile(Section):
    """What a project says of all its workloads."""

    version: Literal[1]
    project: Name | None = None
    """Becomes a part of endpoint ids and of locks."""
    defaults: ManifestPart = {}
    """Under every manifest: mappings are merged, anything else in a manifest replaces it."""
    environments: dict[Name, Environment] = {}
    manifests: Files = Files()
    policy: Policy = Policy()
    reports: Reports = Reports()
    providers: dict[Name, Provider] = {}
    """Servers of models, each under a name of yours; a known vendor's name needs no address."""
    models: list[OwnModel] = []
    """Open candidates of your own, on every task that they can do."""
    frontier: list[Baseline] = []
    """Baselines under their real ids, on every task that they can do."""
    recommend: Recommend | None = None
    """Which of the measured models `recommended` is; the best when absent."""
    catalog: list[CatalogFolder] = []
    """Folders of tasks of your own, each task a folder in one of them, beside those shipped."""


class Settings:
    """The project file with its places, as one environment, or none, has it.

    Raises UsageError for an environment that it hasn't got.
    """

    def __init__(self, file: ProjectFile, document: Document, env: str | None) -> None:
        if env is not None and env not in file.environments:
            raise UsageError(
                f"no environment {env!r} in {document.path}{meant(env, file.environments)}",
                hint=f"Its environments: {', '.join(file.environments) or 'none'}.",
            )
        self.file = file
        self.scope = Scope.of(file.project, env)
        self._document = document
        self._under: Path = ("environments", env or "")
        self._environment = Environment() if env is None else file.environments[env]

    def at(self, *keys: str | int, key: bool = False) -> Location:
        """The place of a value, or of its key."""
        return self._document.location(keys, key=key)

    @cached_property
    def declared(self) -> Declared:
        """The providers and models that there are in this environment."""
        both = (self.file, self._environment)
        return Declared(
            providers={name: one for part in both for name, one in part.providers.items()},
            models={one.alias: one for part in both for one in part.models},
            frontier={one.id: one for part in both for one in part.frontier},
            recommend=self._environment.recommend or self.file.recommend,
        )

    @property
    def catalogs(self) -> list[tuple[str, Location]]:
        """The folders of tasks that there are in this environment, and where they are named."""
        own = self._environment.catalog
        under = () if own is None else self._under
        folders = self.file.catalog if own is None else own
        return [(one, self.at(*under, "catalog", n)) for n, one in enumerate(folders)]

    def layered(self, document: Document) -> Document | Layered:
        """A manifest's document between what the project says under and over it."""
        defaults, own = self._defaults, Layer(document)
        name, labels = _known([*(layer.data for layer in defaults), own.data])
        over = [layer for selector, layer in self._overrides if matches(selector, name, labels)]
        if not self._evaluates_all and not any("eval" in layer.data for layer in (own, *over)):
            defaults = [layer._replace(without="eval") for layer in defaults]
        layers = (*defaults, own, *over)
        return Layered(layers, document) if len(layers) > 1 else document

    @cached_property
    def _defaults(self) -> list[Layer]:
        both = (((), self.file.defaults), (self._under, self._environment.defaults))
        return [Layer(self._document, (*under, "defaults")) for under, part in both if part]

    @cached_property
    def _evaluates_all(self) -> bool:
        """Whether the defaults alone make an `eval`: without rows they only add to one."""
        spec = reduce(merged, (layer.data.get("eval") for layer in self._defaults), None)
        return isinstance(spec, dict) and any(spec.get(key) for key in ("items", "rows"))

    @cached_property
    def _overrides(self) -> list[tuple[str, Layer]]:
        under = (*self._under, "overrides")
        selectors = self._environment.overrides
        return [(selector, Layer(self._document, (*under, selector))) for selector in selectors]

    def refuse_strangers(self, located: Iterable[Located]) -> None:
        """Refuse overrides that lie over no manifest. Raises ManifestError, or several."""
        items = list(located)
        used = {id(layer) for item in items for layer in item.layers}
        known = {item.manifest.name: item.manifest.labels for item in items}
        refuse(
            ManifestError(
                f"{selector!r} selects no workload{closest(selector, known)}",
                location=self.at(*over.under, key=True),
                hint="A selector is a glob over names, or `label=glob`; labels that overrides give "
                "don't count.",
            )
            for selector, over in self._overrides
            if id(over) not in used
        )


def _known(layers: list[Any]) -> tuple[str, dict[str, str]]:
    """The name and the labels of a manifest that isn't validated yet, as far as it has them."""
    name = layers[-1].get("name")
    labels: Any = reduce(merged, (data.get("labels", {}) for data in layers), {})
    written = labels.items() if isinstance(labels, dict) else ()
    return name if isinstance(name, str) else "", {k: v for k, v in written if isinstance(v, str)}


def parse(data: bytes, path: str, env: str | None) -> Settings:
    """Read a project file's bytes. Raises ManifestError, or ManyErrors, with the places."""
    documents = list(read_documents(data, path, "A project file says at least `version: 1`."))
    if len(documents) > 1:
        raise ManifestError(
            "a project file is one YAML document", location=documents[1].location(())
        )
    document = documents[0]
    try:
        file = ProjectFile.model_validate(document.data)
    except ValidationError as invalid:
        refuse(explain(invalid, document, ProjectFile))
        raise
    refuse(
        [
            *(e for keys, part in _parts(file) for e in _misfits(part, document, keys)),
            *_misnamed(file.policy, document),
            *_misdeclared(file, document),
            *_twice_named(file, document),
        ]
    )
    return Settings(file, document, env)


def _parts(file: ProjectFile) -> Iterator[tuple[Path, ManifestPart]]:
    yield ("defaults",), file.defaults
    for name, environment in file.environments.items():
        yield ("environments", name, "defaults"), environment.defaults
        for selector, part in environment.overrides.items():
            yield ("environments", name, "overrides", selector), part


def _misfits(part: ManifestPart, document: Document, keys: Path) -> Iterator[ManifestError]:
    """What no manifest could take from a part, whatever else it says itself."""
    for own in OWN:
        if own in part:
            yield ManifestError(
                f"`{own}` can't be said for several workloads: it is each manifest's own",
                location=document.location((*keys, own), key=True),
                hint="Take it out of the project file.",
            )
    rest = {key: value for key, value in part.items() if key not in OWN}
    try:
        Manifest.model_validate({**_WHOLE, **rest})
    except ValidationError as invalid:
        yield from explain(invalid, document, Manifest, keys, of_a_part=True)


def _misdeclared(file: ProjectFile, document: Document) -> Iterator[ManifestError]:
    """What is wrong with the providers and models of the file and its environments."""
    parts: list[tuple[Path, ProjectFile | Environment]] = [((), file)]
    parts += [(("environments", name), part) for name, part in file.environments.items()]
    for under, part in parts:
        providers = {**file.providers, **part.providers}
        yield from without_address(document, under, part.providers)
        yield from misdeclared(document, under, providers, part.models, part.frontier)


def _twice_named(file: ProjectFile, document: Document) -> Iterator[ManifestError]:
    """Folders of tasks that one list names twice."""
    lists: list[tuple[Path, list[str]]] = [((), file.catalog)]
    lists += [(("environments", n), one.catalog or []) for n, one in file.environments.items()]
    for under, folders in lists:
        first: dict[str, int] = {}
        for n, folder in enumerate(folders):
            if (before := first.setdefault(folder.rstrip("/"), n)) != n:
                place = document.location((*under, "catalog", before))
                yield ManifestError(
                    f"the folder {folder!r} stands twice; the first is at {place}",
                    location=document.location((*under, "catalog", n)),
                    hint="Take one of them out.",
                )


def _misnamed(policy: Policy, document: Document) -> Iterator[ManifestError]:
    """Ids of rules that are used twice, or that a waiver has of no rule."""
    first: dict[str, int] = {}
    for i, rule in enumerate(policy.rules):
        if first.setdefault(rule.id, i) != i:
            place = document.location(("policy", "rules", first[rule.id], "id"))
            yield ManifestError(
                f"the rule {rule.id!r} stands twice; the first is at {place}",
                location=document.location(("policy", "rules", i, "id")),
                hint="Give each rule its own id.",
            )
    for i, waiver in enumerate(policy.waivers):
        if waiver.rule not in first:
            yield ManifestError(
                f"no rule {waiver.rule!r}{meant(waiver.rule, first)}",
                location=document.location(("policy", "waivers", i, "rule")),
                hint=f"The rules: {', '.join(first) or 'none'}.",
            )


_WHOLE = {"version": 1, "name": "a", "intent": "a", "model": "a", "frontier": "none"}
