-- Pages and feeds of announcements, as they were looked at last.
CREATE TABLE notice_sources (
    -- The bulletin and the name of one of its announcements: `acme-bulletin.open`.
    source        TEXT    PRIMARY KEY,
    first_at      INTEGER NOT NULL,
    looked_at     INTEGER NOT NULL,
    -- The last look that was read, or found nothing changed.
    ok_at         INTEGER,
    next_at       INTEGER NOT NULL,
    -- The adapter that read the list last: another one reads it again, changed or not.
    release       TEXT    NOT NULL,
    etag          TEXT,
    last_modified TEXT,
    outcome       TEXT    NOT NULL,
    detail        TEXT,
    failing_since INTEGER,
    -- It turned us away or asked for a person: not asked again until somebody resumes it.
    stopped_at    INTEGER,
    -- When its newest announcement was published, or seen.
    newest_at     INTEGER,
    looks         INTEGER NOT NULL,
    not_modified  INTEGER NOT NULL,
    -- As it was told last.
    state         TEXT    NOT NULL,
    state_since   INTEGER NOT NULL
) STRICT;

CREATE TABLE notices (
    key           INTEGER PRIMARY KEY,
    id            TEXT    NOT NULL UNIQUE,
    source        TEXT    NOT NULL,
    -- What the site calls it.
    item          TEXT    NOT NULL,
    -- JSON: carriers it is about; none: everybody.
    carriers      TEXT    NOT NULL,
    url           TEXT,
    -- Whether its words stand on a page of its own, and that page's validators.
    own_page      INTEGER NOT NULL,
    etag          TEXT,
    last_modified TEXT,
    fetched_at    INTEGER NOT NULL,
    -- As the list has it.
    listed        TEXT    NOT NULL,
    published_at  INTEGER,
    -- The last look that did not show it: it was not there before. Null: it was there at the first look.
    unseen_until  INTEGER,
    seen_at       INTEGER NOT NULL,
    read_at       INTEGER NOT NULL,
    -- The version that the site shows.
    current       INTEGER NOT NULL,
    -- How often the site went back to a version it had shown before.
    flips         INTEGER NOT NULL DEFAULT 0,
    flipped_at    INTEGER,
    -- The first notice of the same text.
    same_as       INTEGER REFERENCES notices (key),
    gone_at       INTEGER,
    UNIQUE (source, item)
) STRICT;

-- Public texts: as they were, in the open.
CREATE TABLE notice_versions (
    notice   INTEGER NOT NULL REFERENCES notices (key),
    n        INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    title    TEXT    NOT NULL,
    text     TEXT    NOT NULL,
    -- Of title and text without the page's decoration.
    digest   TEXT    NOT NULL,
    -- Of the text alone; null if it is too short to be recognised elsewhere.
    body     TEXT,
    -- The adapter that read the page.
    release  TEXT    NOT NULL,
    -- JSON: what the rules read in it.
    readings TEXT    NOT NULL,
    PRIMARY KEY (notice, n)
) STRICT;
CREATE INDEX notice_versions_body ON notice_versions (body) WHERE body IS NOT NULL;
