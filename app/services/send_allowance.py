"""How many recipients an inbox may still write to in these 24 hours (M5). Used by sending and by the screens' façade."""

from __future__ import annotations

from app.domain.inboxes import Inbox
from app.domain.problems import Problem, ProblemCode
from app.domain.send_limits import WINDOW, Allowance, daily_send_limit
from app.store import Store
from app.store.fields import now

SOONEST = 60.0  # seconds


def send_allowance(store: Store, inbox: Inbox) -> Allowance:
    limit = daily_send_limit(inbox.address, int(store.settings.get("send.daily_limit")))
    used, first = store.outbox.sent_since(inbox.id, now() - WINDOW)
    return Allowance(limit, used, None if first is None else first + WINDOW)


def limit_reached(store: Store, inbox: Inbox) -> Problem | None:
    """SEND_LIMIT, with the seconds until one more may go out; None while there is something left."""
    allowance = send_allowance(store, inbox)
    if allowance.left:
        return None
    wait = (allowance.next_free - now()).total_seconds() if allowance.next_free else WINDOW.total_seconds()
    says = f"{allowance.used} of {allowance.limit} in the last 24 hours, counted here"
    later = max(SOONEST, wait)
    return Problem(ProblemCode.SEND_LIMIT, inbox.account.send_host, server_says=says, retry_after=later, own_words=True)
