-- What somebody should hear of. Of one key one is open at a time.
CREATE TABLE alerts (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT    NOT NULL UNIQUE,
    -- sla:CARRIER/ACCOUNT, incident:ID …
    key          TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    -- info, warning, critical: the worst it has been
    severity     TEXT    NOT NULL,
    carrier      TEXT,
    account      TEXT,
    zh           TEXT    NOT NULL,
    en           TEXT    NOT NULL,
    -- JSON
    detail       TEXT    NOT NULL,
    opened_at    INTEGER NOT NULL,
    -- When it was raised last, and when the channels were told last.
    last_at      INTEGER NOT NULL,
    told_at      INTEGER NOT NULL,
    closed_at    INTEGER,
    acked_at     INTEGER,
    acked_by     TEXT,
    escalated_at INTEGER,
    updates      INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX alerts_open ON alerts (key) WHERE closed_at IS NULL;
CREATE INDEX alerts_now ON alerts (seq) WHERE closed_at IS NULL;
CREATE INDEX alerts_opened ON alerts (opened_at);

-- One message for one channel: written with the step it tells, kept until it is sent.
CREATE TABLE alert_deliveries (
    key      INTEGER PRIMARY KEY AUTOINCREMENT,
    -- An alert's id, digest:2026-01-31, test:…
    subject  TEXT    NOT NULL,
    -- opened, updated, recovered, escalated, digest, test
    step     TEXT    NOT NULL,
    -- The how-manieth update.
    number   INTEGER NOT NULL,
    channel  TEXT    NOT NULL,
    -- The message as it stood then, JSON.
    message  TEXT    NOT NULL,
    made_at  INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    -- Null: nothing more is tried.
    next_at  INTEGER,
    sent_at  INTEGER,
    -- Why the last attempt did not work.
    failure  TEXT,
    UNIQUE (subject, step, number, channel)
) STRICT;
CREATE INDEX alert_deliveries_due ON alert_deliveries (channel, next_at) WHERE next_at IS NOT NULL;

-- Who wants to hear of a parcel's first scan.
CREATE TABLE customer_notices (
    key      INTEGER PRIMARY KEY AUTOINCREMENT,
    parcel   INTEGER NOT NULL UNIQUE REFERENCES parcels (key) ON DELETE CASCADE,
    -- The package of the messenger and our account with it.
    channel  TEXT    NOT NULL,
    account  TEXT    NOT NULL,
    template TEXT    NOT NULL,
    -- Whom, sealed.
    sealed   BLOB    NOT NULL,
    -- When the scan that it tells of became known; null before.
    fired_at INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    -- Null: not yet, or nothing more is tried.
    next_at  INTEGER,
    sent_at  INTEGER,
    failure  TEXT
) STRICT;
CREATE INDEX customer_notices_due ON customer_notices (next_at) WHERE next_at IS NOT NULL;
