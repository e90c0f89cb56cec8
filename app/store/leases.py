"""Leases on outbox rows: which process sends or files a message, and whether it is still there. Used by the outbox."""

from __future__ import annotations

import os
import socket
import time

from app.store import models as m

LEASE_SECONDS = 120  # besides the time that the message itself takes
SLOWEST = 8_000  # bytes a second; a connection that is slower is given up


def lease_owner() -> str:
    """This process, for leases: host and process number."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _owner_is_gone(owner: str) -> bool:
    """Whether the process behind a lease has ended for sure. Windows has no harmless way to ask: there the lease
    runs out by itself."""
    host, _, pid = owner.rpartition(":")
    if os.name != "posix" or host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def lease_is_free(row: m.Outbox) -> bool:
    return bool(row.lease_until < time.time()) or _owner_is_gone(row.lease_owner)
