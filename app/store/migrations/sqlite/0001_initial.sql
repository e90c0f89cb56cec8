-- Times are microseconds since 1970 UTC. *_json columns hold JSON text. Booleans are 0 and 1.
CREATE TABLE workspace (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE user (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    login_address TEXT NOT NULL,
    personal_email_access INTEGER NOT NULL DEFAULT 1,
    active INTEGER NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL
);
CREATE TABLE user_alias (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES user (id),
    address_key TEXT NOT NULL,
    UNIQUE (user_id, address_key)
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
    last_checked_at BIGINT,
    UNIQUE (inbox_id, path)
);
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
CREATE TABLE company (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    domain TEXT NOT NULL,
    created_at BIGINT NOT NULL
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
CREATE INDEX contact_last_message ON contact (last_message_at DESC, id);
CREATE TABLE contact_address (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    contact_id INTEGER NOT NULL REFERENCES contact (id),
    address TEXT NOT NULL,
    address_key TEXT NOT NULL UNIQUE,
    is_primary INTEGER NOT NULL,
    bounced_at BIGINT,
    bounce_reason TEXT NOT NULL
);
CREATE INDEX contact_address_contact ON contact_address (contact_id);
CREATE TABLE deal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    stage TEXT NOT NULL,
    amount_cents BIGINT,
    currency TEXT NOT NULL,
    is_open INTEGER NOT NULL DEFAULT 1,
    changed_at BIGINT NOT NULL
);
CREATE TABLE deal_contact (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    deal_id INTEGER NOT NULL REFERENCES deal (id),
    contact_id INTEGER NOT NULL REFERENCES contact (id),
    UNIQUE (deal_id, contact_id)
);
CREATE INDEX deal_contact_contact ON deal_contact (contact_id);
CREATE TABLE thread (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    base_subject TEXT NOT NULL,
    split_from_id INTEGER REFERENCES thread (id),
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
CREATE INDEX message_thread ON message (thread_id);
CREATE INDEX message_date ON message (date DESC, id DESC);
CREATE TABLE message_alias (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES message (id),
    alias TEXT NOT NULL UNIQUE
);
CREATE INDEX message_alias_message ON message_alias (message_id);
CREATE TABLE message_location (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES message (id),
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    folder TEXT NOT NULL,
    uid_validity BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    UNIQUE (inbox_id, folder, uid_validity, uid)
);
CREATE INDEX message_location_message ON message_location (message_id);
CREATE TABLE message_party (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES message (id),
    role TEXT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    address_key TEXT NOT NULL
);
CREATE INDEX message_party_message ON message_party (message_id);
CREATE TABLE message_contact (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES message (id),
    contact_id INTEGER NOT NULL REFERENCES contact (id),
    date BIGINT NOT NULL,
    UNIQUE (contact_id, message_id)
);
CREATE INDEX message_contact_timeline ON message_contact (contact_id, date DESC, message_id DESC);
CREATE INDEX message_contact_message ON message_contact (message_id);
CREATE TABLE message_company (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES message (id),
    company_id INTEGER NOT NULL REFERENCES company (id),
    UNIQUE (message_id, company_id)
);
CREATE TABLE message_deal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES message (id),
    deal_id INTEGER NOT NULL REFERENCES deal (id),
    UNIQUE (message_id, deal_id)
);
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
CREATE INDEX attachment_message ON attachment (message_id);
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
CREATE INDEX outbox_due ON outbox (state, not_before);
CREATE INDEX outbox_logged_message ON outbox (logged_message_id);
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
CREATE TABLE tracked_recipient (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES message (id),
    recipient_ref TEXT NOT NULL UNIQUE,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    bounced_at BIGINT
);
CREATE INDEX tracked_recipient_message ON tracked_recipient (message_id);
CREATE TABLE tracked_link (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES message (id),
    position INTEGER NOT NULL,
    url TEXT NOT NULL,
    UNIQUE (message_id, position)
);
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
CREATE INDEX event_feed ON event (at DESC, id DESC);
CREATE INDEX event_message ON event (message_id, kind);
CREATE INDEX event_unseen ON event (seen, id);
CREATE TABLE setting (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    value_json TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE TABLE ledger_headers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    folder TEXT NOT NULL,
    day TEXT NOT NULL,
    headers_read BIGINT NOT NULL,
    UNIQUE (inbox_id, folder, day)
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
CREATE INDEX ledger_body_inbox ON ledger_body (inbox_id, id);
