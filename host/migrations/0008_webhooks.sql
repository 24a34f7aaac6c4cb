-- Tells this outbox from another one whose places have the same numbers.
CREATE TABLE outbox_mark (mark TEXT NOT NULL) STRICT;
INSERT INTO outbox_mark VALUES (lower(hex(randomblob(4))));

-- Who is told of what changed.
CREATE TABLE webhooks (
    id         TEXT    PRIMARY KEY,
    name       TEXT    NOT NULL,
    url        TEXT    NOT NULL,
    -- JSON: statuses, carriers and accounts that it wants; an empty list wants all.
    wants      TEXT    NOT NULL,
    -- JSON list of accounts that its maker may see; NULL for all.
    scope      TEXT,
    -- The keys it signs with, JSON, sealed.
    sealed     BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    -- Up to where the outbox was sorted for it.
    sorted     INTEGER NOT NULL,
    -- Why it is off; NULL while it is on.
    off_why    TEXT,
    off_at     INTEGER,
    -- When it last took a letter.
    good_at    INTEGER
) STRICT;

-- A letter of the outbox for one of them.
CREATE TABLE deliveries (
    webhook  TEXT    NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event    INTEGER NOT NULL REFERENCES outbox (key) ON DELETE CASCADE,
    parcel   INTEGER NOT NULL,
    -- waiting, delivered or dead
    state    TEXT    NOT NULL DEFAULT 'waiting',
    attempts INTEGER NOT NULL DEFAULT 0,
    -- Of a parcel's waiting letters only the first has one.
    next_at  INTEGER,
    first_at INTEGER,
    last_at  INTEGER,
    status   INTEGER,
    took_ms  INTEGER,
    detail   TEXT,
    -- What is asked most is what waits for one parcel.
    PRIMARY KEY (webhook, parcel, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (webhook, next_at, event) WHERE next_at IS NOT NULL;
CREATE UNIQUE INDEX deliveries_listed ON deliveries (webhook, event);
CREATE INDEX deliveries_open ON deliveries (webhook, state) WHERE state <> 'delivered';
CREATE INDEX deliveries_event ON deliveries (event);

-- Attempts that failed, each of them.
CREATE TABLE attempts (
    webhook TEXT    NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event   INTEGER NOT NULL REFERENCES outbox (key) ON DELETE CASCADE,
    at      INTEGER NOT NULL,
    status  INTEGER,
    took_ms INTEGER NOT NULL,
    detail  TEXT    NOT NULL,
    PRIMARY KEY (webhook, event, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_event ON attempts (event);
