"""What a test message to a logging address showed, what is wrong with one, and what to do. Used by the settings and the command
line."""

from __future__ import annotations

from app.domain.copied_mail import CopyKind
from app.domain.folders import LeftOut
from app.domain.logging_addresses import (
    FolderMissing,
    FolderUnasked,
    FolderUnfit,
    LoggingAddress,
    NotCome,
    NotSent,
    NotTold,
    Proof,
    Recognised,
)
from app.domain.logging_rules import FolderRole
from app.words.days import day
from app.words.problems import explain

FOLDER_GONE = "Its folder is gone"


def folder_gone_sentence(address: LoggingAddress, inbox_address: str) -> str:
    """Whole sentences; empty where the folder is there, or no folder serves it."""
    if not address.folder_gone:
        return ""
    since = f" since {day(address.gone_since)}" if address.gone_since is not None else ""
    rule = f" A rule that files mail to {address.address} there has no place to put it." if address.address else ""
    has, how = ("has had", "deleted, or renamed while it was empty") if since else ("has", "deleted, or never there")
    return (
        f"The mail server {has} no folder “{address.folder}” in {inbox_address}{since}: it was {how}. Nothing is logged "
        f"from it.{rule} Create it again under the same name, or remove this address and set up another one."
    )


def folder_look_sentence(
    found: FolderMissing | FolderUnasked | FolderUnfit, inbox_address: str, *, creating: bool = False
) -> str:
    """Whole sentences."""
    match found:
        case FolderUnfit(path, LeftOut() as left_out):
            return (
                f"Hitchpost never reads the folder “{path}” in {inbox_address}: {left_out.value}. Nothing that is put there "
                "would be logged. Choose another folder, or create one."
            )
        case FolderUnfit(path, role):
            what = "what you send" if role is FolderRole.SENT else "your ordinary mail"
            return (
                f"The folder “{path}” in {inbox_address} holds {what}, and every message in it would be logged as a copy. "
                "Choose a folder that is used for nothing else, or create one."
            )
        case FolderMissing(path, near):
            hint = f" There is one that is called “{near}”." if near else ""
            return f"The mail server has no folder “{path}” in {inbox_address}.{hint}"
        case FolderUnasked(path, problem):
            why = f"{(told := explain(problem)).title}. {told.cause}" if problem else "The password cannot be read."
            if creating:
                return f"The folder “{path}” was not created. {why}"
            return f"The mail server could not be asked for the folder “{path}”. {why}"


def proof_sentence(found: Proof) -> str:
    """Whole sentences."""
    name = found.address.address
    match found:
        case Recognised(_, seen_in):
            return f"It works: the test message to {name} came, and is known by {seen_in}."
        case NotTold(address, folder):
            where = "" if folder == "INBOX" else f" into {folder}"
            what = "a message with it in Bcc" if address.kind is CopyKind.BCC else "mail to it"
            return (
                f"The test message to {name} came{where}, but the mail server does not say for whom: {what} could not be told "
                "from any other. Use a folder that a rule at the server fills, or a mailbox of its own."
            )
        case NotCome(_, seconds):
            return (
                f"The server took the test message to {name}, and it did not come within {round(seconds)} seconds. The mail "
                "system may not know addresses with a plus, or is slow with new ones: try again later, or use a folder or a "
                "mailbox of its own."
            )
        case NotSent(_, problem):
            told = explain(problem)
            return (
                f"The mail server did not take a message to {name}: {told.title}. It has to know this address, and to let mail "
                "go there, also what is forwarded from other mail programs."
            )
