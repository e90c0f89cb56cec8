"""The ladder of steps by which a connection is verified (C8), and what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.domain.problems import Problem


class CheckStep(Enum):
    IMAP_CONNECT = "imap_connect"
    IMAP_TLS = "imap_tls"
    IMAP_LOGIN = "imap_login"
    SMTP_CONNECT = "smtp_connect"
    SMTP_TLS = "smtp_tls"
    SMTP_LOGIN = "smtp_login"
    EWS_DISCOVER = "ews_discover"
    EWS_CONNECT = "ews_connect"
    EWS_TLS = "ews_tls"
    EWS_LOGIN = "ews_login"
    TEST_MESSAGE = "test_message"


IMAP_STEPS = (CheckStep.IMAP_CONNECT, CheckStep.IMAP_TLS, CheckStep.IMAP_LOGIN)
SMTP_STEPS = (CheckStep.SMTP_CONNECT, CheckStep.SMTP_TLS, CheckStep.SMTP_LOGIN)
# One server for both ways. Finding it comes first where its address was not given.
EWS_STEPS = (CheckStep.EWS_CONNECT, CheckStep.EWS_TLS, CheckStep.EWS_LOGIN)
ALL_STEPS = (*IMAP_STEPS, *SMTP_STEPS, CheckStep.TEST_MESSAGE)


@dataclass(frozen=True)
class StepStarted:
    step: CheckStep


@dataclass(frozen=True)
class StepPassed:
    """`detail` is short and for people: "84 ms", "TLS 1.3", a folder name."""

    step: CheckStep
    detail: str = ""


@dataclass(frozen=True)
class StepFailed:
    step: CheckStep
    problem: Problem


CheckEvent = StepStarted | StepPassed | StepFailed
