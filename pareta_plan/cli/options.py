"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click
from click.core import ParameterSource

from pareta_plan.cli.completed import completed, folders
from pareta_plan.cli.console import strict
from pareta_plan.errors import UsageError, meant
from pareta_plan.files import meant_file
from pareta_plan.manifest.selection import Selection, well_formed

if TYPE_CHECKING:
    from pareta_plan.lock.stale import Locking

F = TypeVar("F", bound=Callable[..., Any])


def lock_options(command: F) -> F:
    """`--locked` and `--frozen`, as uv has them."""
    locked = click.option("--locked", is_flag=True, help="Refuse a stale lockfile (exit 5).")
    frozen = click.option(
        "--frozen", is_flag=True, help="Take the lockfile as it is; a plan then needs no network."
    )
    return locked(frozen(command))


def locking(locked: bool, frozen: bool) -> Locking:
    """The lock mode that the flags say. Raises UsageError when they contradict each other."""
    from pareta_plan.lock.stale import Locking, LockMode

    if locked and frozen:
        raise UsageError("--locked and --frozen exclude each other")
    mode = LockMode.LOCKED if locked else LockMode.FROZEN if frozen else LockMode.WRITE
    return Locking(mode=mode, strict=strict())


def selection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--target` and `--exclude`, as the command's argument `selection`."""

    def option(name: str, help: str) -> Callable[[F], F]:
        complete = completed("workloads")
        return click.option(
            name, multiple=True, metavar="SELECTOR", shell_complete=complete, help=help
        )

    @option("--target", "Only these workloads.")
    @option("--exclude", "But not these workloads.")
    @wraps(command)
    def selecting(
        *args: Any, target: tuple[str, ...], exclude: tuple[str, ...], **more: Any
    ) -> Any:
        for selector in (*target, *exclude):
            try:
                well_formed(selector)
            except ValueError as bad:
                raise UsageError(str(bad)) from None
        return command(*args, selection=Selection(target=target, exclude=exclude), **more)

    return selecting


def _choose_environment(ctx: click.Context, _option: click.Parameter, env: str | None) -> None:
    """Take the environment that is given after the command."""
    if env is None or ctx.parent is None:
        return
    before = ctx.obj["env"]
    said = ctx.parent.get_parameter_source("env") is ParameterSource.COMMANDLINE
    if said and before != env:
        raise UsageError(f"two environments are given: {before} and {env}")
    ctx.obj["env"] = env


def choose_folder(ctx: click.Context, folder: str | None) -> None:
    """Take the project's folder that is given after the command.

    Raises UsageError for one that isn't there, and where another is given before the command.
    """
    if folder is None:
        return
    before = ctx.obj["project"]
    said = ctx.parent and ctx.parent.get_parameter_source("project")
    if said is ParameterSource.COMMANDLINE and before != folder:
        raise UsageError(f"two folders are given: {before} and {folder}")
    path = Path(folder)
    if path.is_file():
        raise UsageError(
            f"{folder!r} is a file, and the project is a folder",
            hint="Name its folder; `--target NAME` takes some workloads only, and "
            "`pareta-plan apply` and `show` take saved plans.",
        )
    if not path.is_dir():
        raise UsageError(f"no folder {folder!r}{meant_file(path, fits=Path.is_dir)}")
    ctx.obj["project"] = folder


def meant_name(word: str, workloads: Iterable[str]) -> str:
    """The end of a sentence on a name that no workload has: what was probably meant."""
    return meant_folder(word) or meant(word, workloads)


def meant_folder(word: str) -> str:
    """The end of a sentence on a word that stands for a workload and is a folder; else nothing."""
    if not Path(word).is_dir():
        return ""
    return f"; {word!r} is a folder, which is named before the command: -C {word}"


folder_argument = click.argument(
    "folder",
    metavar="[FOLDER]",
    required=False,
    expose_value=False,
    is_eager=True,
    type=click.Path(),
    shell_complete=folders,
    callback=lambda ctx, _argument, folder: choose_folder(ctx, folder),
)
"""The project's folder, as `-C` names it before the command."""
env_option = click.option(
    "--env",
    metavar="NAME",
    expose_value=False,
    callback=_choose_environment,
    shell_complete=completed("environments"),
    help="The environment of pareta-project.yaml.",
)
no_reuse_option = click.option(
    "--no-reuse", is_flag=True, help="Evaluate anew, even where evidence still holds."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class Execution(NamedTuple):
    """How to run a plan; money in dollars, times in seconds."""

    parallelism: int
    keep_going: bool
    lock_timeout: float
    no_lock: bool
    max_cost: float | None


def _options() -> tuple[Callable[[F], F], ...]:
    from pareta_plan.apply.scheduler import PARALLELISM  # of what other commands don't load

    return (
        click.option(
            "--max-cost", type=click.FloatRange(min=0), metavar="USD", help="Cap of this run."
        ),
        click.option(
            "--parallelism",
            type=click.IntRange(1, 64),
            default=PARALLELISM,
            envvar="PARETA_PLAN_PARALLELISM",
            metavar="N",
            help=f"Workloads at once.  [default: {PARALLELISM}]",
        ),
        click.option(
            "--keep-going/--fail-fast",
            default=True,
            help="Whether the rest goes on when one fails.  [default: it does]",
        ),
        click.option(
            "--lock-timeout",
            type=click.FloatRange(min=0),
            default=0.0,
            metavar="SECONDS",
            help="How long to wait for another apply to end.  [default: 0]",
        ),
        click.option("--no-lock", is_flag=True, help="Make no claim on the platform."),
    )


def execution_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options above, given to the command as one `execution`."""

    @wraps(command)
    def collected(*args: Any, **given: Any) -> Any:
        mine = {name: given.pop(name) for name in Execution._fields}
        return command(*args, execution=Execution(**mine), **given)

    for option in reversed(_options()):
        collected = option(collected)
    return collected
