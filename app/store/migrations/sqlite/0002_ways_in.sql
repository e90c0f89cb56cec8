-- Addresses that an inbox may send as besides its own (Gmail's send-as aliases).
CREATE TABLE inbox_alias (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    address TEXT NOT NULL,
    address_key TEXT NOT NULL,
    name TEXT NOT NULL,
    is_default INTEGER NOT NULL DEFAULT 0,
    refreshed_at BIGINT NOT NULL,
    UNIQUE (inbox_id, address_key)
);
-- An administrator's settings for a mail domain: IMAP and SMTP servers or an Exchange URL, never both.
CREATE TABLE provider_preset (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    domain TEXT NOT NULL UNIQUE,
    document_json TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
-- Addresses that meetings are booked with: no team inbox can be one of them.
CREATE TABLE meetings_address (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    address TEXT NOT NULL,
    address_key TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);
-- Every consent is kept, also when a later one takes its place.
CREATE TABLE consent (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    provider TEXT NOT NULL,
    disclosure_version TEXT NOT NULL,
    accepted_at BIGINT NOT NULL
);
INSERT INTO consent (inbox_id, provider, disclosure_version, accepted_at)
    SELECT id, provider, disclosure_version, disclosure_accepted_at FROM inbox WHERE disclosure_accepted_at IS NOT NULL;
