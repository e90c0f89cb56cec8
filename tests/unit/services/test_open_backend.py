"""What is known of a service goes with the connection: how long its servers let one IDLE stand."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from app.backends.imap import ImapSession, idle
from app.domain.detection import ServiceFacts
from app.domain.inboxes import Provider
from app.providers.catalogue import Catalogue, Service, known_services, load_catalogue
from app.services import open_backend
from tests.support.mailbox import MailAccount


@pytest.mark.parametrize("knows", [True, False])
def test_idle_stands_as_long_as_the_service_lets_it(
    mailbox: Callable[..., MailAccount], monkeypatch: pytest.MonkeyPatch, knows: bool
) -> None:
    me = mailbox("jonas")
    ours = Service(
        "ours", ServiceFacts("Ours"), Provider.IMAP, ("example.com",),
        imap=(me.account.imap,), smtp=(me.account.smtp,), idle_seconds=200,
    )  # fmt: skip
    monkeypatch.setattr(open_backend, "load_catalogue", lambda: Catalogue([ours] if knows else []))
    with open_backend.open_account_reading(me.account, me.secret, threading.Event()) as session:
        assert isinstance(session, ImapSession)
        assert session._longest_idle == (200 if knows else idle.LONGEST)


def test_what_is_known_can_be_kept() -> None:
    """Below what RFC 2177 advises, and not so short that asking would be as cheap."""
    told = {service.id: service.idle_seconds for service in known_services() if service.idle_seconds}
    assert {"gmail", "outlook.com", "microsoft365", "yahoo", "yandex", "mailbox.org"} <= set(told)
    assert all(idle.RENEW < seconds < idle.LONGEST for seconds in told.values())
    gmail = load_catalogue().of_host("imap.gmail.com")
    assert gmail is not None and gmail.idle_seconds < 600
