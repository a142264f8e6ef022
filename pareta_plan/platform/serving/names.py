"""Stable names: put on an endpoint, listed, and looked up by whoever asks for one."""

from __future__ import annotations

import re
from sqlite3 import Connection
from typing import Any

from pareta_plan.platform.bodies import Promote
from pareta_plan.platform.refusal import Refusal, bad_request, not_found
from pareta_plan.platform.store import endpoints, names
from pareta_plan.platform.store.endpoints import EndpointRow
from pareta_plan.platform.store.names import NameRow
from pareta_plan.platform.store.store import Store
from pareta_plan.wire import Name

_NAME = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})?")


class Names:
    """What `/v1/names` does."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def every(self) -> dict[str, Any]:
        """All names."""
        with self._store.read() as connection:
            return {"names": [_shown(row) for row in names.every(connection)]}

    def put(self, name: str, body: Promote) -> dict[str, Any]:
        """Let a name reach an endpoint from now on; the same once more changes nothing.

        A project that has another name now takes its names along by telling what they reached.
        Raises Refusal: 400 for what is no name or no endpoint, 409 for a name that is an
        endpoint's id or another scope's.
        """
        if not _NAME.fullmatch(name):
            raise bad_request("a name has 1 to 63 characters of a-z, 0-9 and -, perhaps .ENV")
        row = NameRow(name, body.endpoint, body.scope)
        with self._store.write() as connection:
            if endpoints.get(connection, name):
                raise Refusal(409, f"{name!r} is the id of an endpoint")
            before = names.get(connection, name)
            if before and before.scope != row.scope and before.endpoint_id != body.replaces:
                raise Refusal(409, f"the name {name!r} is another project's or environment's")
            if endpoints.get(connection, row.endpoint_id) is None:
                raise bad_request(f"there is no endpoint {row.endpoint_id!r}")
            names.put(connection, row)
        return _shown(row)


def reached(connection: Connection, model: str) -> EndpointRow:
    """The endpoint of an id or a name. Raises Refusal (404)."""
    row = endpoints.get(connection, model)
    if row is None and (named := names.get(connection, model)):
        row = endpoints.get(connection, named.endpoint_id)
    if row is None:
        raise not_found("endpoint", model)
    return row


def _shown(row: NameRow) -> dict[str, Any]:
    return Name(name=row.name, endpoint=row.endpoint_id, scope=row.scope).to_dict()
