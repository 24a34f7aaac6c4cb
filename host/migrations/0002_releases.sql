-- Generations of each account's credential. The fields, names and values, are sealed.
CREATE TABLE credentials (
    carrier      TEXT    NOT NULL,
    account      TEXT    NOT NULL,
    generation   INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    retired_at   INTEGER,
    sealed       BLOB    NOT NULL,
    PRIMARY KEY (carrier, account, generation)
) STRICT, WITHOUT ROWID;

-- The release an account stands on. Without a row: the highest version of the folder, and the
-- newest generation that it accepts.
CREATE TABLE standing (
    carrier    TEXT    NOT NULL,
    account    TEXT    NOT NULL,
    version    TEXT    NOT NULL,
    generation INTEGER NOT NULL,
    since      INTEGER NOT NULL,
    PRIMARY KEY (carrier, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE rollouts (
    id                TEXT    PRIMARY KEY,
    carrier           TEXT    NOT NULL,
    account           TEXT    NOT NULL,
    stable_version    TEXT    NOT NULL,
    stable_generation INTEGER NOT NULL,
    version           TEXT    NOT NULL,
    generation        INTEGER NOT NULL,
    -- running, promoted or aborted
    state             TEXT    NOT NULL,
    -- JSON: weights in parts per million, least parcels a step, accepted differences.
    plan              TEXT    NOT NULL,
    step              INTEGER NOT NULL,
    -- The one parcel of a slice that would be nobody.
    forced            TEXT,
    -- JSON: what the gate found before any traffic.
    replayed          TEXT    NOT NULL,
    started_at        INTEGER NOT NULL,
    stepped_at        INTEGER NOT NULL,
    ended_at          INTEGER,
    reason            TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX rollouts_running ON rollouts (carrier, account) WHERE state = 'running';

-- One row for each parcel of a step and arm; one that worked may turn failed, never back.
CREATE TABLE trials (
    rollout TEXT    NOT NULL REFERENCES rollouts (id) ON DELETE CASCADE,
    step    INTEGER NOT NULL,
    arm     TEXT    NOT NULL,
    number  TEXT    NOT NULL,
    failed  INTEGER NOT NULL,
    -- The carrier said nothing of it, or was not reached.
    unanswered INTEGER NOT NULL,
    -- The fault's code or the name of the difference.
    outcome TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (rollout, step, arm, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE arms (
    rollout  TEXT    NOT NULL REFERENCES rollouts (id) ON DELETE CASCADE,
    step     INTEGER NOT NULL,
    arm      TEXT    NOT NULL,
    trials   INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    unanswered INTEGER NOT NULL,
    PRIMARY KEY (rollout, step, arm)
) STRICT, WITHOUT ROWID;

-- Who changed what, and why. Each row's hash covers the row before it.
CREATE TABLE audit (
    seq      INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    act      TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    -- SHA-256 of the evidence, which is kept where it belongs.
    evidence TEXT,
    hash     BLOB    NOT NULL
) STRICT;

CREATE INDEX exchanges_account ON exchanges (carrier, account, interface, key);
-- The release that read an event; what an aborted candidate read goes with it.
ALTER TABLE events ADD COLUMN release TEXT NOT NULL DEFAULT '';
