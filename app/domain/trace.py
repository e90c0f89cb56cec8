"""Why a message is here, or not: the steps of a decision in words. Made by `explain_message`, shown by screens and the
command line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Mark(Enum):
    """What a step means for the message's way to the timeline."""

    YES = "yes"
    NO = "no"
    NOTE = "note"


@dataclass(frozen=True)
class TraceStep:
    mark: Mark
    text: str


@dataclass(frozen=True)
class Trace:
    """`about`: what was asked, as it was understood. `verdict`: the answer in one sentence. `message_pk`: the logged message
    where there is one, which can be moved and split off. `can_undo`: a person has moved it. `can_split`: it stands in
    a thread with others than its answers. `found`: how many messages the mail servers have of an address; of these the `told`
    newest are in the steps."""

    about: str
    verdict: str
    steps: tuple[TraceStep, ...]
    message_pk: int | None = None
    contact_id: int | None = None
    can_undo: bool = False
    found: int = 0
    told: int = 0
    can_split: bool = True
