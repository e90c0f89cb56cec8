-- A workspace as version 0003 of the database left it (Hitchpost 0.1, the last release before records could be edited).
BEGIN TRANSACTION;
CREATE TABLE attachment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES message (id),
    position INTEGER NOT NULL,
    filename TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    content_id TEXT NOT NULL,
    is_inline INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE company (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    domain TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
INSERT INTO "company" VALUES(1,'Northlight Cargo AB','Example.com',1795313592395144);
CREATE TABLE consent (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    provider TEXT NOT NULL,
    disclosure_version TEXT NOT NULL,
    accepted_at BIGINT NOT NULL
);
CREATE TABLE contact (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    phone TEXT NOT NULL,
    company_id INTEGER REFERENCES company (id),
    search_key TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_message_at BIGINT
);
INSERT INTO "contact" VALUES(1,'Karin Lindqvist','Head of logistics','+46 8 123 45 67',1,'karin lindqvist head of logistics northlight cargo ab karin.lindqvist@example.com k.lindqvist@example.net','sent',1795313592394291,1791194400000000);
INSERT INTO "contact" VALUES(2,'Ola Ångström','','08-555 00 11',1,'ola ångström northlight cargo ab ola@example.net','user',1795313592396275,NULL);
INSERT INTO "contact" VALUES(3,'','','',NULL,'info@example.net','sent',1795313592401504,NULL);
CREATE TABLE contact_address (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    contact_id INTEGER NOT NULL REFERENCES contact (id),
    address TEXT NOT NULL,
    address_key TEXT NOT NULL UNIQUE,
    is_primary INTEGER NOT NULL,
    bounced_at BIGINT,
    bounce_reason TEXT NOT NULL
);
INSERT INTO "contact_address" VALUES(1,1,'karin.lindqvist@example.com','karin.lindqvist@example.com',1,NULL,'');
INSERT INTO "contact_address" VALUES(2,1,'k.lindqvist@example.net','k.lindqvist@example.net',0,NULL,'');
INSERT INTO "contact_address" VALUES(3,2,'ola@example.net','ola@example.net',1,NULL,'');
INSERT INTO "contact_address" VALUES(4,3,'info@example.net','info@example.net',1,NULL,'');
CREATE TABLE deal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    stage TEXT NOT NULL,
    amount_cents BIGINT,
    currency TEXT NOT NULL,
    is_open INTEGER NOT NULL DEFAULT 1,
    changed_at BIGINT NOT NULL
);
INSERT INTO "deal" VALUES(1,'Winter contract','Proposal',1250000,'SEK',1,1791190800000000);
INSERT INTO "deal" VALUES(2,'Trial','Signed',NULL,'',0,1791190800000000);
CREATE TABLE deal_contact (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    deal_id INTEGER NOT NULL REFERENCES deal (id),
    contact_id INTEGER NOT NULL REFERENCES contact (id),
    UNIQUE (deal_id, contact_id)
);
INSERT INTO "deal_contact" VALUES(1,1,1);
INSERT INTO "deal_contact" VALUES(2,2,1);
CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    user_id INTEGER NOT NULL REFERENCES user (id),
    message_id INTEGER REFERENCES message (id),
    inbox_id INTEGER REFERENCES inbox (id),
    contact_id INTEGER REFERENCES contact (id),
    recipient TEXT NOT NULL,
    who TEXT NOT NULL,
    subject TEXT NOT NULL,
    url TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reasons_json TEXT NOT NULL,
    rule_version INTEGER NOT NULL,
    notified INTEGER NOT NULL DEFAULT 0,
    notified_why TEXT NOT NULL,
    seen INTEGER NOT NULL DEFAULT 0,
    ip TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    problem_json TEXT,
    search_key TEXT NOT NULL,
    server TEXT,
    number BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (server, number)
);
CREATE TABLE folder_cursor (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    path TEXT NOT NULL,
    role TEXT NOT NULL,
    uid_validity BIGINT NOT NULL,
    next_uid BIGINT NOT NULL,
    highest_modseq BIGINT,
    first_look_until BIGINT NOT NULL,
    first_look_done INTEGER NOT NULL DEFAULT 0,
    last_checked_at BIGINT, low_uid BIGINT NOT NULL DEFAULT 1, seen_uid_next BIGINT NOT NULL DEFAULT 0, seen_exists BIGINT NOT NULL DEFAULT -1, first_look_total BIGINT NOT NULL DEFAULT 0, first_look_at BIGINT NOT NULL DEFAULT 0, mark_uid BIGINT NOT NULL DEFAULT 0, mark_id TEXT NOT NULL DEFAULT '', resets INTEGER NOT NULL DEFAULT 0, reset_at BIGINT, held_until BIGINT, missing_since BIGINT,
    UNIQUE (inbox_id, path)
);
CREATE TABLE inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES user (id),
    address TEXT NOT NULL,
    address_key TEXT NOT NULL UNIQUE,
    from_name TEXT NOT NULL,
    provider TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    problem_json TEXT,
    since BIGINT NOT NULL,
    account_json TEXT NOT NULL,
    automation INTEGER NOT NULL DEFAULT 0,
    disclosure_version TEXT NOT NULL,
    disclosure_accepted_at BIGINT,
    sent_folder TEXT NOT NULL,
    files_sent_copies INTEGER NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    last_sync_at BIGINT
);
INSERT INTO "inbox" VALUES(1,1,'jonas@example.org','jonas@example.org','Jonas Ahl','imap','personal','connecting',NULL,1795313592393485,'{"protocol":"imap","imap":{"host":"mail.example.org","port":993,"security":"tls"},"smtp":{"host":"mail.example.org","port":993,"security":"tls"},"username":"jonas","smtp_username":"","auth":"password","graph_url":"","trust":{"ca_pem":"","pin_sha256":""},"smtp_trust":null}',0,'',NULL,'',0,1795313592393912,NULL);
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
CREATE TABLE ledger_body (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    folder TEXT NOT NULL,
    uid_validity BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    message_id TEXT NOT NULL,
    why TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE TABLE ledger_bytes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    day TEXT NOT NULL,
    bytes_read BIGINT NOT NULL,
    UNIQUE (inbox_id, day)
);
CREATE TABLE ledger_headers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    folder TEXT NOT NULL,
    day TEXT NOT NULL,
    headers_read BIGINT NOT NULL,
    UNIQUE (inbox_id, folder, day)
);
CREATE TABLE meetings_address (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    address TEXT NOT NULL,
    address_key TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);
CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL UNIQUE,
    raw_message_id TEXT NOT NULL,
    message_ref TEXT UNIQUE,
    direction TEXT NOT NULL,
    kind TEXT NOT NULL,
    thread_id INTEGER NOT NULL REFERENCES thread (id),
    inbox_id INTEGER REFERENCES inbox (id),
    user_id INTEGER NOT NULL REFERENCES user (id),
    date BIGINT NOT NULL,
    from_name TEXT NOT NULL,
    from_address TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    html TEXT NOT NULL,
    visible_text TEXT NOT NULL,
    quoted_lines INTEGER NOT NULL,
    size BIGINT NOT NULL,
    in_reply_to TEXT NOT NULL,
    references_json TEXT NOT NULL,
    logged INTEGER NOT NULL,
    logged_by TEXT NOT NULL,
    match_reason TEXT NOT NULL,
    changed_subject INTEGER NOT NULL DEFAULT 0,
    has_files INTEGER NOT NULL DEFAULT 0,
    tracking TEXT NOT NULL,
    tracking_url TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
INSERT INTO "message" VALUES(1,'m0@example.org','',NULL,'sent','normal',1,1,1,1791190800000000,'Jonas Ahl','jonas@example.org','Winter schedule','Here is the schedule for the winter ferries.','','Here is the schedule for the winter ferries.',0,900,'','[]',1,'sent','',0,0,'off','',1795313592402613);
INSERT INTO "message" VALUES(2,'m1@example.org','',NULL,'received','normal',1,1,1,1791194400000000,'Karin Lindqvist','karin.lindqvist@example.com','Re: Winter schedule','Tack! Tidtabellen ser bra ut på måndag.','','Tack! Tidtabellen ser bra ut på måndag.',0,900,'','[]',1,'reply','',0,0,'off','',1795313592403368);
CREATE TABLE message_alias (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES message (id),
    alias TEXT NOT NULL UNIQUE
);
INSERT INTO "message_alias" VALUES(1,1,'m0@example.org');
INSERT INTO "message_alias" VALUES(2,2,'m1@example.org');
CREATE TABLE message_company (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES message (id),
    company_id INTEGER NOT NULL REFERENCES company (id),
    UNIQUE (message_id, company_id)
);
INSERT INTO "message_company" VALUES(1,2,1);
CREATE TABLE message_contact (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES message (id),
    contact_id INTEGER NOT NULL REFERENCES contact (id),
    date BIGINT NOT NULL,
    UNIQUE (contact_id, message_id)
);
INSERT INTO "message_contact" VALUES(1,1,1,1791190800000000);
INSERT INTO "message_contact" VALUES(2,2,1,1791194400000000);
CREATE TABLE message_deal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES message (id),
    deal_id INTEGER NOT NULL REFERENCES deal (id),
    UNIQUE (message_id, deal_id)
);
INSERT INTO "message_deal" VALUES(1,2,1);
CREATE TABLE message_location (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES message (id),
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    folder TEXT NOT NULL,
    uid_validity BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    UNIQUE (inbox_id, folder, uid_validity, uid)
);
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
CREATE TABLE message_party (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES message (id),
    role TEXT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    address_key TEXT NOT NULL
);
INSERT INTO "message_party" VALUES(1,1,'to',0,'Karin Lindqvist','karin.lindqvist@example.com','karin.lindqvist@example.com');
INSERT INTO "message_party" VALUES(2,2,'to',0,'Jonas Ahl','jonas@example.org','jonas@example.org');
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL,
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    user_id INTEGER NOT NULL REFERENCES user (id),
    draft_json TEXT NOT NULL,
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL,
    message_ref TEXT NOT NULL,
    date BIGINT,
    not_before BIGINT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    problem_json TEXT,
    sent_copy_filed INTEGER NOT NULL DEFAULT 0,
    logged_message_id INTEGER REFERENCES message (id),
    lease_owner TEXT NOT NULL,
    lease_until BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE TABLE outbox_copy (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    outbox_id INTEGER NOT NULL REFERENCES outbox (id),
    position INTEGER NOT NULL,
    role TEXT NOT NULL,
    recipient TEXT NOT NULL,
    recipient_ref TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    problem_json TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    server_reply TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    UNIQUE (outbox_id, position)
);
CREATE TABLE provider_preset (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    domain TEXT NOT NULL UNIQUE,
    document_json TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE TABLE schema_version (version INTEGER NOT NULL);
INSERT INTO "schema_version" VALUES(3);
CREATE TABLE set_aside (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    folder TEXT NOT NULL,
    uid_validity BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    reason TEXT NOT NULL,
    tries INTEGER NOT NULL,
    next_try_at BIGINT NOT NULL,
    UNIQUE (inbox_id, folder, uid_validity, uid)
);
CREATE TABLE setting (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    value_json TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE TABLE thread (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    base_subject TEXT NOT NULL,
    split_from_id INTEGER REFERENCES thread (id),
    created_at BIGINT NOT NULL
);
INSERT INTO "thread" VALUES(1,'winter schedule',NULL,1795313592402492);
CREATE TABLE tracked_link (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES message (id),
    position INTEGER NOT NULL,
    url TEXT NOT NULL,
    UNIQUE (message_id, position)
);
CREATE TABLE tracked_recipient (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES message (id),
    recipient_ref TEXT NOT NULL UNIQUE,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    bounced_at BIGINT
);
CREATE TABLE user (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    login_address TEXT NOT NULL,
    personal_email_access INTEGER NOT NULL DEFAULT 1,
    active INTEGER NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL
);
INSERT INTO "user" VALUES(1,'Jonas Ahl','jonas@example.org',1,1,1795313592375403);
CREATE TABLE user_alias (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES user (id),
    address_key TEXT NOT NULL,
    UNIQUE (user_id, address_key)
);
INSERT INTO "user_alias" VALUES(1,1,'sales@example.org');
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
CREATE TABLE workspace (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
INSERT INTO "workspace" VALUES(1,'d30d1f014e328702','Northlight Sales',1795313592375196);
CREATE INDEX contact_address_contact ON contact_address (contact_id);
CREATE INDEX deal_contact_contact ON deal_contact (contact_id);
CREATE INDEX message_thread ON message (thread_id);
CREATE INDEX message_date ON message (date DESC, id DESC);
CREATE INDEX message_alias_message ON message_alias (message_id);
CREATE INDEX message_location_message ON message_location (message_id);
CREATE INDEX message_party_message ON message_party (message_id);
CREATE INDEX message_contact_timeline ON message_contact (contact_id, date DESC, message_id DESC);
CREATE INDEX message_contact_message ON message_contact (message_id);
CREATE INDEX attachment_message ON attachment (message_id);
CREATE INDEX outbox_due ON outbox (state, not_before);
CREATE INDEX outbox_logged_message ON outbox (logged_message_id);
CREATE INDEX tracked_recipient_message ON tracked_recipient (message_id);
CREATE INDEX event_feed ON event (at DESC, id DESC);
CREATE INDEX event_message ON event (message_id, kind);
CREATE INDEX event_unseen ON event (seen, id);
CREATE INDEX ledger_body_inbox ON ledger_body (inbox_id, id);
CREATE INDEX waiting_reply_parent ON waiting_reply (parent_id);
CREATE INDEX waiting_reply_seen ON waiting_reply (seen_at);
CREATE INDEX message_override_message ON message_override (message_id);
CREATE INDEX message_override_thread ON message_override (thread_id, sender_key);
CREATE INDEX contact_order ON contact (last_message_at DESC, name, id, search_key);
CREATE INDEX event_kind ON event (kind, at DESC, id DESC, verdict);
CREATE INDEX event_new ON event (verdict) WHERE seen = 0;
CREATE INDEX ledger_body_folder ON ledger_body (inbox_id, folder);
CREATE INDEX ledger_body_message ON ledger_body (message_id);
CREATE INDEX message_in_reply_to ON message (in_reply_to) WHERE in_reply_to <> '';
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('consent',0);
INSERT INTO "sqlite_sequence" VALUES('workspace',1);
INSERT INTO "sqlite_sequence" VALUES('user',1);
INSERT INTO "sqlite_sequence" VALUES('user_alias',1);
INSERT INTO "sqlite_sequence" VALUES('inbox',1);
INSERT INTO "sqlite_sequence" VALUES('contact',3);
INSERT INTO "sqlite_sequence" VALUES('contact_address',4);
INSERT INTO "sqlite_sequence" VALUES('company',1);
INSERT INTO "sqlite_sequence" VALUES('deal',2);
INSERT INTO "sqlite_sequence" VALUES('deal_contact',2);
INSERT INTO "sqlite_sequence" VALUES('thread',1);
INSERT INTO "sqlite_sequence" VALUES('message',2);
INSERT INTO "sqlite_sequence" VALUES('message_alias',2);
INSERT INTO "sqlite_sequence" VALUES('message_party',2);
INSERT INTO "sqlite_sequence" VALUES('message_contact',2);
INSERT INTO "sqlite_sequence" VALUES('message_company',1);
INSERT INTO "sqlite_sequence" VALUES('message_deal',1);
COMMIT;
