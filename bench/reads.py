"""How many small requests a second a platform answers, and what each costs it.

    python -m bench.reads [--seconds N] [--tree FOLDER] [--wrk PROGRAM]

Asked by wrk (https://github.com/wg/wrk) over 16 connections. Requests a second depend on what else
the machine does, the platform's processor time for each hardly does. Linux only.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import tempfile
from pathlib import Path

from bench.served import KEY
from bench.talking import Client, platform

READS = ("/v1/tasks", "/v1/tasks/sentiment", "/v1/tasks/sentiment/leaderboard")
MATCH = "/v1/tasks/match"
SCRIPT = """
local n = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
request = function()
  n = (n + 1) % {queries}
  local query = "classify support tickets by urgency " .. n
  return wrk.format(nil, nil, nil, '{{"query":"' .. query .. '","top_k":5}}')
end
"""
MANY = 1_000_000


def main() -> None:
    """Print a line for each path."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--tree", type=Path, default=Path.cwd())
    parser.add_argument("--wrk", default="wrk")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, platform(Path(folder), asked.tree) as (port, pid):
        script = Path(folder, "match.lua")
        run = ["-t1", "-c16", f"-d{asked.seconds}", "-H", f"Authorization: Bearer {KEY}"]
        print(f"{'':36}{'a second':>10}{'us of CPU each':>16}")
        for path in READS:
            Client(port).call("GET", path)
            _report(path, pid, [asked.wrk, *run, f"http://127.0.0.1:{port}{path}"])
        for queries in (1, MANY):
            script.write_text(SCRIPT.format(queries=queries))
            wrk = [asked.wrk, *run, "-s", str(script), f"http://127.0.0.1:{port}{MATCH}"]
            _report(f"{MATCH}, {queries:,} queries", pid, wrk)


def _report(name: str, pid: int, command: list[str]) -> None:
    before = _cpu_seconds(pid)
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    spent = _cpu_seconds(pid) - before
    if "Non-2xx" in said:
        raise RuntimeError(said)
    count, rate = re.findall(r"(\d+) requests in|Requests/sec: +([\d.]+)", said)
    print(f"{name:36}{float(rate[1]):10,.0f}{spent / int(count[0]) * 1e6:16.0f}", flush=True)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
