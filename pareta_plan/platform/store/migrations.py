"""The schema, as steps that are taken once and in order."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

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

# Sums are kept beside what they are of, so that none costs more the longer the history is.
TOTALS = """
CREATE TABLE spent (subject TEXT PRIMARY KEY, micro_usd INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO spent SELECT subject, SUM(amount_micro_usd) FROM ledger GROUP BY subject;
INSERT INTO spent SELECT '', COALESCE(SUM(amount_micro_usd), 0) FROM ledger;
CREATE TRIGGER spent_more AFTER INSERT ON ledger BEGIN
    INSERT INTO spent VALUES (NEW.subject, NEW.amount_micro_usd), ('', NEW.amount_micro_usd)
    ON CONFLICT (subject) DO UPDATE SET micro_usd = micro_usd + excluded.micro_usd;
END;

CREATE TABLE request_totals (
    endpoint_id TEXT PRIMARY KEY REFERENCES endpoints (id) ON DELETE CASCADE,
    requests INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    cost_micro_usd INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO request_totals
    SELECT endpoint_id, COUNT(*), SUM(NOT ok), SUM(prompt_tokens), SUM(completion_tokens),
        SUM(cost_micro_usd)
    FROM requests GROUP BY endpoint_id;
CREATE TRIGGER requested_once_more AFTER INSERT ON requests BEGIN
    INSERT INTO request_totals VALUES (
        NEW.endpoint_id, 1, NOT NEW.ok, NEW.prompt_tokens, NEW.completion_tokens, NEW.cost_micro_usd
    )
    ON CONFLICT (endpoint_id) DO UPDATE SET
        requests = requests + 1,
        errors = errors + excluded.errors,
        prompt_tokens = prompt_tokens + excluded.prompt_tokens,
        completion_tokens = completion_tokens + excluded.completion_tokens,
        cost_micro_usd = cost_micro_usd + excluded.cost_micro_usd;
END;

CREATE INDEX eval_runs_active ON eval_runs (created, id)
    WHERE status IN ('queued', 'running', 'evaluating');
CREATE INDEX uploads_until ON uploads (expires);
"""

# What a project's own model was when it was deployed: it stays that until another is.
OWN_MODELS = "ALTER TABLE endpoints ADD COLUMN own TEXT;"

# Costs in pico-USD: 2^63 of them are 9 million dollars. Triggers follow the renamed columns.
EXACT = """
ALTER TABLE item_results RENAME COLUMN cost_micro_usd TO cost_pico_usd;
ALTER TABLE requests RENAME COLUMN cost_micro_usd TO cost_pico_usd;
ALTER TABLE request_totals RENAME COLUMN cost_micro_usd TO cost_pico_usd;
ALTER TABLE ledger RENAME COLUMN amount_micro_usd TO amount_pico_usd;
ALTER TABLE spent RENAME COLUMN micro_usd TO pico_usd;
UPDATE item_results SET cost_pico_usd = cost_pico_usd * 1000000;
UPDATE requests SET cost_pico_usd = cost_pico_usd * 1000000;
UPDATE request_totals SET cost_pico_usd = cost_pico_usd * 1000000;
UPDATE ledger SET amount_pico_usd = amount_pico_usd * 1000000;
UPDATE spent SET pico_usd = pico_usd * 1000000;

ALTER TABLE item_results ADD COLUMN fault TEXT;
ALTER TABLE eval_runs ADD COLUMN ended TEXT;
ALTER TABLE eval_runs ADD COLUMN max_cost_micro_usd INTEGER;
"""

# What applications call: a name goes with the endpoint that it reaches.
NAMES = """
CREATE TABLE names (
    name TEXT PRIMARY KEY,
    endpoint_id TEXT NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
    scope TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX names_of ON names (endpoint_id);
"""

# What an endpoint's task was when it was deployed: it answers by that until another is.
CONTENTS = """
CREATE TABLE contents (
    digest TEXT PRIMARY KEY,
    definition TEXT NOT NULL,
    learnt TEXT NOT NULL
) WITHOUT ROWID;
ALTER TABLE endpoints ADD COLUMN content TEXT REFERENCES contents (digest);
CREATE TRIGGER content_needed_no_more AFTER DELETE ON endpoints BEGIN
    DELETE FROM contents WHERE digest = OLD.content
        AND NOT EXISTS (SELECT 1 FROM endpoints WHERE content = OLD.content);
END;
"""

STEPS = (FIRST, TOTALS, EXACT, OWN_MODELS, NAMES, CONTENTS)


_COLUMNS = """
SELECT tables.name, columns.name
FROM sqlite_master AS tables JOIN pragma_table_info(tables.name) AS columns
WHERE tables.type = 'table'
"""


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Take the steps not taken yet; a step and its number are committed together.

    Raises ParetaError when the file at `path` was written by a newer version, and
    sqlite3.DatabaseError when it is of something else. The caller holds a lock against other
    processes.
    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if not version and _columns(connection):
        raise sqlite3.DatabaseError("it holds tables of something else")
    if version > len(STEPS):
        raise ParetaError(
            f"the platform's state in {path} was written by a newer version of pareta-plan",
            hint="Upgrade pareta-plan, or move the file away to begin anew.",
        )
    _check(connection, version)
    _take(connection, version)


def _check(connection: sqlite3.Connection, version: int) -> None:
    """Refuse a database that lacks what the steps up to `version` have made."""
    with closing(sqlite3.connect(":memory:")) as fresh:
        _take(fresh, 0, version)
        missing = _columns(fresh) - _columns(connection)
    if missing:
        table, column = min(missing)
        raise sqlite3.DatabaseError(f"its table {table!r} has no {column!r}")


def _columns(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    return {(table, column) for table, column in connection.execute(_COLUMNS)}


def _take(connection: sqlite3.Connection, version: int, last: int | None = None) -> None:
    for number, step in enumerate(STEPS[version:last], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version = {number}; COMMIT;")
