"""A gateway per subject, made when it is first asked for: a window shows its first page before half of them are needed, and a
command uses two or three. A base of `Store`."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.store.additional_bcc import AdditionalBccs
    from app.store.blocked import BlockedNetworks, OwnAddresses
    from app.store.bulk import BulkRecords
    from app.store.companies import Companies
    from app.store.company_duplicates import CompanyDuplicates
    from app.store.company_merging import CompanyMerging
    from app.store.contacts import Contacts
    from app.store.conversations import Conversations
    from app.store.copied_messages import CopiedMessages
    from app.store.credit import Credit
    from app.store.deals import Deals
    from app.store.duplicates import Duplicates
    from app.store.earlier_hosts import EarlierHosts
    from app.store.erasing import Erasing
    from app.store.events import Events
    from app.store.exporting import Exporting
    from app.store.feed import Feed
    from app.store.files import FileStore
    from app.store.forgetting import OwedForgetting
    from app.store.gone_messages import GoneMessages
    from app.store.hits import Hits
    from app.store.inboxes import Inboxes
    from app.store.joined_forwards import JoinedForwards
    from app.store.ledger import Ledgers
    from app.store.logging_addresses import LoggingAddresses
    from app.store.made import Made
    from app.store.many import ManyRecords
    from app.store.merging import Merging
    from app.store.message_notes import MessageNotes
    from app.store.messages import Messages
    from app.store.never_log import LegalBases, NeverLogs
    from app.store.outbox import OutboxTable
    from app.store.passed_over import PassedOver
    from app.store.presets import Presets
    from app.store.recipient_history import RecipientHistory
    from app.store.record_changes import RecordChanges
    from app.store.record_tables import RecordTables
    from app.store.review import Reviews
    from app.store.search import Search
    from app.store.settings import Settings
    from app.store.stages import Stages
    from app.store.timeline import Timeline
    from app.store.tombstones import Tombstones
    from app.store.unaddressing import Unaddressing
    from app.store.unnaming import Unnaming
    from app.store.users import Users
    from app.store.waiting import Overrides, Waiting


class Gateways:
    """`path`: the file of the database, in the folder of the workspace."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def files(self) -> FileStore:
        from app.store.files import FileStore

        return FileStore(self.path.parent / "attachments")

    @cached_property
    def settings(self) -> Settings:
        from app.store.settings import Settings

        return Settings()

    @cached_property
    def inboxes(self) -> Inboxes:
        from app.store.inboxes import Inboxes

        return Inboxes()

    @cached_property
    def presets(self) -> Presets:
        from app.store.presets import Presets

        return Presets()

    @cached_property
    def companies(self) -> Companies:
        from app.store.companies import Companies

        return Companies()

    @cached_property
    def contacts(self) -> Contacts:
        from app.store.contacts import Contacts

        return Contacts(self.companies, self.settings)

    @cached_property
    def deals(self) -> Deals:
        from app.store.deals import Deals

        return Deals()

    @cached_property
    def stages(self) -> Stages:
        from app.store.stages import Stages

        return Stages()

    @cached_property
    def bulk(self) -> BulkRecords:
        from app.store.bulk import BulkRecords

        return BulkRecords()

    @cached_property
    def exporting(self) -> Exporting:
        from app.store.exporting import Exporting

        return Exporting()

    @cached_property
    def users(self) -> Users:
        from app.store.users import Users

        return Users()

    @cached_property
    def record_changes(self) -> RecordChanges:
        from app.store.record_changes import RecordChanges

        return RecordChanges()

    @cached_property
    def record_tables(self) -> RecordTables:
        from app.store.record_tables import RecordTables

        return RecordTables()

    @cached_property
    def tombstones(self) -> Tombstones:
        from app.store.tombstones import Tombstones

        return Tombstones()

    @cached_property
    def gone(self) -> GoneMessages:
        from app.store.gone_messages import GoneMessages

        return GoneMessages()

    @cached_property
    def search(self) -> Search:
        from app.store.search import Search

        return Search()

    @cached_property
    def duplicates(self) -> Duplicates:
        from app.store.duplicates import Duplicates

        return Duplicates()

    @cached_property
    def company_duplicates(self) -> CompanyDuplicates:
        from app.store.company_duplicates import CompanyDuplicates

        return CompanyDuplicates()

    @cached_property
    def made(self) -> Made:
        from app.store.made import Made

        return Made()

    @cached_property
    def many(self) -> ManyRecords:
        from app.store.many import ManyRecords

        return ManyRecords(self.contacts)

    @cached_property
    def merging(self) -> Merging:
        from app.store.merging import Merging

        return Merging()

    @cached_property
    def company_merging(self) -> CompanyMerging:
        from app.store.company_merging import CompanyMerging

        return CompanyMerging()

    @cached_property
    def erasing(self) -> Erasing:
        from app.store.erasing import Erasing

        return Erasing(self.files)

    @cached_property
    def messages(self) -> Messages:
        from app.store.messages import Messages

        return Messages()

    @cached_property
    def notes(self) -> MessageNotes:
        from app.store.message_notes import MessageNotes

        return MessageNotes(self.search)

    @cached_property
    def unaddressing(self) -> Unaddressing:
        from app.store.unaddressing import Unaddressing

        return Unaddressing()

    @cached_property
    def unnaming(self) -> Unnaming:
        from app.store.unnaming import Unnaming

        return Unnaming(self.search)

    @cached_property
    def waiting(self) -> Waiting:
        from app.store.waiting import Waiting

        return Waiting()

    @cached_property
    def passed_over(self) -> PassedOver:
        from app.store.passed_over import PassedOver

        return PassedOver()

    @cached_property
    def overrides(self) -> Overrides:
        from app.store.waiting import Overrides

        return Overrides()

    @cached_property
    def outbox(self) -> OutboxTable:
        from app.store.outbox import OutboxTable

        return OutboxTable()

    @cached_property
    def extra_bcc(self) -> AdditionalBccs:
        from app.store.additional_bcc import AdditionalBccs

        return AdditionalBccs()

    @cached_property
    def history(self) -> RecipientHistory:
        from app.store.recipient_history import RecipientHistory

        return RecipientHistory()

    @cached_property
    def events(self) -> Events:
        from app.store.events import Events

        return Events()

    @cached_property
    def hits(self) -> Hits:
        from app.store.hits import Hits

        return Hits()

    @cached_property
    def blocked(self) -> BlockedNetworks:
        from app.store.blocked import BlockedNetworks

        return BlockedNetworks()

    @cached_property
    def own_addresses(self) -> OwnAddresses:
        from app.store.blocked import OwnAddresses

        return OwnAddresses()

    @cached_property
    def earlier_hosts(self) -> EarlierHosts:
        from app.store.earlier_hosts import EarlierHosts

        return EarlierHosts()

    @cached_property
    def owed_forgetting(self) -> OwedForgetting:
        from app.store.forgetting import OwedForgetting

        return OwedForgetting()

    @cached_property
    def ledgers(self) -> Ledgers:
        from app.store.ledger import Ledgers

        return Ledgers()

    @cached_property
    def timeline(self) -> Timeline:
        from app.store.timeline import Timeline

        return Timeline()

    @cached_property
    def conversations(self) -> Conversations:
        from app.store.conversations import Conversations

        return Conversations()

    @cached_property
    def feed(self) -> Feed:
        from app.store.feed import Feed

        return Feed()

    @cached_property
    def copied(self) -> CopiedMessages:
        from app.store.copied_messages import CopiedMessages

        return CopiedMessages(self.search)

    @cached_property
    def joined(self) -> JoinedForwards:
        from app.store.joined_forwards import JoinedForwards

        return JoinedForwards(self.messages, self.copied, self.notes)

    @cached_property
    def credit(self) -> Credit:
        from app.store.credit import Credit

        return Credit()

    @cached_property
    def never(self) -> NeverLogs:
        from app.store.never_log import NeverLogs

        return NeverLogs()

    @cached_property
    def bases(self) -> LegalBases:
        from app.store.never_log import LegalBases

        return LegalBases()

    @cached_property
    def logging_addresses(self) -> LoggingAddresses:
        from app.store.logging_addresses import LoggingAddresses

        return LoggingAddresses()

    @cached_property
    def reviews(self) -> Reviews:
        from app.store.review import Reviews

        return Reviews()
