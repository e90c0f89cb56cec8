"""The people of the demo: they fetch pictures, follow links and answer when a message arrives. Used by `run`.

They live on the mail server's thread as asyncio tasks, and react to real deliveries. What they read lies in their
mailbox; what they answer goes through the submission server by the program's own SMTP client. Requests go to this
computer alone: an address elsewhere is left as it is, so that no demo reaches the outside.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import ipaddress
import ssl
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from urllib.parse import urlsplit

import httpx

from app.demo.mail_server import Delivery, MailServer
from app.demo.replies import body_of, sender_of, write_reply
from app.demo.scenes import Action, Person, Step, StepDone, Story
from app.domain.addresses import address_key
from app.domain.errors import Cancelled, MailFault
from app.domain.inboxes import ImapAccount, Secret
from app.domain.subjects import base_subject

_FETCH_TIMEOUT = 10.0  # seconds
_HAS_WHOLE_LOOPBACK = sys.platform in ("linux", "win32")  # any address of 127.0.0.0/8 is this computer there

# account, password, recipient, message, set when the demo ends; raises MailFault, or Cancelled then
Submit = Callable[[ImapAccount, Secret, str, bytes, threading.Event], None]


class Correspondents:
    """Each step of the story is done once, when the message that it is about arrives for the person it is about. For
    other messages of the user they have habits (`improvise`). `pace` stretches the waiting times; 0 is at once."""

    def __init__(
        self,
        server: MailServer,
        story: Story,
        *,
        submit: Submit,
        pace: float = 1.0,
        improvise: bool = True,
    ) -> None:
        self._server = server
        self._story = story
        self._pace = pace
        self._improvise = improvise
        self._submit = submit
        self._people = {p.address.key: p for p in story.people}
        self._names = {base_subject(m.subject): m.name for m in story.messages}
        self._waiting = list(story.steps)  # for their message to arrive; loop's thread only, once started
        self._open = len(story.steps)
        self._listeners: list[Callable[[StepDone], None]] = []
        self._finished = threading.Event()
        self._ending = threading.Event()
        self._tls = ssl.create_default_context()
        if not story.steps:
            self._finished.set()

    # Called from any thread

    def start(self) -> None:
        """From now on they look into their mailboxes."""
        self._server.on_delivery(self._on_delivery)

    def on_step(self, listener: Callable[[StepDone], None]) -> None:
        """`listener` is called on the mail server's thread after each step; it must not block."""
        self._listeners.append(listener)

    def wait(self, timeout: float) -> bool:
        """Until every step of the story was done or tried; False when `timeout` seconds were not enough."""
        return self._finished.wait(timeout)

    def stop(self) -> None:
        """Ends an SMTP conversation that is on its way; the rest ends with the server."""
        self._ending.set()

    # The mail server's thread

    def _on_delivery(self, delivery: Delivery) -> None:
        message = email.message_from_bytes(delivery.raw, policy=email.policy.default)
        if delivery.sender == "" and address_key(delivery.recipient) == self._story.user.key:
            self._note_bounce(message)
        elif address_key(delivery.sender) == self._story.user.key:
            self._note_sent(delivery, message)

    def _note_sent(self, delivery: Delivery, message: EmailMessage) -> None:
        name = self._names.get(base_subject(str(message["Subject"] or "")), "")
        recipient = address_key(delivery.recipient)
        for step in self._take(lambda s: s.action is Action.SEND and s.message == name):
            self._tell(step, True, f"to {delivery.recipient}")
        person = self._people.get(recipient)
        if person is None or not person.has_mailbox or not delivery.known:
            return
        mine = self._take(lambda s: s.message == name and address_key(s.who) == recipient)
        if not mine and self._improvise:
            mine = list(person.habit)
        if mine:
            self._server.spawn(self._live(person, mine, message))

    def _note_bounce(self, report: EmailMessage) -> None:
        """Which recipient it is about stands in the machine's part (RFC 3464 2.3)."""
        fields = [part["Final-Recipient"] for part in report.walk() if part["Final-Recipient"]]
        failed = {address_key(str(f).rpartition(";")[2]) for f in fields}
        for step in self._take(lambda s: s.action is Action.BOUNCE and address_key(s.who) in failed):
            self._tell(step, True, "came back to the sender")

    def _take(self, wanted: Callable[[Step], bool]) -> list[Step]:
        found = [s for s in self._waiting if wanted(s)]
        self._waiting = [s for s in self._waiting if s not in found]
        return found

    async def _live(self, person: Person, steps: list[Step], message: EmailMessage) -> None:
        for step in steps:
            await asyncio.sleep(step.after * self._pace)
            try:
                done = await self._do(person, step, message)
            except Cancelled:
                return  # the demo is over
            except (httpx.HTTPError, httpx.InvalidURL, MailFault) as e:
                self._tell(step, False, str(e) or type(e).__name__)
                continue
            if done:
                self._tell(step, True, done)
            elif step.message:
                self._tell(step, False, "there is nothing of that kind in the message")

    async def _do(self, person: Person, step: Step, message: EmailMessage) -> str:
        """What came of it, in a few words; empty when the message does not allow it."""
        found = find_addresses(body_of(message, "html"))
        if step.action is Action.OPEN:
            answers = [await self._fetch(person, url, person.mail_agent) for url in found.pictures]
            return f"{len(answers)} picture(s) fetched" if answers else ""
        if step.action is Action.CLICK:
            if not found.links:
                return ""
            answer = await self._fetch(person, found.links[0], person.browser)
            return f"sent on to {answer.headers.get('location', 'nowhere')}"
        return await self._reply(person, step, message)

    async def _fetch(self, person: Person, url: str, agent: str) -> httpx.Response:
        headers = {"User-Agent": agent, "Accept-Language": f"{person.language},en;q=0.7"}
        here = person.loopback if urlsplit(url).hostname == "127.0.0.1" and _HAS_WHOLE_LOOPBACK else None
        transport = httpx.AsyncHTTPTransport(verify=self._tls, local_address=here)
        async with httpx.AsyncClient(
            transport=transport, headers=headers, timeout=_FETCH_TIMEOUT, follow_redirects=False, trust_env=False
        ) as client:
            answer = await client.get(url)
        if answer.status_code >= 400:
            answer.raise_for_status()
        return answer

    async def _reply(self, person: Person, step: Step, message: EmailMessage) -> str:
        asker = sender_of(message).addr_spec
        if not asker:
            return ""
        reply = self._story.replies.get(step.message, person.small_talk)
        raw = write_reply(person, message, reply, datetime.now().astimezone())
        address = person.address.addr_spec
        account = self._server.account(address, person.address.display_name)
        await asyncio.to_thread(self._submit, account, self._server.password(address), asker, raw, self._ending)
        return f"to {asker}"

    def _tell(self, step: Step, ok: bool, detail: str) -> None:
        done = StepDone(step, datetime.now(UTC), ok, detail)
        if step in self._story.steps:
            self._open -= 1
        for listener in self._listeners:
            listener(done)
        if self._open == 0:
            self._finished.set()


@dataclass(frozen=True)
class Addresses:
    """Of pictures and links, in order, those on this computer only."""

    pictures: tuple[str, ...]
    links: tuple[str, ...]


def find_addresses(html: str) -> Addresses:
    """What a mail program would fetch, and what a reader could click, as far as it leads to this computer."""
    reader = _AddressReader()
    reader.feed(html)
    reader.close()
    return Addresses(tuple(filter(_is_here, reader.pictures)), tuple(filter(_is_here, reader.links)))


class _AddressReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "img" and (source := named.get("src")):
            self.pictures.append(source)
        elif tag == "a" and (target := named.get("href")):
            self.links.append(target)


def _is_here(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        here = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:  # not an address, or no URL at all
        return False
    return parts.scheme in ("http", "https") and here
