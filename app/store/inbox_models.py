"""The tables of inboxes as Peewee models: what is connected, how far each folder was read, and what was read of it.
Used through `models`, which has all tables."""

from __future__ import annotations

from peewee import BigIntegerField, BlobField, BooleanField, ForeignKeyField, IntegerField, TextField

from app.store.fields import InstantField, JsonTextField
from app.store.record_models import User
from app.store.tables import Table


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
