"""The passwords of one inbox in the secret store, each bound to the servers and user names that it is for. Used by
`Workspace`, and by connecting and removing an inbox.

A password and the account that it belongs to lie in two places, which no transaction spans. So each password says whom it
is for: what reads it with another account in hand gets nothing, whatever was interrupted in between. There are two places
for each, so that the one in use stays until the account has changed. A password of earlier versions says nothing; it is
the connected account's, and is bound at its first use, or before anything is changed."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from app.domain.addresses import address_key, spelled
from app.domain.inboxes import Account, ImapAccount, Secret

if TYPE_CHECKING:
    from app.secrets.protocol import SecretStore

SERVERS = ("imap", "smtp")
_BOUND = re.compile(r"hitchpost-1 ([0-9a-f]{32}) (.*)", re.DOTALL)  # for whom, and the password


def secret_name(address: str, server: str) -> str:
    """Under which a password is kept."""
    return f"{address_key(address)}:{server}"


class AccountPasswords:
    """For one address. Every method raises SecretError as the secret store does."""

    def __init__(self, kept: SecretStore, address: str) -> None:
        self._kept = kept
        self._address = address

    def get(self, account: Account, server: str) -> Secret | None:
        """That of `server` itself ("imap" or "smtp"); None where there is none that is for this account."""
        unbound = ""
        for name in self._names(server):
            whom, password = self._read(name)
            if password is not None and whom == _whom(account):
                return Secret(password)
            unbound = name if password is not None and not whom else unbound
        return self._bind(unbound, server, account) if unbound else None

    def settle(self, current: Account | None) -> None:
        """From here on every password says whom it is for: `current`, the account that is connected now. To be called before
        another one is."""
        for server in SERVERS:
            for name in self._names(server):
                whom, password = self._read(name)
                if password is None or whom:
                    continue
                if current is None:
                    self._kept.delete(name)
                else:
                    self._bind(name, server, current)

    def put(self, account: Account, server: str, secret: Secret, current: Account | None) -> None:
        """Keeps it without touching what is `current`'s, unless that is for the same servers and names."""
        names = self._names(server)[:2]
        owners = {name: self._read(name)[0] for name in names}
        own = next((name for name in names if owners[name] == _whom(account)), "")
        free = next(name for name in names if current is None or owners[name] != _whom(current))
        self._kept.set(own or free, Secret(f"hitchpost-1 {_whom(account)} {secret.reveal()}"))

    def drop(self, account: Account, server: str) -> None:
        """Forgets that of `account` alone."""
        for name in self._names(server):
            if self._read(name)[0] == _whom(account):
                self._kept.delete(name)

    def drop_others(self, account: Account | None) -> None:
        """Forgets all that is not for `account`."""
        for server in SERVERS:
            for name in self._names(server):
                if account is None or self._read(name)[0] != _whom(account):
                    self._kept.delete(name)

    def _bind(self, name: str, server: str, account: Account) -> Secret | None:
        _, password = self._read(name)
        if password is None:  # forgotten meanwhile
            return None
        place = name if name in self._names(server)[:2] else self._names(server)[0]
        self._kept.set(place, Secret(f"hitchpost-1 {_whom(account)} {password}"))
        if place != name:
            self._kept.delete(name)
        return Secret(password)

    def _read(self, name: str) -> tuple[str, str | None]:
        """For whom (empty: an earlier version's), and the password."""
        found = self._kept.get(name)
        if found is None:
            return "", None
        bound = _BOUND.fullmatch(found.reveal())
        return (bound.group(1), bound.group(2)) if bound else ("", found.reveal())

    def _names(self, server: str) -> list[str]:
        """The two places, and that of earlier versions where it was another: a domain beyond ASCII, in small letters."""
        name = secret_name(self._address, server)
        earlier = spelled(self._address).casefold()
        other = earlier != address_key(earlier) == address_key(self._address)
        return [name, f"{name}:second", *([f"{earlier}:{server}"] if other else [])]


def _whom(account: Account) -> str:
    """The hosts and user names, as a fingerprint."""
    smtp_username = account.smtp_username if isinstance(account, ImapAccount) else ""
    parts = (account.read_host.lower(), account.send_host.lower(), account.username, smtp_username)
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]
