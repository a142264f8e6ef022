"""A project: the folder with the manifests, their eval rows, and the lockfile."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pareta_plan import files
from pareta_plan.canonical import digest_bytes
from pareta_plan.errors import (
    Location,
    ManifestError,
    ParetaError,
    ProjectError,
    UsageError,
    refuse,
)
from pareta_plan.manifest import reading
from pareta_plan.manifest.manifest import Manifest
from pareta_plan.manifest.reading import Located
from pareta_plan.manifest.scope import NAMELESS, Scope
from pareta_plan.project import layout, manifest_cache, state_tree

if TYPE_CHECKING:
    from pareta_plan.manifest.project_file import Settings
    from pareta_plan.project.catalog import OwnTask
    from pareta_plan.project.lockfile import Lockfile
    from pareta_plan.project.rows import EvalData

MAX_FILE_BYTES = 500_000_000


class Project:
    """Everything read from one folder, as one environment has it, or none.

    Reading raises ProjectError with places, and UsageError for an unknown environment.
    """

    def __init__(self, root: Path, env: str | None = None) -> None:
        self.root = root
        self.env = env
        self.lockfile_name = layout.lockfile_name(env)

    @cached_property
    def state_dir(self) -> Path:
        """Where local state is. Raises ProjectError for a link or anything odd there."""
        state = self.root / layout.STATE_DIR
        state_tree.check(state, self.root)
        return state

    @property
    def directory(self) -> str:
        """The folder's path from the root of its repository; a whole path outside of one."""
        root = self.root.resolve()
        for folder in (root, *root.parents):
            if (folder / ".git").exists():
                return root.relative_to(folder).as_posix()
        return root.as_posix()

    @cached_property
    def settings(self) -> Settings | None:
        path = self.root / layout.PROJECT_FILE
        if not path.exists() and not path.is_symlink():
            if (other := path.with_suffix(".yml")).exists():
                raise ProjectError(
                    f"the project file is called {path.name}",
                    location=Location(other.name),
                    hint=f"Rename {other.name}: nobody reads it.",
                )
            if self.env is not None:
                raise UsageError(
                    f"no environment {self.env!r}: there is no {layout.PROJECT_FILE} in "
                    f"{self.root}",
                    hint="Write one, with the environments; docs/project.md shows how.",
                )
            return None
        from pareta_plan.manifest import project_file

        return project_file.parse(self._read(path, "project file"), path.name, self.env)

    @property
    def scope(self) -> Scope:
        """The project's name and environment, which tell its endpoints from others'."""
        return self.settings.scope if self.settings else NAMELESS

    def siblings(self) -> list[Project]:
        """The project as its other environments, and none, have it."""
        names = self.settings.file.environments if self.settings else ()
        return [Project(self.root, env) for env in (None, *names) if env != self.env]

    @cached_property
    def lockfile_path(self) -> Path:
        self.settings  # noqa: B018 - refuses an environment that isn't there
        return self.root / self.lockfile_name

    @cached_property
    def located(self) -> dict[str, Located]:
        """The manifests by name, in the order of their files.

        There may be none as long as the lockfile knows of deployments, which then have to go.
        """
        layout.check_folder(self.root)
        paths, settings = self._manifest_files(), self.settings
        if not paths and not ((lock := self.read_lockfile()) and lock.deployed):
            raise self._without_manifests()
        found = self._parse_all(paths)
        reading.check_names(found)
        if settings:
            settings.refuse_strangers(found)
        return {item.manifest.name: item for item in found}

    def _manifest_files(self) -> list[Path]:
        if self.settings is None:
            return layout.manifest_files(self.root)
        files = self.settings.file.manifests
        catalogs = [name for name, _ in self.settings.catalogs]
        return layout.manifest_files(self.root, files.include, files.exclude, catalogs)

    @cached_property
    def tasks(self) -> dict[str, OwnTask]:
        """The project's own tasks by their ids, with a digest of what decides in each."""
        named = self.settings.catalogs if self.settings else []
        if not named:
            return {}
        from pareta_plan.project import catalog

        return catalog.own_tasks(self.root, [catalog.Catalog(*one) for one in named])

    @property
    def catalogs(self) -> list[Path]:
        """The folders that the project's own tasks are in."""
        self.tasks  # noqa: B018 - refuses what isn't there, or lies outside
        return [self.root / name for name, _ in (self.settings.catalogs if self.settings else [])]

    def sources(self) -> dict[str, str]:
        """The digests of the manifests' files and of the project file, by their names."""
        paths = [
            *self._manifest_files(),
            *([self.root / layout.PROJECT_FILE] if self.settings else []),
        ]
        return {
            files.shown(path, self.root): digest_bytes(self._read(path, "manifest"))
            for path in paths
        }

    def _without_manifests(self) -> ProjectError:
        if self.settings and (self.settings.file.manifests.include):
            return ProjectError(
                "none of these globs fits a YAML file",
                location=self.settings.at("manifests", "include"),
                hint="A glob with a slash is over the path from the project's folder, one without "
                "over each part of it.",
            )
        return ProjectError(
            f"no manifest in {self.root}: neither {layout.MANIFEST} nor any other *.yaml",
            hint="`pareta-plan init` writes a first one; -C FOLDER names another folder.",
        )

    @property
    def manifests(self) -> list[Manifest]:
        return [item.manifest for item in self.located.values()]

    def _parse_all(self, paths: Iterable[Path]) -> list[Located]:
        found: list[Located] = []
        errors: dict[Path, ParetaError] = {}
        for path in paths:
            try:
                found += self._parse(path)
            except ParetaError as bad:
                errors[path] = self._another_tools(path) or bad
        if errors:  # YAML files of rows lie among the manifests, which alone tell which they are
            evals = [item.manifest.eval for item in found]
            rows = {self._real(one.items) for one in evals if one and one.items} - {None}
            real = {path: self._real(files.shown(path, self.root)) for path in errors}
            refuse(error for path, error in errors.items() if real[path] not in rows)
        return found

    def _another_tools(self, path: Path) -> ManifestError | None:
        """What to say of a file that has nothing of a manifest; None for one that has."""
        try:
            data = self._read(path, "manifest")
        except ProjectError:
            return None
        if (
            path.name in (layout.MANIFEST, layout.PROJECT_FILE)
            or not data.strip()
            or layout.is_meant(data)
        ):
            return None
        shown = files.shown(path, self.root)
        return ManifestError(
            "this is no manifest: it has neither `version: 1` nor `intent`",
            location=Location(shown),
            hint=_of_a_task(shown)
            or f"If it is another tool's, put `manifests: {{exclude: [{shown}]}}` into "
            f"{layout.PROJECT_FILE}.",
        )

    def _real(self, name: str) -> Path | None:
        try:
            return files.inside(self.root, name)
        except ProjectError:
            return None

    def _parse(self, path: Path) -> list[Located]:
        if path.name == layout.PROJECT_FILE:
            raise ManifestError(
                "a project file below the project's folder says nothing",
                location=Location(files.shown(path, self.root)),
                hint="Move it to the project's folder, or name its own folder with -C.",
            )
        data = self._read(path, "manifest")
        known = manifest_cache.load(data)
        shown = files.shown(path, self.root)
        if self.settings:
            parsed = reading.parse(data, shown, known, self.settings.layered)
        else:
            parsed = reading.parse(data, shown, known)
        if known is None:
            manifest_cache.store(data, [item.source for item in parsed])
        return parsed

    def _read(self, path: Path, what: str) -> bytes:
        shown = files.shown(path, self.root)
        place = Location(shown)
        safe = files.inside(self.root, shown, place)
        return files.read_bytes(safe, limit=MAX_FILE_BYTES, what=what, name=shown, location=place)

    @cached_property
    def data(self) -> dict[str, EvalData]:
        """The eval rows by workload, of those that have an eval. Raises for all bad files."""
        with_eval = {n: item for n, item in self.located.items() if item.manifest.eval}
        if not with_eval:
            return {}
        from pareta_plan.project import rows

        return reading.all_or_errors(with_eval, lambda item: rows.read(self.root, item))

    def read_lockfile(self) -> Lockfile | None:
        if not self.lockfile_path.exists():
            return None
        from pareta_plan.project import lockfile_bytes

        data = self._read(self.lockfile_path, "lockfile")
        return lockfile_bytes.parse(data, self.lockfile_name)

    def write_lockfile(self, lock: Lockfile) -> None:
        """Replace the lockfile, if its bytes change."""
        data = lock.to_bytes()
        if not self.lockfile_path.exists() or self.lockfile_path.read_bytes() != data:
            files.write_atomic(self.lockfile_path, data)


def _of_a_task(shown: str) -> str | None:
    """The advice for a task's file whose folder the project file doesn't name."""
    parts = shown.split("/")
    if parts[-1] != "task.yaml" or len(parts) < 3:
        return None
    catalog = "/".join(parts[:-2])
    return f"If it is a task's, put `catalog: [{catalog}]` into {layout.PROJECT_FILE}."
