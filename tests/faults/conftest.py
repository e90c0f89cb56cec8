"""Servers behind proxies that see the conversation, and a laboratory that is made anew for each run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.step_proxy import StepProxy
from tests.support.authority import Issued
from tests.support.dovecot import Dovecot
from tests.support.submission import Submission


@pytest.fixture(scope="session")
def secure_submission(dovecot: Dovecot, certificate: Issued) -> Iterator[Submission]:
    """TLS from the first byte."""
    with Submission(dovecot, certificate, implicit_tls=True) as server:
        yield server


@pytest.fixture
def imap_proxy(dovecot: Dovecot, certificate: Issued) -> Iterator[StepProxy]:
    with StepProxy(dovecot.imaps_port, certificate, protocol="imap") as proxy:
        yield proxy


@pytest.fixture
def smtp_proxy(secure_submission: Submission, certificate: Issued) -> Iterator[StepProxy]:
    with StepProxy(secure_submission.port, certificate, protocol="smtp") as proxy:
        yield proxy
        secure_submission.faults.clear()
        secure_submission.recipient_replies.clear()
        secure_submission.taken.clear()
        secure_submission.file_sent_copy = False
