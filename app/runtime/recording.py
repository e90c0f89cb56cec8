"""The part of the façade for records: tables, search, edits and their undo, merging, users, permanent deletion. A base of
`Connecting`, beside `Arranging`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from app.domain.addresses import Address
from app.domain.changes import Area
from app.domain.records import (
    CompanyPage,
    CompanyPair,
    CompanyRecord,
    ContactPage,
    ContactRecord,
    DealPage,
    DealRecord,
    DeletionPlan,
    DuplicatePair,
    FoundRecord,
    ManyChosen,
    MessageFinds,
    Place,
    RecordChange,
    RecordKind,
    RecordOrder,
    Stage,
    StageUse,
    UserRecord,
)
from app.domain.rights import Right
from app.domain.views import TimelinePage
from app.runtime.reads import Reads

if TYPE_CHECKING:
    from app.runtime.jobs import Jobs
    from app.runtime.transfer_worker import TransferWorker

_FOUND = 20  # records of each kind in the search over all


class Recording(Reads):
    """Reads take some milliseconds. Writes happen at once and raise UsageError, NotAllowed or PermanentlyDeleted, whose text
    is for the person. What may take seconds takes `then`, which is called on the main thread with the result, or None and a
    sentence."""

    _jobs: Jobs

    # -- tables and search

    def contact_table(
        self, search: str = "", order: RecordOrder = RecordOrder.MAIL, after: Place | None = None, limit: int = 100
    ) -> ContactPage:
        return self._store.record_tables.contacts(search, order, after, limit)

    def company_table(
        self, search: str = "", order: RecordOrder = RecordOrder.NAME, after: Place | None = None, limit: int = 100
    ) -> CompanyPage:
        return self._store.record_tables.companies(search, order, after, limit)

    def deal_table(
        self, search: str = "", order: RecordOrder = RecordOrder.CHANGED, after: Place | None = None, limit: int = 100
    ) -> DealPage:
        return self._store.record_tables.deals(search, order, after, limit)

    def record_count(self, kind: RecordKind, search: str = "") -> int:
        """Contacts, companies or deals. Up to 30 ms in a hundred thousand: show the page first."""
        return self._store.record_tables.count(kind, search)

    def find_messages(self, search: str, before: int | None = None, limit: int = 50) -> MessageFinds:
        """Newest first; every word must begin a word of the subject, the people or the text."""
        return self._store.search.found(search, limit, before)

    def find_records(self, search: str, kinds: tuple[RecordKind, ...] = ()) -> tuple[FoundRecord, ...]:
        """A few of each kind: for a search over all, and for choosing a company or contact while one types."""
        asked = kinds or (RecordKind.CONTACT, RecordKind.COMPANY, RecordKind.DEAL)
        return self._store.record_tables.found(search, asked, _FOUND)

    def removed_records(self, kind: RecordKind, most: int = 200) -> tuple[FoundRecord, ...]:
        """Contacts, companies or deals that `restore_record` brings back, the latest removed first."""
        return self._store.record_tables.removed(kind, most)

    def removed_count(self, kind: RecordKind) -> int:
        """How many contacts, companies or deals can be brought back."""
        return self._store.many.hidden_count(kind)

    # -- one record

    def contact_record(self, contact_id: int) -> ContactRecord | None:
        return self._store.contact_record(contact_id)

    def company_record(self, company_id: int) -> CompanyRecord | None:
        return self._store.company_record(company_id)

    def deal_record(self, deal_id: int) -> DealRecord | None:
        return self._store.deals.record(deal_id)

    def company_contacts(self, company_id: int, after: Place | None = None, limit: int = 100) -> ContactPage:
        return self._store.record_tables.contacts_of_company(company_id, after, limit)

    def record_timeline(
        self, kind: RecordKind, record_id: int, before: tuple[Any, int] | None = None, limit: int = 30
    ) -> TimelinePage:
        """The messages logged to a contact, a company or a deal, newest first. `before`: `reached` of the page above."""
        return self._store.timeline.of_record(kind, record_id, before=before, limit=limit)

    def stage_list(self) -> tuple[StageUse, ...]:
        """The stages as `set_stages` takes them, with the number of deals in each."""
        return self._store.stages.all()

    def deal_stages(self) -> tuple[Stage, ...]:
        return self._store.deals.stages()

    def users(self) -> tuple[UserRecord, ...]:
        """The active ones first."""
        return self._store.users.records(self._store.user_id)

    def record_changes(self, kind: RecordKind, record_id: int, limit: int = 50) -> tuple[RecordChange, ...]:
        """What people changed, newest first; `undone_at` is set where that was taken back."""
        return self._store.record_changes.of(kind, record_id, limit)

    # -- edits

    def add_record(self, kind: RecordKind, fields: Mapping[str, Any]) -> int:
        """`fields`: see `edit_record`. A contact needs `addresses`, a company or deal a `name`, a user a `login_address`.
        Returns its number."""
        from app.services.edit_record import add_record

        return add_record(self._store, kind, fields, source="records")

    def edit_record(self, kind: RecordKind, record_id: int, fields: Mapping[str, Any]) -> RecordChange | None:
        """What is not named stays; None when nothing is different. The fields of each kind:
        contact: name, title, postal_address, owner (user or None), addresses [primary first], phones [[number, kind]],
        companies [primary first]; company: name, phone, website, postal_address, owner, domains [primary first]; deal: name,
        stage, amount_minor, currency, owner, company, contacts; user: name, login_address, aliases, personal_email_access,
        role."""
        from app.services.edit_record import edit_record

        return edit_record(self._store, kind, record_id, fields, source="records")

    def note_wants_mail(self, contact_id: int) -> None:
        """The contact had unsubscribed and wants mail again. What was stays; an event says who noted it."""
        from app.services.wants_mail import note_wants_mail

        note_wants_mail(self._store, contact_id)

    def company_named(self, name: str) -> int | None:
        """The company of this name, made when there is none; None for an empty name."""
        with self._store.transaction(Area.COMPANIES, source="records"):
            return self._store.companies.named(name)

    def remove_record(self, kind: RecordKind, record_id: int) -> RecordChange | None:
        """Out of all tables; `undo_change` or `restore_record` brings it back. A user becomes inactive."""
        from app.services.edit_record import remove_record

        return remove_record(self._store, kind, record_id, source="records")

    def restore_record(self, kind: RecordKind, record_id: int) -> RecordChange | None:
        from app.services.edit_record import restore_record

        return restore_record(self._store, kind, record_id, source="records")

    # -- many at once: handles as of `Transferring`, which end with a ManyDone

    def remove_many(self, kind: RecordKind, chosen: ManyChosen) -> TransferWorker:
        from app.services.remove_many import remove_many

        store = self._store
        return self._jobs.stoppable(lambda tell, stop: remove_many(store, kind, chosen, tell, stop, source="records"))

    def bring_many_back(self, change_id: int) -> TransferWorker:
        """Undoes `remove_many`. Who stops it can go on later."""
        from app.services.remove_many import bring_many_back

        store = self._store
        return self._jobs.stoppable(lambda tell, stop: bring_many_back(store, change_id, tell, stop, source="records"))

    def bring_all_back(self, kind: RecordKind) -> TransferWorker:
        """Every removed contact, company or deal."""
        from app.services.remove_many import bring_all_back

        store = self._store
        return self._jobs.stoppable(lambda tell, stop: bring_all_back(store, kind, tell, stop, source="records"))

    def contact_addresses(self, chosen: ManyChosen, most: int) -> tuple[Address, ...]:
        """The primary addresses of chosen contacts, by name; so many at most."""
        return tuple(Address(a, name) for a, name in self._store.record_tables.addresses(chosen, most))

    def undo_change(self, change_id: int) -> RecordChange:
        """An edit, a removal or a merge."""
        from app.services.edit_record import undo_change

        return undo_change(self._store, change_id, source="records")

    def set_stages(self, stages: Sequence[StageUse], moves: Mapping[int, str] | None = None) -> RecordChange | None:
        """The list of stages as a person edited it, in its order; a new one has `id` None. `moves`: number of a stage that is
        not in it any more → name of the one to which its deals go; without it NotAllowed where it holds any. Changes are
        `record_changes(RecordKind.STAGE, 0)`, and undone as others. None when nothing is different."""
        from app.services.edit_stages import set_stages

        return set_stages(self._store, stages, moves, source="records")

    # -- what is kept for administrators

    def why_not(self, right: Right) -> str:
        """Empty where the signed-in user may do it; otherwise a sentence for what a screen switches off."""
        from app.services.rights import why_not_here

        return why_not_here(self._store, right)

    def why_not_set(self, setting: str) -> str:
        """The same for a setting."""
        from app.services.rights import why_not_set

        return why_not_set(self._store, setting)

    # -- duplicates

    def find_duplicates(self, then: Callable[[tuple[DuplicatePair, ...] | None, str], None]) -> None:
        self._jobs.run("find-duplicates", self._store.duplicates.pairs, then)

    def merge_contacts(self, keep_id: int, other_id: int) -> RecordChange:
        from app.services.merge_contacts import merge_contacts

        return merge_contacts(self._store, keep_id, other_id, source="records")

    def merge_companies(self, keep_id: int, other_id: int) -> RecordChange:
        """`keep_id` gets the other's domains, people, deals and mail, and its fields where it has none. `undo_change` parts
        them again."""
        from app.services.merge_companies import merge_companies

        return merge_companies(self._store, keep_id, other_id, source="records")

    def not_duplicates(self, one: int, other: int) -> None:
        """A person says that these two are different people."""
        with self._store.transaction(Area.CONTACTS, source="records"):
            self._store.duplicates.not_duplicates(one, other)

    def find_company_duplicates(self, then: Callable[[tuple[CompanyPair, ...] | None, str], None]) -> None:
        self._jobs.run("find-company-duplicates", self._store.company_duplicates.pairs, then)

    def not_one_company(self, one: int, other: int) -> RecordChange:
        """A person says that these two are different companies; `undo_change` takes it back."""
        with self._store.transaction(Area.COMPANIES, source="records"):
            return self._store.company_duplicates.not_duplicates(one, other, self._store.user_id)

    # -- for good

    def plan_deletion(self, contact_id: int, then: Callable[[DeletionPlan | None, str], None]) -> None:
        """What deleting a contact for good would remove."""
        from app.services.delete_permanently import plan_deletion

        self._jobs.run("plan-deletion", partial(plan_deletion, self._store, contact_id), then)

    def delete_permanently(self, contact_id: int, then: Callable[[DeletionPlan | None, str], None]) -> None:
        """It cannot be undone, and none of the addresses can come back."""
        from app.services.delete_permanently import delete_permanently

        self._jobs.run("delete-permanently", partial(delete_permanently, self._store, contact_id, "records"), then)
