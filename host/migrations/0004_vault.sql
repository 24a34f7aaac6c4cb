-- Keys made from an older vault key that outlive it. What each is for is inside, sealed.
CREATE TABLE roots (
    key    INTEGER PRIMARY KEY,
    sealed BLOB    NOT NULL
) STRICT;
