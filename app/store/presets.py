"""What an administrator set for everybody in the workspace: servers per mail domain, and addresses that are for meetings."""

from __future__ import annotations

from typing import Any

from app.domain.addresses import address_key
from app.store.fields import now
from app.store.models import MeetingsAddress, ProviderPreset


class Presets:
    def all(self) -> tuple[dict[str, Any], ...]:
        """One document a mail domain, in the form of `resources/providers/mail` with a single domain; by domain."""
        return tuple(row.document_json for row in ProviderPreset.select().order_by(ProviderPreset.domain))

    def put(self, domain: str, document: dict[str, Any]) -> None:
        """`domain` in ASCII, lower case. Takes the place of what was set for it. Inside a transaction."""
        ProviderPreset.insert(domain=domain, document_json=document, changed_at=now()).on_conflict(
            conflict_target=[ProviderPreset.domain],
            update={ProviderPreset.document_json: document, ProviderPreset.changed_at: now()},
        ).execute()

    def remove(self, domain: str) -> bool:
        """Whether there was one. Inside a transaction."""
        return bool(ProviderPreset.delete().where(ProviderPreset.domain == domain).execute())

    # -- addresses for meetings (P6)

    def meetings(self) -> tuple[str, ...]:
        return tuple(row.address for row in MeetingsAddress.select().order_by(MeetingsAddress.address_key))

    def is_for_meetings(self, address: str) -> bool:
        return bool(MeetingsAddress.select().where(MeetingsAddress.address_key == address_key(address)).exists())

    def add_meetings(self, address: str) -> None:
        """Inside a transaction."""
        MeetingsAddress.insert(address=address, address_key=address_key(address), created_at=now()).on_conflict(
            conflict_target=[MeetingsAddress.address_key], update={MeetingsAddress.address: address}
        ).execute()

    def remove_meetings(self, address: str) -> bool:
        """Whether it was there. Inside a transaction."""
        return bool(MeetingsAddress.delete().where(MeetingsAddress.address_key == address_key(address)).execute())
