-- Carriers whose public page may be read, who allowed it, and why one is not read any more.
CREATE TABLE pages (
    carrier     TEXT PRIMARY KEY,
    -- Who allowed it and when, in their words: terms, robots.txt, a contract.
    allowed_by  TEXT,
    allowed_on  TEXT,
    terms       TEXT,
    -- The page turned us away or asked for a person.
    stopped_at  INTEGER,
    outcome     TEXT,
    detail      TEXT,
    exchange    INTEGER,
    -- Whether its structure is one that can be read.
    checked_at  INTEGER,
    checked     TEXT
) STRICT;
