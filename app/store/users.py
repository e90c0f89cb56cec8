"""The people of a workspace: login, aliases, permission and role (S5, S6). One of them is signed in to this program."""

from __future__ import annotations

from app.domain.addresses import address_key
from app.domain.errors import NotAllowed, UsageError
from app.domain.inboxes import InboxState
from app.domain.records import Fields, RecordKind, UserRecord
from app.domain.rights import Standing
from app.store import journal
from app.store import models as m
from app.store.fields import now

_PLAIN = ("name", "login_address", "personal_email_access", "role", "active")


class Users:
    def add(self, fields: Fields) -> int:
        """Checked fields with a login address. Inside a transaction. Raises NotAllowed, UsageError."""
        if not fields.get("login_address"):
            raise UsageError("A user needs a login address.")
        row = m.User.create(name="", login_address="", role="member", created_at=now())
        self.write(row.id, fields)
        journal.enter(RecordKind.USER.value, row.id)
        return int(row.id)

    def find(self, address: str) -> int | None:
        """By login address, then by an alias that only one user has; active users before removed ones."""
        key = address_key(address)
        rows = m.User.select().order_by(m.User.active.desc(), m.User.id)
        for row in rows:
            if row.login_address and address_key(row.login_address) == key:
                return int(row.id)
        found = {alias.user_id for alias in m.UserAlias.select().where(m.UserAlias.address_key == key)}
        return int(found.pop()) if len(found) == 1 else None

    def aliases(self, user_id: int) -> tuple[str, ...]:
        query = m.UserAlias.select().where(m.UserAlias.user == user_id).order_by(m.UserAlias.id)
        return tuple(row.address for row in query)

    def snapshot(self, user_id: int) -> Fields:
        """All fields, as `write` takes them. Raises UsageError when there is no such user."""
        row = m.User.get_or_none(m.User.id == user_id)
        if row is None:
            raise UsageError("There is no such user.")
        return {**{name: getattr(row, name) for name in _PLAIN}, "aliases": list(self.aliases(user_id))}

    def write(self, user_id: int, fields: Fields) -> None:
        """Checked fields; what is not named stays. Inside a transaction. Raises NotAllowed when two active users would have
        one login address, or no active administrator would be left."""
        values = {name: fields[name] for name in _PLAIN if name in fields}
        if values:
            m.User.update(**values).where(m.User.id == user_id).execute()
        if "aliases" in fields:
            kept = dict(m.UserAlias.select(m.UserAlias.address_key, m.UserAlias.created_at).where(
                m.UserAlias.user == user_id).tuples())  # fmt: skip
            m.UserAlias.delete().where(m.UserAlias.user == user_id).execute()
            for address in fields["aliases"]:
                key = address_key(address)
                m.UserAlias.create(user=user_id, address=address, address_key=key, created_at=kept.get(key, now()))
        self._check(user_id)

    def _check(self, user_id: int) -> None:
        row = m.User.get_by_id(user_id)
        if row.active and row.login_address:
            key = address_key(row.login_address)
            for other in m.User.select().where(m.User.active & (m.User.id != user_id)):
                if other.login_address and address_key(other.login_address) == key:
                    raise NotAllowed(
                        f"{row.login_address} is the login address of {other.name or 'another user'} already."
                    )
        if not m.User.select().where(m.User.active & (m.User.role == "admin")).exists():
            raise NotAllowed("The workspace needs an active administrator. Make another user one first.")

    def record(self, user_id: int, signed_in: int) -> UserRecord | None:
        row = m.User.get_or_none(m.User.id == user_id)
        return None if row is None else self._record(row, signed_in)

    def records(self, signed_in: int) -> tuple[UserRecord, ...]:
        """The active ones first, then in the order in which they came."""
        return tuple(self._record(r, signed_in) for r in m.User.select().order_by(m.User.active.desc(), m.User.id))

    def standing(self, user_id: int) -> Standing:
        """What the user may in the workspace, and who its administrators are."""
        active = list(m.User.select().where(m.User.active).order_by(m.User.id))
        admins = [row for row in active if row.role == "admin"]
        return Standing(
            is_admin=any(row.id == user_id for row in admins),
            admins=tuple(row.name or row.login_address or f"user {row.id}" for row in admins),
            alone=all(row.id == user_id for row in active),
        )

    def _record(self, row: m.User, signed_in: int) -> UserRecord:
        inboxes = (
            m.Inbox.select(m.Inbox.address)
            .join(m.InboxUser)
            .where((m.InboxUser.user == row.id) & (m.Inbox.state != InboxState.REMOVED.value))
        )
        return UserRecord(
            id=row.id,
            name=row.name,
            login_address=row.login_address,
            aliases=self.aliases(row.id),
            personal_email_access=bool(row.personal_email_access),
            role=row.role,
            active=bool(row.active),
            inboxes=tuple(address for (address,) in inboxes.order_by(m.Inbox.id).tuples()),
            created_at=row.created_at,
            signed_in=row.id == signed_in,
        )
