"""Clients for five minutes while all models are busy: errors, memory, and a small read's time.

    python -m bench.load [--minutes N] [--clients N] [--tree FOLDER]

Half of the clients chat with an endpoint of each open model that reads text and whose weights are
at hand, a quarter evaluates, a quarter reads. They are a process of their own, so that what is
measured beside them, a small read twenty times a second, waits for the platform alone. Memory is
that of the platform's process, at the end of each minute; Linux only.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import quantiles
from typing import Any

from bench.talking import Client, platform

PROBES = ("/v1/tasks/sentiment", "/v1/endpoints")
PAUSE_SECONDS = 0.05
TEXT = "please see to invoice 4711 of 3 May, the amount is wrong; "

Counts = dict[str, int]
Served = tuple[str, str, str]
"""An endpoint, its task and its alias."""


def main() -> None:
    """Print a line a minute."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=int, default=5)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--characters", type=int, default=600)
    parser.add_argument("--tree", type=Path, default=Path.cwd())
    asked = parser.parse_args()
    spawning = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, platform(Path(folder), asked.tree) as (port, pid):
        endpoints = _deployed(Client(port))
        alone = quantiles(_probed(Client(port), 10), n=100)
        print(f"{asked.clients} clients, {len(endpoints)} models", flush=True)
        stop, told = spawning.Event(), spawning.Queue()
        values = (port, endpoints, asked.clients, asked.characters, stop, told)
        clients = spawning.Process(target=_clients, args=values)
        clients.start()
        print("minute   memory MB   reads: p50 ms   p99 ms   max ms   done meanwhile, in all")
        print(
            f"{'before':6} {_memory_mb(pid):11.0f} {alone[49]:16.1f} {alone[98]:8.1f}", flush=True
        )
        for minute in range(1, asked.minutes + 1):
            taken = _probed(Client(port), 60)
            cuts = quantiles(taken, n=100)
            memory = _memory_mb(pid)
            figures = f"{cuts[49]:16.1f} {cuts[98]:8.1f} {max(taken):8.1f}"
            print(f"{minute:6} {memory:11.0f} {figures}   {told.get()}", flush=True)
        stop.set()
        clients.join()
        print("errors:", told.get())


def _deployed(client: Client) -> list[Served]:
    """An endpoint, with its task and alias, of each open model that reads text."""
    found = []
    for task in client.call("GET", "/v1/tasks")[1]["tasks"]:
        board = client.call("GET", f"/v1/tasks/{task['id']}/leaderboard")[1]
        aliases = [entry["name"] for entry in board["models"] if entry["kind"] == "open"]
        for alias in aliases if not task["has_blob_input"] else []:
            name = f"{task['id']}-{alias}"[:60]
            try:
                client.deploy(task["id"], alias, name)
            except RuntimeError as error:
                print(f"without {name}: {error}")
            else:
                found.append((name, str(task["id"]), alias))
    return found


def _probed(client: Client, seconds: float) -> list[float]:
    """Milliseconds of small reads, one after the other with a pause."""
    taken, until = [], time.monotonic() + seconds
    for path in itertools.cycle(PROBES):
        if time.monotonic() > until:
            break
        taken.append(client.call("GET", path)[0] * 1000)
        time.sleep(PAUSE_SECONDS)
    return taken


def _memory_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _clients(
    port: int,
    endpoints: Sequence[Served],
    count: int,
    characters: int,
    stop: Event,
    told: Any,
) -> None:
    """Work until told to stop; tells of every minute's counts, and of the errors at the end."""
    done: Counts = {"chats": 0, "rows": 0, "reads": 0}
    errors: list[str] = []
    text = (TEXT * (characters // len(TEXT) + 1))[:characters]
    kinds: list[Callable[[Client, Served, int], tuple[str, int]]] = [
        lambda client, served, n: _chat(client, served, f"{n} {text}"),
        lambda client, served, _: _evaluate(client, served, text),
        lambda client, served, n: _chat(client, served, f"{n} {text}"),
        lambda client, served, _: _read(client, served),
    ]

    def work(number: int) -> None:
        client, served = Client(port), endpoints[number % len(endpoints)]
        for turn in itertools.takewhile(lambda _: not stop.is_set(), itertools.count()):
            try:
                kind, n = kinds[number % len(kinds)](client, served, turn)
                done[kind] += n
            except Exception as error:
                errors.append(str(error)[:200])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    while not stop.wait(60):
        told.put(", ".join(f"{n} {kind}" for kind, n in done.items()))
    for thread in threads:
        thread.join()
    told.put(f"{len(errors)} {sorted({*errors})[:5]}")


def _chat(client: Client, served: Served, text: str) -> tuple[str, int]:
    client.chat(served[0], text)
    return "chats", 1


def _evaluate(client: Client, served: Served, text: str) -> tuple[str, int]:
    _, task, alias = served
    rows = client.call("GET", f"/v1/tasks/{task}?examples_n=5")[1]["examples"]
    kept = [{"input": row["input"] + text[:200], "expected": row["expected"]} for row in rows]
    client.run(client.rows(task, kept), alias, 0.25)
    return "rows", len(kept)


def _read(client: Client, served: Served) -> tuple[str, int]:
    client.call("GET", f"/v1/tasks/{served[1]}")
    client.call("GET", f"/v1/endpoints/{served[0]}/performance")
    client.call("GET", f"/v1/endpoints/{served[0]}")
    time.sleep(0.01)
    return "reads", 3


if __name__ == "__main__":
    main()
