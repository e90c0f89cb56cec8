"""What the wizard's check page shows: a row a step, folded from the check's events; and the report to copy. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from app.domain.checks import (
    ALL_STEPS,
    EWS_STEPS,
    SMTP_STEPS,
    CheckEvent,
    CheckStep,
    StepFailed,
    StepPassed,
    StepStarted,
)
from app.domain.inboxes import Account, ExchangeAccount, ImapAccount
from app.domain.problems import CertificateFacts, Problem, ProblemCode
from app.words.problems import check_step_title


class RowState(Enum):
    WAITING = "waiting"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True)
class StepRow:
    step: CheckStep
    state: RowState = RowState.WAITING
    detail: str = ""
    problem: Problem | None = None


@dataclass(frozen=True)
class Board:
    """The rows in order, all of them from the beginning on."""

    rows: tuple[StepRow, ...] = tuple(StepRow(s) for s in ALL_STEPS)

    @property
    def failed(self) -> StepRow | None:
        return next((r for r in self.rows if r.state is RowState.FAILED), None)

    @property
    def passed(self) -> int:
        return sum(r.state is RowState.PASSED for r in self.rows)

    def after(self, event: CheckEvent) -> Board:
        """The board once this event has happened."""
        match event:
            case StepStarted(step):
                row = StepRow(step, RowState.RUNNING)
            case StepPassed(step, detail):
                row = StepRow(step, RowState.PASSED, detail)
            case StepFailed(step, problem):
                row = StepRow(step, RowState.FAILED, "", problem)
        return replace(self, rows=tuple(row if r.step is row.step else r for r in self.rows))

    def stopped(self) -> Board:
        """The board once the check was cancelled: what was running waits again."""
        rows = tuple(StepRow(r.step) if r.state is RowState.RUNNING else r for r in self.rows)
        return replace(self, rows=rows)


def board_for(account: Account) -> Board:
    """With the steps that a check of this account takes."""
    if not isinstance(account, ExchangeAccount):
        return Board()
    finding = () if account.url else (CheckStep.EWS_DISCOVER,)
    return Board(tuple(StepRow(s) for s in (*finding, *EWS_STEPS, CheckStep.TEST_MESSAGE)))


class Remedy(Enum):
    """Which field mends a failed step where it stands."""

    PASSWORD = "password"
    SERVER = "server"
    CERTIFICATE = "certificate"
    RETRY = "retry"


_PASSWORD = {
    ProblemCode.WRONG_CREDENTIALS,
    ProblemCode.APP_PASSWORD_NEEDED,
    ProblemCode.NO_SECRET,
}
_SERVER = {
    ProblemCode.HOST_NOT_FOUND,
    ProblemCode.CONNECTION_REFUSED,
    ProblemCode.CONNECT_TIMEOUT,
    ProblemCode.NOT_A_MAIL_SERVER,
    ProblemCode.TLS_NOT_OFFERED,
    ProblemCode.TLS_FROM_START,
    ProblemCode.TLS_FAILED,
    ProblemCode.LOGIN_DISABLED,
    ProblemCode.PROTOCOL_ERROR,
    ProblemCode.EXCHANGE_NOT_FOUND,
    ProblemCode.EXCHANGE_ELSEWHERE,
    ProblemCode.NO_EWS,
}
_CERTIFICATE = {
    ProblemCode.CERTIFICATE_EXPIRED,
    ProblemCode.CERTIFICATE_NOT_YET_VALID,
    ProblemCode.CERTIFICATE_UNTRUSTED,
    ProblemCode.CERTIFICATE_NAME_MISMATCH,
    ProblemCode.CERTIFICATE_CHANGED,
}
_OF_THIS_COMPUTER = {ProblemCode.TLS_FAILED}  # else as `Problem.server_words` has it


def server_said(problem: Problem) -> bool:
    """Whether `server_says` is the server's own text; about certificates, TLS and names it is this computer that speaks."""
    return bool(problem.server_words) and problem.code not in _OF_THIS_COMPUTER


def remedy_for(problem: Problem) -> Remedy:
    if problem.code in _PASSWORD:
        return Remedy.PASSWORD
    if problem.code in _CERTIFICATE:
        return Remedy.CERTIFICATE
    if problem.code in _SERVER:
        return Remedy.SERVER
    return Remedy.RETRY


def is_outgoing(step: CheckStep) -> bool:
    return step in SMTP_STEPS or step is CheckStep.TEST_MESSAGE


def host_of(step: CheckStep, account: Account) -> str:
    host = account.send_host if is_outgoing(step) else account.read_host
    return host or "the server"  # an Exchange server that is still to be found


def step_title(step: CheckStep, account: Account) -> str:
    """As the row of the step says it; says which way mail goes where both ways lead to the same server."""
    same = not isinstance(account, ExchangeAccount) and account.read_host.lower() == account.send_host.lower()
    return check_step_title(step, host_of(step, account), same)


def pairs(sha256: str) -> str:
    """Upper-case pairs with colons, as servers' administrators are shown a fingerprint."""
    text = sha256.upper()
    return ":".join(text[i : i + 2] for i in range(0, len(text), 2))


def fingerprint(certificate: CertificateFacts) -> str:
    return pairs(certificate.sha256)


def report(board: Board, account: Account, secrets: tuple[str, ...] = ()) -> str:
    """Text for a support request: servers and outcomes. Passwords cannot be in it; should a server repeat one in its
    answer, `secrets` takes it out."""
    lines = [
        "Hitchpost connection report",
        f"Address: {account.address}",
    ]
    if isinstance(account, ImapAccount):
        lines.append(f"Incoming: {account.imap}, user {account.username}")
        lines.append(f"Outgoing: {account.smtp}, user {account.smtp_username or account.username}")
    else:
        lines.append(f"Exchange: {account.url or 'by autodiscover'}, user {account.username}")
    if account.trust.pin_sha256:
        lines.append(f"Trusted certificate: {account.trust.pin_sha256}")
    if isinstance(account, ImapAccount) and account.smtp_trust and account.smtp_trust.pin_sha256:
        lines.append(f"Trusted certificate, outgoing: {account.smtp_trust.pin_sha256}")
    lines.append("")
    for row in board.rows:
        lines.append(f"[{row.state.value}] {step_title(row.step, account)} {row.detail}".rstrip())
        if row.problem:
            p = row.problem
            lines.append(f"    {p.code.value} {p.host}:{p.port} {p.smtp_code or ''}".rstrip())
            if p.server_says:
                lines.append(f"    {'The server says' if server_said(p) else 'Detail'}: {p.server_says}")
            if p.certificate:
                c = p.certificate
                lines.append(f"    Certificate: {c.subject}, issued by {c.issuer}, {c.not_before} to {c.not_after}")
                lines.append(f"    SHA-256 {fingerprint(c)}")
    text = "\n".join(lines) + "\n"
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, "•••")
    return text
