"""Documents of eval rows: attached with one request, or uploaded to a URL that works once."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping
from sqlite3 import Connection
from typing import Any

from pareta_plan.platform.catalog.catalog import Catalog
from pareta_plan.platform.evals.sets import require_idle
from pareta_plan.platform.refusal import Refusal, bad_request, not_found
from pareta_plan.platform.store import evals as rows
from pareta_plan.platform.store.evals import UploadRow
from pareta_plan.platform.store.idempotency import Answer, Effect, RequestKey, once
from pareta_plan.platform.store.store import Store

MAX_ATTACHED = 5 * 1024 * 1024
MAX_UPLOADED = 32 * 1024 * 1024
UPLOAD_SECONDS = 3600
SCHEME = "pareta-upload://"
EMPTY = "the document is empty"
MIMES = ("application/pdf", "image/")


class Documents:
    """What the `blob` routes do; `url` is where the server answers."""

    def __init__(self, store: Store, catalog: Catalog, url: str) -> None:
        self._store = store
        self._catalog = catalog
        self._url = url

    def attach(
        self, set_id: str, fields: Mapping[str, Any], data: bytes, key: RequestKey | None
    ) -> dict[str, Any]:
        """Make `data` the document of a row. Raises Refusal (400, 404, 409)."""
        if not data:
            raise bad_request(EMPTY)

        def effect(connection: Connection) -> Answer:
            idx, field, mime = self._place(connection, set_id, fields)
            rows.put_blob(connection, set_id, idx, field, mime, data)
            return _attached(set_id, idx, field)

        return once(self._store, key, lambda: effect).body

    def promise(
        self, set_id: str, fields: Mapping[str, Any], key: RequestKey | None
    ) -> dict[str, Any]:
        """A URL to put a row's document to. Raises Refusal (400, 404, 409, 413)."""
        return once(self._store, key, lambda: self._promise(set_id, fields)).body

    def receive(self, token: str, mime: str | None, data: bytes) -> None:
        """Keep the bytes put to an upload URL; the same bytes may come again.

        Raises Refusal: 404 for a URL that was never given or ran out, 400 for another type or
        size than promised, 409 for other bytes than those that came before.
        """
        digest = hashlib.sha256(data).hexdigest()
        with self._store.write() as connection:
            upload = rows.upload_by_token(connection, _token_digest(token))
            if upload is None or upload.expires < time.time():
                raise Refusal(404, "this upload URL is unknown or ran out")
            if upload.digest not in (None, digest):
                raise Refusal(409, "this upload URL was used before")
            if len(data) != upload.size or mime != upload.mime:
                raise bad_request(f"{upload.size} bytes of {upload.mime} were announced")
            if upload.digest is None:
                rows.fill_upload(connection, upload.id, digest, data)

    def complete(
        self, set_id: str, fields: Mapping[str, Any], key: RequestKey | None
    ) -> dict[str, Any]:
        """Make uploaded bytes the document of their row. Raises Refusal (400, 404, 409)."""

        def effect(connection: Connection) -> Answer:
            idx, field, _ = self._place(connection, set_id, fields)
            upload = _uploaded(connection, fields.get("storage_uri"))
            if (upload.set_id, upload.idx, upload.field_name) != (set_id, idx, field):
                raise bad_request("storage_uri belongs to another row or field")
            if upload.digest is None:
                raise bad_request("nothing was uploaded to this storage_uri yet")
            rows.attach_upload(connection, upload)
            return _attached(set_id, idx, field)

        return once(self._store, key, lambda: effect).body

    def _promise(self, set_id: str, fields: Mapping[str, Any]) -> Effect:
        size = _whole_number(fields, "file_size")
        if size < 1:
            raise bad_request(EMPTY)
        if size > MAX_UPLOADED:
            raise Refusal(413, f"a document may have at most {MAX_UPLOADED} bytes")
        upload_id, token = secrets.token_hex(12), secrets.token_urlsafe(32)

        def effect(connection: Connection) -> Answer:
            idx, field, mime = self._place(connection, set_id, fields)
            expires = time.time() + UPLOAD_SECONDS
            upload = UploadRow(upload_id, set_id, idx, field, mime, size, expires, None)
            rows.add_upload(connection, upload, _token_digest(token))
            urls = {
                "upload_url": f"{self._url}/uploads/{token}",
                "storage_uri": f"{SCHEME}{upload_id}",
            }
            return Answer(urls, 200, rows.subject(set_id))

        return effect

    def _place(
        self, connection: Connection, set_id: str, fields: Mapping[str, Any]
    ) -> tuple[int, str, str]:
        """The row, field and MIME type meant."""
        owner = require_idle(connection, set_id)
        task = self._catalog.get(owner.task_id)
        blob_field = task.spec.blob_field if task else None
        if blob_field is None:
            raise bad_request(f"the rows of {owner.task_id} have no documents")
        if fields.get("field_name") != blob_field:
            raise bad_request(f"field_name must be {blob_field!r}")
        idx = _whole_number(fields, "idx")
        if not 0 <= idx < owner.item_count:
            raise bad_request(f"idx must be a row of the set, 0 to {owner.item_count - 1}")
        return idx, blob_field, _mime(fields.get("mime"))


def _uploaded(connection: Connection, storage_uri: Any) -> UploadRow:
    if not isinstance(storage_uri, str) or not storage_uri.startswith(SCHEME):
        raise bad_request("storage_uri must be the one that came with the upload URL")
    upload = rows.upload(connection, storage_uri.removeprefix(SCHEME))
    if upload is None:
        raise not_found("upload", storage_uri)
    return upload


def _attached(set_id: str, idx: int, field: str) -> Answer:
    body = {"status": "attached", "eval_set_id": set_id, "idx": idx, "field_name": field}
    return Answer(body, 200, rows.subject(set_id))


def _whole_number(fields: Mapping[str, Any], name: str) -> int:
    value = fields.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise bad_request(f"{name} must be a whole number")


def _mime(value: Any) -> str:
    if isinstance(value, str) and value.startswith(MIMES):
        return value
    raise bad_request("mime must be application/pdf or an image type")


def _token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
