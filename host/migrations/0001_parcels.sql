-- Times are milliseconds since the Unix epoch, UTC.

CREATE TABLE parcels (
    key           INTEGER PRIMARY KEY,
    id            TEXT    NOT NULL UNIQUE,
    carrier       TEXT    NOT NULL,
    account       TEXT    NOT NULL,
    number        TEXT    NOT NULL,
    -- A number registered again after 180 days is a new parcel; the old row is no longer current.
    current       INTEGER NOT NULL DEFAULT 1,
    watched       INTEGER NOT NULL DEFAULT 1,
    phone_tail    TEXT,
    shipped_at    INTEGER,
    extra         TEXT    NOT NULL DEFAULT '{}',
    registered_at INTEGER NOT NULL,
    -- What is known.
    status        TEXT,
    signed_at     INTEGER,
    signed_by     TEXT,
    facts         TEXT    NOT NULL DEFAULT '{}',
    odd           INTEGER NOT NULL DEFAULT 0,
    changed_at    INTEGER,
    as_of         INTEGER,
    outcome       TEXT,
    detail        TEXT,
    release       TEXT,
    reading       BLOB,
    -- What happens next.
    faults        INTEGER NOT NULL DEFAULT 0,
    tail          INTEGER NOT NULL DEFAULT 0,
    hinted        INTEGER NOT NULL DEFAULT 0,
    next_look     INTEGER,
    deadline      INTEGER,
    subscribe_at  INTEGER,
    subscribed_at INTEGER,
    leased_until  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX parcels_current ON parcels (carrier, account, number) WHERE current = 1;
CREATE INDEX parcels_due ON parcels (carrier, account, next_look) WHERE next_look IS NOT NULL;
CREATE INDEX parcels_subscribe ON parcels (carrier, account, subscribe_at) WHERE subscribe_at IS NOT NULL;

CREATE TABLE events (
    parcel      INTEGER NOT NULL REFERENCES parcels (key) ON DELETE CASCADE,
    at          INTEGER NOT NULL,
    -- The carrier's order among events of one instant.
    tie         INTEGER NOT NULL,
    identity    BLOB    NOT NULL,
    code        TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    unmapped    INTEGER NOT NULL DEFAULT 0,
    text        TEXT    NOT NULL,
    place       TEXT,
    pushed      INTEGER NOT NULL DEFAULT 0,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (parcel, identity)
) STRICT, WITHOUT ROWID;

-- Events that could not be read, kept as they came.
CREATE TABLE odd_events (
    parcel      INTEGER NOT NULL REFERENCES parcels (key) ON DELETE CASCADE,
    raw         TEXT    NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (parcel, raw)
) STRICT, WITHOUT ROWID;

CREATE TABLE exchanges (
    key       INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    carrier   TEXT    NOT NULL,
    account   TEXT    NOT NULL,
    interface TEXT    NOT NULL,
    round     INTEGER NOT NULL,
    release   TEXT    NOT NULL,
    outcome   TEXT    NOT NULL,
    status    INTEGER,
    took_us   INTEGER NOT NULL,
    -- JSON, zstd, sealed.
    sealed    BLOB    NOT NULL
) STRICT;
CREATE INDEX exchanges_at ON exchanges (at);
CREATE TABLE exchange_parcels (
    exchange INTEGER NOT NULL REFERENCES exchanges (key) ON DELETE CASCADE,
    parcel   INTEGER NOT NULL REFERENCES parcels (key) ON DELETE CASCADE,
    PRIMARY KEY (parcel, exchange)
) STRICT, WITHOUT ROWID;

-- What changed, in order; delivered to the hub by whoever publishes.
CREATE TABLE outbox (
    key     INTEGER PRIMARY KEY AUTOINCREMENT,
    parcel  INTEGER NOT NULL REFERENCES parcels (key) ON DELETE CASCADE,
    at      INTEGER NOT NULL,
    kind    TEXT    NOT NULL,
    payload TEXT    NOT NULL
) STRICT;
CREATE INDEX outbox_parcel ON outbox (parcel);

-- Calls made, per hour, so that a day's budget survives a restart.
CREATE TABLE spent (
    carrier   TEXT    NOT NULL,
    account   TEXT    NOT NULL,
    interface TEXT    NOT NULL,
    hour      INTEGER NOT NULL,
    calls     INTEGER NOT NULL,
    PRIMARY KEY (carrier, account, interface, hour)
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
    carrier    TEXT    NOT NULL,
    account    TEXT    NOT NULL,
    generation INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    expires    INTEGER NOT NULL,
    sealed     BLOB    NOT NULL,
    PRIMARY KEY (carrier, account, generation, name)
) STRICT, WITHOUT ROWID;

-- Pushes seen (to answer a repeat at once) and, for numbers nobody registered yet, kept.
CREATE TABLE pushes (
    carrier TEXT    NOT NULL,
    account TEXT    NOT NULL,
    key     TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (carrier, account, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE early_pushes (
    key     INTEGER PRIMARY KEY,
    carrier TEXT    NOT NULL,
    account TEXT    NOT NULL,
    number  TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    exchange INTEGER REFERENCES exchanges (key) ON DELETE SET NULL,
    -- The judged events, JSON, sealed; NULL for a mere hint.
    sealed  BLOB
) STRICT;
CREATE INDEX early_pushes_number ON early_pushes (carrier, account, number);

CREATE TABLE keys (
    id         TEXT    PRIMARY KEY,
    name       TEXT    NOT NULL,
    hash       BLOB    NOT NULL UNIQUE,
    role       TEXT    NOT NULL,
    -- JSON list of accounts; NULL for all.
    accounts   TEXT,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
