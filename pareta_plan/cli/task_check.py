"""`catalog check`: what is wrong with tasks' folders, or what good ones hold and can show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pareta_plan.cli.catalogs import Found, checked, tasks, within
from pareta_plan.errors import UsageError, refuse
from pareta_plan.files import meant_file
from pareta_plan.words import laid_out, wrapped

if TYPE_CHECKING:
    from pareta_plan.cli.console import Console
    from pareta_plan.platform.catalog.check import Checked


def check(console: Console, named: str | None, *, as_json: bool) -> None:
    """Check a folder, or all tasks of the project, and tell what good ones hold.

    Raises ProjectError, or ManyErrors, with all that is wrong, and UsageError for no task.
    """
    from pareta_plan.cli.catalogs import refuse_bad

    found = [*_named(Path(named))] if named else tasks(console.project)
    if not found:
        raise _no_task(named)
    more = {one.folder.parent for one in found} if named else ()
    looks = checked(console.project, found, more)
    refuse(error for look in looks.values() for error in look.errors)
    if not named:
        refuse_bad(console.project)
    values = [_value(shown, look) for shown, look in looks.items()]
    lines = [line for value in values for line in _told(value)]
    console.show(as_json, values, laid_out(lines))


def _named(folder: Path) -> Iterator[Found]:
    """A task's folder, or the tasks of a folder of tasks."""
    inside = [*within(folder)]
    if inside:
        yield from inside
    elif folder.is_dir():
        yield Found(folder.resolve(), folder.as_posix().rstrip("/"))


def _no_task(named: str | None) -> UsageError:
    if named:
        return UsageError(
            f"no folder {named!r}{meant_file(Path(named), fits=Path.is_dir)}",
            hint="Name a task's folder, or a folder of such folders.",
        )
    return UsageError(
        "there are no tasks but those that are shipped",
        hint="`pareta-plan catalog new NAME --from FILE` makes one; pareta-project.yaml names "
        "the folder of tasks, `catalog: [catalog]`.",
    )


def _value(shown: str, look: Checked) -> dict[str, Any]:
    file = look.file
    assert file is not None  # noqa: S101 - without one there is an error
    return {
        "task": file.id,
        "folder": shown,
        "kind": file.kind,
        "development_rows": look.rows["dev"],
        "held_out_rows": look.rows["heldout"],
        "models": [model.alias for model in file.models],
        **({"outdated": [*look.outdated]} if look.outdated else {}),
    }


def _told(value: dict[str, Any]) -> Iterator[str]:
    from pareta_plan.platform.drafts.showing import precision

    yield f"{value['task']} ({value['folder']}): good"
    rows = value["held_out_rows"]
    yield f"  {value['kind']}, {value['development_rows']:,} development and {rows:,} held-out rows"
    yield from wrapped(f"  {precision(rows)}", "  ")
    if outdated := ", ".join(value.get("outdated", [])):
        said = f"{outdated}: measured on other rows than today's, so nothing is recommended; "
        yield from wrapped(f"  {said}`pareta-plan catalog bench {value['task']}` measures", "  ")
