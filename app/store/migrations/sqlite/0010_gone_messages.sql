-- Digests of messages that were removed for good: of each id under which one was known, and of what it said. They can be compared,
-- and not read back. Keys of addresses are made anew besides, where a name stands in quotation marks, or the address in
-- apostrophes or with letters that nobody sees.
CREATE TABLE gone_message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest TEXT NOT NULL UNIQUE,
    at BIGINT NOT NULL
);
-- What never-log and permanent deletions keep out waits for nobody.
UPDATE review_item SET state = 'kept_out', settled_at = created_at
    WHERE state = 'open' AND reason IN ('never_log', 'deleted') AND raw_sha256 = '';
