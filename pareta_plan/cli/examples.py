"""Two examples of each command, which its help ends with."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[str, str]] = {
    "init": ("init", "init --task support-ticket-urgency --rows data/tickets.jsonl"),
    "validate": ("validate", "validate services/support --env prod"),
    "lock": ("lock --check", "lock --upgrade-workload ticket-urgency==linear-1"),
    "plan": ("plan --target 'ticket-*'", "plan --locked --detailed-exitcode --out release.plan"),
    "apply": ("apply --max-cost 2.50", "apply release.plan"),
    "destroy": ("destroy --env staging", "destroy --target ticket-urgency --auto-approve"),
    "force-unlock": ("force-unlock", "--env prod force-unlock"),
    "show": ("show release.plan", "show release.plan --json"),
    "drift": ("drift --detailed-exitcode", "drift --quality 0.02 --price 0.1"),
    "explain": ("explain ticket-urgency", "explain ticket-urgency --frozen"),
    "results": (
        "results ticket-urgency --failures",
        "results --format html --out results.html",
    ),
    "output": ("output ticket-urgency", "output --format dotenv >> endpoints.env"),
    "catalog": ("catalog list", "catalog match 'route tickets to the right team'"),
    "catalog list": ("catalog list", "catalog list --json"),
    "catalog show": ("catalog show sentiment", "catalog show sentiment --examples 5"),
    "catalog match": (
        "catalog match 'route tickets to the right team'",
        "catalog match 'find the total on an invoice' --json",
    ),
    "catalog leaderboard": (
        "catalog leaderboard sentiment",
        "catalog leaderboard sentiment --json",
    ),
    "catalog frontier": ("catalog frontier sentiment", "catalog frontier sentiment --json"),
    "catalog new": (
        "catalog new topics --from a.csv --input text --expected topic",
        "catalog new orders --from a.jsonl --input text --expected order",
    ),
    "catalog check": ("catalog check", "catalog check catalog/ticket-topics"),
    "catalog bench": (
        "catalog bench sentiment",
        "catalog bench sentiment --model qwen-1 --max-cost 2 --repeat 3",
    ),
    "serve": ("serve", "serve --port 9000 --credit-usd 5"),
    "schema": ("schema", "schema project > project.schema.json"),
    "completion": ('eval "$(pareta-plan completion bash)"', "completion fish"),
}
"""By the command's words; of the program's arguments, where nothing else is said."""


def epilog(command: str) -> str:
    """The end of a command's help; empty for one without examples."""
    lines = (
        each if "pareta-plan" in each else f"pareta-plan {each}"
        for each in EXAMPLES.get(command, ())
    )
    shown = "\n".join(f"  {line}" for line in lines)
    return f"\b\nExamples:\n{shown}" if shown else ""
