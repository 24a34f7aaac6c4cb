-- Keys made from an older vault key that outlive it. What each is for is inside, sealed.
CREATE TABLE roots (
    key    INTEGER PRIMARY KEY,
    sealed BLOB    NOT NULL
) STRICT;

-- Calls made with each generation, and those of them that began after it was retired.
CREATE TABLE uses (
    carrier    TEXT    NOT NULL,
    account    TEXT    NOT NULL,
    generation INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    calls      INTEGER NOT NULL,
    late       INTEGER NOT NULL,
    PRIMARY KEY (carrier, account, generation)
) STRICT, WITHOUT ROWID;
