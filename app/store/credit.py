"""Who has a sending address, and who was signed in when: the facts of attribution (L7)."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.domain.addresses import address_key
from app.domain.attribution import Holders, SignIn
from app.domain.copied_mail import SenderRights
from app.domain.inboxes import InboxKind, InboxState
from app.store import models as m

_TEAM = InboxKind.TEAM.value
BEAT = timedelta(minutes=5)  # how often a running program says that its user is still signed in
_SILENCE = 2 * BEAT  # longer than that it was killed, or the computer slept


class Credit:
    def holders(self, key: str) -> Holders:
        """`key`: of the sending address. Only active users count, and inboxes that were not removed; who connected a team
        inbox counts in any case."""
        inbox = m.Inbox.get_or_none((m.Inbox.address_key == key) & (m.Inbox.state != InboxState.REMOVED.value))
        as_alias = self._with_alias(key)
        team = next((self._first_user(i) for i in [inbox, *as_alias] if i is not None and i.kind == _TEAM), None)
        connected = self._users_of([inbox]) if inbox is not None and team is None else set()
        login = {row.id for row in m.User.select().where(m.User.active) if _is(row.login_address, key)}
        alias = {row.user_id for row in m.UserAlias.select().where(m.UserAlias.address_key == key)}
        alias |= self._users_of([i for i in as_alias if i.kind != _TEAM])
        active = {pk for (pk,) in m.User.select(m.User.id).where(m.User.active).tuples()}
        return Holders(frozenset(connected & active), frozenset(login & active), frozenset(alias & active), team)

    def _with_alias(self, key: str) -> list[m.Inbox]:
        """Inboxes that may send as this address, which is not their own."""
        query = m.Inbox.select(m.Inbox).join(m.InboxAlias).where(m.InboxAlias.address_key == key)
        return list(query.where((m.Inbox.state != InboxState.REMOVED.value) & (m.Inbox.address_key != key)))

    def _users_of(self, inboxes: list[m.Inbox]) -> set[int]:
        """Who has connected one of these."""
        rows = m.InboxUser.select(m.InboxUser.user_id).where(m.InboxUser.inbox.in_([i.id for i in inboxes])).tuples()
        return {i.user_id for i in inboxes} | {user for (user,) in rows}

    def _first_user(self, inbox: m.Inbox) -> int:
        """Who has connected it in the first place."""
        first = (
            m.InboxUser.select()
            .where(m.InboxUser.inbox == inbox.id)
            .order_by(m.InboxUser.connected_at, m.InboxUser.id)
            .first()
        )
        return int(inbox.user_id if first is None else first.user_id)

    def sign_ins(self, at: datetime) -> tuple[SignIn, ...]:
        """Those that may cover this moment. One that nothing ended lasted until the program was last heard of, and somewhat
        longer."""
        query = m.SignInPeriod.select().where(
            (m.SignInPeriod.from_at <= at) & (m.SignInPeriod.until_at.is_null() | (m.SignInPeriod.until_at > at))
        )
        return tuple(SignIn(row.user_id, row.from_at, row.until_at or row.last_seen_at + _SILENCE) for row in query)

    def sign_in(self, user_id: int, at: datetime) -> int:
        """The program begins, or goes on after a silence. Returns the period's number. Inside a transaction."""
        return int(m.SignInPeriod.create(user=user_id, from_at=at, until_at=None, last_seen_at=at).id)

    def still_signed_in(self, period: int, at: datetime) -> int:
        """Wanted every BEAT. After a silence, or where the clock went back, another period begins: it returns the number
        that counts now. Inside a transaction."""
        row = m.SignInPeriod.get_by_id(period)
        if not row.last_seen_at <= at <= row.last_seen_at + _SILENCE:
            self.sign_out(period, row.last_seen_at)
            return self.sign_in(row.user_id, at)
        m.SignInPeriod.update(last_seen_at=at).where(m.SignInPeriod.id == period).execute()
        return period

    def sign_out(self, period: int, at: datetime) -> None:
        """Inside a transaction."""
        m.SignInPeriod.update(until_at=at, last_seen_at=at).where(m.SignInPeriod.id == period).execute()

    def rights(self, user_id: int) -> SenderRights:
        row = m.User.get_by_id(user_id)
        return SenderRights(row.id, row.personal_email_access, row.active)

    def own_keys(self) -> frozenset[str]:
        """Of the addresses of all users: logins and aliases; of their inboxes see `Inboxes.own_addresses`."""
        logins = {_key(row.login_address) for row in m.User.select(m.User.login_address).where(m.User.active)}
        aliases = {key for (key,) in m.UserAlias.select(m.UserAlias.address_key).tuples()}
        return frozenset((logins | aliases) - {""})

    def name(self, user_id: int | None) -> str:
        row = m.User.get_or_none(m.User.id == user_id)
        return "" if row is None else row.name or row.login_address


def _key(address: str) -> str:
    return address_key(address) if address else ""


def _is(address: str, key: str) -> bool:
    return bool(key) and _key(address) == key
