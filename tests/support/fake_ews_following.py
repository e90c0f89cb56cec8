"""What `FakeExchange` tells of changes: SyncFolderItems, and streaming subscriptions. A mailbox is compared with what a client
was told before, so that tests may change it in any way."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable, Iterator
from typing import Any

_T = "{http://schemas.microsoft.com/exchange/services/2006/types}"
_M = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
MOST = 512  # https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/maxchangesreturned
Told = dict[str, tuple[bool, int]]  # item id: read, what it is


def _now(box: Any, folder: str) -> Told:
    return {i: (item.read, hash((item.raw, item.draft))) for i, item in box.items.items() if item.folder == folder}


class Following:
    """`states`: what the client that holds each state was told. `subscriptions`: id → mailbox and folder."""

    def __init__(self) -> None:
        self.states: dict[str, tuple[str, Told]] = {}
        self.subscriptions: dict[str, tuple[Any, str]] = {}
        self.streams = 0  # that are open
        self.cut = 0  # streams up to this number end
        self.heartbeat = 20.0  # seconds
        self._next = itertools.count(1)

    def sync(self, box: Any, folder: str, operation: Any, item: Callable[[str], str]) -> str | None:
        """The part of an answer; None for a state that is none of this folder's."""
        given = operation.findtext(f"{_M}SyncState") or ""
        most = int(operation.findtext(f"{_M}MaxChangesReturned"))
        assert 1 <= most <= MOST
        if given and self.states.get(given, ("",))[0] != folder:
            return None
        told: Told = dict(self.states[given][1]) if given else {}
        now = _now(box, folder)
        changes = [*self._created(told, now, item), *self._gone(told, now)]
        for item_id, _, apply in changes[:most]:
            apply(told, now.get(item_id))
        state = given
        if changes or not given:
            state = base64.b64encode(f"state {next(self._next)} of {folder}".encode()).decode()
            self.states[state] = (folder, told)
        listed = "".join(text for _, text, _ in changes[:most])
        return (
            f"<m:SyncState>{state}</m:SyncState><m:IncludesLastItemInRange>{str(len(changes) <= most).lower()}"
            f"</m:IncludesLastItemInRange><m:Changes>{listed}</m:Changes>"
        )

    def _created(self, told: Told, now: Told, item: Callable[[str], str]) -> Iterator[tuple[str, str, Any]]:
        for item_id, facts in now.items():
            if item_id not in told:
                yield item_id, f"<t:Create>{item(item_id)}</t:Create>", lambda t, f, i=item_id: t.update({i: f})
            elif told[item_id][1] != facts[1]:
                yield item_id, f"<t:Update>{item(item_id)}</t:Update>", lambda t, f, i=item_id: t.update({i: f})
            elif told[item_id][0] != facts[0]:
                flag = (
                    f'<t:ReadFlagChange><t:ItemId Id="{item_id}" ChangeKey="c"/><t:IsRead>{str(facts[0]).lower()}'
                    "</t:IsRead></t:ReadFlagChange>"
                )
                yield item_id, flag, lambda t, f, i=item_id: t.update({i: f})

    def _gone(self, told: Told, now: Told) -> Iterator[tuple[str, str, Any]]:
        for item_id in [i for i in told if i not in now]:
            text = f'<t:Delete><t:ItemId Id="{item_id}" ChangeKey="c"/></t:Delete>'
            yield item_id, text, lambda t, _, i=item_id: t.pop(i)

    def subscribe(self, box: Any, folder: str) -> str:
        made = f"subscription-{next(self._next)}"
        self.subscriptions[made] = (box, folder)
        return made

    def events(self, subscription: str, told: Told) -> str:
        """What happened since `told`, which is brought up to date: a Notification, or nothing."""
        box, folder = self.subscriptions[subscription]
        now, found = _now(box, folder), ""
        place = f'<t:ParentFolderId Id="{folder}" ChangeKey="c"/>'
        for kind, ids in (
            ("CreatedEvent", [i for i in now if i not in told]),
            ("NewMailEvent", [i for i in now if i not in told and not now[i][0]]),
            ("DeletedEvent", [i for i in told if i not in now]),
        ):
            found += "".join(
                f'<t:{kind}><t:TimeStamp>2026-11-22T01:00:00Z</t:TimeStamp><t:ItemId Id="{i}" ChangeKey="c"/>{place}</t:{kind}>'
                for i in ids
            )
        told.clear()
        told.update(now)
        if not found:
            return ""
        return (
            f"<m:Notifications><m:Notification><t:SubscriptionId>{subscription}</t:SubscriptionId>{found}"
            "</m:Notification></m:Notifications>"
        )

    def now(self, subscription: str) -> Told:
        return _now(*self.subscriptions[subscription])
