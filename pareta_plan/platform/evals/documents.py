"""Documents of eval rows: attached with one request, or uploaded to a URL that works once."""

from __future__ import annotations

import hashlib
import secrets
import time
from sqlite3 import Connection
from typing import Any

from pareta_plan.platform.bodies import (
    MAX_UPLOADED,
    UPLOADED,
    Announce,
    Attach,
    Complete,
    Place,
    Upload,
)
from pareta_plan.platform.catalog.catalog import Catalog
from pareta_plan.platform.evals.sets import require_idle
from pareta_plan.platform.refusal import Refusal, bad_request, not_found
from pareta_plan.platform.store import evals as rows
from pareta_plan.platform.store.evals import UploadRow
from pareta_plan.platform.store.idempotency import Answer, Effect, RequestKey, once
from pareta_plan.platform.store.store import Store

UPLOAD_SECONDS = 3600
EMPTY = "the document is empty"


class Documents:
    """What the `blob` routes do; `url` is where the server answers."""

    def __init__(self, store: Store, catalog: Catalog, url: str) -> None:
        self._store = store
        self._catalog = catalog
        self._url = url

    def attach(
        self, set_id: str, form: Attach, data: bytes, key: RequestKey | None
    ) -> dict[str, Any]:
        """Make `data` the document of a row. Raises Refusal (400, 404, 409)."""
        if not data:
            raise bad_request(EMPTY)

        def effect(connection: Connection) -> Answer:
            self._check(connection, set_id, form)
            rows.put_blob(connection, set_id, form.idx, form.field_name, form.mime, data)
            return _attached(set_id, form)

        return once(self._store, key, lambda: effect).body

    def promise(self, set_id: str, body: Announce, key: RequestKey | None) -> dict[str, Any]:
        """A URL to put a row's document to. Raises Refusal (400, 404, 409, 413)."""
        return once(self._store, key, lambda: self._promise(set_id, body)).body

    def promised(self, token: str) -> UploadRow:
        """What is to be put to an upload URL. Raises Refusal (404) if it is unknown or ran out."""
        with self._store.read() as connection:
            return _promised(connection, token)

    def receive(self, token: str, body: Upload, data: bytes) -> dict[str, Any]:
        """Keep the bytes put to an upload URL; the same bytes may come again.

        Raises Refusal: 404 for a URL that was never given or ran out, 400 for another type or
        size than promised, 409 for other bytes than those that came before.
        """
        digest = hashlib.sha256(data).hexdigest()
        with self._store.write() as connection:
            upload = _promised(connection, token)
            if upload.digest not in (None, digest):
                raise Refusal(409, "this upload URL was used before")
            if len(data) != upload.size or body.mime != upload.mime:
                raise bad_request(f"{upload.size} bytes of {upload.mime} were announced")
            if upload.digest is None:
                rows.fill_upload(connection, upload.id, digest, data)
        return {"status": "received"}

    def complete(self, set_id: str, body: Complete, key: RequestKey | None) -> dict[str, Any]:
        """Make uploaded bytes the document of their row. Raises Refusal (400, 404, 409)."""

        def effect(connection: Connection) -> Answer:
            self._check(connection, set_id, body)
            upload = rows.upload(connection, "id", body.storage_uri.removeprefix(UPLOADED))
            if upload is None:
                raise not_found("upload", body.storage_uri)
            meant = (set_id, body.idx, body.field_name)
            if (upload.set_id, upload.idx, upload.field_name) != meant:
                raise bad_request("storage_uri belongs to another row or field")
            if upload.digest is None:
                raise bad_request("nothing was uploaded to this storage_uri yet")
            rows.attach_upload(connection, upload)
            return _attached(set_id, body)

        return once(self._store, key, lambda: effect).body

    def _promise(self, set_id: str, body: Announce) -> Effect:
        if body.file_size < 1:
            raise bad_request(EMPTY)
        if body.file_size > MAX_UPLOADED:
            raise Refusal(413, f"a document may have at most {MAX_UPLOADED} bytes")
        upload_id, token = secrets.token_hex(12), secrets.token_urlsafe(32)

        def effect(connection: Connection) -> Answer:
            self._check(connection, set_id, body)
            place, expires = (body.idx, body.field_name), time.time() + UPLOAD_SECONDS
            upload = UploadRow(upload_id, set_id, *place, body.mime, body.file_size, expires)
            rows.add_upload(connection, upload, _token_digest(token))
            urls = {
                "upload_url": f"{self._url}/uploads/{token}",
                "storage_uri": f"{UPLOADED}{upload_id}",
            }
            return Answer(urls, 200, rows.subject(set_id))

        return effect

    def _check(self, connection: Connection, set_id: str, place: Place) -> None:
        owner = require_idle(connection, set_id)
        task = self._catalog.get(owner.task_id)
        blob_field = task.spec.blob_field if task else None
        if blob_field is None:
            raise bad_request(f"the rows of {owner.task_id} have no documents")
        if place.field_name != blob_field:
            raise bad_request(f"field_name must be {blob_field!r}")
        if not 0 <= place.idx < owner.item_count:
            raise bad_request(f"idx must be a row of the set, 0 to {owner.item_count - 1}")


def _attached(set_id: str, place: Place) -> Answer:
    where = {"eval_set_id": set_id, "idx": place.idx, "field_name": place.field_name}
    return Answer({"status": "attached", **where}, 200, rows.subject(set_id))


def _promised(connection: Connection, token: str) -> UploadRow:
    upload = rows.upload(connection, "token_digest", _token_digest(token))
    if upload is None or upload.expires < time.time():
        raise Refusal(404, "this upload URL is unknown or ran out")
    return upload


def _token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
