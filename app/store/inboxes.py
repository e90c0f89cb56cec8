"""Connected inboxes; the cursors of their folders are in `cursors`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from peewee import ModelSelect, fn

from app.domain.addresses import address_key
from app.domain.errors import NotAllowed
from app.domain.inboxes import Account, Inbox, InboxId, InboxKind, InboxState, Provider, SendAs, may_become
from app.domain.logging_rules import LogMode
from app.domain.views import FolderRow, InboxCard
from app.store import models as m
from app.store.codec import account_from_json, account_to_json, problem_from_json, problem_to_json
from app.store.cursors import Cursors
from app.store.fields import now
from app.store.ledger import BY_HAND
from app.store.logging_addresses import LoggingAddresses
from app.store.prepared import Prepared
from app.store.settings import Settings

if TYPE_CHECKING:
    from app.domain.problems import Problem


class Inboxes(Cursors):
    def add(
        self,
        account: Account,
        *,
        user_id: int,
        provider: Provider = Provider.IMAP,
        kind: InboxKind = InboxKind.PERSONAL,
        automation: bool = False,
        disclosure_version: str = "",
        files_sent_copies: bool = False,
        sent_folder: str = "",
    ) -> InboxId:
        """A new inbox, or the same address connected again: then its cursors stay, and its logged mail; of one that was removed
        only the latter. Inside a transaction."""
        key = address_key(account.address)
        values = {
            "user_id": user_id,
            "address": account.address,
            "from_name": account.from_name,
            "provider": provider.value,
            "kind": kind.value,
            "state": InboxState.CONNECTING.value,
            "problem_json": None,
            "since": now(),
            "account_json": account_to_json(account),
            "automation": automation,
            "disclosure_version": disclosure_version,
            "disclosure_accepted_at": now() if disclosure_version else None,
            "files_sent_copies": files_sent_copies,
            "sent_folder": sent_folder,
        }
        row = m.Inbox.get_or_none(m.Inbox.address_key == key)
        if row is None:
            inbox_id = InboxId(m.Inbox.create(address_key=key, created_at=now(), **values).id)
        else:
            inbox_id = InboxId(row.id)
            if not disclosure_version:  # the account again, with nothing new agreed to: what was agreed to stays
                for name in ("automation", "disclosure_version", "disclosure_accepted_at"):
                    del values[name]
            if row.state == InboxState.REMOVED.value:
                self.drop_folders(inbox_id)  # of an older program, or by a look that was still going on
                values["last_sync_at"] = None
            m.Inbox.update(**values).where(m.Inbox.id == row.id).execute()
        m.InboxUser.insert(inbox=inbox_id, user=user_id, connected_at=now()).on_conflict_ignore().execute()
        if disclosure_version:
            m.Consent.create(
                inbox=inbox_id,
                provider=provider.value,
                disclosure_version=disclosure_version,
                accepted_at=values["disclosure_accepted_at"],
            )
        return inbox_id

    def get(self, inbox_id: InboxId) -> Inbox:
        return _inbox(m.Inbox.get_by_id(inbox_id))

    def find(self, address: str) -> Inbox | None:
        """By address; removed ones are not found."""
        row = m.Inbox.get_or_none(
            (m.Inbox.address_key == address_key(address)) & (m.Inbox.state != InboxState.REMOVED.value)
        )
        return None if row is None else _inbox(row)

    def all(self) -> tuple[Inbox, ...]:
        return tuple(_inbox(row) for row in _shown())

    def set_state(self, inbox_id: InboxId, state: InboxState, problem: Problem | None = None) -> bool:
        """Returns whether anything changed. Raises NotAllowed for a move that the table of states does not allow."""
        row = m.Inbox.get_by_id(inbox_id)
        before = InboxState(row.state)
        if not may_become(before, state):
            raise NotAllowed(f"The inbox {row.address} is {before.value} and cannot become {state.value}.")
        if before == state and problem_from_json(row.problem_json) == problem:
            return False
        asked = problem is not None and problem.retry_after is not None  # seconds from now on
        since = row.since if before == state and not asked else now()
        m.Inbox.update(state=state.value, problem_json=problem_to_json(problem), since=since).where(
            m.Inbox.id == inbox_id
        ).execute()
        if state is InboxState.REMOVED:
            self.drop_folders(inbox_id)
        return True

    def mark_synced(self, inbox_id: InboxId, at: datetime) -> None:
        m.Inbox.update(last_sync_at=at).where(m.Inbox.id == inbox_id).execute()

    def set_sent_folder(self, inbox_id: InboxId, path: str) -> None:
        m.Inbox.update(sent_folder=path).where(m.Inbox.id == inbox_id).execute()

    def set_files_sent_copies(self, inbox_id: InboxId, does: bool) -> None:
        m.Inbox.update(files_sent_copies=does).where(m.Inbox.id == inbox_id).execute()

    def owner(self, inbox_id: InboxId) -> tuple[str, bool]:
        """The name of the user who connected it (empty where none was given), and whether that user is still active."""
        user = m.User.get_by_id(m.Inbox.get_by_id(inbox_id).user_id)
        return user.name or user.login_address, bool(user.active)

    def agreed(self, inbox_id: InboxId) -> tuple[str, bool]:
        """The version of the disclosure that was accepted last, and whether inbox automation was wished for."""
        row = m.Inbox.get_by_id(inbox_id)
        return row.disclosure_version, bool(row.automation)

    def consents(self, inbox_id: InboxId) -> tuple[tuple[Provider, str, datetime], ...]:
        """(provider, version of the text, when it was accepted), oldest first."""
        rows = m.Consent.select().where(m.Consent.inbox == inbox_id).order_by(m.Consent.id)
        return tuple((Provider(row.provider), row.disclosure_version, row.accepted_at) for row in rows)

    # -- addresses to send as

    def aliases(self, inbox_id: InboxId) -> tuple[SendAs, ...]:
        """Besides the inbox's own address, which may be among them with another name; the default one first."""
        query = m.InboxAlias.select().where(m.InboxAlias.inbox == inbox_id)
        rows = query.order_by(m.InboxAlias.is_default.desc(), m.InboxAlias.address_key)
        return tuple(SendAs(row.address, row.name, row.is_default) for row in rows)

    def own_addresses(self) -> frozenset[str]:
        """Keys of all addresses of the user's inboxes, aliases included; not of removed ones."""
        return frozenset(key for (key,) in _OWN.rows())

    def replace_aliases(self, inbox_id: InboxId, aliases: tuple[SendAs, ...]) -> None:
        """As the provider lists them now. Inside a transaction."""
        m.InboxAlias.delete().where(m.InboxAlias.inbox == inbox_id).execute()
        for alias in {address_key(a.address): a for a in aliases}.values():
            m.InboxAlias.create(
                inbox=inbox_id,
                address=alias.address,
                address_key=address_key(alias.address),
                name=alias.name,
                is_default=alias.is_default,
                refreshed_at=now(),
            )

    # -- for screens

    def cards(self) -> tuple[InboxCard, ...]:
        headers = _sums(
            m.LedgerHeaders.select(
                m.LedgerHeaders.inbox_id, m.LedgerHeaders.folder, fn.SUM(m.LedgerHeaders.headers_read)
            )
            .where(~m.LedgerHeaders.folder.startswith(BY_HAND))
            .group_by(m.LedgerHeaders.inbox_id, m.LedgerHeaders.folder)
        )
        bodies = _sums(
            m.LedgerBody.select(m.LedgerBody.inbox_id, m.LedgerBody.folder, fn.COUNT(m.LedgerBody.id)).group_by(
                m.LedgerBody.inbox_id, m.LedgerBody.folder
            )
        )
        nothing_known = not m.Message.select().exists() and not self._seeks_contacts()
        cards = []
        for row in _shown():
            folders = tuple(
                FolderRow(
                    path=c.path,
                    role=c.role,
                    headers_read=headers.get((row.id, c.path), 0),
                    bodies_read=bodies.get((row.id, c.path), 0),
                    last_checked_at=c.last_checked_at,
                    first_look_done=c.first_look_done,
                    first_look_total=c.first_look_total,
                    first_look_at=min(c.first_look_at, c.first_look_total),
                    held_until=c.held_until,
                )
                for c in self.cursors(InboxId(row.id))
                if c.missing_since is None
            )
            cards.append(
                InboxCard(
                    id=InboxId(row.id),
                    address=row.address,
                    provider=Provider(row.provider),
                    kind=InboxKind(row.kind),
                    state=InboxState(row.state),
                    problem=problem_from_json(row.problem_json),
                    since=row.since,
                    last_sync_at=row.last_sync_at,
                    headers_read=sum(n for (inbox, _), n in headers.items() if inbox == row.id),
                    bodies_read=sum(n for (inbox, _), n in bodies.items() if inbox == row.id),
                    folders=folders,
                    from_name=row.from_name,
                    nothing_to_seek=nothing_known and not self._takes_copies(InboxId(row.id)),
                )
            )
        return tuple(cards)

    def _seeks_contacts(self) -> bool:
        """Whether mail with known contacts is wished for, and there are any."""
        if Settings().get("log.mode") != LogMode.CONTACTS.value:
            return False
        known = m.ContactAddress.select().join(m.Contact).where(m.Contact.hidden_at.is_null())
        return bool(known.where(m.ContactAddress.address_key.not_in(list(self.own_addresses()))).exists())

    def _takes_copies(self, inbox_id: InboxId) -> bool:
        """Whether it serves an address whose mail is logged."""
        return any(address.inbox_id == inbox_id for address in LoggingAddresses().all())


_OWN = Prepared(
    0,
    lambda: (
        m.Inbox.select(m.Inbox.address_key).where(m.Inbox.state != InboxState.REMOVED.value)
        | m.InboxAlias.select(m.InboxAlias.address_key).join(m.Inbox).where(m.Inbox.state != InboxState.REMOVED.value)
    ),
)


def _shown() -> ModelSelect:
    return m.Inbox.select().where(m.Inbox.state != InboxState.REMOVED.value).order_by(m.Inbox.id)


def _sums(query: ModelSelect) -> dict[tuple[int, str], int]:
    return {(inbox, folder): int(number or 0) for inbox, folder, number in query.tuples()}


def _inbox(row: m.Inbox) -> Inbox:
    return Inbox(
        id=InboxId(row.id),
        user_id=row.user_id,
        provider=Provider(row.provider),
        kind=InboxKind(row.kind),
        state=InboxState(row.state),
        account=account_from_json(row.address, row.from_name, row.account_json),
        problem=problem_from_json(row.problem_json),
        since=row.since,
        created_at=row.created_at,
        last_sync_at=row.last_sync_at,
        files_sent_copies=row.files_sent_copies,
        sent_folder=row.sent_folder,
    )
