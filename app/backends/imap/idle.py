"""Waits for something new in the selected folder: IDLE (RFC 2177) where there is one, NOOP otherwise. Used by `session`.

IMAPClient's `idle_check` is not used: at the end of a connection it gives an empty answer for ever, `idle_done` can
block, `idle` fails when news comes before the server's "+", and what comes in one packet with it waits unseen.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from enum import Enum

from app.backends.imap.connection import Client
from app.backends.sleep_clock import SleepClock
from app.backends.wire import SLICE
from app.domain.errors import MailFault
from app.domain.pace import PUSHED, Watch
from app.domain.problems import ProblemCode

# Seconds of silence after which IDLE is left and entered again, which is how a silent death is found: TCP's own keep-alive
# (60 s and four probes, see `transport`) notices a peer that vanished, but not a hung server whose system still answers,
# nor a virus scanner that holds our end of the connection while its own is dead. With `_PATIENCE` it is below two minutes
# in every case, for some 130 KB a day. Where the server gives signs of life by itself ("* OK Still here"), nothing
# needs to be asked until it would end IDLE: after `LONGEST` (RFC 2177 3), or what is known of that service.
RENEW = 100.0
LONGEST = 29 * 60.0
POLL = 30.0
_TRIES = 3  # times in a row that a server may end IDLE at once, before it is asked instead
_AT_ONCE = 1.0  # seconds
_PATIENCE, _HASTE = 8.0, 2.0  # seconds for the server's answer to DONE; the second when somebody waits for us


class Held(Enum):
    """How an IDLE came to its end. `ENDED`: the server said that it is over, without being asked."""

    REFUSED = "refused"
    ENDED = "ended"
    LEFT = "left"


def watch(client: Client) -> Watch:
    """How `wait` hears of news."""
    with client.talking():
        idles = b"IDLE" in {c.upper() for c in client.capabilities()}
    return (
        PUSHED if idles else Watch(False, round(POLL), "The server cannot tell of new mail by itself (it has no IDLE).")
    )


def wait(
    client: Client,
    seconds: float,
    cancel: threading.Event,
    changed: Callable[[], bool],
    longest: float = LONGEST,
) -> bool:
    """`changed` takes note of what came in and says whether it matters. `longest`: seconds that this server lets one IDLE
    stand. False when the time is over, or `cancel` set."""
    deadline = time.monotonic() + seconds
    idling = b"IDLE" in {c.upper() for c in client.capabilities()}
    short = 0
    while not changed():
        left = deadline - time.monotonic()
        if left <= 0 or cancel.is_set() or client.wire.cancelled:
            return False
        if idling:
            begun = time.monotonic()
            held = _idle_once(client, min(left, longest), cancel, changed)
            short = short + 1 if held is Held.ENDED and time.monotonic() - begun < _AT_ONCE else 0
            idling = held is not Held.REFUSED and short < _TRIES
        else:
            _pause(client, min(left, POLL), cancel)
            if not cancel.is_set():
                with client.talking():
                    client.imap.noop()
    return True


def _idle_once(client: Client, seconds: float, cancel: threading.Event, changed: Callable[[], bool]) -> Held:
    """One IDLE, at most `seconds` long."""
    imap = client.imap
    with client.talking():
        tag = imap._command("IDLE")
        while imap._get_response() is not None:  # None is the "+"
            if imap.tagged_commands[tag]:
                imap.tagged_commands.pop(tag)
                return Held.REFUSED
        _listen(client, tag, seconds, cancel, changed)
        if client.wire.cancelled:
            client.wire.close()  # no time for a farewell
        elif imap.tagged_commands[tag]:
            client._checkok("idle", *imap.tagged_commands.pop(tag))
            return Held.ENDED
        else:
            _leave(client, tag, _HASTE if cancel.is_set() else _PATIENCE)
    return Held.LEFT


def _listen(client: Client, tag: bytes, seconds: float, cancel: threading.Event, changed: Callable[[], bool]) -> None:
    """Until something matters, time is over, nothing was heard for long, the server ended it, or a cancel; or the computer
    slept: then the connection may be dead, and leaving IDLE will show it."""
    heard = time.monotonic()
    deadline = heard + seconds
    clock = SleepClock()
    while not changed() and not cancel.is_set() and not client.wire.cancelled:
        left = min(deadline, heard + RENEW) - time.monotonic()
        if left <= 0:
            return
        if client.wire.readable(min(left, SLICE)):
            heard = time.monotonic()
            client.wire.start_clock()  # news of its own, not the end of an answer that took so long
            client.imap._get_response()
            if bye := client.pop("BYE"):
                raise client.wire.fault(ProblemCode.CONNECTION_LOST, bye[-1])
            if client.imap.tagged_commands[tag]:
                return
        if clock.has_slept():
            return


def _leave(client: Client, tag: bytes, patience: float) -> None:
    imap, wire = client.imap, client.wire
    usual = wire.read_timeout
    wire.read_timeout = min(usual, patience)
    try:
        imap.send(b"DONE\r\n")
        while not imap.tagged_commands[tag]:
            imap._get_response()
    except MailFault as fault:
        if fault.problem.code is ProblemCode.READ_TIMEOUT:
            raise wire.fault(ProblemCode.CONNECTION_LOST) from fault
        raise
    finally:
        wire.read_timeout = usual
    status, data = imap.tagged_commands.pop(tag)
    client._checkok("idle", status, data)


def _pause(client: Client, seconds: float, cancel: threading.Event) -> None:
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0 and not client.wire.cancelled:
        if cancel.wait(min(left, SLICE)):
            return
