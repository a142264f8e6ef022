"""octoDNS with nothing to do: a YAML zone that is synced to an equal one."""

from __future__ import annotations

import shutil
from pathlib import Path

from bench import installed
from bench.timing import Command

ZONE = "bench.example."

CONFIG = """\
providers:
  source:
    class: octodns.provider.yaml.YamlProvider
    directory: {folder}/source
    default_ttl: 300
  target:
    class: octodns.provider.yaml.YamlProvider
    directory: {folder}/target
    default_ttl: 300
zones:
  {zone}:
    sources: [source]
    targets: [target]
"""


def noop_sync(script: Path, folder: Path, records: int) -> Command:
    """A dry `octodns-sync` of so many address records, with its files made in `folder`."""
    (folder / "source").mkdir(parents=True)
    zone = "\n".join(_record(number) for number in range(records))
    (folder / "source" / f"{ZONE}yaml").write_text(f"---\n{zone}\n", encoding="utf-8")
    shutil.copytree(folder / "source", folder / "target")
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(folder=folder, zone=ZONE), encoding="utf-8")
    return Command(
        [script, "--config-file", config], installed.environment(), says="No changes were planned"
    )


def _record(number: int) -> str:
    address = f"192.0.2.{number % 254 + 1}"
    return f"workload-{number:04}:\n  type: A\n  value: {address}"
