"""What one run read of one folder. Made by `read_folder`; the command line shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.domain.events import EventId
from app.services.folder_in_hand import Taken

EventListener = Callable[[Sequence[EventId]], None]


@dataclass
class FolderReport:
    """`events`: new ones that may notify. `note`: what a person should know of it."""

    path: str
    headers_read: int = 0
    bodies_read: int = 0
    logged: int = 0
    events: list[EventId] = field(default_factory=list)
    note: str = ""

    def count(self, taken: Taken, on_events: EventListener) -> None:
        self.bodies_read += taken.body_read
        self.logged += taken.logged
        self.events.extend(taken.events)
        if taken.events:
            on_events(taken.events)
