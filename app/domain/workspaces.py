"""What is known of the workspaces on this computer (S1). Values for services, the settings dialog and the command line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from app.domain.addresses import address_key


@dataclass(frozen=True)
class Glance:
    """What a look into a workspace shows that is not open. `uid`: its id. `inboxes`: addresses of those that were not removed.
    `waiting`: messages in the outbox that have not gone out."""

    uid: str
    name: str
    inboxes: tuple[str, ...]
    waiting: int
    drafts: int

    @property
    def domain(self) -> str:
        """Of most of its inboxes; empty without one."""
        found = Counter(address_key(a).rpartition("@")[2] for a in self.inboxes)
        return found.most_common(1)[0][0] if found else ""


@dataclass(frozen=True)
class KnownWorkspace:
    """`file`: its database, beside which its attachments and its tracking folder lie. `inside`: None where it cannot be read,
    and `trouble` then says why; a new one has neither."""

    name: str
    file: Path
    current: bool
    inside: Glance | None = None
    trouble: str = ""
