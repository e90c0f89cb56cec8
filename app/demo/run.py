"""Sets the demo's stage: servers, people, and what the user is going to send. Used by `cli`.

with prepare(home) as world:
    … connect `world.account` with `world.password`, trusting what the account says …
    world.start_correspondents()
    for message in world.messages: … send it, tracked …
    world.wait(30)
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType

from app.demo.authority import Authority
from app.demo.correspondents import Correspondents
from app.demo.mail_server import Delivery, MailServer
from app.demo.posting import submit_by_smtp
from app.demo.scenes import Action, DemoMessage, Person, StepDone, Story
from app.demo.story import tell
from app.domain.inboxes import ImapAccount, Secret


class DemoWorld:
    """A running mail server and its people. Made by `prepare`; `stop` ends it within 2 seconds."""

    def __init__(
        self, home: Path, story: Story, authority: Authority, server: MailServer, people: Correspondents
    ) -> None:
        self.story = story
        self.authority_pem = authority.pem
        self.account: ImapAccount = server.account(story.user.addr_spec, story.user.display_name)
        self.password: Secret = server.password(story.user.addr_spec)
        self._folder = home / "demo"
        self._server = server
        self._correspondents = people

    @property
    def messages(self) -> tuple[DemoMessage, ...]:
        """What the user will send, in order."""
        return self.story.messages

    @property
    def people(self) -> tuple[Person, ...]:
        return self.story.people

    @property
    def authority_file(self) -> Path:
        """The authority as a file, for `--ca`."""
        return self._folder / "authority.pem"

    def attachments(self, message: DemoMessage) -> tuple[Path, ...]:
        """The message's files as files, to be attached as a person does it."""
        folder = self._folder / message.name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        paths = []
        for file in message.files:
            path = folder / file.filename
            path.write_bytes(file.content)
            paths.append(path)
        return tuple(paths)

    def on_delivered(self, listener: Callable[[Delivery], None]) -> None:
        """`listener` is called for each message that the server takes, on the server's thread; it must not block."""
        self._server.on_delivery(listener)

    def on_step(self, listener: Callable[[StepDone], None]) -> None:
        """`listener` is called after each step, SEND and BOUNCE too, on the server's thread; it must not block."""
        self._correspondents.on_step(listener)

    def start_correspondents(self) -> None:
        """From now on people react to what arrives. Call it before the first message is sent."""
        self._correspondents.start()

    def wait(self, timeout: float) -> bool:
        """Until every step was done or tried; False when `timeout` seconds were not enough. What the program makes of
        it (opens by the stream, replies by IDLE) may take moments longer."""
        return self._correspondents.wait(timeout)

    def mailbox(self, address: str, folder: str = "INBOX") -> tuple[bytes, ...]:
        """The messages in a person's or the user's folder, oldest first."""
        return self._server.messages(address, folder)

    def stop(self) -> None:
        """Ends people and servers at once. May be called twice."""
        self._correspondents.stop()
        self._server.stop()

    def __enter__(self) -> DemoWorld:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def prepare(home: Path, *, steps: int | None = None, pace: float = 1.0, now: datetime | None = None) -> DemoWorld:
    """Starts the servers and fills the user's mailbox with old mail. Files go to `home`/demo.

    `steps`: only so many of the story, and nothing beyond it; without it people also answer what the user makes up.
    `pace`: factor on the waiting times (the whole story takes about 3 seconds at 1). Raises UsageError when no port
    can be opened."""
    story = tell(now or datetime.now().astimezone()).first(steps)
    authority = Authority()
    addresses = [story.user.addr_spec, *(p.address.addr_spec for p in story.people if p.has_mailbox)]
    bounce_after = max((s.after for s in story.steps if s.action is Action.BOUNCE), default=0.5) * pace
    passwords = {address: Secret(secrets.token_urlsafe(12)) for address in addresses}
    server = MailServer(authority, passwords, bounce_after=bounce_after)
    server.start()
    for old in story.old_mail:
        server.put(story.user.addr_spec, old.raw, when=old.when, folder=old.folder, flags=old.flags)
    people = Correspondents(server, story, submit=submit_by_smtp, pace=pace, improvise=steps is None)
    world = DemoWorld(home, story, authority, server, people)
    world.authority_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    world.authority_file.write_text(world.authority_pem, encoding="ascii")
    return world
