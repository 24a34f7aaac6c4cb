-- Faults of one account that belong together.
CREATE TABLE incidents (
    id        TEXT    PRIMARY KEY,
    carrier   TEXT    NOT NULL,
    account   TEXT    NOT NULL,
    -- When the first of its looks failed.
    since     INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    last_at   INTEGER NOT NULL,
    closed_at INTEGER,
    -- JSON: failed looks by outcome.
    looks     TEXT    NOT NULL,
    -- JSON: carriers that failed at the same time.
    also      TEXT    NOT NULL,
    -- JSON: by outcome, the first look that ended so and what was new in its answer.
    evidence  TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX incidents_open ON incidents (carrier, account) WHERE closed_at IS NULL;
CREATE INDEX incidents_since ON incidents (since);
