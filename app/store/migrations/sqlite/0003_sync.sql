-- A folder is read from both ends: up from `next_uid`, and during its first look down from `low_uid`.
-- `seen_…`: what the server said when it was last read to its end. `mark_…`: a message by which a renamed folder is known.
ALTER TABLE folder_cursor ADD COLUMN low_uid BIGINT NOT NULL DEFAULT 1;
ALTER TABLE folder_cursor ADD COLUMN seen_uid_next BIGINT NOT NULL DEFAULT 0;
ALTER TABLE folder_cursor ADD COLUMN seen_exists BIGINT NOT NULL DEFAULT -1;
ALTER TABLE folder_cursor ADD COLUMN first_look_total BIGINT NOT NULL DEFAULT 0;
ALTER TABLE folder_cursor ADD COLUMN first_look_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE folder_cursor ADD COLUMN mark_uid BIGINT NOT NULL DEFAULT 0;
ALTER TABLE folder_cursor ADD COLUMN mark_id TEXT NOT NULL DEFAULT '';
ALTER TABLE folder_cursor ADD COLUMN resets INTEGER NOT NULL DEFAULT 0;
ALTER TABLE folder_cursor ADD COLUMN reset_at BIGINT;
ALTER TABLE folder_cursor ADD COLUMN held_until BIGINT;
ALTER TABLE folder_cursor ADD COLUMN missing_since BIGINT;
-- Messages that name one which is not known here (yet): their ids and place, nothing else.
CREATE TABLE waiting_reply (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    folder TEXT NOT NULL,
    uid_validity BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    parent_id TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    UNIQUE (inbox_id, folder, uid_validity, uid, parent_id)
);
CREATE INDEX waiting_reply_parent ON waiting_reply (parent_id);
CREATE INDEX waiting_reply_seen ON waiting_reply (seen_at);
-- What a person decided about a logged message's thread and contacts. `before_json` is what an undo brings back.
CREATE TABLE message_override (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES message (id),
    user_id INTEGER NOT NULL REFERENCES user (id),
    kind TEXT NOT NULL,
    sender_key TEXT NOT NULL,
    thread_id INTEGER NOT NULL REFERENCES thread (id),
    before_json TEXT NOT NULL,
    after_json TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    undone_at BIGINT
);
CREATE INDEX message_override_message ON message_override (message_id);
CREATE INDEX message_override_thread ON message_override (thread_id, sender_key);
-- Bytes that came from each mail server, a day.
CREATE TABLE ledger_bytes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    day TEXT NOT NULL,
    bytes_read BIGINT NOT NULL,
    UNIQUE (inbox_id, day)
);
-- What screens ask of a workspace that has grown for years: each answer comes out of an index, in its order.
DROP INDEX contact_last_message;
CREATE INDEX contact_order ON contact (last_message_at DESC, name, id, search_key);
CREATE INDEX event_kind ON event (kind, at DESC, id DESC, verdict);
CREATE INDEX event_new ON event (verdict) WHERE seen = 0;
CREATE INDEX ledger_body_folder ON ledger_body (inbox_id, folder);
CREATE INDEX ledger_body_message ON ledger_body (message_id);
-- Where an older message is logged after its answer.
CREATE INDEX message_in_reply_to ON message (in_reply_to) WHERE in_reply_to <> '';
