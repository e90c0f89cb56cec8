"""A workspace with tracked mail, and hits on it as the tracking server tells them. Used by the tests of verdicts and by the
benchmark of judging again."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.bootstrap import open_workspace
from app.domain.addresses import Address
from app.domain.events import EventKind, Hit, Tracking
from app.domain.views import FeedRow
from app.services.take_hits import take_hits
from app.services.workspace import Workspace
from app.store import Store
from app.store.messages import NewMessage

SENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)
HOME, OFFICE, SCANNER = "203.0.113.7", "198.51.100.9", "192.0.2.77"
BROWSER = {"accept": "text/html", "accept-language": "sv"}


def ref(kind: str, name: str) -> str:
    """`kind`: m of a message, r of a recipient."""
    return hashlib.sha256(f"{kind} {name}".encode()).hexdigest()[:16]


@dataclass
class TrackedMail:
    """`send` makes messages; `open` and `click` make hits, numbered as they are made; `arrive` has them taken in."""

    workspace: Workspace
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def store(self) -> Store:
        return self.workspace.store

    def send(self, name: str = "karin", links: int = 3, at: datetime = SENT, cc: Sequence[Address] = ()) -> int:
        address = Address(f"{name}@example.com", name.title())
        store = self.store
        with store.transaction():
            contact = store.contacts.add(address, created_by="user")
            thread = store.messages.new_thread("quote")
            pk = store.messages.add(
                NewMessage(
                    message_id=f"{name}@example.org",
                    direction="sent",
                    thread_id=thread,
                    user_id=store.user_id,
                    date=at,
                    sender=Address("jonas@example.org", "Jonas Ahl"),
                    to=(address,),
                    cc=tuple(cc),
                    subject="Quote",
                    logged=True,
                    logged_by="sent",
                    message_ref=ref("m", name),
                    tracking=Tracking.ON,
                    tracking_url="https://track.example.org",
                ),
                [contact],
            )
            urls = [f"https://example.net/{position}" for position in range(links)]
            store.messages.add_tracking(pk, [(ref("r", name), address)], urls)
        return pk

    def open(self, after: float, ip: str = HOME, agent: str = THUNDERBIRD, name: str = "karin", **more: object) -> Hit:
        return self._hit(EventKind.OPEN, None, "", after, ip, agent, name, more)

    def click(
        self, after: float, link: int = 0, ip: str = HOME, agent: str = CHROME, name: str = "karin", **more: object
    ) -> Hit:
        url = f"https://example.net/{link}"
        return self._hit(EventKind.CLICK, link, url, after, ip, agent, name, {"headers": BROWSER, **more})

    def _hit(
        self,
        kind: EventKind,
        link: int | None,
        url: str,
        after: float,
        ip: str,
        agent: str,
        name: str,
        more: dict[str, object],
    ) -> Hit:
        at = SENT + timedelta(seconds=after)
        facts = {"method": "GET", **more}
        number = next(self.numbers)
        return Hit("s", number, kind, at, ref("m", name), ref("r", name), link, url, ip, agent, **facts)  # type: ignore[arg-type]

    def arrive(self, *hits: Hit) -> tuple[int, ...]:
        return take_hits(self.workspace, hits)

    def feed(self, kinds: Sequence[str] = ("open", "click")) -> list[FeedRow]:
        """Oldest first."""
        return [row for row in self.store.feed.rows(limit=100_000)[::-1] if row.kind.value in kinds]

    def verdicts(self) -> list[tuple[str, str]]:
        return [(row.kind.value, row.verdict.value) for row in self.feed()]

    def counts(self, pk: int) -> tuple[int | None, int | None]:
        message = self.store.timeline.message(pk)
        assert message is not None
        return message.opens, message.clicks


@contextmanager
def tracked_mail(home: Path) -> Iterator[TrackedMail]:
    workspace = open_workspace(home, environ={"HITCHPOST_PASSPHRASE": "four words or more"})
    try:
        yield TrackedMail(workspace)
    finally:
        workspace.store.close()
