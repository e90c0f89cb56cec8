"""The legal bases for writing to people, which count while the privacy switch is on (T9). Used by the façade and the command
line."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.addresses import is_complete
from app.domain.changes import Area
from app.domain.errors import PermanentlyDeleted, UsageError
from app.domain.privacy import Basis
from app.domain.quoting import quoted
from app.services.workspace import Workspace


def put_legal_basis(workspace: Workspace, addresses: Sequence[str], basis: Basis, note: str = "") -> None:
    """For each of these addresses, all or none; takes the place of an earlier one. Raises UsageError for what is no address,
    PermanentlyDeleted for one that was deleted for good."""
    for address in addresses:
        if not is_complete(address):
            raise UsageError(f"The address {quoted(address)} is not complete, as in ada@example.org.")
    store = workspace.store
    with store.transaction(Area.SETTINGS, Area.CONTACTS, source="privacy"):
        for address in addresses:
            if store.tombstones.holds(address):
                raise PermanentlyDeleted(address.strip())
            store.bases.put(address, basis, note, store.user_id)


def remove_legal_basis(workspace: Workspace, address: str) -> None:
    """Raises UsageError where there is none."""
    with workspace.store.transaction(Area.SETTINGS, Area.CONTACTS, source="privacy"):
        if not workspace.store.bases.remove(address):
            raise UsageError(f"No legal basis is noted for {address.strip()}.")


def read_basis(typed: str) -> Basis:
    """Raises UsageError."""
    try:
        return Basis(typed.strip().lower().replace("-", "_").replace(" ", "_"))
    except ValueError:
        names = ", ".join(b.value.replace("_", "-") for b in Basis)
        raise UsageError(f"{quoted(typed)} is no legal basis. There are: {names}.") from None
