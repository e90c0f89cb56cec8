"""What logging addresses, the ways to serve one, and the outcome of a test message are called. Pure; used by the section of the
settings and by the wizard."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.copied_mail import CONTENT_LIMIT, FILES_LIMIT, MEGABYTE, CopyKind
from app.domain.inboxes import InboxState, Provider
from app.domain.logging_addresses import (
    AddressState,
    LoggingAddress,
    NotCome,
    NotSent,
    NotTold,
    Proof,
    Recognised,
    Way,
)
from app.domain.views import InboxCard
from app.words.logging_addresses import FOLDER_GONE, folder_gone_sentence, proof_sentence
from app.words.quoting import said


@dataclass(frozen=True)
class KindWords:
    """`title` of a card, `name` within a sentence, `what` it does, `use`: what a person does with it."""

    title: str
    name: str
    what: str
    use: str


KINDS: dict[CopyKind, KindWords] = {
    CopyKind.BCC: KindWords(
        "BCC address",
        "the BCC address",
        "Put it into BCC when you write from your phone or another mail program: the message is logged to each of its "
        "recipients.",
        "Save it in your phone’s address book under a name such as “Log”, and put it into the BCC field of what you send. "
        "Never into To or Cc: recipients would see it.",
    ),
    CopyKind.FORWARD: KindWords(
        "Forwarding address",
        "the forwarding address",
        "Forward a message to it that came earlier or elsewhere: the original is taken out of it and logged to whoever "
        "wrote it.",
        "Save it in your address book under a name such as “Log a message”, and forward single messages to it with your "
        "mail program’s own button.",
    ),
}


@dataclass(frozen=True)
class WayWords:
    """`name` within “Served by …”, `fits`: when it is the right one."""

    title: str
    name: str
    text: str
    fits: str
    icon: str


WAYS: dict[Way, WayWords] = {
    Way.PLUS: WayWords(
        "A &plus-address of an inbox",
        "plus-address",
        "Such as anna+log-k3v9x2@example.com: mail to it comes to anna@example.com. Nothing is set up at the server.",
        "Fits Gmail, iCloud and Fastmail, Microsoft 365 unless it was switched off there, and many servers of one’s own.",
        "mail",
    ),
    Way.FOLDER: WayWords(
        "A &folder of an inbox",
        "folder",
        "A rule at the mail server files there what is to be logged, or you move messages there yourself.",
        "Fits Exchange, Yahoo and all servers that know no plus-addresses.",
        "folder",
    ),
    Way.MAILBOX: WayWords(
        "A &mailbox of its own",
        "mailbox of its own",
        "Such as log@example.com, connected as an inbox. Everything that comes to it is logged, and nothing else.",
        "Fits a domain of one’s own and teams, where a new mailbox is quickly made.",
        "inboxes",
    ),
}

_NO_PLUS = frozenset({"yahoo.com", "ymail.com", "yahoo.co.uk", "aol.com", "gmx.de", "gmx.net", "web.de", "t-online.de"})


def recommended(provider: Provider, address: str) -> Way:
    """The way to try first with this inbox."""
    if provider is Provider.EXCHANGE or _domain(address) in _NO_PLUS:
        return Way.FOLDER
    return Way.PLUS


def advice(provider: Provider, address: str, way: Way) -> str:
    """How this way goes with this inbox, in a sentence or two."""
    if way is Way.MAILBOX:
        return (
            f"Everything that comes to {address} is taken for mail to be logged. Use it for nothing else: what is sent from "
            "no user’s address goes to the review list."
        )
    if way is Way.FOLDER:
        return {
            Provider.GMAIL: "In Gmail a folder is a label. A filter puts it on what comes to the address.",
            Provider.OUTLOOK: "A rule in Outlook on the web works while your computer is off, too.",
            Provider.EXCHANGE: "Ask your administrator for one more address on this mailbox, and file it by a rule.",
        }.get(
            provider,
            "A rule (Sieve) at the server works while your computer is off. One in your mail program does not.",
        )
    if provider is Provider.EXCHANGE:
        return (
            "An Exchange server knows no plus-addresses as a rule. Take a folder, unless your administrator added them."
        )
    if _domain(address) in _NO_PLUS:
        return f"{_domain(address)} does not deliver plus-addresses. Take a folder."
    return {
        Provider.GMAIL: "Gmail delivers plus-addresses without any setting.",
        Provider.OUTLOOK: "Microsoft 365 delivers plus-addresses unless an administrator switched them off. The test shows it.",
    }.get(provider, "Most mail servers deliver plus-addresses, some do not. The test message shows it.")


def server_steps(provider: Provider, address: str, folder: str) -> tuple[str, ...]:
    """What a person does at the mail server, so that mail is filed into the folder. `address` empty: by hand."""
    if not address:
        return (
            f"Open your mail program, and find the folder “{folder}”.",
            "Move or copy a message there that is to be logged. Your own messages from Sent work, too.",
            "It is logged with the next look at the folder, and stays there until you delete it.",
        )
    return {
        Provider.GMAIL: (
            "In Gmail open Settings › See all settings › Filters and blocked addresses › Create a new filter.",
            f"Under To enter {address}, and choose Create filter.",
            f"Tick Skip the Inbox, and Apply the label “{folder}”. Choose Create filter again.",
        ),
        Provider.OUTLOOK: (
            "In Outlook on the web open Settings › Mail › Rules › Add new rule.",
            f"As condition choose “Recipient address includes” and enter {address}. “I’m on the To line” misses BCC.",
            f"As action choose Move to “{folder}”, and save the rule.",
        ),
        Provider.EXCHANGE: (
            f"Ask the administrator to let {address} come to this mailbox.",
            "In Outlook make a rule for the server: with specific words in the message header.",
            f"Enter {address} as the words, and Move to “{folder}” as the action.",
        ),
    }.get(
        provider,
        (
            f"See to it that mail to {address} comes to this mailbox: as an alias, at the server or its administration.",
            "Make a filter at the server (Sieve, often under Filters or Rules in its webmail). By the envelope’s recipient, "
            "where it offers that: an address in BCC stands nowhere else.",
            f"As action choose to file it into “{folder}”.",
        ),
    )


def conditions(kind: CopyKind) -> tuple[str, ...]:
    """What has to be so that a message is logged, and what becomes of it else."""
    own = "You send it from your login address, a connected inbox, or one of your aliases, and have personal e-mail access."
    size = (
        f"Its text has at most {CONTENT_LIMIT // MEGABYTE} MB, attachments not counted. Attachments of more than "
        f"{FILES_LIMIT // MEGABYTE} MB together are left out, and a delivery failure notice tells the sender."
    )
    people = (
        "Nobody is logged who is on the never-log list, was deleted for good, or lacks a legal basis while the privacy "
        "switch is on. The others of the same message are."
    )
    where = "It is logged to the contact, to the primary company, and to the five open deals that changed last."
    kept = "What cannot be logged waits under Review, with the reason. Nothing of it is lost."
    if kind is CopyKind.BCC:
        return where, own, people, size, kept
    single = "You forward one message at a time, and leave the lines above its text (From, Date, To) as they are."
    return where, own, single, people, size, kept


def state_chip(address: LoggingAddress, inbox: InboxCard | None) -> tuple[str, str, str]:
    """Text, tone, icon. `inbox`: None when it was removed."""
    if not serves(inbox):
        return "Not served", "bad", "bounce"
    if address.state is AddressState.BROKEN:
        return "Does not work", "bad", "bounce"
    if not address.address:
        return "In use", "ok", "check"
    return ("Works", "ok", "check") if address.state is AddressState.PROVED else ("Not tested", "warn", "warn")


def serves(inbox: InboxCard | None) -> bool:
    return inbox is not None and inbox.state not in (InboxState.DISABLED, InboxState.REMOVED)


def served_by(address: LoggingAddress, inbox: InboxCard | None) -> str:
    """“A plus-address of jonas@example.org”."""
    whose = inbox.address if inbox is not None else "an inbox that was removed"
    return {
        Way.PLUS: f"Served by {whose} as a plus-address",
        Way.FOLDER: f"Served by the folder “{address.folder}” of {whose}",
        Way.MAILBOX: f"Served by the mailbox {whose} alone",
    }[address.way]


@dataclass(frozen=True)
class Told:
    """`kind` of a banner."""

    kind: str
    title: str
    text: str


def trouble(address: LoggingAddress, inbox: InboxCard | None) -> Told | None:
    """What is wrong with it and what to do; None where nothing is."""
    if inbox is None:
        return Told("bad", "Its inbox was removed", "Mail to it is not looked at any more. Set up another address.")
    if inbox.state is InboxState.DISABLED:
        return Told(
            "bad",
            "Its inbox is switched off",
            f"Mail to it waits in {inbox.address}, and is logged once that inbox is enabled. Nothing is lost.",
        )
    if address.folder_gone:
        return Told("bad", FOLDER_GONE, folder_gone_sentence(address, inbox.address))
    if address.state is AddressState.BROKEN:
        return Told(
            "bad",
            "The last test message did not come through",
            "What is copied to it may not be logged. It is not lost: it stays in your mailbox. Test it again, or set up "
            "another one in another way.",
        )
    if inbox.state in (InboxState.NEEDS_SIGN_IN, InboxState.NEEDS_PERMISSION, InboxState.CERTIFICATE):
        return Told(
            "warn",
            "Its inbox needs you",
            f"Mail to it waits in {inbox.address}, and is logged once that is connected again. Nothing is lost.",
        )
    return None


def outcome(found: Proof) -> Told:
    """Of a test message."""
    match found:
        case Recognised():
            return Told("ok", "The test message came, and is recognised", proof_sentence(found))
        case NotTold():
            return Told("bad", "It came, but cannot be told from other mail", proof_sentence(found))
        case NotCome():
            return Told("warn", "The test message did not come in time", proof_sentence(found))
        case NotSent():
            return Told("bad", "The test message was not taken", proof_sentence(found) + said(found.problem))


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()
