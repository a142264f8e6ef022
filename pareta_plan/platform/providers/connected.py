"""A provider that can be called: its key in the headers, one pace for all of its models."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from pareta_plan.platform.providers.dialect import dialect_of
from pareta_plan.platform.providers.health import Health
from pareta_plan.platform.providers.pacing import Pace
from pareta_plan.platform.providers.provider import ProviderSpec
from pareta_plan.platform.providers.transport import Call, Transport


class Provider:
    """A provider with the key and the transport to call it."""

    def __init__(self, spec: ProviderSpec, key: SecretStr | None, transport: Transport) -> None:
        self.spec = spec
        self.transport = transport
        self.health = Health()
        self.pace = Pace(spec, time.monotonic, self.health)
        self.dialect = dialect_of(spec)
        self._key = key

    def __repr__(self) -> str:
        return f"Provider({self.spec.name!r})"

    def secrets(self) -> tuple[str, ...]:
        """What must not be told of what it says."""
        return (self._key.get_secret_value(),) if self._key else ()

    def call(self, path: str, body: Mapping[str, Any] | None = None, *, root: bool = False) -> Call:
        """A request to it, below its base address or, with `root`, below its origin."""
        return Call(
            provider=self.spec.name,
            url=(self.spec.origin if root else self.spec.url) + path,
            headers={"Content-Type": "application/json", **self.dialect.headers(self._key)},
            body=None if body is None else json.dumps(body).encode(),
            seconds=self.spec.timeout_seconds,
            streamed=bool(body and body.get("stream")),
        )
