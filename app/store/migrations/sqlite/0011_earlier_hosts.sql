-- Tracking servers that were this workspace's before, and that may hold links of mail that was sent. `own`: the one over its own
-- folder; else `url`, and the name under which its token is kept with the passwords. `server`, `number`: the place up to which its
-- hits were taken, as the present one's is kept among the settings. `trouble`: why it could not be asked the last time.
CREATE TABLE earlier_host (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    own INTEGER NOT NULL,
    url TEXT NOT NULL,
    token_name TEXT NOT NULL,
    server TEXT NOT NULL,
    number BIGINT NOT NULL,
    left_at BIGINT NOT NULL,
    asked_at BIGINT,
    trouble TEXT NOT NULL
);
-- Where a server elsewhere is joined already, and mail went out before by another one: that was this folder's own.
INSERT INTO earlier_host (own, url, token_name, server, number, left_at, trouble)
    SELECT 1, '', '', '', 0, changed_at, '' FROM setting WHERE name = 'tracking.token' AND value_json <> '""'
    AND EXISTS (SELECT 1 FROM message WHERE tracking_url <> '' AND json_quote(tracking_url) NOT IN
    (SELECT value_json FROM setting WHERE name = 'tracking.url'));
-- Whom which server is to forget: `host` is one of those, 0 the present one.
CREATE TABLE owed_to_each (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recipient_ref TEXT NOT NULL,
    host BIGINT NOT NULL,
    added_at BIGINT NOT NULL,
    UNIQUE (recipient_ref, host)
);
INSERT INTO owed_to_each (recipient_ref, host, added_at) SELECT recipient_ref, 0, added_at FROM owed_forgetting ORDER BY id;
INSERT INTO owed_to_each (recipient_ref, host, added_at)
    SELECT o.recipient_ref, h.id, o.added_at FROM owed_forgetting o, earlier_host h ORDER BY o.id;
DROP TABLE owed_forgetting;
ALTER TABLE owed_to_each RENAME TO owed_forgetting;
