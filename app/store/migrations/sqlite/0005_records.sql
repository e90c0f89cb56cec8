-- Records as people keep them: contacts with phones and several companies, deals with stages, changes that can be undone,
-- and what logging by BCC and by forwarding needs. `hidden_at`: removed, which can be undone.
ALTER TABLE user ADD COLUMN role TEXT NOT NULL DEFAULT 'member';
UPDATE user SET role = 'admin' WHERE id = (SELECT min(id) FROM user);
ALTER TABLE user_alias ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE user_alias ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;
UPDATE user_alias SET address = address_key;
CREATE INDEX user_alias_key ON user_alias (address_key);
-- Who has connected an inbox: several users may have the same one.
CREATE TABLE inbox_user (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    user_id INTEGER NOT NULL REFERENCES user (id),
    connected_at BIGINT NOT NULL,
    UNIQUE (inbox_id, user_id)
);
INSERT INTO inbox_user (inbox_id, user_id, connected_at) SELECT id, user_id, created_at FROM inbox;
-- Who was signed in to this program, and when.
CREATE TABLE sign_in_period (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES user (id),
    from_at BIGINT NOT NULL,
    until_at BIGINT,
    last_seen_at BIGINT NOT NULL
);
CREATE INDEX sign_in_period_from ON sign_in_period (from_at);
ALTER TABLE company ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE company ADD COLUMN website TEXT NOT NULL DEFAULT '';
ALTER TABLE company ADD COLUMN postal_address TEXT NOT NULL DEFAULT '';
ALTER TABLE company ADD COLUMN owner_user_id INTEGER REFERENCES user (id);
ALTER TABLE company ADD COLUMN merged_into_id INTEGER REFERENCES company (id);
ALTER TABLE company ADD COLUMN hidden_at BIGINT;
ALTER TABLE company ADD COLUMN created_by TEXT NOT NULL DEFAULT 'user';
ALTER TABLE company ADD COLUMN sort_name TEXT NOT NULL DEFAULT '';
ALTER TABLE company ADD COLUMN search_key TEXT NOT NULL DEFAULT '';
ALTER TABLE company ADD COLUMN last_message_at BIGINT;
CREATE TABLE company_domain (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    company_id INTEGER NOT NULL REFERENCES company (id),
    domain TEXT NOT NULL UNIQUE,
    is_primary INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX company_domain_company ON company_domain (company_id);
INSERT OR IGNORE INTO company_domain (company_id, domain, is_primary)
    SELECT id, lower(trim(domain)), 1 FROM company WHERE trim(domain) <> '' ORDER BY id;
ALTER TABLE company DROP COLUMN domain;
-- A contact's companies: one of them is the primary one.
CREATE TABLE contact_company (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    contact_id INTEGER NOT NULL REFERENCES contact (id),
    company_id INTEGER NOT NULL REFERENCES company (id),
    is_primary INTEGER NOT NULL DEFAULT 0,
    UNIQUE (contact_id, company_id)
);
CREATE UNIQUE INDEX contact_company_primary ON contact_company (contact_id) WHERE is_primary = 1;
CREATE INDEX contact_company_company ON contact_company (company_id);
INSERT INTO contact_company (contact_id, company_id, is_primary)
    SELECT id, company_id, 1 FROM contact WHERE company_id IS NOT NULL;
ALTER TABLE contact DROP COLUMN company_id;
CREATE TABLE contact_phone (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    contact_id INTEGER NOT NULL REFERENCES contact (id),
    number TEXT NOT NULL,
    number_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    position INTEGER NOT NULL
);
CREATE INDEX contact_phone_contact ON contact_phone (contact_id);
CREATE INDEX contact_phone_key ON contact_phone (number_key);
INSERT INTO contact_phone (contact_id, number, number_key, kind, position)
    SELECT id, trim(phone), '', 'work', 0 FROM contact WHERE trim(phone) <> '';
ALTER TABLE contact DROP COLUMN phone;
ALTER TABLE contact ADD COLUMN postal_address TEXT NOT NULL DEFAULT '';
ALTER TABLE contact ADD COLUMN owner_user_id INTEGER REFERENCES user (id);
ALTER TABLE contact ADD COLUMN merged_into_id INTEGER REFERENCES contact (id);
ALTER TABLE contact ADD COLUMN hidden_at BIGINT;
ALTER TABLE contact ADD COLUMN sort_name TEXT NOT NULL DEFAULT '';
ALTER TABLE contact ADD COLUMN sort_company TEXT NOT NULL DEFAULT '';
-- Who filled a field, so that nothing automatic overwrites what a hand wrote.
CREATE TABLE contact_field_source (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    contact_id INTEGER NOT NULL REFERENCES contact (id),
    field TEXT NOT NULL,
    source TEXT NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (contact_id, field)
);
INSERT INTO contact_field_source (contact_id, field, source, at)
    SELECT id, 'title', 'hand', created_at FROM contact WHERE title <> '';
INSERT INTO contact_field_source (contact_id, field, source, at)
    SELECT contact_id, 'phones', 'hand', (SELECT created_at FROM contact WHERE contact.id = contact_id) FROM contact_phone;
INSERT INTO contact_field_source (contact_id, field, source, at)
    SELECT contact_id, 'companies', 'hand', (SELECT created_at FROM contact WHERE contact.id = contact_id)
    FROM contact_company;
-- Two contacts of whom a person said that they are different people; the smaller id first.
CREATE TABLE not_duplicate (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    contact_a_id INTEGER NOT NULL REFERENCES contact (id),
    contact_b_id INTEGER NOT NULL REFERENCES contact (id),
    UNIQUE (contact_a_id, contact_b_id)
);
-- The stages of deals, in their order; `outcome` is open, won or lost.
CREATE TABLE deal_stage (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    position INTEGER NOT NULL,
    outcome TEXT NOT NULL
);
INSERT INTO deal_stage (name, position, outcome) VALUES
    ('New', 10, 'open'), ('Meeting', 20, 'open'), ('Proposal', 30, 'open'), ('Negotiation', 40, 'open'),
    ('Won', 90, 'won'), ('Lost', 100, 'lost');
UPDATE deal SET stage = coalesce((SELECT name FROM deal_stage WHERE lower(name) = lower(trim(stage))), trim(stage));
INSERT OR IGNORE INTO deal_stage (name, position, outcome)
    SELECT stage, 50 + (is_open = 0) * 60, CASE WHEN max(is_open) THEN 'open' ELSE 'lost' END
    FROM deal WHERE stage <> '' GROUP BY stage;
ALTER TABLE deal RENAME COLUMN amount_cents TO amount_minor;
ALTER TABLE deal ADD COLUMN owner_user_id INTEGER REFERENCES user (id);
ALTER TABLE deal ADD COLUMN company_id INTEGER REFERENCES company (id);
ALTER TABLE deal ADD COLUMN closed_at BIGINT;
ALTER TABLE deal ADD COLUMN hidden_at BIGINT;
ALTER TABLE deal ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE deal ADD COLUMN sort_name TEXT NOT NULL DEFAULT '';
ALTER TABLE deal ADD COLUMN sort_amount BIGINT NOT NULL DEFAULT 0;
ALTER TABLE deal ADD COLUMN sort_stage INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deal ADD COLUMN sort_company TEXT NOT NULL DEFAULT '';
ALTER TABLE deal ADD COLUMN search_key TEXT NOT NULL DEFAULT '';
UPDATE deal SET is_open = 0 WHERE stage IN (SELECT name FROM deal_stage WHERE outcome <> 'open');
UPDATE deal SET created_at = changed_at, closed_at = CASE WHEN is_open THEN NULL ELSE changed_at END,
    stage = CASE WHEN stage <> '' THEN stage WHEN is_open THEN 'New' ELSE 'Lost' END;
UPDATE deal SET currency = upper(trim(currency)),
    sort_stage = coalesce((SELECT position FROM deal_stage WHERE deal_stage.name = stage), 0);
CREATE INDEX deal_company ON deal (company_id);
-- What was changed in a record, by whom; `before_json` is what an undo brings back.
CREATE TABLE record_change (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at BIGINT NOT NULL,
    user_id INTEGER NOT NULL REFERENCES user (id),
    kind TEXT NOT NULL,
    record_id BIGINT NOT NULL,
    what TEXT NOT NULL,
    before_json TEXT NOT NULL,
    after_json TEXT NOT NULL,
    undone_at BIGINT
);
CREATE INDEX record_change_record ON record_change (kind, record_id, id);
-- Addresses that mail is copied or forwarded to, to be logged.
CREATE TABLE logging_address (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    way TEXT NOT NULL,
    address TEXT NOT NULL,
    address_key TEXT NOT NULL,
    inbox_id INTEGER REFERENCES inbox (id),
    folder TEXT NOT NULL,
    state TEXT NOT NULL,
    proved_at BIGINT,
    proof_token TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (kind, address_key)
);
-- What is never logged: for the whole workspace where `user_id` is NULL.
CREATE TABLE never_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER REFERENCES user (id),
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    value_key TEXT NOT NULL,
    subdomains INTEGER NOT NULL DEFAULT 0,
    note TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by_id INTEGER NOT NULL REFERENCES user (id)
);
CREATE UNIQUE INDEX never_log_value ON never_log (coalesce(user_id, 0), kind, value_key);
CREATE TABLE legal_basis (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    address_key TEXT NOT NULL UNIQUE,
    basis TEXT NOT NULL,
    note TEXT NOT NULL,
    at BIGINT NOT NULL,
    user_id INTEGER NOT NULL REFERENCES user (id)
);
-- Addresses that were permanently deleted, as digests: they cannot be read back, and cannot come back.
CREATE TABLE tombstone (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    address_digest TEXT NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    user_id INTEGER NOT NULL REFERENCES user (id)
);
-- Copied and forwarded mail that was not logged, and why.
CREATE TABLE review_item (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    reason_json TEXT NOT NULL,
    inbox_id INTEGER REFERENCES inbox (id),
    folder TEXT NOT NULL,
    uid_validity BIGINT,
    uid BIGINT,
    message_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipients_json TEXT NOT NULL,
    subject TEXT NOT NULL,
    date BIGINT,
    size BIGINT NOT NULL,
    raw_sha256 TEXT NOT NULL,
    user_id INTEGER REFERENCES user (id),
    state TEXT NOT NULL,
    message_pk INTEGER REFERENCES message (id),
    notice_outbox_id INTEGER REFERENCES outbox (id),
    created_at BIGINT NOT NULL,
    settled_at BIGINT
);
CREATE INDEX review_item_state ON review_item (state, id DESC);
CREATE INDEX review_item_message_id ON review_item (message_id);
CREATE INDEX review_item_message ON review_item (message_pk);
ALTER TABLE message ADD COLUMN credited_by TEXT NOT NULL DEFAULT '';
-- The timelines of companies and deals, in their order.
ALTER TABLE message_company ADD COLUMN date BIGINT NOT NULL DEFAULT 0;
ALTER TABLE message_deal ADD COLUMN date BIGINT NOT NULL DEFAULT 0;
UPDATE message_company SET date = (SELECT date FROM message WHERE message.id = message_company.message_id);
UPDATE message_deal SET date = (SELECT date FROM message WHERE message.id = message_deal.message_id);
CREATE INDEX message_company_timeline ON message_company (company_id, date DESC, message_id DESC);
CREATE INDEX message_deal_timeline ON message_deal (deal_id, date DESC, message_id DESC);
-- Mail from and to an address: for never-log, for what is deleted for good, and for delivery reports.
CREATE INDEX message_party_address ON message_party (address_key, message_id);
CREATE INDEX message_from ON message (lower(from_address));
-- The tables of records, each in the orders that a person can choose. What was removed is not in them.
DROP INDEX contact_order;
CREATE INDEX contact_by_mail ON contact (coalesce(last_message_at, 0) DESC, sort_name, id, search_key) WHERE hidden_at IS NULL;
CREATE INDEX contact_by_name ON contact (sort_name, id, search_key) WHERE hidden_at IS NULL;
CREATE INDEX contact_by_company ON contact (sort_company, sort_name, id, search_key) WHERE hidden_at IS NULL;
CREATE INDEX company_by_name ON company (sort_name, id, search_key) WHERE hidden_at IS NULL;
CREATE INDEX company_by_mail ON company (coalesce(last_message_at, 0) DESC, sort_name, id, search_key) WHERE hidden_at IS NULL;
CREATE INDEX deal_by_change ON deal (changed_at DESC, id DESC, search_key) WHERE hidden_at IS NULL;
CREATE INDEX deal_by_name ON deal (sort_name, id, search_key) WHERE hidden_at IS NULL;
CREATE INDEX deal_by_amount ON deal (sort_amount DESC, id DESC, search_key) WHERE hidden_at IS NULL;
CREATE INDEX deal_by_stage ON deal (sort_stage, id, search_key) WHERE hidden_at IS NULL;
CREATE INDEX deal_by_company ON deal (sort_company, id, search_key) WHERE hidden_at IS NULL;
-- Words to find records and messages by, already folded. The rows' numbers say what they belong to: see app/store/search.py.
CREATE VIRTUAL TABLE record_search USING fts5 (words, tokenize = 'trigram');
CREATE VIRTUAL TABLE message_search USING fts5 (
    words, content = '', detail = none, columnsize = 0, prefix = '1 2 3 4', tokenize = 'ascii'
);
CREATE TABLE message_search_word (word TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID;
-- Rows up to `low` that are not in there yet; they are put there in the background, the newest first.
CREATE TABLE search_progress (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL UNIQUE,
    low BIGINT NOT NULL
);
INSERT INTO search_progress (kind, low) SELECT 'message', coalesce(max(id), 0) FROM message;
INSERT INTO search_progress (kind, low) SELECT 'contact', coalesce(max(id), 0) FROM contact;
INSERT INTO search_progress (kind, low) SELECT 'company', coalesce(max(id), 0) FROM company;
INSERT INTO search_progress (kind, low) SELECT 'deal', coalesce(max(id), 0) FROM deal;
