"""The privacy switch (T9): with it on, only people for whom there is a legal basis are tracked and logged; and the tombstones
of addresses that were deleted for good. Pure; used by logging, by sending and by the settings."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from app.domain.addresses import address_key


class Basis(Enum):
    """Article 6 (1) of the General Data Protection Regulation: why somebody may be written to."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTEREST = "legitimate_interest"

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    Basis.CONSENT: "They agreed to it",
    Basis.CONTRACT: "A contract with them, or steps towards one",
    Basis.LEGAL_OBLIGATION: "A legal obligation",
    Basis.VITAL_INTERESTS: "Somebody’s vital interests",
    Basis.PUBLIC_TASK: "A task in the public interest",
    Basis.LEGITIMATE_INTEREST: "Legitimate interest",
}


@dataclass(frozen=True)
class LegalBasis:
    address: str  # the key
    basis: Basis
    note: str
    at: datetime
    user_id: int | None = None


def tombstone_digest(workspace_uid: str, address: str) -> str:
    """What is kept of an address that was deleted for good: SHA-256, in hex, of the workspace's id and the address's key. It
    tells the address again when it comes, and does not tell what it is."""
    return hashlib.sha256(f"{workspace_uid}\0{address_key(address)}".encode()).hexdigest()
