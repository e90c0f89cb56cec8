"""Which addresses mail can be sent from: each inbox's own, and its aliases. Used by compose, `send`, and the sending itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.domain.addresses import Address, address_key
from app.domain.inboxes import AuthMethod, ImapAccount, Inbox, InboxId, InboxKind, Provider, SendAs


@dataclass(frozen=True)
class Sender:
    """`address`: as recipients see it. `alias`: it is not the inbox's own address, which `inbox_address` is then besides.
    `refreshable`: the provider can be asked for the inbox's aliases."""

    inbox_id: InboxId
    address: Address
    inbox_address: str
    alias: bool = False
    refreshable: bool = False

    @property
    def wanted(self) -> Address | None:
        """As a draft has it: None is the inbox's own address."""
        return self.address if self.alias else None


def has_aliases(inbox: Inbox) -> bool:
    """Whether its provider can tell aliases: Gmail, where it signs in there."""
    account = inbox.account
    return inbox.provider is Provider.GMAIL and isinstance(account, ImapAccount) and account.auth is AuthMethod.OAUTH


def own_sender(inbox: Inbox, aliases: Sequence[SendAs], user_name: str) -> Address:
    """The name given here counts first, then the one that the provider has for the address, then, for a personal inbox, the
    user's: a team's mail is in nobody's own name."""
    own = user_name if inbox.kind is InboxKind.PERSONAL else ""
    listed = next((a.name for a in aliases if address_key(a.address) == address_key(inbox.address)), "")
    return Address(inbox.address, inbox.account.from_name or listed or own)


def senders_of(inbox: Inbox, aliases: Sequence[SendAs], user_name: str) -> tuple[Sender, ...]:
    """The provider's first choice first, then the inbox's own address, then the others as they are listed. An alias
    without a name bears that of the inbox's own address, as in Gmail."""
    own, refreshable = own_sender(inbox, aliases, user_name), has_aliases(inbox)
    found = [Sender(inbox.id, own, inbox.address, refreshable=refreshable)]
    first = found[0]
    for alias in aliases:
        address = Address(alias.address, alias.name or own.display_name)
        if address.key != own.key:
            found.append(Sender(inbox.id, address, inbox.address, alias=True, refreshable=refreshable))
            first = found[-1] if alias.is_default else first
    return (first, *(sender for sender in found if sender is not first))


def draft_sender(
    inbox: Inbox, aliases: Sequence[SendAs], user_name: str, wanted: Address | None
) -> tuple[Address, bool]:
    """(what stands in From, whether the inbox may still send as it). `wanted`: the alias that the draft names."""
    own = own_sender(inbox, aliases, user_name)
    if wanted is None or wanted.key == own.key:
        return own, True
    return wanted, wanted.key in {address_key(a.address) for a in aliases}


def answer_from(senders: Iterable[Sender], addressed: Iterable[Address], inbox_address: str) -> Sender | None:
    """Who answers a message: the one of `senders` to whom it was sent, those of the inbox that it came to first; else that
    inbox's own address; None where there is none of it."""
    near = sorted(senders, key=lambda s: address_key(s.inbox_address) != address_key(inbox_address))
    for address in addressed:
        for sender in near:
            if sender.address.key == address.key:
                return sender
    return next((s for s in near if not s.alias and s.address.key == address_key(inbox_address)), None)
