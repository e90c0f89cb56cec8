"""The privacy switch (T9): with it on, only people for whom there is a legal basis are tracked and logged. Values;
used by logging, by sending and by the settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


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
