"""Which platform a command talks to: the one the environment names, or the embedded one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pareta_plan.cli import outlet
from pareta_plan.cli.catalogs import catalog_folders
from pareta_plan.cli.own_models import own_models
from pareta_plan.client.client import Pareta
from pareta_plan.client.remote import EMBEDDED, Writer
from pareta_plan.errors import UsageError
from pareta_plan.project.checkout import is_fresh, platform_state
from pareta_plan.project.checkout import keep_state as kept_state
from pareta_plan.project.layout import check_folder
from pareta_plan.project.own_serve import is_own_serve
from pareta_plan.project.project import Project

RETRIES = 3
FRESH = "this checkout never brought up what the lockfile records as deployed: {}"
"""Said of a clone, or a runner's checkout, whose embedded platform is a new one."""


@contextmanager
def connect(project: Project, *, keep_state: bool = True) -> Iterator[Writer]:
    """Connect as PARETA_API_KEY and PARETA_BASE_URL say; without either, start the embedded one.

    The project's own `serve` is the embedded platform too: it has the same state.
    `keep_state` is as for `embedded`.
    Raises UsageError when only a URL is set, or when nothing is and the models aren't installed.
    """
    url, key = os.environ.get("PARETA_BASE_URL"), os.environ.get("PARETA_API_KEY")
    if key:
        own = bool(url) and is_own_serve(project, url or "", key)
        platform, fresh = (EMBEDDED, is_fresh(project)) if own else (None, False)
        client = Pareta(api_key=key, base_url=url, max_retries=RETRIES)
        with Writer(client, platform, fresh=fresh) as writer:
            yield writer
        return
    if url:
        raise UsageError(
            "PARETA_BASE_URL is set but PARETA_API_KEY is not",
            hint="Set both for a platform, or neither for the embedded one.",
        )
    with embedded(project, keep_state=keep_state) as writer:
        yield writer


@contextmanager
def embedded(project: Project, *, keep_state: bool = True) -> Iterator[Writer]:
    """Start the embedded platform in this process, on loopback, with its state in the project.

    Without `keep_state` a project that has no state yet is left without. A run that an earlier
    apply left goes on only when this command waits for it, as an apply does.
    Raises ProjectError when the project's folder is missing.
    """
    import secrets

    try:
        from pareta_plan.platform.server import LocalServer
    except ImportError as missing:
        raise not_installed(missing) from None
    check_folder(project.root)
    key = f"pareta_sk_local_{secrets.token_hex(16)}"
    fresh = is_fresh(project)
    with (
        _state(project, keep_state) as state,
        LocalServer(
            state,
            key,
            catalog_folders=catalog_folders(project),
            own=own_models(project),
            resume=False,
            pulling=tell_of_pull,
        ) as server,
        Writer(Pareta(api_key=key, base_url=server.url), EMBEDDED, fresh=fresh) as writer,
    ):
        yield writer


@contextmanager
def _state(project: Project, keep: bool) -> Iterator[Path]:
    if keep or platform_state(project).is_dir():
        yield kept_state(project)
        return
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="pareta-plan-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def tell_of_pull(stage: str, label: str, share: float | None) -> None:
    """Say once that weights are pulled because an intent needs them."""
    if share is None:
        outlet.say(f"{stage}, once: {label}; an intent is compared by what it means")


def not_installed(missing: ImportError) -> UsageError:
    """Both ways forward for someone who has neither a key nor the models."""
    return UsageError(
        f"no PARETA_API_KEY is set, and the embedded platform isn't installed ({missing})",
        hint="Install it with `pip install 'pareta-plan[local]'`, or set PARETA_API_KEY to use "
        "the hosted platform.",
    )
