-- What a logged message lacks, and what came with it. `files_left_out`: how many of its files were not kept, 0 also where nobody
-- counted them; `left_out_why`: the limit or setting that left them out, empty where nothing was.
ALTER TABLE message ADD COLUMN files_left_out INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN left_out_why TEXT NOT NULL DEFAULT '';
UPDATE message SET left_out_why = 'over_limit'
    WHERE id IN (SELECT message_pk FROM review_item WHERE reason = 'files_left_out' AND message_pk IS NOT NULL);
-- What whoever forwarded a message here wrote above it; `copied_id`: the forward's own Message-ID.
CREATE TABLE message_note (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES message (id),
    user_id INTEGER NOT NULL REFERENCES user (id),
    copied_id TEXT NOT NULL,
    text TEXT NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (message_id, copied_id)
);
