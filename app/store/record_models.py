"""The tables of records as Peewee models: users, contacts, companies, deals, what was changed in them, and who is never logged.
Used through `models`, which has all tables."""

from __future__ import annotations

from peewee import BigIntegerField, BooleanField, ForeignKeyField, IntegerField, TextField

from app.store.fields import InstantField, JsonTextField
from app.store.tables import Table


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


class SignInPeriod(Table):
    user = ForeignKeyField(User)
    from_at = InstantField()
    until_at = InstantField(null=True)
    last_seen_at = InstantField()


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


class RecordChange(Table):
    at = InstantField()
    user = ForeignKeyField(User)
    kind = TextField()
    record_id = BigIntegerField()
    what = TextField()
    before_json = JsonTextField()
    after_json = JsonTextField()
    undone_at = InstantField(null=True)


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


class GoneMessage(Table):
    digest = TextField(unique=True)
    at = InstantField()


class SearchProgress(Table):
    kind = TextField(unique=True)
    low = BigIntegerField()
