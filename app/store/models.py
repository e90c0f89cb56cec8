"""The tables as Peewee models, those of records and of inboxes among them. Each mirrors `migrations/`; a test
compares the two."""

from __future__ import annotations

from peewee import BigIntegerField, BooleanField, ForeignKeyField, IntegerField, TextField

from app.store.fields import InstantField, JsonTextField
from app.store.inbox_models import (
    Consent,
    FolderCursor,
    Inbox,
    InboxAlias,
    InboxUser,
    LedgerBody,
    LedgerBytes,
    LedgerHeaders,
    LoggingAddress,
    MeetingsAddress,
    PassedOver,
    ProviderPreset,
    SetAside,
    WaitingReply,
)
from app.store.record_models import (
    Company,
    CompanyDomain,
    Contact,
    ContactAddress,
    ContactCompany,
    ContactFieldSource,
    ContactPhone,
    Deal,
    DealContact,
    DealStage,
    GoneMessage,
    LegalBasis,
    NeverLog,
    NotDuplicate,
    RecordChange,
    SearchProgress,
    SignInPeriod,
    Tombstone,
    User,
    UserAlias,
)
from app.store.tables import Table, database


class Workspace(Table):
    uid = TextField(unique=True)
    name = TextField()
    created_at = InstantField()


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
    files_left_out = IntegerField(default=0)
    left_out_why = TextField(default="")


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


class MessageNote(Table):
    message = ForeignKeyField(Message)
    user = ForeignKeyField(User)
    copied_id = TextField()
    text = TextField()
    at = InstantField()


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


class EarlierHost(Table):
    own = BooleanField()
    url = TextField()
    token_name = TextField()
    server = TextField()
    number = BigIntegerField()
    left_at = InstantField()
    asked_at = InstantField(null=True)
    trouble = TextField(default="")


class OwedForgetting(Table):
    recipient_ref = TextField()
    host = BigIntegerField()
    added_at = InstantField()


class Setting(Table):
    name = TextField(unique=True)
    value_json = JsonTextField()
    changed_at = InstantField()


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


ALL: tuple[type[Table], ...] = (
    Workspace, User, UserAlias, Inbox, InboxAlias, ProviderPreset, MeetingsAddress, Consent,
    InboxUser, SignInPeriod, FolderCursor, SetAside, WaitingReply, PassedOver, Company, CompanyDomain, Contact,
    ContactAddress, ContactCompany, ContactPhone, ContactFieldSource, NotDuplicate, DealStage, Deal, DealContact,
    Thread, Message, MessageAlias, MessageOverride, MessageLocation, MessageParty, MessageContact, MessageCompany,
    MessageDeal, MessageNote,
    Attachment, Outbox, OutboxCopy, TrackedRecipient, TrackedLink, Event, BlockedNetwork, AdditionalBcc,
    OwnAddress, EarlierHost, OwedForgetting, Setting, LedgerHeaders, LedgerBytes,
    LedgerBody, RecordChange, LoggingAddress, NeverLog, LegalBasis, Tombstone, GoneMessage, ReviewItem, SearchProgress,
)  # fmt: skip

__all__ = [
    "ALL",
    "Attachment",
    "Company",
    "CompanyDomain",
    "Consent",
    "Contact",
    "ContactAddress",
    "ContactCompany",
    "ContactFieldSource",
    "ContactPhone",
    "Deal",
    "DealContact",
    "DealStage",
    "Event",
    "FolderCursor",
    "GoneMessage",
    "Inbox",
    "InboxAlias",
    "InboxUser",
    "LedgerBody",
    "LedgerBytes",
    "LedgerHeaders",
    "LegalBasis",
    "LoggingAddress",
    "MeetingsAddress",
    "Message",
    "MessageAlias",
    "MessageCompany",
    "MessageContact",
    "MessageDeal",
    "MessageLocation",
    "MessageNote",
    "MessageOverride",
    "MessageParty",
    "NeverLog",
    "NotDuplicate",
    "Outbox",
    "OutboxCopy",
    "PassedOver",
    "ProviderPreset",
    "RecordChange",
    "ReviewItem",
    "SearchProgress",
    "SetAside",
    "Setting",
    "SignInPeriod",
    "Table",
    "Thread",
    "Tombstone",
    "TrackedLink",
    "TrackedRecipient",
    "User",
    "UserAlias",
    "WaitingReply",
    "Workspace",
    "database",
]  # fmt: skip
