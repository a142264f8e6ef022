"""`pareta-plan serve`."""

from __future__ import annotations

import os
import secrets

import click

from pareta_plan.cli.connection import catalog_folders, not_installed
from pareta_plan.cli.console import Console


@click.command("serve")
@click.option("--port", type=click.IntRange(0, 65535), default=8321, show_default=True)
@click.option("--credit-usd", type=click.FloatRange(min=0), default=1000.0, show_default=True)
@click.pass_context
def command(ctx: click.Context, port: int, credit_usd: float) -> None:
    """Run the embedded platform on its own, on loopback, until it is stopped.

    For the official SDKs, `openai`, `curl`, and pareta-plan itself. Its key is
    PARETA_API_KEY, or a new one that is printed. PARETA_PLAN_CATALOG names further
    folders of tasks.
    """
    console = Console(ctx)
    try:
        from pareta_plan.platform import server
    except ImportError as missing:
        raise not_installed(missing) from None
    given = os.environ.get("PARETA_API_KEY")
    key = given or f"pareta_sk_local_{secrets.token_hex(16)}"

    def ready(url: str) -> None:
        console.out(f"export PARETA_BASE_URL={url}")
        if not given:
            console.out(f"export PARETA_API_KEY={key}")
        console.note("serving; Ctrl-C stops it")

    server.serve(
        console.project.state_dir / "platform",
        key,
        catalog_folders=catalog_folders(),
        credit_micro_usd=round(credit_usd * 1_000_000),
        port=port,
        on_ready=ready,
    )
