"""Whether a copied message may be logged, and as what: every condition and limit of L2–L8 in their order. Used by
`log_copied_message`; nothing is written but attachments, before the transaction that names them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC

from app.domain.addresses import Address, address_key
from app.domain.attribution import Rule
from app.domain.copied_mail import CopyKind, LogTo, Refusal, Refused, leaves_files_out, too_large
from app.domain.encapsulated import reachable_ones
from app.domain.forward_notes import ForwardNote
from app.domain.inboxes import InboxKind
from app.domain.left_out import WhyLeftOut
from app.domain.message_ids import FORWARDED
from app.domain.sender_proof import SenderProof, server_of
from app.domain.subjects import base_subject
from app.mime.content_size import sizes_of
from app.mime.copied_headers import copy_facts
from app.mime.protection import ENCRYPTED
from app.mime.reading import ReadMessage
from app.mime.structure import header_end
from app.services.copied_mail import CopiedMail, Plan
from app.services.judge_copied import SenderVerdict, judge_people, judge_sender, refused_first
from app.services.kept_files import KeptFiles, keep_files, leave_files, never_fetched
from app.services.names_deleted import names_the_deleted, note_without_names
from app.services.notify_too_large import may_be_answered, write_notice
from app.services.removed_for_good import may_not_come_back
from app.services.take_original import NoOriginal, Original, take_original
from app.services.who_may_be_logged import without_refused
from app.services.workspace import Workspace
from app.services.wrong_address import hint_for_bcc, hint_for_forward
from app.store.messages import NewMessage

_REASONS = {
    CopyKind.BCC: "Copied to the workspace’s BCC address",
    CopyKind.FORWARD: "Forwarded to the workspace’s forwarding address",
}


def plan_copied(
    workspace: Workspace, copied: CopiedMail, message: ReadMessage, raw: bytes
) -> Plan | tuple[Refused, tuple[int, ...]]:
    """Every condition: who sent it, whom it is about, what it holds. Never-log comes before all others, since what it keeps
    out must not be kept for another reason."""
    facts = message.headers
    sent_at = copied.place.date_of(message)
    sender = judge_sender(workspace, facts, sent_at, copied.authentication, message.kind, copied.names)
    content = (
        content_of(message, raw, own_copy=copied.own_copy)
        if copied.kind is CopyKind.BCC
        else take_original(message, raw, both_forms=bool(workspace.store.settings.get("log.forward_both_forms")))
    )
    if isinstance(content, NoOriginal):
        if names_the_deleted(workspace, message):  # the review list would keep it, and show it
            return Refused(Refusal.DELETED), sender.users
        why = hint_for_forward(workspace, copied, message) or content.why
        refused = sender.refused or Refused(content.reason, detail=why)
        return replace(refused, without_content=bool(workspace.store.settings.get("privacy.on"))), sender.users
    people = people_of(workspace, copied.kind, content)
    decision = judge_people(workspace, people, sender.users)
    if isinstance(decision, Refused):
        if copied.kind is CopyKind.BCC and (hint := hint_for_bcc(workspace, decision, raw)):
            decision = replace(decision, detail=hint)
        return refused_first(sender, decision), sender.users
    if sender.refused is not None or sender.credited is None:
        return sender.refused or Refused(Refusal.UNKNOWN_SENDER), sender.users
    if message.protection == ENCRYPTED and not content.text.strip() and copied.kind is CopyKind.FORWARD:
        return Refused(Refusal.UNREADABLE), sender.users
    if content.forms_missing:
        return Refused(Refusal.ONE_FORM), sender.users
    if too_large(content.sizes):
        return Refused(Refusal.TOO_LARGE), sender.users
    if not workspace.store.settings.get("create_contacts"):
        known = workspace.store.contacts.find_many([p.addr_spec for p in decision.people])
        if not known:
            return Refused(Refusal.NO_NEW_CONTACTS, tuple(p.addr_spec for p in decision.people)), sender.users
    return _plan(workspace, copied, message, raw, content, decision, sender)


def content_of(message: ReadMessage, raw: bytes, *, own_copy: bool = False) -> Original:
    """Of a message by BCC: all of it. `own_copy`: it lies in the Sent folder, where Bcc names people whom the user has written
    to; anywhere else the sender may have written anything there."""
    facts = message.headers
    end, _ = header_end(raw, 0, len(raw))
    return Original(
        sender=facts.sender or Address("", ""),
        to=reachable_ones(facts.to),
        cc=reachable_ones(facts.cc),
        subject=facts.subject,
        date=facts.date,
        text=message.text,
        html=message.html,
        visible_text=message.visible_text,
        quoted_lines=message.quoted_lines,
        files=message.attachments,
        message_id=facts.message_id,
        in_reply_to=facts.in_reply_to,
        references=facts.references,
        forms_missing=False,
        sizes=sizes_of(raw),
        bcc=copy_facts(raw[:end]).hidden_people if own_copy else (),
    )


def people_of(workspace: Workspace, kind: CopyKind, content: Original) -> tuple[Address, ...]:
    """Whom it is logged to. By BCC: everybody in To and Cc, and in the Bcc of one's own copy. Forwarded: who wrote the
    original, and nobody in copy; but an original that the user wrote himself is logged to those whom he wrote to, as if it
    had been copied then."""
    if kind is CopyKind.FORWARD and not _is_own(workspace, content.sender):
        return (content.sender,)
    return (*content.to, *content.cc, *content.bcc)


def _is_own(workspace: Workspace, person: Address) -> bool:
    store = workspace.store
    own = person.key in store.inboxes.own_addresses() or person.key in store.credit.own_keys()
    return own and not store.tombstones.holds(person.key)  # deleted for good weighs more than an alias


def _plan(
    workspace: Workspace,
    copied: CopiedMail,
    message: ReadMessage,
    raw: bytes,
    content: Original,
    decision: LogTo,
    sender: SenderVerdict,
) -> Plan | tuple[Refused, tuple[int, ...]]:
    assert sender.credited is not None  # asked before
    new = message_to_log(workspace, copied, message, content, KeptFiles(), sender.credited.user_id)
    own_id = message.headers.message_id or copied.place.made_up_id
    if may_not_come_back(workspace, new, own_id):
        return Refused(Refusal.REMOVED), sender.users
    without = leaves_files_out(content.sizes) or not copied.whole
    files = files_to_log(workspace, copied, content, raw)
    notice = None
    answers = may_be_answered(message.headers, message.kind) and not copied.place.quiet
    if without and answers:
        arrived = copied.place.internal_date
        user = sender.credited.user_id
        notice = write_notice(workspace, copied.inbox, message.headers, raw, copied.recipient, arrived, user)
    why = f"{new.match_reason}; {_of_sender(copied, sender)}"
    new = replace(new, attachments=files.refs, left_out=files.left_out, match_reason=why)
    new = without_refused(workspace, new, team=copied.inbox.kind is InboxKind.TEAM)
    return Plan(
        message=new,
        people=decision.people,
        user_id=sender.credited.user_id,
        words=sender.credited.words,
        aliases=() if own_id == new.message_id else (own_id,),
        notice=notice,
        files_left_out=without,
        kind=copied.kind,
    )


def files_to_log(workspace: Workspace, copied: CopiedMail, content: Original, raw: bytes) -> KeptFiles:
    """L4: all, or none. Raises DiskFull."""
    if leaves_files_out(content.sizes):
        return leave_files(WhyLeftOut.OVER_LIMIT, content.files)
    if not copied.whole:
        return never_fetched(WhyLeftOut.OVER_LIMIT, raw)
    return keep_files(workspace, content.files)


def _of_sender(copied: CopiedMail, sender: SenderVerdict) -> str:
    """Ends the sentence by which a person is told why it is here."""
    if copied.own_copy:
        return "it lies in the Sent folder"
    if sender.proof is SenderProof.PROVEN:
        server = server_of(copied.authentication) or "the mail server"
        return f"{server} found that it comes from its sender"
    if sender.credited is not None and sender.credited.rule in (Rule.SENT_HERE, Rule.TEAM_SENT_HERE):
        return "it was sent from here"
    return "the mail server does not say whether it comes from its sender, so that this is not proven"


def message_to_log(
    workspace: Workspace,
    copied: CopiedMail,
    message: ReadMessage,
    content: Original,
    files: KeptFiles,
    user_id: int,
) -> NewMessage:
    """As it stands on the timeline; its thread is found when it is stored."""
    forwarded = copied.kind is CopyKind.FORWARD
    received = forwarded and not _is_own(workspace, content.sender)
    came = copied.place.date_of(message)
    date = content.date if forwarded and content.date is not None and content.date <= came else came
    own_id = message.headers.message_id or copied.place.made_up_id
    team = copied.inbox.kind is InboxKind.TEAM
    note = note_without_names(workspace, content.note, [user_id], team=team)
    serving = workspace.store.logging_addresses.keys() if content.bcc else frozenset[str]()
    return NewMessage(
        message_id=_id_of(workspace, content) if forwarded else own_id,
        raw_message_id="" if forwarded else message.headers.raw_message_id,
        direction="received" if received else "sent",
        kind=message.kind if not forwarded else "normal",
        thread_id=0,
        inbox_id=copied.inbox.id,
        user_id=user_id,
        date=date,
        sender=content.sender,
        to=content.to,
        cc=content.cc,
        bcc=tuple(person for person in content.bcc if person.key not in serving),
        subject=content.subject,
        text=content.text,
        html=content.html,
        visible_text=content.visible_text,
        quoted_lines=content.quoted_lines,
        size=message.size,
        in_reply_to=content.in_reply_to[-1] if content.in_reply_to else "",
        references=content.references,
        logged=True,
        logged_by=copied.kind.value,
        match_reason=_REASONS[copied.kind],
        notes=(ForwardNote(user_id, note, came, own_id),) if note else (),
        attachments=files.refs,
        left_out=files.left_out,
    )


def _id_of(workspace: Workspace, content: Original) -> str:
    """An original whose Message-ID the forward does not tell, or tells wrongly, gets one that is the same however often it is
    forwarded."""
    if content.message_id:
        known = workspace.store.messages.known([content.message_id]).get(content.message_id)
        if known is None or address_key(workspace.store.messages.sender(known.pk)) == content.sender.key:
            return content.message_id
    words = " ".join(content.text.split())[:2_000]
    date = content.date.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if content.date else ""
    parts = [content.sender.key, date, base_subject(content.subject), words]
    return f"{hashlib.sha256(chr(0).join(parts).encode('utf-8', 'replace')).hexdigest()[:32]}{FORWARDED}"
