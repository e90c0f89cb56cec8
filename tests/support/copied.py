"""A workspace to which mail is copied to be logged: users, inboxes, records, and messages as mail programs write them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from itertools import count
from pathlib import Path

from app.bootstrap import open_workspace
from app.domain.addresses import Address
from app.domain.copied_mail import CopyKind
from app.domain.inboxes import ConnectionSecurity, Endpoint, ImapAccount, Inbox, InboxId, InboxKind, Provider, SendAs
from app.domain.logging_addresses import Way
from app.domain.review import ReviewItem, ReviewState
from app.domain.views import TimelineMessage
from app.mime.headers import parse_header_block
from app.services.copied_mail import CopiedMail, CopyOutcome
from app.services.log_copied_message import log_copied_message
from app.services.log_message import Place
from app.services.logging_addresses import add_logging_address
from app.services.meet_copied import server_names
from app.services.workspace import Workspace
from app.store import models as m
from app.store.fields import now

SERVER = Endpoint("mail.example.com", 993, ConnectionSecurity.IMPLICIT_TLS)
JONAS = "jonas@example.com"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass
class CopyDesk:
    """`inbox`: Jonas's, which serves both logging addresses. `jonas`: the signed-in user."""

    workspace: Workspace
    inbox: Inbox
    bcc: str
    forward: str
    uids: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def jonas(self) -> int:
        return self.workspace.store.user_id

    # -- people and records

    def user(self, name: str, login: str = "", *, access: bool = True, active: bool = True) -> int:
        with self.workspace.store.transaction():
            return int(
                m.User.create(
                    name=name, login_address=login, personal_email_access=access, active=active, created_at=now()
                ).id
            )

    def change_user(self, user_id: int, **values: object) -> None:
        with self.workspace.store.transaction():
            m.User.update(**values).where(m.User.id == user_id).execute()

    def alias(self, user_id: int, address: str) -> None:
        with self.workspace.store.transaction():
            m.UserAlias.create(user=user_id, address=address, address_key=Address(address).key, created_at=now())

    def connect(self, address: str, user_id: int, kind: InboxKind = InboxKind.PERSONAL, *also: int) -> InboxId:
        store = self.workspace.store
        with store.transaction():
            account = ImapAccount(address, SERVER, SERVER, address)
            inbox_id = store.inboxes.add(account, user_id=user_id, kind=kind, provider=Provider.IMAP)
            for user in also:
                m.InboxUser.insert(inbox=inbox_id, user=user, connected_at=now()).on_conflict_ignore().execute()
        return inbox_id

    def gmail_alias(self, address: str) -> None:
        with self.workspace.store.transaction():
            self.workspace.store.inboxes.replace_aliases(self.inbox.id, (SendAs(address),))

    def signed_in(self, user_id: int, since: datetime, until: datetime | None = None) -> None:
        with self.workspace.store.transaction():
            m.SignInPeriod.create(user=user_id, from_at=since, until_at=until, last_seen_at=until or now())

    def contact(self, address: str, name: str = "") -> int:
        with self.workspace.store.transaction():
            return self.workspace.store.contacts.add(Address(address, name), created_by="user")

    def company_of(self, contact: int, name: str, *, primary: bool = True) -> int:
        with self.workspace.store.transaction():
            company = int(m.Company.create(name=name, created_at=now()).id)
            if primary:
                m.ContactCompany.update(is_primary=False).where(m.ContactCompany.contact == contact).execute()
            m.ContactCompany.create(contact=contact, company=company, is_primary=primary)
            return company

    def deal(self, contact: int, name: str, minutes: int, *, is_open: bool = True) -> int:
        with self.workspace.store.transaction():
            at = NOON + timedelta(minutes=minutes)
            deal = m.Deal.create(name=name, is_open=is_open, changed_at=at, created_at=at, stage="New")
            m.DealContact.create(deal=deal, contact=contact)
            return int(deal.id)

    def set(self, name: str, value: object) -> None:
        with self.workspace.store.transaction():
            self.workspace.store.settings.put(name, value)

    # -- mail

    def take(self, raw: bytes, kind: CopyKind = CopyKind.BCC, *, authentication: str = "", first_look: bool = False,
             whole: bool = True, inbox: InboxId | None = None) -> CopyOutcome:  # fmt: skip
        """As the sync hands it over."""
        store = self.workspace.store
        uid = next(self.uids)
        here = store.inboxes.get(inbox) if inbox is not None else self.inbox
        header = parse_header_block(raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0])
        place = Place("INBOX", 1, uid, datetime.now(UTC), first_look, header)
        address = next(a for a in store.logging_addresses.all() if a.kind is kind)
        return log_copied_message(
            self.workspace, CopiedMail(kind, here, place, address, authentication, whole, server_names(here)), raw
        )

    def timeline(self, address: str) -> tuple[TimelineMessage, ...]:
        contact = self.workspace.store.contacts.find(address)
        return () if contact is None else self.workspace.store.timeline.of_contact(contact)

    def reviews(self, *states: ReviewState | None) -> tuple[ReviewItem, ...]:
        """Newest first; without `states` those that nobody has settled, None: all."""
        wanted = states or (ReviewState.OPEN, ReviewState.KEPT_OUT)
        return tuple(i for i in self.workspace.store.reviews.items(None) if None in wanted or i.state in wanted)

    def is_contact(self, address: str) -> bool:
        return self.workspace.store.contacts.find(address) is not None


@contextmanager
def open_copy_desk(home: Path) -> Iterator[CopyDesk]:
    workspace = open_workspace(home)
    store = workspace.store
    try:
        with store.transaction():
            account = ImapAccount(JONAS, SERVER, SERVER, JONAS, from_name="Jonas Ahl")
            inbox_id = store.inboxes.add(account, user_id=store.user_id)
        bcc = add_logging_address(workspace, CopyKind.BCC, Way.PLUS, inbox_id)
        forward = add_logging_address(workspace, CopyKind.FORWARD, Way.PLUS, inbox_id)
        yield CopyDesk(workspace, store.inboxes.get(inbox_id), bcc.address, forward.address)
    finally:
        store.close()


def letter(
    *to: str,
    sender: str = f"Jonas Ahl <{JONAS}>",
    cc: str = "",
    subject: str = "Offert",
    text: str = "Hej Ada, här är offerten.",
    html: str = "",
    message_id: str = "",
    files: tuple[tuple[str, bytes], ...] = (),
    date: datetime = NOON,
    more: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """A message as a mail program writes it; `html` "" leaves plain text alone."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = ", ".join(to or ("Ada Berg <ada@example.org>",))
    if cc:
        message["Cc"] = cc
    message["Subject"] = subject
    message["Date"] = format_datetime(date)
    message["Message-ID"] = f"<{message_id or f'letter{next(_letters)}@example.com'}>"
    for name, value in more:
        message[name] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name, content in files:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def forwarded(
    desk_forward: str,
    *,
    original_from: str = "Ada Berg <ada@example.org>",
    original_to: str = f"Jonas Ahl <{JONAS}>",
    original_cc: str = "",
    subject: str = "Svar om offerten",
    text: str = "Tack, vi tar den.",
    note: str = "",
    html: bool = True,
    plain: bool = True,
    sender: str = f"Jonas Ahl <{JONAS}>",
    message_id: str = "",
    more: tuple[tuple[str, str], ...] = (),
    files: tuple[tuple[str, bytes], ...] = (),
) -> bytes:
    """As Gmail forwards (https://support.google.com/mail): a separator line, From, Date, Subject, To, Cc, an empty line."""
    head = [
        "---------- Forwarded message ---------",
        f"From: {original_from}",
        "Date: Mon, Mar 2, 2026 at 10:15 AM",
        f"Subject: {subject}",
        f"To: {original_to}",
        *([f"Cc: {original_cc}"] if original_cc else []),
    ]
    body = f"{note}\n\n" + "\n".join(head) + f"\n\n\n{text}\n"
    lines = "<br>".join(line.replace("<", "&lt;").replace(">", "&gt;") for line in head)
    as_html = f'<div dir="ltr">{note}<br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">{lines}<br></div><br><br><div>{text}</div></div></div>'  # noqa: E501
    raw = letter(
        desk_forward, sender=sender, subject=f"Fwd: {subject}", text=body if plain else "x", html=as_html if html else "",
        message_id=message_id, more=more, files=files,
    )  # fmt: skip
    if plain:
        return raw
    message = EmailMessage()
    for name, value in (("From", sender), ("To", desk_forward), ("Subject", f"Fwd: {subject}"),
                        ("Date", format_datetime(NOON)), ("Message-ID", f"<only{next(_letters)}@example.com>")):  # fmt: skip
        message[name] = value
    message.set_content(as_html, subtype="html")
    return message.as_bytes()


_letters = count(1)
