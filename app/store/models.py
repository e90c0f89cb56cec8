"""The tables as Peewee models. Each mirrors `migrations/`; a test compares the two."""

from __future__ import annotations

from peewee import (
    AutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    DatabaseProxy,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)

from app.store.fields import InstantField, JsonTextField

# One workspace is open in a process at a time: Peewee binds models to one database.
database = DatabaseProxy()


class Table(Model):
    id = AutoField()

    class Meta:
        database = database
        legacy_table_names = False


class Workspace(Table):
    uid = TextField(unique=True)
    name = TextField()
    created_at = InstantField()


class User(Table):
    name = TextField()
    login_address = TextField()
    personal_email_access = BooleanField(default=True)
    active = BooleanField(default=True)
    created_at = InstantField()
    role = TextField(default="member")


class UserAlias(Table):
    user = ForeignKeyField(User)
    address_key = TextField()
    address = TextField()
    created_at = InstantField()


class Inbox(Table):
    user = ForeignKeyField(User)
    address = TextField()
    address_key = TextField(unique=True)
    from_name = TextField()
    provider = TextField()
    kind = TextField()
    state = TextField()
    problem_json = JsonTextField(null=True)
    since = InstantField()
    account_json = JsonTextField()
    automation = BooleanField(default=False)
    disclosure_version = TextField()
    disclosure_accepted_at = InstantField(null=True)
    sent_folder = TextField(default="")
    files_sent_copies = BooleanField(default=False)
    created_at = InstantField()
    last_sync_at = InstantField(null=True)


class InboxUser(Table):
    inbox = ForeignKeyField(Inbox)
    user = ForeignKeyField(User)
    connected_at = InstantField()


class SignInPeriod(Table):
    user = ForeignKeyField(User)
    from_at = InstantField()
    until_at = InstantField(null=True)
    last_seen_at = InstantField()


class InboxAlias(Table):
    inbox = ForeignKeyField(Inbox)
    address = TextField()
    address_key = TextField()
    name = TextField(default="")
    is_default = BooleanField(default=False)
    refreshed_at = InstantField()


class ProviderPreset(Table):
    domain = TextField(unique=True)
    document_json = JsonTextField()
    changed_at = InstantField()


class MeetingsAddress(Table):
    address = TextField()
    address_key = TextField(unique=True)
    created_at = InstantField()


class Consent(Table):
    inbox = ForeignKeyField(Inbox)
    provider = TextField()
    disclosure_version = TextField()
    accepted_at = InstantField()


class FolderCursor(Table):
    inbox = ForeignKeyField(Inbox)
    path = TextField()
    role = TextField()
    uid_validity = BigIntegerField()
    next_uid = BigIntegerField()
    highest_modseq = BigIntegerField(null=True)
    first_look_until = BigIntegerField()
    first_look_done = BooleanField(default=False)
    last_checked_at = InstantField(null=True)
    low_uid = BigIntegerField(default=1)
    seen_uid_next = BigIntegerField(default=0)
    seen_exists = BigIntegerField(default=-1)
    first_look_total = BigIntegerField(default=0)
    first_look_at = BigIntegerField(default=0)
    mark_uid = BigIntegerField(default=0)
    mark_id = TextField(default="")
    resets = IntegerField(default=0)
    reset_at = InstantField(null=True)
    held_until = InstantField(null=True)
    missing_since = InstantField(null=True)
    sync_state = TextField(default="")
    looked_up_until = BigIntegerField(default=0)


class WaitingReply(Table):
    inbox = ForeignKeyField(Inbox)
    folder = TextField()
    uid_validity = BigIntegerField()
    uid = BigIntegerField()
    parent_id = TextField()
    seen_at = InstantField()


class PassedOver(Table):
    inbox = ForeignKeyField(Inbox)
    folder = TextField()
    uid_validity = BigIntegerField()
    known_until = BigIntegerField()
    names = BlobField()


class SetAside(Table):
    inbox = ForeignKeyField(Inbox)
    folder = TextField()
    uid_validity = BigIntegerField()
    uid = BigIntegerField()
    reason = TextField()
    tries = IntegerField()
    next_try_at = InstantField()


class Company(Table):
    name = TextField()
    created_at = InstantField()
    phone = TextField(default="")
    website = TextField(default="")
    postal_address = TextField(default="")
    owner_user = ForeignKeyField(User, null=True)
    merged_into = ForeignKeyField("self", null=True)
    hidden_at = InstantField(null=True)
    created_by = TextField(default="user")
    sort_name = TextField(default="")
    search_key = TextField(default="")
    last_message_at = InstantField(null=True)


class CompanyDomain(Table):
    company = ForeignKeyField(Company)
    domain = TextField(unique=True)
    is_primary = BooleanField(default=False)


class Contact(Table):
    name = TextField(default="")
    title = TextField(default="")
    search_key = TextField(default="")
    created_by = TextField()
    created_at = InstantField()
    last_message_at = InstantField(null=True)
    postal_address = TextField(default="")
    owner_user = ForeignKeyField(User, null=True)
    merged_into = ForeignKeyField("self", null=True)
    hidden_at = InstantField(null=True)
    sort_name = TextField(default="")
    sort_company = TextField(default="")


class ContactCompany(Table):
    contact = ForeignKeyField(Contact)
    company = ForeignKeyField(Company)
    is_primary = BooleanField(default=False)


class ContactPhone(Table):
    contact = ForeignKeyField(Contact)
    number = TextField()
    number_key = TextField()
    kind = TextField()
    position = IntegerField()


class ContactFieldSource(Table):
    contact = ForeignKeyField(Contact)
    field = TextField()
    source = TextField()
    at = InstantField()


class NotDuplicate(Table):
    contact_a = ForeignKeyField(Contact)
    contact_b = ForeignKeyField(Contact)


class ContactAddress(Table):
    contact = ForeignKeyField(Contact, backref="addresses")
    address = TextField()
    address_key = TextField(unique=True)
    is_primary = BooleanField()
    bounced_at = InstantField(null=True)
    bounce_reason = TextField(default="")


class DealStage(Table):
    name = TextField(unique=True)
    position = IntegerField()
    outcome = TextField()


class Deal(Table):
    name = TextField()
    stage = TextField(default="")
    amount_minor = BigIntegerField(null=True)
    currency = TextField(default="")
    is_open = BooleanField(default=True)
    changed_at = InstantField()
    owner_user = ForeignKeyField(User, null=True)
    company = ForeignKeyField(Company, null=True)
    closed_at = InstantField(null=True)
    hidden_at = InstantField(null=True)
    created_at = InstantField()
    sort_name = TextField(default="")
    sort_amount = BigIntegerField(default=0)
    sort_stage = IntegerField(default=0)
    sort_company = TextField(default="")
    search_key = TextField(default="")


class DealContact(Table):
    deal = ForeignKeyField(Deal)
    contact = ForeignKeyField(Contact)


class Thread(Table):
    base_subject = TextField()
    split_from = ForeignKeyField("self", null=True)
    created_at = InstantField()


class Message(Table):
    message_id = TextField(unique=True)
    raw_message_id = TextField(default="")
    message_ref = TextField(null=True, unique=True)
    direction = TextField()
    kind = TextField(default="normal")
    thread = ForeignKeyField(Thread)
    inbox = ForeignKeyField(Inbox, null=True)
    user = ForeignKeyField(User)
    date = InstantField()
    from_name = TextField(default="")
    from_address = TextField(default="")
    subject = TextField(default="")
    text = TextField(default="")
    html = TextField(default="")
    visible_text = TextField(default="")
    quoted_lines = IntegerField(default=0)
    size = BigIntegerField(default=0)
    in_reply_to = TextField(default="")
    references_json = JsonTextField(default=list)
    logged = BooleanField()
    logged_by = TextField()
    match_reason = TextField(default="")
    changed_subject = BooleanField(default=False)
    has_files = BooleanField(default=False)
    tracking = TextField(default="off")
    tracking_url = TextField(default="")
    created_at = InstantField()
    credited_by = TextField(default="")


class MessageAlias(Table):
    message = ForeignKeyField(Message)
    alias = TextField(unique=True)


class MessageOverride(Table):
    message = ForeignKeyField(Message)
    user = ForeignKeyField(User)
    kind = TextField()
    sender_key = TextField()
    thread = ForeignKeyField(Thread)
    before_json = JsonTextField()
    after_json = JsonTextField()
    made_at = InstantField()
    undone_at = InstantField(null=True)


class MessageLocation(Table):
    message = ForeignKeyField(Message)
    inbox = ForeignKeyField(Inbox)
    folder = TextField()
    uid_validity = BigIntegerField()
    uid = BigIntegerField()


class MessageParty(Table):
    message = ForeignKeyField(Message)
    role = TextField()
    position = IntegerField()
    name = TextField(default="")
    address = TextField()
    address_key = TextField()


class MessageContact(Table):
    message = ForeignKeyField(Message)
    contact = ForeignKeyField(Contact)
    date = InstantField()


class MessageCompany(Table):
    message = ForeignKeyField(Message)
    company = ForeignKeyField(Company)
    date = InstantField()


class MessageDeal(Table):
    message = ForeignKeyField(Message)
    deal = ForeignKeyField(Deal)
    date = InstantField()


class Attachment(Table):
    message = ForeignKeyField(Message)
    position = IntegerField()
    filename = TextField()
    content_type = TextField()
    size = BigIntegerField()
    sha256 = TextField()
    content_id = TextField(default="")
    is_inline = BooleanField(default=False)


class Outbox(Table):
    state = TextField()
    inbox = ForeignKeyField(Inbox)
    user = ForeignKeyField(User)
    draft_json = JsonTextField()
    subject = TextField(default="")
    message_id = TextField(default="")
    message_ref = TextField(default="")
    date = InstantField(null=True)
    not_before = InstantField()
    attempts = IntegerField(default=0)
    problem_json = JsonTextField(null=True)
    sent_copy_filed = BooleanField(default=False)
    logged_message = ForeignKeyField(Message, null=True)
    lease_owner = TextField(default="")
    lease_until = BigIntegerField(default=0)
    created_at = InstantField()
    updated_at = InstantField()


class OutboxCopy(Table):
    outbox = ForeignKeyField(Outbox, backref="copies")
    position = IntegerField()
    role = TextField()
    recipient = TextField()
    recipient_ref = TextField(unique=True)
    state = TextField()
    problem_json = JsonTextField(null=True)
    attempts = IntegerField(default=0)
    server_reply = TextField(default="")
    changed_at = InstantField()


class TrackedRecipient(Table):
    message = ForeignKeyField(Message)
    recipient_ref = TextField(unique=True)
    address = TextField()
    name = TextField(default="")
    bounced_at = InstantField(null=True)


class TrackedLink(Table):
    message = ForeignKeyField(Message)
    position = IntegerField()
    url = TextField()


class Event(Table):
    kind = TextField()
    at = InstantField()
    user = ForeignKeyField(User)
    message = ForeignKeyField(Message, null=True)
    inbox = ForeignKeyField(Inbox, null=True)
    contact = ForeignKeyField(Contact, null=True)
    recipient = TextField(default="")
    who = TextField(default="")
    subject = TextField(default="")
    url = TextField(default="")
    verdict = TextField()
    reasons_json = JsonTextField(default=list)
    rule_version = IntegerField()
    notified = BooleanField(default=False)
    notified_why = TextField(default="")
    seen = BooleanField(default=False)
    ip = TextField(default="")
    user_agent = TextField(default="")
    problem_json = JsonTextField(null=True)
    search_key = TextField(default="")
    server = TextField(null=True)
    number = BigIntegerField(null=True)
    created_at = InstantField()
    method = TextField(default="")
    headers_json = JsonTextField(null=True)
    own = BooleanField(default=False)
    link = IntegerField(null=True)
    honeypot = BooleanField(default=False)
    group_key = TextField(default="")
    rules_json = JsonTextField(default=list)
    proxy = TextField(default="")
    manual = BooleanField(default=False)
    cut = BooleanField(default=False)
    first_verdict = TextField(default="")
    inferred_from = BigIntegerField(null=True)


class BlockedNetwork(Table):
    network = TextField(unique=True)
    note = TextField(default="")
    added_at = InstantField()


class AdditionalBcc(Table):
    user = ForeignKeyField(User)
    address = TextField()
    address_key = TextField()
    note = TextField(default="")
    added_at = InstantField()


class OwnAddress(Table):
    network = TextField()
    since = InstantField()
    until = InstantField()


class OwedForgetting(Table):
    recipient_ref = TextField(unique=True)
    added_at = InstantField()


class Setting(Table):
    name = TextField(unique=True)
    value_json = JsonTextField()
    changed_at = InstantField()


class LedgerHeaders(Table):
    inbox = ForeignKeyField(Inbox)
    folder = TextField()
    day = TextField()
    headers_read = BigIntegerField()


class LedgerBytes(Table):
    inbox = ForeignKeyField(Inbox)
    day = TextField()
    bytes_read = BigIntegerField()


class LedgerBody(Table):
    inbox = ForeignKeyField(Inbox)
    folder = TextField()
    uid_validity = BigIntegerField()
    uid = BigIntegerField()
    message_id = TextField()
    why = TextField()
    at = InstantField()


class RecordChange(Table):
    at = InstantField()
    user = ForeignKeyField(User)
    kind = TextField()
    record_id = BigIntegerField()
    what = TextField()
    before_json = JsonTextField()
    after_json = JsonTextField()
    undone_at = InstantField(null=True)


class LoggingAddress(Table):
    kind = TextField()
    way = TextField()
    address = TextField()
    address_key = TextField()
    inbox = ForeignKeyField(Inbox, null=True)
    folder = TextField(default="")
    state = TextField(default="new")
    proved_at = InstantField(null=True)
    proof_token = TextField(default="")
    created_at = InstantField()


class NeverLog(Table):
    user = ForeignKeyField(User, null=True)
    kind = TextField()
    value = TextField()
    value_key = TextField()
    subdomains = BooleanField(default=False)
    note = TextField(default="")
    created_at = InstantField()
    created_by = ForeignKeyField(User)


class LegalBasis(Table):
    address_key = TextField(unique=True)
    basis = TextField()
    note = TextField(default="")
    at = InstantField()
    user = ForeignKeyField(User)


class Tombstone(Table):
    address_digest = TextField(unique=True)
    at = InstantField()
    user = ForeignKeyField(User)


class ReviewItem(Table):
    kind = TextField()
    reason = TextField()
    reason_json = JsonTextField(default=dict)
    inbox = ForeignKeyField(Inbox, null=True)
    folder = TextField(default="")
    uid_validity = BigIntegerField(null=True)
    uid = BigIntegerField(null=True)
    message_id = TextField(default="")
    sender = TextField(default="")
    recipients_json = JsonTextField(default=list)
    subject = TextField(default="")
    date = InstantField(null=True)
    size = BigIntegerField(default=0)
    raw_sha256 = TextField(default="")
    user = ForeignKeyField(User, null=True)
    state = TextField(default="open")
    message_pk = ForeignKeyField(Message, null=True, column_name="message_pk")
    notice_outbox = ForeignKeyField(Outbox, null=True)
    created_at = InstantField()
    settled_at = InstantField(null=True)


class SearchProgress(Table):
    kind = TextField(unique=True)
    low = BigIntegerField()


ALL: tuple[type[Table], ...] = (
    Workspace, User, UserAlias, Inbox, InboxAlias, ProviderPreset, MeetingsAddress, Consent,
    InboxUser, SignInPeriod, FolderCursor, SetAside, WaitingReply, PassedOver, Company, CompanyDomain, Contact,
    ContactAddress, ContactCompany, ContactPhone, ContactFieldSource, NotDuplicate, DealStage, Deal, DealContact,
    Thread, Message, MessageAlias, MessageOverride, MessageLocation, MessageParty, MessageContact, MessageCompany,
    MessageDeal,
    Attachment, Outbox, OutboxCopy, TrackedRecipient, TrackedLink, Event, BlockedNetwork, AdditionalBcc,
    OwnAddress, OwedForgetting, Setting, LedgerHeaders, LedgerBytes,
    LedgerBody, RecordChange, LoggingAddress, NeverLog, LegalBasis, Tombstone, ReviewItem, SearchProgress,
)  # fmt: skip
