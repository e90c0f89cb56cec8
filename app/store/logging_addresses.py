"""The addresses that mail is copied to so that it is logged (L1)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from app.domain.copied_mail import CopyKind
from app.domain.inboxes import InboxId, InboxState
from app.domain.logging_addresses import AddressState, LoggingAddress, Way
from app.store import models as m
from app.store.fields import now


class LoggingAddresses:
    """Each method that writes wants to be inside a transaction."""

    def add(self, new: LoggingAddress) -> int:
        """Returns its number. A kind has an address once; that there is none of it yet is for the caller to look."""
        row = m.LoggingAddress.create(
            kind=new.kind.value,
            way=new.way.value,
            address=new.address,
            address_key=_key(new),
            inbox=new.inbox_id,
            folder=new.folder,
            state=new.state.value,
            proof_token=new.proof_token,
            created_at=now(),
        )
        return int(row.id)

    def remove(self, address_id: int) -> bool:
        return bool(m.LoggingAddress.delete().where(m.LoggingAddress.id == address_id).execute())

    def get(self, address_id: int) -> LoggingAddress | None:
        row = m.LoggingAddress.get_or_none(m.LoggingAddress.id == address_id)
        return None if row is None else _address(row)

    def same(self, new: LoggingAddress) -> LoggingAddress | None:
        """The one that is served in the same place for the same kind."""
        row = m.LoggingAddress.get_or_none(
            (m.LoggingAddress.kind == new.kind.value) & (m.LoggingAddress.address_key == _key(new))
        )
        return None if row is None else _address(row)

    def all(self) -> tuple[LoggingAddress, ...]:
        """Those for BCC first, the oldest first; of inboxes that are still there."""
        query = (
            m.LoggingAddress.select(m.LoggingAddress)
            .join(m.Inbox)
            .where(m.Inbox.state != InboxState.REMOVED.value)
            .order_by(m.LoggingAddress.kind, m.LoggingAddress.id)
        )
        return tuple(_address(row) for row in query)

    def keys(self) -> frozenset[str]:
        """Of all addresses: nothing is ever logged to one as to a contact."""
        return frozenset(a.key for a in self.all() if a.key)

    def rename_folder(self, inbox_id: InboxId, path: str, new_path: str) -> None:
        """Mail that is put there is logged as before."""
        here = (m.LoggingAddress.inbox == inbox_id) & (m.LoggingAddress.folder == path)
        for row in m.LoggingAddress.select().where(here):
            renamed = replace(_address(row), folder=new_path)
            m.LoggingAddress.update(folder=new_path, address_key=_key(renamed)).where(
                m.LoggingAddress.id == row.id
            ).execute()

    def lose_folder(self, inbox_id: InboxId, path: str) -> None:
        """The server has not listed it for so long that it is forgotten."""
        here = (m.LoggingAddress.inbox == inbox_id) & (m.LoggingAddress.folder == path)
        m.LoggingAddress.update(state=AddressState.BROKEN.value).where(here).execute()

    def begin_proof(self, address_id: int, token: str) -> None:
        m.LoggingAddress.update(proof_token=token).where(m.LoggingAddress.id == address_id).execute()

    def settle_proof(self, address_ids: Collection[int], state: AddressState) -> None:
        values: dict[str, object] = {"state": state.value, "proof_token": ""}
        if state is AddressState.PROVED:
            values["proved_at"] = now()
        m.LoggingAddress.update(**values).where(m.LoggingAddress.id.in_(list(address_ids))).execute()


def _key(address: LoggingAddress) -> str:
    """A folder has no address: its place stands for it, which no address can be."""
    return address.key or f"folder {address.inbox_id} {address.folder}"


def _address(row: m.LoggingAddress) -> LoggingAddress:
    found = LoggingAddress(
        id=row.id,
        kind=CopyKind(row.kind),
        way=Way(row.way),
        address=row.address,
        inbox_id=InboxId(row.inbox_id),
        folder=row.folder,
        state=AddressState(row.state),
        proved_at=row.proved_at,
        proof_token=row.proof_token,
        created_at=row.created_at,
    )
    return _with_folder(found) if found.way is Way.FOLDER else found


def _with_folder(found: LoggingAddress) -> LoggingAddress:
    """With what the last look at the folders of its inbox has shown."""
    cursor = m.FolderCursor.get_or_none(
        (m.FolderCursor.inbox == found.inbox_id) & (m.FolderCursor.path == found.folder)
    )
    if cursor is None:  # not read yet, or forgotten (`lose_folder`)
        return replace(found, folder_gone=found.state is AddressState.BROKEN)
    if cursor.missing_since is not None:
        return replace(found, state=AddressState.BROKEN, folder_gone=True, gone_since=cursor.missing_since)
    if found.state is AddressState.BROKEN and not found.address:  # it is there again, and needs no test
        return replace(found, state=AddressState.NEW)
    return found
