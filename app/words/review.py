"""Why a copied message was not logged, in a sentence, and what to do. Used by the review list, the feed and the command line;
complete by test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.attribution import WhyNot
from app.domain.copied_mail import CONTENT_LIMIT, FILES_LIMIT, MEGABYTE, Refusal
from app.domain.record_words import folded, search_parts
from app.domain.review import SoughtWord


@dataclass(frozen=True)
class ReviewWords:
    """`title` without a full stop; `sentence`; `remedy`: empty where nothing is to be done."""

    title: str
    sentence: str
    remedy: str


R = Refusal
_CONTENT, _FILES = CONTENT_LIMIT // MEGABYTE, FILES_LIMIT // MEGABYTE
_WORDS: dict[Refusal, tuple[str, str, str]] = {
    R.UNKNOWN_SENDER: (
        "Not from a user of this workspace",
        "It was sent from {sender}, which is no user’s address here.",
        "Where the address is yours, connect its inbox or add it to your aliases, and log this one by hand. Where it is "
        "not, dismiss it: somebody knows your logging address, and you can replace that in the settings.",
    ),
    R.UNDECIDED: (
        "Nobody can be credited for certain",
        "{detail}",
        "Log it by hand: it is then credited to you.",
    ),
    R.NO_ACCESS: (
        "No personal e-mail access",
        "The user who sent it has no permission to log personal e-mail.",
        "An administrator gives it under Users in the settings. Log this one by hand then.",
    ),
    R.USER_REMOVED: (
        "The user was removed",
        "The user to whom it would be credited was removed from this workspace.",
        "Restore the user, or log it by hand: it is then credited to you.",
    ),
    R.FORGED: (
        "The sender may be forged",
        "The mail server found that it does not come from {sender}, though it says so.",
        "Log it by hand if you know that you sent it. Else dismiss it.",
    ),
    R.AUTOMATIC: (
        "Written by a machine",
        "It is an automatic message, such as an out-of-office note, and no letter of yours.",
        "Dismiss it, or log it by hand.",
    ),
    R.NEVER_LOG: (
        "On the never-log list",
        "Everyone it would be logged to is on the never-log list. Nothing of it was kept.",
        "Remove the entry from the list if such mail is to be logged from now on.",
    ),
    R.DELETED: (
        "Deleted for good earlier",
        "Everyone it would be logged to was permanently deleted from this workspace. Nothing of it was kept.",
        "",
    ),
    R.REMOVED: (
        "Removed for good earlier",
        "This message was removed from this workspace for good, with a contact or by the never-log list, and stays away. "
        "Nothing of it was kept.",
        "",
    ),
    R.NO_LEGAL_BASIS: (
        "No legal basis",
        "The privacy switch is on, and there is no legal basis for {people}.",
        "Nothing of its content was kept. Note the legal basis for them, then log it by hand: it is read from the mailbox "
        "again.",
    ),
    R.TOO_LARGE: (
        "Too long",
        f"Its text has more than {_CONTENT} MB without the attachments.",
        "Log it by hand if you want it all the same.",
    ),
    R.NO_CONTACT: (
        "Nobody to log it to",
        "It names nobody but users of this workspace, or no complete address. {detail}",
        "Log it by hand to the contact that it belongs to.",
    ),
    R.NO_NEW_CONTACTS: (
        "No contact yet",
        "{people}: no contact has this address, and contacts are not made by themselves.",
        "Add the contact and log it by hand, or let contacts be made in the settings.",
    ),
    R.NOT_A_FORWARD: (
        "No forwarded message found",
        "It has no header of a forwarded message that can be read. {detail}",
        "Forward the single message with your mail program’s own button, without changing the lines above its text; or log "
        "it by hand.",
    ),
    R.ONE_FORM: (
        "Only one form of the text",
        "A forwarded message has to hold both HTML and plain text. This one holds only one of them.",
        "Let your mail program write HTML, or allow one form in the settings under BCC and forwarding. This one can be logged "
        "by hand.",
    ),
    R.UNREADABLE: (
        "It cannot be read",
        "The message is encrypted or damaged.",
        "Log it by hand if you want to have it on the timeline as it is.",
    ),
    R.FILES_LEFT_OUT: (
        "Logged without its attachments",
        f"Its attachments have more than {_FILES} MB together.",
        "The message is on the timeline. Its attachments stay in your mailbox.",
    ),
}


def review_words(reason: Refusal, facts: Mapping[str, object], sender: str = "") -> ReviewWords:
    """`facts`: those of the review item."""
    title, sentence, remedy = _WORDS[reason]
    people = facts.get("addresses")
    named = ", ".join(str(p) for p in people[:3]) if isinstance(people, list) and people else "its recipients"
    detail = str(facts.get("detail") or (WhyNot.NOBODY.value if reason is R.UNDECIDED else ""))
    text = sentence.format(sender=sender or "an unknown address", people=named, detail=detail)
    return ReviewWords(title, " ".join(text.split()), remedy)


def sought_words(search: str) -> tuple[SoughtWord, ...]:
    """What a person types to find entries, word by word, with the reasons whose titles have it."""
    titles = {reason: folded(title) for reason, (title, _, _) in _WORDS.items()}
    return tuple(SoughtWord(w, frozenset(r for r, title in titles.items() if w in title)) for w in search_parts(search))
