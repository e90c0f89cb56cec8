"""What a person is told, and has to accept, before an inbox is connected (C3, D). Read by the wizard's second page.

Change `version` whenever a point changes in meaning: it is stored with the consent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """`icon` is a name of the icon set; `title` and `text` are shown as they are."""

    icon: str
    title: str
    text: str


@dataclass(frozen=True)
class Disclosure:
    version: str
    title: str
    points: tuple[Point, ...]
    consent: str  # with {address}


# D, IMAP: access to address, password, server information, metadata and bodies, and to nothing else.
IMAP = Disclosure(
    version="imap-2026-11-23",
    title="What to expect with IMAP",
    points=(
        Point(
            "shield",
            "What Hitchpost gets access to",
            "Your address, your password, the names and settings of your mail servers, the metadata of your messages "
            "(senders, recipients, subjects, times), and their bodies. Not your calendar and not your address book.",
        ),
        Point(
            "mail",
            "What it reads",
            "Headers in every folder but junk, trash and drafts, to find replies. Bodies and files only in threads that you "
            "sent or logged here, of what is copied here to be logged, of reports that a message did not arrive, and, if "
            "you choose that in the settings, of all mail with your contacts. “What was read” lists them.",
        ),
        Point(
            "sent",
            "What it sends",
            "The messages you write here, in your name, through your own mail server. A short test message to yourself "
            "shows that it works.",
        ),
        Point(
            "contacts",
            "Who can see it",
            "Everyone who uses this workspace sees logged mail. It may hold sensitive things.",
        ),
        Point(
            "lock",
            "Where it stays",
            "Mail in the workspace’s own database, the password in {secret_place}. No one else receives either.",
        ),
        Point(
            "cross",
            "How to end it",
            "Inboxes, then Remove in the inbox’s menu: the password is deleted here and logged mail stays. Disable only "
            "stops reading and sending. An app password can also be withdrawn at your provider.",
        ),
    ),
    consent="I have read this and want to connect {address}",
)
