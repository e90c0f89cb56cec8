"""The values a demo is told in: people, messages, steps. Used by everything in `app.demo` and by `cli`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from app.domain.addresses import Address


class Action(Enum):
    """SEND is done by the program's user, BOUNCE by the mail server, the others by correspondents."""

    SEND = "send"
    OPEN = "open"
    CLICK = "click"
    REPLY = "reply"
    BOUNCE = "bounce"


@dataclass(frozen=True)
class Step:
    """`who` (an address) does `action` with the message called `message`, `after` seconds after that person's step
    before, or after the message arrived."""

    who: str
    action: Action
    message: str
    after: float = 0.0


@dataclass(frozen=True)
class StepDone:
    """`ok` False: it was tried and `detail` says why it did not work. `step.message` is empty for what nobody had
    written down: an answer to a mail that the user made up."""

    step: Step
    at: datetime
    ok: bool
    detail: str


@dataclass(frozen=True)
class DemoFile:
    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class DemoMessage:
    """What the user will write. `name` is how steps call it; no two messages of a story share a subject."""

    name: str
    to: tuple[Address, ...]
    subject: str
    html: str
    text: str
    files: tuple[DemoFile, ...] = ()


@dataclass(frozen=True)
class Reply:
    """What a correspondent answers, without signature and quote. Paragraphs are parted by empty lines."""

    text: str
    files: tuple[DemoFile, ...] = ()


@dataclass(frozen=True)
class Person:
    """A correspondent. `language` (BCP 47) is that of the mail program, which writes the line above a quote in it.
    `mail_agent` and `browser` are User-Agents; `loopback` the address that requests come from, so that people are told
    apart. `habit`: what the person does with a message that no step speaks of."""

    address: Address
    title: str
    company: str
    phone: str
    language: str
    mail_agent: str
    browser: str
    loopback: str
    writes_html: bool
    habit: tuple[Step, ...]
    small_talk: Reply
    has_mailbox: bool = True


@dataclass(frozen=True)
class OldMail:
    """A message that lay in the user's mailbox before the demo began."""

    raw: bytes
    when: datetime
    folder: str = "INBOX"
    flags: tuple[str, ...] = ("\\Seen",)


@dataclass(frozen=True)
class Story:
    """`replies` by message name."""

    user: Address
    user_company: str
    people: tuple[Person, ...]
    messages: tuple[DemoMessage, ...]
    replies: dict[str, Reply]
    steps: tuple[Step, ...]
    old_mail: tuple[OldMail, ...]

    def first(self, steps: int | None) -> Story:
        """The same story cut after that many steps, with the messages that are still sent in it."""
        if steps is None or steps >= len(self.steps):
            return self
        kept = self.steps[: max(0, steps)]
        sent = {s.message for s in kept if s.action is Action.SEND}
        messages = tuple(m for m in self.messages if m.name in sent)
        return Story(self.user, self.user_company, self.people, messages, self.replies, kept, self.old_mail)
