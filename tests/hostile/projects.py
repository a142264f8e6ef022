"""Cases of what stands in a project: manifests, rows, file names, lockfiles, saved plans, state."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from pareta_plan.canonical import canonical_json
from pareta_plan.plan.model import Plan
from tests.cli.test_hostile_files import LOCKFILES, MANIFESTS, ROWS
from tests.hostile.case import Case
from tests.hostile.texts import SENTINEL, TEXTS

VALID: dict[str, Any] = {
    "version": 1,
    "name": "parcels",
    "intent": "parcel status",
    "model": "recommended",
    "frontier": ["acme-large"],
    "task": "parcel-status",
    "labels": {"team": "finance"},
    "deploy": {"name": "parcels", "state": "live"},
    "eval": {
        "rows": [
            {"input": "Handed over at the door", "expected": "delivered"},
            {"input": "Late because of snow", "expected": "delayed"},
        ],
        "models": ["bayes-1"],
        "gates": {"min_quality": 0.1, "on_inconclusive": "warn"},
    },
}
TOLD = ("text", "json", "sarif", "github", "junit", "markdown")


def manifest_bytes(value: object) -> bytes:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False).encode(errors="replace")


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a value has texts, numbers and the like."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from leaves(inner, (*path, n))
    else:
        yield path


def put(value: Any, path: tuple[Any, ...], text: object) -> Any:
    """The value with another text in one place."""
    if not path:
        return text
    head, *rest = path
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[head] = put(value[head], tuple(rest), text)
    return copy


def renamed(value: Any, path: tuple[Any, ...], key: str) -> Any:
    """The value with another key in place of the last one of the path."""
    *head, last = path
    inner = value
    for part in head:
        inner = inner[part]
    moved = {(key if name == last else name): one for name, one in inner.items()}
    return put(value, tuple(head), moved)


def manifests() -> Iterator[Case]:
    """Every field of a manifest and some of its keys, with each text; then the files of old."""
    formats = [f"validate --format {form}" for form in TOLD]
    for n, (kind, text) in enumerate(TEXTS.items()):
        told = [formats[0], formats[1 + n % 5]]
        for path in leaves(VALID):
            name = f"{'.'.join(map(str, path))} {kind}"
            bad = manifest_bytes(put(VALID, path, text))
            yield Case("manifest", name, {"pareta.yaml": bad}, told)
        for path in (("labels",), ("labels", "team"), ("eval", "rows"), ("eval", "gates")):
            bad = manifest_bytes(renamed(VALID, path, text))
            yield Case("manifest", f"key {'.'.join(path)} {kind}", {"pareta.yaml": bad}, formats)
    for name, (data, _) in MANIFESTS.items():
        yield Case("manifest", name, {"pareta.yaml": data}, told)
    many = manifest_bytes({**VALID, "labels": {f"k{n}": n for n in range(16_000)}})
    yield Case("manifest", "16,000 errors", {"pareta.yaml": many}, formats[:2])


def rows() -> Iterator[Case]:
    """Texts and keys of rows in each format; then the files of old."""
    told = ["validate", "validate --format json"]
    for kind, text in TEXTS.items():
        row = {"input": text, text: text, "expected": text}
        table = io.StringIO()
        csv.writer(table).writerows([row.keys(), row.values()])
        bodies = {
            "rows.jsonl": json.dumps(row).encode() + b"\n",
            "rows.json": json.dumps([row]).encode(),
            "rows.csv": table.getvalue().encode(errors="replace"),
            "rows.yaml": manifest_bytes([row]),
        }
        for file, data in bodies.items():
            made = manifest_bytes({**VALID, "eval": {"items": file}})
            yield Case("rows", f"{file} {kind}", {"pareta.yaml": made, file: data}, told)
    for name, (file, data, _) in ROWS.items():
        made = manifest_bytes({**VALID, "eval": {"items": file}})
        yield Case("rows", name, {"pareta.yaml": made, file: data}, told)


def answered() -> Iterator[Case]:
    """Texts of rows and labels that an eval was made of, shown row by row in each format."""
    forms = [f"results parcels --format {form}" for form in ("text", "csv", "html", "json")]
    shown = ["apply --auto-approve", *forms, "results parcels --failures", "explain parcels"]
    for kind, text in TEXTS.items():
        table = [{"id": f"{text}{n}", "input": f"{text} {n}", "expected": label}
                 for n, label in enumerate(("delivered", "lost"))]  # fmt: skip
        lines = "".join(f"{json.dumps(row)}\n" for row in table).encode()
        made = {**VALID, "eval": {"items": "rows.jsonl"}}
        files = {"pareta.yaml": manifest_bytes(made), "rows.jsonl": lines}
        yield Case("answers", kind, files, shown)


def names() -> Iterator[Case]:
    """Files that are named so, and named so in a manifest; paths that lead out of the project."""
    good, told = manifest_bytes(VALID), [f"validate --format {form}" for form in TOLD]
    for kind, text in TEXTS.items():
        file = text.replace("/", "_").replace("\0", "_")[:60]
        yield Case("name", f"manifest {kind}", {f"{file}.yaml": b"- a\n", "b.yaml": good}, told)
        made = manifest_bytes({**VALID, "eval": {"items": f"{file}.jsonl"}})
        yield Case("name", f"rows {kind}", {"b.yaml": made, f"{file}.jsonl": b"{\n"}, told)
    outside = (
        "../outside/rows.jsonl",
        "{}/rows.jsonl",
        "link.jsonl",
        "folder/rows.jsonl",
        "pipe.jsonl",
    )
    for path in outside:
        items = {**VALID, "eval": {"items": path}}
        row = {"input": "a", "expected": "lost", "id": path}
        documents = {"rows": [row], "documents": {"field": "document", "path": "{id}"}}
        for what, value in (("items", items), ("document", {**VALID, "eval": documents})):

            def prepare(root: Path, away: Path, value: Any = value) -> None:
                text = manifest_bytes(value).decode().replace("{}/rows", f"{away}/rows")
                (root / "pareta.yaml").write_text(text)
                (root / "link.jsonl").symlink_to(away / "rows.jsonl")
                (root / "folder").symlink_to(away)
                os.mkfifo(root / "pipe.jsonl")

            yield Case("outside", f"{what} {path}", {}, told[:2], prepare)
    for file in ("pareta.yaml", "pareta.lock", "pareta-project.yaml", "a.plan", "events"):
        for target in ("rows.jsonl", "pipe", "nothing"):

            def linked(root: Path, away: Path, file: str = file, target: str = target) -> None:
                (root / file).unlink(missing_ok=True)
                (root / file).symlink_to(away / target)

            yield Case("outside", f"{file} links to {target}", {"pareta.yaml": good},
                       ["validate", "output", "lock", "plan --frozen --out a.plan",
                        "plan --frozen --report json=a.plan"], linked)  # fmt: skip


def lockfiles(locked: bytes, manifest: bytes) -> Iterator[Case]:
    """Every value of a lockfile as a text, and its names; then the files of old."""
    value, told = json.loads(locked), ["output", "output --format dotenv", "output --format json",
        "explain parcels --frozen", "plan --frozen --format markdown", "plan --frozen"]  # fmt: skip
    every = "".join(text for kind, text in TEXTS.items() if kind not in ("long", "nul"))
    made = {".".join(map(str, path)): put(value, path, every) for path in leaves(value)}
    for path in (("workloads", "parcels"), ("workloads", "parcels", "evidence"),
                 ("workloads", "parcels", "evidence", "results", "linear-1")):  # fmt: skip
        made[f"key {'.'.join(path)}"] = renamed(value, path, every)
    for name, bad in made.items():
        files = {"pareta.yaml": manifest, "pareta.lock": canonical_json(bad)}
        yield Case("lockfile", name, files, told)
    for name, data in LOCKFILES.items():
        yield Case("lockfile", name, {"pareta.yaml": manifest, "pareta.lock": data}, told)


def plans(saved: bytes) -> Iterator[Case]:
    """Every value of a saved plan as a text, with the digest that anyone can compute."""
    value = json.loads(saved)["plan"]
    every = "".join(text for kind, text in TEXTS.items() if kind != "long")
    made = {".".join(map(str, path)): put(value, path, every) for path in leaves(value)}
    for path in [("sources", "parcels"), ("observed", next(iter(value["observed"]))),
                 ("changes", 0, "attributes", "task")]:  # fmt: skip
        made[f"key {'.'.join(map(str, path))}"] = renamed(value, path, every)
    shown = [f"show a.plan --format {form}" for form in TOLD]
    for name, bad in made.items():
        yield Case("plan", name, {"a.plan": _signed(bad)}, [*shown, "apply a.plan"])
    for name, data in {**LOCKFILES, "cut": saved[:-900], "altered": saved + b" x"}.items():
        yield Case("plan", name, {"a.plan": data}, [*shown, "apply a.plan"])


def _signed(value: Any) -> bytes:
    """The bytes of a plan as whoever forges one would write them."""
    try:
        digest = Plan.model_validate(value).digest
    except ValueError:  # it is refused before anything of it is shown
        digest = "sha256:" + "0" * 64
    return canonical_json({"plan": value, "digest": digest})


STATE = ("apply.lock", "journal.jsonl", "platform", "platform/platform.sqlite3", "apply.json",
         "platform/locks", "platform/locks/store.lock", ".gitignore", "")  # fmt: skip


def state(manifest: bytes) -> Iterator[Case]:
    """`.pareta/` and all that stands in it as garbage, a folder, a pipe, and links out of it."""
    made = ("garbage", "folder", "pipe", "link", "link to nothing", "link to a pipe")
    for file in STATE:
        for what in made:

            def prepare(root: Path, away: Path, file: str = file, what: str = what) -> None:
                path = root / ".pareta" / file
                path.parent.mkdir(parents=True, exist_ok=True)
                match what:
                    case "garbage":
                        path.write_bytes(TEXTS["escape"].encode() * 50)
                    case "folder":
                        (path / SENTINEL[:8]).mkdir(parents=True)
                    case "pipe":
                        os.mkfifo(path)
                    case "link":
                        path.symlink_to(away / ("rows.jsonl" if file else ""))
                    case "link to nothing":
                        path.symlink_to(away / "nothing")
                    case _:
                        path.symlink_to(away / "pipe")

            yield Case("state", f"{file or '.pareta'} {what}", {"pareta.yaml": manifest},
                       ["lock", "apply --auto-approve --lock-timeout 0"], prepare)  # fmt: skip
