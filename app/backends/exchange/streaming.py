"""News of one folder as they happen: a streaming subscription of EWS on a connection of its own. Used by `session`.

What comes is taken as a knock at the door only: what changed is asked for afterwards. Where the server refuses, or ends it
early, the folder is asked for news instead, and streaming is tried again later.
https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/getstreamingevents-operation
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import requests
import urllib3
from exchangelib import Account
from exchangelib.util import MNS, SOAPNS, TNS, to_xml

from app.backends.exchange.channel import Channel, judge_text
from app.backends.exchange.faults import talking
from app.backends.exchange.protocols import signed_in
from app.backends.sleep_clock import SleepClock
from app.backends.wire import SLICE
from app.domain.errors import MailFault
from app.domain.problems import ProblemCode

MINUTES = 29  # after which the server closes the answer; 30 at most
RETRY = 600.0  # seconds after a refusal
HELD_WELL = 60.0  # seconds; a stream that ends sooner is not opened again at once
_LISTEN_LIMIT = 1 << 20  # bytes that one wait may bring
_AT_ONCE = 100  # chunks
_EVENTS = ("NewMailEvent", "CreatedEvent", "CopiedEvent", "MovedEvent", "DeletedEvent")
_END = b"Envelope>"


class Stream:
    """`why`: why there is none at the moment; empty while there is one. For one thread, as its session."""

    def __init__(self, channel: Channel, mailbox: Account) -> None:
        self._main, self._mailbox = channel, mailbox
        self._channel: Channel | None = None
        self._chunks: Iterator[bytes] | None = None
        self._rest = b""
        self._folder_id = ""
        self._opened = self._heard = 0.0
        self._again = 0.0  # when it may be opened again
        self._before = 0  # bytes that came on connections before this one
        self.why = "Exchange was not asked yet whether it tells of new mail by itself."

    @property
    def is_open(self) -> bool:
        return self._chunks is not None

    @property
    def received(self) -> int:
        return self._before + (self._channel.received if self._channel is not None else 0)

    @property
    def quiet(self) -> float:
        """Seconds since the server last said anything here."""
        return time.monotonic() - self._heard

    def tend(self, folder_id: str, *, alone: bool = False) -> bool:
        """Opens it for this folder unless that was refused a moment ago. Whether it is open. Raises Cancelled only.
        `alone`: the session's other connection ends first."""
        if self.is_open and self._folder_id == folder_id:
            return True
        self.close()
        self._folder_id = folder_id
        if time.monotonic() < self._again:
            return False
        if alone:
            self._main.hang_up()
        try:
            self._open(folder_id)
        except MailFault as fault:
            self._refused(fault)
        return self.is_open

    def _refused(self, fault: MailFault) -> None:
        held = self._opened and time.monotonic() - self._opened >= HELD_WELL
        self.close()
        self._again = 0.0 if held else time.monotonic() + RETRY
        says = fault.problem.server_says or fault.problem.code.value
        self.why = f"Exchange was asked to tell of new mail by itself, and did not: {says}"

    def _open(self, folder_id: str) -> None:
        self._channel = self._main.another()
        self._channel.limit, self._channel.streams = _LISTEN_LIMIT, True
        self._opened = 0.0
        events = "".join(f"<t:EventType>{event}</t:EventType>" for event in _EVENTS)
        session = signed_in(self._channel, self._mailbox.protocol.credentials)
        told = self._ask(
            session,
            f"<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds><t:FolderId Id={quoteattr(folder_id)}/>"
            f"</t:FolderIds><t:EventTypes>{events}</t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>",
        )
        subscription = self._read(told.content).findtext(f".//{{{MNS}}}SubscriptionId") or ""
        if not subscription or len(subscription) > 4096:
            raise self._channel.fault(ProblemCode.PROTOCOL_ERROR, "no subscription", own_words=True)
        answer = self._ask(
            session,
            f"<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>{escape(subscription)}</t:SubscriptionId>"
            f"</m:SubscriptionIds><m:ConnectionTimeout>{MINUTES}</m:ConnectionTimeout></m:GetStreamingEvents>",
            stream=True,
        )
        if not answer.raw.chunked:  # an answer with an end is no stream: an error, most often
            self._read(answer.content)
            raise self._channel.fault(
                ProblemCode.PROTOCOL_ERROR, "an answer with an end, where a stream was asked for", own_words=True
            )
        self._rest = b""
        self._chunks = iter(answer.raw.read_chunked(decode_content=False))
        self._opened = self._heard = time.monotonic()
        self.why = ""

    def _ask(self, session: requests.Session, body: str, *, stream: bool = False) -> requests.Response:
        assert self._channel is not None
        envelope = (
            f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{SOAPNS}" xmlns:m="{MNS}" xmlns:t="{TNS}">'
            f"<s:Header><t:RequestServerVersion Version={quoteattr(self._mailbox.version.api_version)}/></s:Header>"
            f"<s:Body>{body}</s:Body></s:Envelope>"
        )
        wanted = {
            "X-AnchorMailbox": self._mailbox.primary_smtp_address,  # both lead to the server that keeps the subscription
            "X-PreferServerAffinity": "true",
        }
        try:
            return session.post(
                self._channel.url, envelope.encode(), headers=wanted, stream=stream, allow_redirects=False
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
            raise self._channel.fault(ProblemCode.PROTOCOL_ERROR, str(error), own_words=True) from error

    def _read(self, document: bytes) -> Any:
        """An envelope that tells of no error."""
        assert self._channel is not None
        judge_text(self._channel, document)
        with talking(self._channel):
            root = to_xml(document).getroot()
        codes = [code.text or "" for code in root.iter(f"{{{MNS}}}ResponseCode", "{*}faultcode")]
        wrong = next((code for code in codes if code != "NoError"), "" if codes else "no answer to the question")
        if wrong:
            raise self._channel.fault(ProblemCode.PROTOCOL_ERROR, wrong)
        return root

    def listen(self, seconds: float, cancel: threading.Event) -> bool:
        """True as soon as the server tells of news. False: none within that time, or `cancel` is set, or the stream
        has ended (so it does when the computer slept): see `is_open`. Raises Cancelled."""
        deadline = time.monotonic() + seconds
        clock = SleepClock()
        try:
            while self._chunks is not None and not cancel.is_set():
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                if clock.has_slept():
                    self.close()
                    return False
                if self._hear(min(left, SLICE)):
                    for _ in range(_AT_ONCE):
                        if not self._hear(0.0):
                            break  # what was here already is one piece of news
                    return True
        except MailFault as fault:
            self._refused(fault)
        return False

    def _hear(self, seconds: float) -> bool:
        """Whether an event came within this time. Heartbeats are none."""
        channel, chunks = self._channel, self._chunks
        if channel is None or chunks is None or channel.wire is None or not channel.wire.readable(seconds):
            return False
        channel.wire.start_clock()
        try:
            chunk = next(chunks, b"")
        except urllib3.exceptions.HTTPError as error:
            raise channel.fault(ProblemCode.PROTOCOL_ERROR, str(error), own_words=True) from error
        if not chunk:
            raise channel.fault(ProblemCode.CONNECTION_LOST, "the stream has ended", own_words=True)
        self._heard = time.monotonic()
        self._rest += chunk
        if len(self._rest) > _LISTEN_LIMIT:
            raise channel.fault(ProblemCode.ANSWER_TOO_LARGE)
        news = False
        while (end := _document_end(self._rest)) > 0:
            document, self._rest = self._rest[:end], self._rest[end:].lstrip()
            channel.wire.allow(_LISTEN_LIMIT)
            news = self._take(document.lstrip()) or news
        return news

    def _take(self, document: bytes) -> bool:
        assert self._channel is not None
        root = self._read(document)
        if (root.findtext(f".//{{{MNS}}}ConnectionStatus") or "OK") != "OK":
            raise self._channel.fault(ProblemCode.CONNECTION_LOST, "the server has closed the stream", own_words=True)
        return any(next(root.iter(f"{{{TNS}}}{event}"), None) is not None for event in _EVENTS)

    def close(self) -> None:
        """Hangs up. Never fails. The subscription ends by itself on the server."""
        if self._channel is not None:
            self._before = self.received
            self._channel.close()
        self._channel, self._chunks, self._rest = None, None, b""


def _document_end(text: bytes) -> int:
    """Where the first envelope ends; 0: it is not here yet."""
    start = 0
    while (found := text.find(_END, start)) >= 0:
        opened = text.rfind(b"<", 0, found)
        if opened >= 0 and text[opened : opened + 2] == b"</":
            return found + len(_END)
        start = found + 1
    return 0
