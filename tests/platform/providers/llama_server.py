"""llama.cpp's own HTTP server, as a team runs it beside pareta-plan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def llama_server(
    weights: str | Path, *, context: int, port: int = 0, key: str | None = None
) -> Iterator[str]:
    """The server with these weights, for two requests at once; gives its base URL."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.port = port
    params.n_ctx = context
    params.n_parallel = 2
    params.verbosity = -1
    params.warmup = False
    params.cache_ram_mib = 0
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 1
    params.api_keys = [key] if key else []
    server: Any = xllamacpp.Server(params)
    try:
        yield f"{server.listening_address}/v1"
    finally:
        del server
