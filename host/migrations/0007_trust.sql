-- Releases that this host has had. Later ones must be newer, and a version stays what it was.
CREATE TABLE releases (
    id       TEXT    NOT NULL,
    version  TEXT    NOT NULL,
    digest   BLOB    NOT NULL,
    -- stable, or candidate while it was never anything else
    ring     TEXT    NOT NULL,
    first_at INTEGER NOT NULL,
    PRIMARY KEY (id, version)
) STRICT, WITHOUT ROWID;

-- Releases that were taken back while they were in use.
CREATE TABLE recalls (
    id      TEXT    PRIMARY KEY,
    at      INTEGER NOT NULL,
    release TEXT    NOT NULL,
    -- revoked-release, revoked-key, too-few-signatures ...
    code    TEXT    NOT NULL,
    reason  TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
-- Which parcels went from it to which release; none: nothing is there for them.
CREATE TABLE recalled (
    recall     TEXT    NOT NULL REFERENCES recalls (id) ON DELETE CASCADE,
    parcel     INTEGER NOT NULL REFERENCES parcels (key) ON DELETE CASCADE,
    to_release TEXT,
    PRIMARY KEY (recall, parcel)
) STRICT, WITHOUT ROWID;
