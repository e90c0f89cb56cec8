"""Judges all past events again when the rules have changed: a newer program's, the blocked addresses, or the list of networks.
Nobody is told, nothing is deleted, the user's own verdicts stay, and what has lost its address keeps the verdict it has. Used
in the background, by the command line, and by the settings of blocked addresses.

What is to be done is written down with the change itself and goes on, copy by copy, from where it was stopped."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from app.domain.blocked_networks import BlockedNetwork, BlockedTrial, blocked_set, read_blocked
from app.domain.changes import Area
from app.domain.events import RULE_VERSION, Verdict
from app.domain.known_networks import NetworkList
from app.domain.networks import address_of
from app.services.judge_hits import Rules, foresee_groups, oldest_rules, rejudge_groups
from app.services.workspace import Workspace
from app.store import Store

AT_ONCE = 200  # copies in a transaction
BREATH = 0.01  # seconds between two, for others that wait to write
_STATE = "_rescore.state"


@dataclass(frozen=True)
class Rescored:
    """`looked_at` of `total` copies (a message to one recipient), of which `changed` events got another verdict. `finished`:
    nothing is left."""

    looked_at: int
    total: int
    changed: int
    finished: bool


@dataclass(frozen=True)
class _State:
    """`version`: of the rules by which all were judged. `after`: the last copy that was done. `within`: only copies with a
    hit from one of these; None for all."""

    version: int
    pending: bool = False
    after: str = ""
    within: tuple[str, ...] | None = None


def ask_for_new_rules(store: Store) -> bool:
    """At the start of the program: where its rules are newer than those that events were judged by, all are to be judged
    again. Whether something is to be done."""
    state = _read(store)
    if state.version != RULE_VERSION:
        state = _State(RULE_VERSION, pending=store.hits.count()[0] > 0)
        with store.transaction(source="rescore"):
            _write(store, state)
    return state.pending


def ask_for_all(store: Store) -> None:
    """All copies are to be judged again. Inside the transaction that changes what they are judged by."""
    _write(store, _State(_read(store).version, pending=store.hits.count()[0] > 0))


def ask_within(store: Store, changed: Collection[BlockedNetwork]) -> None:
    """Copies with a hit from one of these are to be judged again. Inside the transaction that changes what is blocked."""
    state = _read(store)
    texts = {entry.text for entry in changed}
    if state.pending and state.within is None:
        _write(store, _State(state.version, pending=True))
    else:
        kept = set(state.within or ()) if state.pending else set()
        _write(store, _State(state.version, pending=True, within=tuple(sorted(kept | texts))))


def rescore(
    workspace: Workspace, cancel: threading.Event, progress: Callable[[Rescored], None] = lambda _: None
) -> Rescored:
    """What is to be done, in transactions of some copies each; ends between two soon after `cancel` is set, and goes on from
    there the next time. Raises StoreError."""
    store = workspace.store
    looked_at = changed = total = 0
    while (state := _read(store)).pending:
        left, slices = _slices(store, state)
        total = looked_at + left
        for groups in slices:
            if cancel.is_set():
                return Rescored(looked_at, total, changed, finished=False)
            with store.transaction(source="rescore"):
                if _read(store) != state:  # asked for something else meanwhile, or another program did this part
                    break
                moved = rejudge_groups(store, oldest_rules(store), groups)
                state = replace(state, after=groups[-1])
                _write(store, state)
                if moved:
                    store.tell(Area.EVENTS, Area.MESSAGES)
            changed += moved
            looked_at += len(groups)
            progress(Rescored(looked_at, total, changed, finished=False))
            cancel.wait(BREATH)
        else:
            with store.transaction(source="rescore"):
                if _read(store) == state:
                    _write(store, _State(state.version))
    return Rescored(looked_at, total, changed, finished=True)


def foresee_blocked(
    store: Store, entries: Iterable[BlockedNetwork], cancel: threading.Event | None = None
) -> BlockedTrial:
    """What blocking these and no others would change; nothing is written. Ends early when `cancel` is set."""
    wanted = tuple(entries)
    rules = replace(oldest_rules(store), blocked=blocked_set(wanted))
    return _foresee(store, rules, _groups_within(store, changed_entries(store.blocked.all(), wanted)), cancel)


def foresee_networks(
    store: Store, now: NetworkList, then: NetworkList, cancel: threading.Event | None = None
) -> BlockedTrial:
    """What it would change if machines were known by these networks; nothing is written. Ends early when `cancel` is set."""

    def differs(ip: str) -> bool:
        address = address_of(ip)
        return address is not None and now.ranges.find(address) != then.ranges.find(address)

    groups = store.hits.groups_of_addresses([ip for ip in store.hits.addresses() if differs(ip)])
    return _foresee(store, replace(oldest_rules(store), networks=then.ranges), groups, cancel)


def _foresee(store: Store, rules: Rules, groups: list[str], cancel: threading.Event | None) -> BlockedTrial:
    changes: dict[tuple[Verdict, Verdict], int] = {}
    for start in range(0, len(groups), AT_ONCE):
        if cancel is not None and cancel.is_set():
            break
        for change in foresee_groups(store, rules, groups[start : start + AT_ONCE]):
            changes[change] = changes.get(change, 0) + 1
    return BlockedTrial(changes, store.hits.count()[1])


def changed_entries(now: Collection[BlockedNetwork], then: Collection[BlockedNetwork]) -> tuple[BlockedNetwork, ...]:
    """Those that are in one of the two lists alone. Only an address in one of them can be judged otherwise."""
    before, after = {e.text: e for e in now}, {e.text: e for e in then}
    return tuple({**before, **after}[text] for text in sorted(before.keys() ^ after.keys()))


def _slices(store: Store, state: _State) -> tuple[int, Iterator[list[str]]]:
    """(how many copies there are, some of them at a time)"""
    if state.within is None:
        return store.hits.count_groups(state.after), _all_after(store, state.after)
    groups = [g for g in _groups_within(store, [read_blocked(text) for text in state.within]) if g > state.after]
    return len(groups), (groups[start : start + AT_ONCE] for start in range(0, len(groups), AT_ONCE))


def _all_after(store: Store, last: str) -> Iterator[list[str]]:
    while groups := store.hits.groups_after(last, AT_ONCE):
        last = groups[-1]
        yield groups


def _groups_within(store: Store, entries: Collection[BlockedNetwork]) -> list[str]:
    if not entries:
        return []
    ranges = blocked_set(entries)
    held = [ip for ip in store.hits.addresses() if (a := address_of(ip)) is not None and ranges.find(a) is not None]
    return store.hits.groups_of_addresses(held)


def _read(store: Store) -> _State:
    text = str(store.settings.get(_STATE))
    if not text:
        return _State(0)
    raw = json.loads(text)
    within = raw["within"]
    return _State(raw["version"], raw["pending"], raw["after"], None if within is None else tuple(within))


def _write(store: Store, state: _State) -> None:
    store.settings.put(
        _STATE,
        json.dumps({"version": state.version, "pending": state.pending, "after": state.after, "within": state.within}),
    )
