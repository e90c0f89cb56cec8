"""What a person is told before Gmail or Outlook is connected (C3, D). Read by `ways`."""

from __future__ import annotations

from app.ui.wizard.disclosures import Disclosure, Point

_STORED = (
    "Headers, subjects and bodies of the threads that you send or log here, replies to them, the mail you send, the "
    "distribution lists and aliases in it, when it was sent, and the addresses of its tracked links."
)
_SCANNED = (
    "The headers of every folder but junk, trash and drafts are looked through for replies to logged and tracked messages, "
    "for what is copied here to be logged, for reports that a message did not arrive, and, if you choose that in the "
    "settings, for all mail with your contacts. Other bodies are not opened. “What was read” lists everything."
)
_SENT = "The messages you write here, in your name. A short test message to yourself shows that it works."
_SEEN = "Everyone who uses this workspace sees logged mail. It may hold sensitive things."


def _disclosure(version: str, name: str, company: str, access: str, end: str, stored: str = _STORED) -> Disclosure:
    kept = (
        "Mail in the workspace’s own database. Your password stays with {company}: Hitchpost never sees it. The permission "
        "is kept encrypted, its key in {{secret_place}}."
    )
    return Disclosure(
        version=version,
        title=f"What to expect with {name}",
        points=(
            Point("shield", "What Hitchpost gets access to", access),
            Point("search", "What it looks through", _SCANNED),
            Point("mail", "What it stores", stored),
            Point("sent", "What it sends", _SENT),
            Point("contacts", "Who can see it", _SEEN),
            Point("lock", "Where it stays", kept.format(company=company)),
            Point("cross", "How to end it", end),
        ),
        consent="I have read this and want to connect {address}",
    )


GMAIL = _disclosure(
    "gmail-2026-11-23",
    "Gmail",
    "Google",
    "Google’s permission covers reading, sending and deleting all mail of the account, because there is no smaller one for "
    "IMAP. Hitchpost uses it for what stands below, and deletes nothing but its own surplus copies in Sent.",
    "Inboxes, then Remove in the inbox’s menu: the permission is taken back at Google and logged mail stays. Disable only "
    "stops reading and sending. You can also take the permission back at myaccount.google.com/connections.",
    f"{_STORED} And the addresses that the account may send as, which Gmail’s settings list.",
)
OUTLOOK = _disclosure(
    "outlook-2026-11-23",
    "Outlook",
    "Microsoft",
    "Microsoft’s permission covers reading and sending mail of the account by IMAP and SMTP, and sending by Microsoft Graph "
    "where your organisation has switched SMTP off. Not calendar, contacts or groups.",
    "Inboxes, then Remove in the inbox’s menu: what is kept here is deleted and logged mail stays. Disable only stops "
    "reading and sending. The permission itself is taken back at myapps.microsoft.com, or account.live.com/consent/Manage "
    "for a personal account.",
)
