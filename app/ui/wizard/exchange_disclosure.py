"""What a person is told before an Exchange mailbox is connected (C3, D). Read by `ways`."""

from __future__ import annotations

from app.ui.wizard.disclosures import Disclosure, Point

EXCHANGE = Disclosure(
    version="exchange-2026-11-23",
    title="What to expect with Exchange",
    points=(
        Point(
            "shield",
            "What Hitchpost gets access to",
            "Your address, your password, the name and settings of your Exchange server, the metadata of your messages "
            "(senders, recipients, subjects, times), and their bodies. The same password also opens your calendar, contacts "
            "and groups: Hitchpost does not ask for them.",
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
            "The messages you write here, in your name, through your own server. Exchange sends a message to all whom it "
            "names, so each of several recipients gets a copy that names only that one. A short test message to yourself shows "
            "that it works.",
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
            "stops reading and sending.",
        ),
    ),
    consent="I have read this and want to connect {address}",
)
