-- What the verdict on an event was made of, so that it can be made again: with newer rules, with other blocked addresses, with
-- what came in around it. `group_key`: the copy of one recipient. `manual`: the user's own verdict, which stays. `cut`: address
-- and agent were removed by the retention, the verdict stays. `inferred_from`: the event that an inferred open was concluded
-- from. `honeypot`: the invisible link; never shown.
ALTER TABLE event ADD COLUMN method TEXT NOT NULL DEFAULT '';
ALTER TABLE event ADD COLUMN headers_json TEXT;
ALTER TABLE event ADD COLUMN own INTEGER NOT NULL DEFAULT 0;
ALTER TABLE event ADD COLUMN link INTEGER;
ALTER TABLE event ADD COLUMN honeypot INTEGER NOT NULL DEFAULT 0;
ALTER TABLE event ADD COLUMN group_key TEXT NOT NULL DEFAULT '';
ALTER TABLE event ADD COLUMN rules_json TEXT NOT NULL DEFAULT '[]';
ALTER TABLE event ADD COLUMN proxy TEXT NOT NULL DEFAULT '';
ALTER TABLE event ADD COLUMN manual INTEGER NOT NULL DEFAULT 0;
ALTER TABLE event ADD COLUMN cut INTEGER NOT NULL DEFAULT 0;
ALTER TABLE event ADD COLUMN first_verdict TEXT NOT NULL DEFAULT '';
ALTER TABLE event ADD COLUMN inferred_from BIGINT;
UPDATE event SET group_key = message_id || '/' || recipient
    WHERE kind IN ('open', 'click') AND message_id IS NOT NULL;
UPDATE event SET method = 'HEAD' WHERE server IS NOT NULL AND reasons_json LIKE '% with HEAD, as link checkers do%';
UPDATE event SET manual = 1
    WHERE kind IN ('open', 'click') AND reasons_json LIKE '["You marked this as %';
UPDATE event SET link = (SELECT position FROM tracked_link WHERE tracked_link.message_id = event.message_id
    AND tracked_link.url = event.url ORDER BY position LIMIT 1) WHERE kind = 'click' AND server IS NOT NULL;
UPDATE event SET first_verdict = verdict WHERE server IS NOT NULL AND manual = 0;
UPDATE event SET inferred_from = (SELECT max(e.id) FROM event e WHERE e.message_id = event.message_id
    AND e.recipient = event.recipient AND e.kind = 'click' AND e.at = event.at)
    WHERE kind = 'open' AND server IS NULL AND reasons_json LIKE '%a link in this message was followed%';
-- Not partial: an index with a condition is passed over where the condition's value is an argument of the query.
CREATE INDEX event_group ON event (group_key, at);
CREATE INDEX event_ip ON event (ip);
CREATE INDEX event_contact ON event (contact_id, at DESC, id DESC);
CREATE INDEX event_cut ON event (cut, at);
-- Addresses and ranges from which nothing is told (T4).
CREATE TABLE blocked_network (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    network TEXT NOT NULL UNIQUE,
    note TEXT NOT NULL,
    added_at BIGINT NOT NULL
);
-- Added to every message of this user that goes out through the program (S2).
CREATE TABLE additional_bcc (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES user (id),
    address TEXT NOT NULL,
    address_key TEXT NOT NULL,
    note TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    UNIQUE (user_id, address_key)
);
-- This computer's address as the tracking server saw it, and when (T5); the /64 of an IPv6 address.
CREATE TABLE own_address (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    network TEXT NOT NULL,
    since BIGINT NOT NULL,
    until BIGINT NOT NULL
);
-- Recipients whose hits the tracking server is to delete, and has not been asked to yet.
CREATE TABLE owed_forgetting (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recipient_ref TEXT NOT NULL UNIQUE,
    added_at BIGINT NOT NULL
);
