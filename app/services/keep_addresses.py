"""How long the address, the program and the headers of an open or a click are kept (`tracking.keep_addresses_days`); its
verdict and the reasons stay. And which addresses are this computer's own (T5). Used in the background."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from app.domain.changes import Area
from app.domain.networks import address_of, near_network, range_of_network
from app.services.judge_hits import current_rules, rejudge_groups
from app.services.workspace import Workspace

AT_ONCE = 1000  # events in a transaction
NOTICED_LATE = timedelta(minutes=15)  # what came in before this computer's new address was noticed
SAME_STAY = timedelta(minutes=20)  # without a sign of life, and the address was ours all the time
_BREATH = 0.01


def cut_old_addresses(workspace: Workspace, cancel: threading.Event, now: datetime | None = None) -> int:
    """Returns of how many events. Ends between two transactions soon after `cancel` is set. Raises StoreError."""
    store = workspace.store
    days = int(store.settings.get("tracking.keep_addresses_days"))
    if not days:
        return 0
    before = (now or datetime.now(UTC)) - timedelta(days=days)
    cut = 0
    while not cancel.is_set():
        with store.transaction(source="retention"):
            some = store.hits.cut_before(before, AT_ONCE)
            if some:
                store.tell(Area.EVENTS)
            store.own_addresses.forget_before(before)
        cut += some
        if some < AT_ONCE:
            break
        cancel.wait(_BREATH)
    return cut


def note_own_address(workspace: Workspace, address: str, at: datetime | None = None) -> int:
    """What the tracking server says this computer's address is, each time it says so. Where it is a new one, what came from
    there a little before is judged again. Loopback never counts, nor does what is no address. Returns how many events
    changed. Raises StoreError."""
    read = address_of(address)
    if read is None or read.is_loopback:
        return 0
    store, at = workspace.store, at or datetime.now(UTC)
    network = near_network(read)
    own = range_of_network(network)
    with store.transaction(source="own address"):
        if not store.own_addresses.note(network, at, SAME_STAY):
            return 0
        since = at - NOTICED_LATE
        groups = {group for group, ip in store.hits.recent(since) if (a := address_of(ip)) and own.holds(a)}
        changed = rejudge_groups(store, current_rules(store, since), sorted(groups))
        if changed:
            store.tell(Area.EVENTS, Area.MESSAGES)
    return changed
