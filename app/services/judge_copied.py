"""Whether a message that was copied here may be logged, for whom and to whom (L5, L7, L8). Reads the store and decides;
`log_copied_message` does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.addresses import Address
from app.domain.attribution import Credited, Undecided, WhyNot, attribute
from app.domain.copied_mail import KEEP_NO_CONTENT, KEEP_NOTHING, Decision, Refusal, Refused, check_people, check_sender
from app.domain.sender_proof import SenderProof, ServerNames, prove_sender
from app.mime.headers import HeaderFacts
from app.mime.kinds import AUTO_REPLY, BOUNCE, FEEDBACK
from app.services.who_may_be_logged import rules_for
from app.services.workspace import Workspace

_NO_NAMES = ServerNames()
_SEVERAL = "It says that several people wrote it."
_NOT_LETTERS = frozenset({AUTO_REPLY, BOUNCE, FEEDBACK})


@dataclass(frozen=True)
class SenderVerdict:
    """`credited`, or `refused` and why. `users`: whose own never-log lists count. `proof`: what is known of the sender."""

    credited: Credited | None
    refused: Refused | None
    users: tuple[int, ...] = ()
    proof: SenderProof = SenderProof.OPEN


def judge_sender(
    workspace: Workspace,
    facts: HeaderFacts,
    sent_at: datetime,
    authentication: str = "",
    kind: str = "",
    names: ServerNames = _NO_NAMES,
) -> SenderVerdict:
    """`authentication`: what the receiving server found, of `names`; `kind`: of the message, where it was read."""
    store = workspace.store
    sender = facts.sender
    if sender is None:
        return SenderVerdict(None, Refused(Refusal.UNKNOWN_SENDER))
    sent_here_by = store.copied.sent_here_by(facts.message_id) if facts.message_id else None
    found = attribute(store.credit.holders(sender.key), sent_at, store.credit.sign_ins(sent_at), sent_here_by)
    if isinstance(found, Undecided) and found.reason is WhyNot.NOBODY:
        return SenderVerdict(None, Refused(Refusal.UNKNOWN_SENDER))
    users = found.candidates if isinstance(found, Undecided) else (found.user_id,)
    if is_automatic(facts, kind):
        return SenderVerdict(None, Refused(Refusal.AUTOMATIC), users)
    proof = prove_sender(authentication, sender.domain, names)
    if proof is SenderProof.FORGED:
        return SenderVerdict(None, Refused(Refusal.FORGED), users)
    if facts.other_senders:  # what the mail server found is about one of them, and nobody knows which
        return SenderVerdict(None, Refused(Refusal.UNDECIDED, detail=_SEVERAL), users)
    if isinstance(found, Undecided):
        return SenderVerdict(None, Refused(Refusal.UNDECIDED, detail=found.reason.value), users)
    return SenderVerdict(found, check_sender(store.credit.rights(found.user_id)), users, proof)


def refused_first(sender: SenderVerdict, decision: Refused) -> Refused:
    """Of a message that both the one who copied it and those whom it is about keep from being logged. What leaves nothing
    behind comes first; then the sender, of whose mail no content is kept either where there is no legal basis for it."""
    if decision.reason in KEEP_NOTHING or sender.refused is None:
        return decision
    return replace(sender.refused, without_content=decision.reason in KEEP_NO_CONTENT)


def is_automatic(facts: HeaderFacts, kind: str = "") -> bool:
    """Written by a machine in somebody's name (RFC 3834 5), not by a person who wants it logged. Mail to a list is not: a
    person may write to one."""
    return (
        facts.auto_submitted not in ("", "no")
        or facts.auto_reply_mark
        or facts.precedence in ("auto_reply", "auto-reply")
        or facts.is_delivery_report
        or kind in _NOT_LETTERS
    )


def judge_people(workspace: Workspace, people: Sequence[Address], users: Sequence[int]) -> Decision:
    """To whom of these it may be logged."""
    return check_people(people, rules_for(workspace, users))
