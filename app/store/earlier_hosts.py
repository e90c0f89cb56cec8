"""The tracking servers that were used before, and the place in the hits of each. Used by the services that change and ask
them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.domain.earlier_hosts import PRESENT, EarlierHost
from app.store import models as m
from app.store.events import StreamPlace
from app.store.fields import now


class EarlierHosts:
    def all(self) -> tuple[EarlierHost, ...]:
        """The one that was used last comes last."""
        return tuple(self._value(row) for row in m.EarlierHost.select().order_by(m.EarlierHost.id))

    def ids(self) -> tuple[int, ...]:
        return tuple(number for (number,) in m.EarlierHost.select(m.EarlierHost.id).order_by(m.EarlierHost.id).tuples())

    def get(self, host: int) -> EarlierHost | None:
        row = m.EarlierHost.get_or_none(m.EarlierHost.id == host)
        return None if row is None else self._value(row)

    def _value(self, row: Any) -> EarlierHost:
        owed = m.OwedForgetting.select().where(m.OwedForgetting.host == row.id).count()
        return EarlierHost(row.id, row.own, row.url, row.token_name, row.left_at, row.asked_at, row.trouble, int(owed))

    def add(self, *, own: bool, url: str, token_name: str, place: StreamPlace) -> int:
        """The server that is used until now: what is owed to the present one is owed to it. Inside a transaction."""
        row = m.EarlierHost.create(
            own=own, url=url, token_name=token_name, server=place.server, number=place.number, left_at=now()
        )
        m.OwedForgetting.update(host=row.id).where(m.OwedForgetting.host == PRESENT).execute()
        return int(row.id)

    def make_present(self, host: int) -> None:
        """It is used again, and owed what it was owed. Inside a transaction."""
        known = m.OwedForgetting.select(m.OwedForgetting.recipient_ref).where(m.OwedForgetting.host == PRESENT)
        m.OwedForgetting.update(host=PRESENT).where(
            (m.OwedForgetting.host == host) & m.OwedForgetting.recipient_ref.not_in(known)
        ).execute()
        self.remove(host)

    def remove(self, host: int) -> None:
        """With what it is owed. Inside a transaction."""
        m.OwedForgetting.delete().where(m.OwedForgetting.host == host).execute()
        m.EarlierHost.delete().where(m.EarlierHost.id == host).execute()

    def place(self, host: int) -> StreamPlace | None:
        """None when it is not known any more."""
        row = m.EarlierHost.get_or_none(m.EarlierHost.id == host)
        return None if row is None else StreamPlace(row.server, row.number)

    def set_place(self, host: int, server: str, number: int) -> None:
        """In the transaction that stores the events up to it."""
        m.EarlierHost.update(server=server, number=number).where(m.EarlierHost.id == host).execute()

    def asked(self, host: int, trouble: str) -> None:
        """Inside a transaction."""
        m.EarlierHost.update(asked_at=now(), trouble=trouble).where(m.EarlierHost.id == host).execute()

    def sent_by(self, url: str, since: datetime | None) -> bool:
        """Whether mail went out with links that begin with `url`, from then on."""
        found = self._tracked().where(m.Message.tracking_url == url)
        return bool((found if since is None else found.where(m.Message.created_at >= since)).exists())

    def sent_by_own(self) -> bool:
        """Whether mail went out with links that begin otherwise than with the addresses of earlier servers."""
        others = [url for (url,) in m.EarlierHost.select(m.EarlierHost.url).tuples()]
        return bool(self._tracked().where(m.Message.tracking_url.not_in(["", *others])).exists())

    def _tracked(self) -> Any:
        """By their recipients: what was never tracked, which is most, is not read."""
        recipients = m.TrackedRecipient.select(m.TrackedRecipient.message)
        return m.Message.select(m.Message.id).where(m.Message.id.in_(recipients))
