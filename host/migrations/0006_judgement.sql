-- What people said of a parcel: declared value, a picture, the newest word (JSON).
ALTER TABLE parcels ADD COLUMN said TEXT NOT NULL DEFAULT '{}';
-- What the signature is worth (JSON), and from when on the end is believed.
ALTER TABLE parcels ADD COLUMN verdict TEXT;
ALTER TABLE parcels ADD COLUMN believed_from INTEGER;
-- The event that the state rests on, in plain words (JSON).
ALTER TABLE parcels ADD COLUMN plain TEXT;
-- The first scan's time.
ALTER TABLE parcels ADD COLUMN first_at INTEGER;
-- Its delays were learned from: 1 the first scan's, 2 the signature's.
ALTER TABLE parcels ADD COLUMN learned INTEGER NOT NULL DEFAULT 0;
CREATE INDEX parcels_first ON parcels (first_at) WHERE first_at IS NOT NULL AND learned & 1 = 0;
CREATE INDEX parcels_believed ON parcels (believed_from) WHERE believed_from IS NOT NULL AND learned & 2 = 0;

-- The order of events of one instant is what answers told of it: identities that came before.
ALTER TABLE events DROP COLUMN tie;
ALTER TABLE events ADD COLUMN told_after BLOB NOT NULL DEFAULT x'';
ALTER TABLE events ADD COLUMN revokes INTEGER NOT NULL DEFAULT 0;
-- How often one answer told it.
ALTER TABLE events ADD COLUMN times INTEGER NOT NULL DEFAULT 1;
-- 0 a look, 1 a push, 2 a person.
ALTER TABLE events RENAME COLUMN pushed TO source;

-- What a carrier's code means, by an operator's word.
CREATE TABLE overrides (
    carrier TEXT    NOT NULL,
    code    TEXT    NOT NULL,
    status  TEXT    NOT NULL,
    actor   TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    reason  TEXT    NOT NULL,
    PRIMARY KEY (carrier, code)
) STRICT, WITHOUT ROWID;

-- Codes that no dictionary knows, for the adapter's author, with the newest wording.
CREATE TABLE unmapped (
    carrier  TEXT    NOT NULL,
    code     TEXT    NOT NULL,
    text     TEXT    NOT NULL,
    status   TEXT    NOT NULL,
    seen     INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL,
    PRIMARY KEY (carrier, code)
) STRICT, WITHOUT ROWID;

-- Histograms of a carrier's delays (JSON), by the hour of the day in China.
CREATE TABLE delays (
    carrier TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    hour    INTEGER NOT NULL,
    counts  TEXT    NOT NULL,
    PRIMARY KEY (carrier, kind, hour)
) STRICT, WITHOUT ROWID;

-- How good a release's readings are: counts of events that were new.
CREATE TABLE quality (
    release   TEXT    PRIMARY KEY,
    events    INTEGER NOT NULL DEFAULT 0,
    unmapped  INTEGER NOT NULL DEFAULT 0,
    placed    INTEGER NOT NULL DEFAULT 0,
    timed     INTEGER NOT NULL DEFAULT 0,
    in_order  INTEGER NOT NULL DEFAULT 0,
    valid     INTEGER NOT NULL DEFAULT 0,
    odd       INTEGER NOT NULL DEFAULT 0,
    explained INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- What people said of a delivery, and pictures of it.
CREATE TABLE evidence (
    key       INTEGER PRIMARY KEY,
    parcel    INTEGER NOT NULL REFERENCES parcels (key) ON DELETE CASCADE,
    at        INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    reference TEXT,
    note      TEXT,
    actor     TEXT    NOT NULL
) STRICT;
CREATE INDEX evidence_parcel ON evidence (parcel);

-- Rows that clerks typed or pasted, as they were.
CREATE TABLE entries (
    key       INTEGER PRIMARY KEY,
    parcel    INTEGER NOT NULL REFERENCES parcels (key) ON DELETE CASCADE,
    at        INTEGER NOT NULL,
    actor     TEXT    NOT NULL,
    -- The sheet it came with, or null for one that was typed.
    sheet     TEXT,
    evidence  TEXT,
    identity  BLOB    NOT NULL,
    -- The row, JSON, sealed.
    sealed    BLOB    NOT NULL,
    -- null, 'agreed' or 'disputed' by what the carrier said later, 'kept' or 'withdrawn' by a person.
    standing  TEXT,
    UNIQUE (parcel, identity)
) STRICT;
CREATE INDEX entries_disputed ON entries (standing) WHERE standing = 'disputed';
CREATE TABLE sheets (
    key      INTEGER PRIMARY KEY,
    id       TEXT    NOT NULL UNIQUE,
    carrier  TEXT    NOT NULL,
    account  TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    digest   TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    rows     INTEGER NOT NULL,
    entered  INTEGER NOT NULL,
    repeated INTEGER NOT NULL,
    refused  INTEGER NOT NULL,
    -- The refused rows as a sheet, sealed.
    sealed   BLOB
) STRICT;
-- Which heading of an account's sheets is which field (JSON).
CREATE TABLE headings (
    carrier TEXT NOT NULL,
    account TEXT NOT NULL,
    fields  TEXT NOT NULL,
    PRIMARY KEY (carrier, account)
) STRICT, WITHOUT ROWID;

-- What is known is judged with the next answer, whether that is a new one or not.
UPDATE parcels SET reading = NULL;
