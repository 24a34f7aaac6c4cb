-- What an announcement, or a sign in live traffic, asks somebody to do.
CREATE TABLE tasks (
    key        INTEGER PRIMARY KEY,
    id         TEXT    NOT NULL UNIQUE,
    -- One of the two says where it comes from.
    notice     INTEGER UNIQUE REFERENCES notices (key),
    sign       TEXT    UNIQUE,
    -- Of the announcement, as it was read last.
    version    INTEGER NOT NULL,
    -- JSON: carriers it is about; none: everybody.
    carriers   TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    title      TEXT    NOT NULL,
    url        TEXT,
    -- JSON: what the rules read.
    readings   TEXT    NOT NULL,
    -- When it comes true, and when it is over.
    due_at     INTEGER,
    until_at   INTEGER,
    raised_at  INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    acked_at   INTEGER,
    acked_by   TEXT,
    ack_reason TEXT
) STRICT;
CREATE INDEX tasks_open ON tasks (due_at) WHERE acked_at IS NULL;

-- Versions that say something: few of all.
CREATE INDEX notice_versions_said ON notice_versions (notice, n) WHERE readings <> '[]';

-- What was announced before it broke. JSON.
ALTER TABLE incidents ADD COLUMN explained TEXT NOT NULL DEFAULT '[]';
