-- An Exchange server's own word for how a folder stood when it was last read to its end (EWS: SyncState).
ALTER TABLE folder_cursor ADD COLUMN sync_state TEXT NOT NULL DEFAULT '';
-- What unfinished first looks passed over: of each message its UID and short hashes of the ids that it names, in the form
-- of `app.store.passed_over`. What was known up to row `known_until` of message_alias was looked for in it when it came;
-- what was known up to row `looked_up_until` in all of its folder, later.
CREATE TABLE passed_over (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    folder TEXT NOT NULL,
    uid_validity BIGINT NOT NULL,
    known_until BIGINT NOT NULL,
    names BLOB NOT NULL
);
CREATE INDEX passed_over_folder ON passed_over (inbox_id, folder, known_until);
ALTER TABLE folder_cursor ADD COLUMN looked_up_until BIGINT NOT NULL DEFAULT 0;
-- First looks that are under way remember nothing of this: they begin anew.
UPDATE folder_cursor SET low_uid = first_look_until, first_look_at = 0 WHERE first_look_done = 0;
