-- Digests of messages that were removed for good: of each id under which one was known, and of what it said. They can be compared,
-- and not read back. Keys of addresses are made anew besides, where a name stands in quotation marks.
CREATE TABLE gone_message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest TEXT NOT NULL UNIQUE,
    at BIGINT NOT NULL
);
