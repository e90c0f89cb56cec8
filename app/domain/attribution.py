"""Who is credited with a message that was logged by BCC or by forwarding (L7). Pure; used by `services.log_copied_message`.

The rules of the source document, in the order in which it gives them. That of team inboxes comes last there and holds
"always": it is asked first, as an address is never both a personal and a team inbox (P2), and a login or an alias that
happens to be the team's address must not take its mail from the one who connected it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Rule(Enum):
    """Which rule credited somebody, with the words that stand on the timeline."""

    CONNECTED = "the only user with this address as a connected personal inbox"
    LOGIN = "the only user who signs in with this address"
    ALIAS = "the only user with this address as an alias"
    SIGNED_IN = "of the users who connected this inbox, the one who was signed in when it was sent"
    SENT_HERE = "of the users who connected this inbox, the one who was signed in to the program that sent it"
    TEAM = "the user who connected this team inbox"
    TEAM_SENT_HERE = "sent as a team from the program, by the user who was signed in to it"


class WhyNot(Enum):
    """Why no rule decides."""

    NOBODY = "No user has this address as a connected inbox, as a login or as an alias."
    NOBODY_SIGNED_IN = "Several users have connected this inbox, and none of them was signed in when it was sent."
    SEVERAL_SIGNED_IN = "Several users have connected this inbox, and more than one was signed in when it was sent."
    SEVERAL_LOGINS = "Several users sign in with this address."
    SEVERAL_ALIASES = "Several users have this address as an alias."


@dataclass(frozen=True)
class Holders:
    """Ids of the active users who have the sending address: as a connected personal inbox, as a login, as an alias (their
    own, or one of their connected inbox). `team`: who connected it as a team inbox, active or not; None: it is none."""

    connected: frozenset[int] = frozenset()
    login: frozenset[int] = frozenset()
    alias: frozenset[int] = frozenset()
    team: int | None = None


@dataclass(frozen=True)
class SignIn:
    """A user was signed in from then until then (UTC; `until` not included, None: still is)."""

    user_id: int
    since: datetime
    until: datetime | None = None

    def covers(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True)
class Credited:
    user_id: int
    rule: Rule

    @property
    def words(self) -> str:
        return self.rule.value


@dataclass(frozen=True)
class Undecided:
    reason: WhyNot
    candidates: tuple[int, ...] = ()  # among whom a person chooses


Attribution = Credited | Undecided


def attribute(
    holders: Holders, sent_at: datetime, sign_ins: Sequence[SignIn] = (), sent_here_by: int | None = None
) -> Attribution:
    """`sent_here_by`: the user who was signed in to the program when the program sent the message and added the BCC itself;
    None where another mail program sent it. It counts for team inboxes and where several users share an inbox, as the
    document has it; an address that is one user's alone credits that user whatever sent it."""
    if holders.team is not None:
        if sent_here_by is not None:
            return Credited(sent_here_by, Rule.TEAM_SENT_HERE)
        return Credited(holders.team, Rule.TEAM)
    for having, rule in (
        (holders.connected, Rule.CONNECTED),
        (holders.login, Rule.LOGIN),
        (holders.alias, Rule.ALIAS),
    ):
        if len(having) == 1:
            return Credited(next(iter(having)), rule)
    if holders.connected:
        return _of_several(holders.connected, sent_at, sign_ins, sent_here_by)
    if holders.login:
        return Undecided(WhyNot.SEVERAL_LOGINS, tuple(sorted(holders.login)))
    if holders.alias:
        return Undecided(WhyNot.SEVERAL_ALIASES, tuple(sorted(holders.alias)))
    return Undecided(WhyNot.NOBODY)


def _of_several(
    connected: Collection[int], sent_at: datetime, sign_ins: Sequence[SignIn], sent_here_by: int | None
) -> Attribution:
    if sent_here_by is not None:
        return Credited(sent_here_by, Rule.SENT_HERE)
    there = {s.user_id for s in sign_ins if s.user_id in connected and s.covers(sent_at)}
    if len(there) == 1:
        return Credited(there.pop(), Rule.SIGNED_IN)
    if there:
        return Undecided(WhyNot.SEVERAL_SIGNED_IN, tuple(sorted(there)))
    return Undecided(WhyNot.NOBODY_SIGNED_IN, tuple(sorted(connected)))
