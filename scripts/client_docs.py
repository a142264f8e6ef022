"""Writes `docs/client.md` from the client's docstrings; `--check` only compares."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_overloads

import pareta_plan
from pareta_plan import errors, wire
from pareta_plan.client import resources, serving

PAGE = Path(__file__).parent.parent / "docs" / "client.md"

INTRODUCTION = """\
# The Python client

Written by `python -m scripts.client_docs` from the docstrings of the code.

```python
from pareta_plan import Pareta

pa = Pareta.from_env()  # reads PARETA_API_KEY, and PARETA_BASE_URL where it is set
match = pa.tasks.match("classify support tickets by urgency")
```

`AsyncPareta` has the same resources; each of their methods is awaited, and what streams is read
with `async for`. Requests are retried where that is safe: after a cut connection and the statuses
408, 409, 429, 500, 502, 503 and 504, as `Retry-After` says or with growing pauses. The key goes to
the platform's own origin, and over plain HTTP to loopback alone; redirects are not followed.
Proxies and certificates are taken from the environment (`HTTPS_PROXY`, `NO_PROXY`,
`SSL_CERT_FILE`, `SSL_CERT_DIR`), except that no proxy is used for loopback.
"""

RESOURCES: dict[str, type[Any]] = {
    "pa.tasks": resources.Tasks,
    "pa.evals": resources.Evals,
    "pa.evals.sets": resources.EvalSets,
    "pa.evals.runs": resources.EvalRuns,
    "pa.endpoints": serving.Endpoints,
    "pa.endpoints.metrics(endpoint_id)": serving.Metrics,
    "pa.chat.completions": serving.Completions,
    "pa.models": resources.Models,
    "pa.platform": resources.Platform,
}
ALIASES: dict[str, Any] = {
    "Frontier": resources.Frontier,
    "Messages": serving.Messages,
    "Rows": resources.Rows,
    "Source": resources.Source,
}
CLIENTS = (pareta_plan.Pareta, pareta_plan.AsyncPareta, pareta_plan.Stream)


def page() -> str:
    """The whole page."""
    sections = [
        INTRODUCTION,
        "## Clients\n",
        *(_client(kind) for kind in CLIENTS),
        "## Resources\n",
        *(_resource(name, kind) for name, kind in RESOURCES.items()),
        "## Answers\n",
        _prose(wire.Wire),
        "`.to_dict()` gives the JSON as the platform sent it.\n",
        *(_answer(kind) for kind in _exported(wire.Wire)),
        "## Errors\n",
        "| error | what |\n|---|---|",
        *(f"| `{kind.__name__}` | {_line(kind)} |" for kind in _exported(errors.ParetaError)),
        "",
        "`pareta_plan.__version__` is the release.",
    ]
    return "\n".join(sections) + "\n"


def _exported(base: type[Any]) -> Iterator[type[Any]]:
    for name in pareta_plan.__all__:
        value = getattr(pareta_plan, name)
        if isinstance(value, type) and issubclass(value, base):
            yield value


def _client(kind: type[Any]) -> str:
    methods = [
        f"* `.{name}`: {_line(member)}"
        for name, member in inspect.getmembers(kind)
        if not name.startswith("_") and inspect.getdoc(member)
    ]
    made = "" if kind is pareta_plan.Stream else _signature(kind.__name__, kind.__init__)
    return "\n".join([f"### {kind.__name__}\n", f"{made}{_prose(kind)}", *methods, ""])


def _resource(name: str, kind: type[Any]) -> str:
    methods = [
        f"{_signature(f'{name}.{method}', member)}{_prose(member)}"
        for method, member in _methods(kind)
    ]
    return "\n".join([f"### {name}\n", _prose(kind), *methods])


def _methods(kind: type[Any]) -> Iterator[tuple[str, Any]]:
    for name in vars(kind):
        member = getattr(kind, name)
        if not name.startswith("_") and callable(member):
            yield name, member


def _signature(name: str, member: Any) -> str:
    signature = inspect.signature(member)
    arguments = [parameter for key, parameter in signature.parameters.items() if key != "self"]
    shown = str(signature.replace(parameters=arguments, return_annotation=inspect.Signature.empty))
    call = name + re.sub(r": '([^']*)'", r": \1", shown).replace("'", '"').replace("(/, ", "(")
    for alias, meant in ALIASES.items():
        call = re.sub(rf": {alias}\b", f": {_plain(meant)}", call)
    if len(call) > 96:
        call = re.sub(r"\((.*)\)$", _one_a_line, call)
    returned = _returned(member, str(signature.return_annotation))
    return f"```python\n{call}{f' -> {returned}' if returned else ''}\n```\n\n"


def _one_a_line(arguments: re.Match[str]) -> str:
    # commas between arguments, not those inside brackets
    parts = re.split(r", (?![^\[]*\])", arguments[1])
    return "(\n" + "".join(f"    {part},\n" for part in parts) + ")"


def _returned(member: Any, annotation: str) -> str:
    found = [
        str(inspect.signature(one).return_annotation)
        for one in get_overloads(member)
        if "Blocking" in str(inspect.signature(one).parameters["self"].annotation)
    ]
    steps = re.sub(r"^Steps\[(.*)\]$", r"\1", annotation)
    return " | ".join(found) if found else "" if steps == "None" else steps.replace("[Driver]", "")


def _answer(kind: type[wire.Wire]) -> str:
    written = {name: said for base in kind.__mro__ for name, said in _annotations(base)}
    rows = [f"| `{name}` | `{_cell(written[name])}` |" for name in kind.model_fields]
    derived = [
        f"| `{name}` | {_line(member)} |"
        for name, member in vars(kind).items()
        if isinstance(member, property)
    ]
    table = ["| field | type |", "|---|---|", *rows, *derived]
    return "\n".join([f"### {kind.__name__}\n", _prose(kind), *table, ""])


def _annotations(kind: type[Any]) -> Iterator[tuple[str, str]]:
    """Annotations as they are written, which no release of Python shows in another way."""
    for name, annotation in inspect.get_annotations(kind).items():
        yield name, str(annotation)


def _cell(annotation: str) -> str:
    return annotation.replace("|", "\\|")


def _plain(annotation: Any) -> str:
    return re.sub(r"\b(?:collections\.abc|pathlib|typing)\.", "", str(annotation))


def _prose(member: Any) -> str:
    return f"{inspect.getdoc(member)}\n"


def _line(member: Any) -> str:
    return " ".join((inspect.getdoc(member) or "").split("\n\n", maxsplit=1)[0].split())


def main(arguments: list[str]) -> int:
    """Write the page, or say that it differs; the exit code."""
    current = page()
    if "--check" not in arguments:
        PAGE.write_text(current, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text("utf-8") != current:
        print(f"{PAGE.name} is not current: run python -m scripts.client_docs")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
