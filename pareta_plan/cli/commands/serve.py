"""`pareta-plan serve`."""

from __future__ import annotations

import os

import click

from pareta_plan.cli.catalogs import catalog_folders
from pareta_plan.cli.connection import not_installed, tell_of_pull
from pareta_plan.cli.console import Console, pass_console
from pareta_plan.cli.own_models import own_models
from pareta_plan.errors import UsageError
from pareta_plan.project.checkout import keep_state
from pareta_plan.project.layout import check_folder
from pareta_plan.project.own_serve import kept_key, note_serving
from pareta_plan.wire import MICRO

MAX_CREDIT_USD = 1e9


@click.command("serve")
@click.option("--port", type=click.IntRange(0, 65535), default=8321, show_default=True)
@click.option(
    "--generation",
    type=click.Choice(["v0", "v3"]),
    default="v0",
    show_default=True,
    help="v0 ranks and deploys models; v3 has a router, `auto`, instead.",
)
@click.option("--credit-usd", type=float, default=1000.0, show_default=True)
@pass_console
def command(console: Console, port: int, generation: str, credit_usd: float) -> None:
    """Run the embedded platform on its own, on loopback, until it is stopped.

    For the official SDKs, `openai`, `curl`, and pareta-plan itself. Its key is
    PARETA_API_KEY, or one that is printed and kept in .pareta. It has the tasks of the
    project's catalog; PARETA_PLAN_CATALOG names folders of tasks outside of it.
    """
    if not 0 <= credit_usd <= MAX_CREDIT_USD:
        raise UsageError(f"--credit-usd: expected 0 to {MAX_CREDIT_USD:,.0f}, got {credit_usd}")
    check_folder(console.project.root)
    try:
        from pareta_plan.platform import server
        from pareta_plan.platform.catalog.generation import Generation
    except ImportError as missing:
        raise not_installed(missing) from None
    given = os.environ.get("PARETA_API_KEY")
    key = given or kept_key(console.project)

    def ready(url: str) -> None:
        if generation == Generation.V0.value:  # the other has no state in common with applies
            note_serving(console.project, url, key, given=bool(given))
        console.out(f"export PARETA_BASE_URL={url}")
        if not given:
            console.out(f"export PARETA_API_KEY={key}")
        console.note("serving; Ctrl-C stops it")

    platform = server.LocalServer(
        keep_state(console.project),
        key,
        catalog_folders=catalog_folders(console.project),
        credit_micro_usd=round(credit_usd * MICRO),
        generation=Generation(generation),
        own=own_models(console.project),
        port=port,
        pulling=tell_of_pull,
    )
    server.serve(platform, ready)
