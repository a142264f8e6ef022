"""The schema, as steps that are taken once and in order."""

from __future__ import annotations

import sqlite3

from pareta_plan.errors import ParetaError

FIRST = """
CREATE TABLE endpoints (
    id TEXT PRIMARY KEY,
    task_id TEXT NOT NULL,
    alias TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('starting', 'live', 'stopped')),
    owner TEXT NOT NULL,
    created REAL NOT NULL
);
CREATE TABLE endpoint_events (
    endpoint_id TEXT NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
    at REAL NOT NULL,
    status TEXT NOT NULL
);
CREATE INDEX endpoint_events_of ON endpoint_events (endpoint_id, at);
CREATE TABLE requests (
    id TEXT PRIMARY KEY,
    endpoint_id TEXT NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
    at REAL NOT NULL,
    latency_ms REAL NOT NULL,
    ok INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    cost_micro_usd INTEGER NOT NULL
);
CREATE INDEX requests_of ON requests (endpoint_id, at);

CREATE TABLE eval_sets (
    id TEXT PRIMARY KEY,
    task_id TEXT NOT NULL,
    name TEXT NOT NULL,
    prompt TEXT,
    created REAL NOT NULL
);
CREATE TABLE eval_items (
    set_id TEXT NOT NULL REFERENCES eval_sets (id) ON DELETE CASCADE,
    idx INTEGER NOT NULL,
    row TEXT NOT NULL,
    PRIMARY KEY (set_id, idx)
) WITHOUT ROWID;
CREATE TABLE blobs (
    set_id TEXT NOT NULL,
    idx INTEGER NOT NULL,
    field_name TEXT NOT NULL,
    mime TEXT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (set_id, idx, field_name),
    FOREIGN KEY (set_id, idx) REFERENCES eval_items (set_id, idx) ON DELETE CASCADE
);
CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    token_digest TEXT NOT NULL UNIQUE,
    set_id TEXT NOT NULL REFERENCES eval_sets (id) ON DELETE CASCADE,
    idx INTEGER NOT NULL,
    field_name TEXT NOT NULL,
    mime TEXT NOT NULL,
    size INTEGER NOT NULL,
    expires REAL NOT NULL,
    digest TEXT,
    data BLOB
);

CREATE TABLE eval_runs (
    id TEXT PRIMARY KEY,
    set_id TEXT NOT NULL,
    task_id TEXT NOT NULL,
    candidates TEXT NOT NULL,
    item_count INTEGER NOT NULL,
    status TEXT NOT NULL,
    stage TEXT NOT NULL,
    error_detail TEXT,
    created REAL NOT NULL
);
CREATE TABLE item_results (
    run_id TEXT NOT NULL REFERENCES eval_runs (id),
    model_id TEXT NOT NULL,
    idx INTEGER NOT NULL,
    output TEXT,
    score REAL,
    error TEXT,
    cost_micro_usd INTEGER NOT NULL,
    PRIMARY KEY (run_id, model_id, idx)
) WITHOUT ROWID;
CREATE TABLE results (
    run_id TEXT NOT NULL REFERENCES eval_runs (id),
    model_id TEXT NOT NULL,
    result TEXT NOT NULL,
    PRIMARY KEY (run_id, model_id)
) WITHOUT ROWID;

CREATE TABLE ledger (
    cause TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    at REAL NOT NULL,
    amount_micro_usd INTEGER NOT NULL CHECK (amount_micro_usd >= 0)
);
CREATE INDEX ledger_of ON ledger (subject);

CREATE TABLE idempotency (
    key TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    body_digest TEXT NOT NULL,
    subject TEXT,
    answer TEXT NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (key, method, path)
) WITHOUT ROWID;
CREATE INDEX idempotency_of ON idempotency (subject);
"""

STEPS = (FIRST,)


def migrate(connection: sqlite3.Connection) -> None:
    """Take the steps not taken yet; a step and its number are committed together.

    Raises ParetaError when the file was written by a newer version. The caller holds a lock
    against other processes.
    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(STEPS):
        raise ParetaError(
            "the platform's state was written by a newer version of pareta-plan",
            hint="upgrade pareta-plan, or give another state folder",
        )
    for number, step in enumerate(STEPS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version = {number}; COMMIT;")
