"""Runs the whole ladder again for a connected inbox, and writes a report that can be handed to an IT department (X2). Used
by `hitchpost diagnose` and by the window. Nothing about the inbox changes, whatever comes of it.

Outgoing mail is checked although incoming mail failed; but a password that one server refused is not tried at the next,
because that locks accounts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from app.backends.inspection import look_at_server
from app.backends.smtp import Accepted
from app.domain.checks import CheckEvent, CheckStep, StepFailed, StepPassed, StepStarted
from app.domain.diagnosis import Diagnosis, MailboxFacts, ServerFacts, Speaks, StepTaken
from app.domain.errors import Cancelled, MailFault
from app.domain.inboxes import (
    AccessToken,
    AuthMethod,
    ConnectionSecurity,
    Credential,
    Endpoint,
    ExchangeAccount,
    ImapAccount,
    Inbox,
)
from app.domain.problems import Problem, ProblemCode
from app.domain.redaction import Redactor
from app.services.check_account import write_test_message
from app.services.diagnosis_report import write_report
from app.services.open_backend import open_account_reading, open_account_sending
from app.services.workspace import Workspace

_REFUSED = (ProblemCode.WRONG_CREDENTIALS, ProblemCode.APP_PASSWORD_NEEDED)


def diagnose_inbox(
    workspace: Workspace,
    inbox: Inbox,
    *,
    on_event: Callable[[CheckEvent], None],
    cancel: threading.Event | None = None,
    test_message: bool = False,
) -> Diagnosis:
    """`on_event` is told of each step. `test_message`: one goes to the inbox's own address, too. Takes no longer than the
    servers' time limits; `cancel` ends it within a second. Raises SecretError, UsageError, StoreError."""
    run = _Run(workspace, inbox, on_event, cancel or threading.Event())
    try:
        if run.incoming():
            run.outgoing(test_message)
        servers = run.look_at_servers()
    except Cancelled:
        return Diagnosis(False, tuple(run.ladder.taken), ended=True)
    run.hide_grant()  # it may have been renewed
    steps = tuple(replace(step, problem=run.masks.clean_problem(step.problem)) for step in run.ladder.taken)
    ok = all(step.problem is None for step in steps)
    known = replace(inbox, problem=run.masks.clean_problem(inbox.problem))
    found = Diagnosis(ok, steps, servers, run.mailbox, tuple(run.notes))
    return replace(found, report=write_report(workspace, known, found))


class _Masks(Redactor):
    """Of several secrets at once: `Redactor` knows the last one."""

    def __init__(self) -> None:
        super().__init__()
        self._each: list[Redactor] = []

    def hide(self, username: str, password: str) -> None:
        one = Redactor()
        one.hide(username, password)
        self._each.append(one)

    def clean(self, says: str | bytes) -> str:
        text = says.decode("utf-8", "replace") if isinstance(says, bytes) else says
        for one in self._each:
            text = one.clean(text)
        return super().clean(text)

    def cleaned(self, problem: Problem) -> Problem:
        return replace(problem, server_says=self.clean(problem.server_says))

    def clean_problem(self, problem: Problem | None) -> Problem | None:
        return None if problem is None else self.cleaned(problem)


@dataclass
class _Ladder:
    """Passes the steps on, each once, and keeps them with their times. `holding`: a refused sign-in is kept back in `held`,
    because it is tried again with another token."""

    on_event: Callable[[CheckEvent], None]
    masks: _Masks
    taken: list[StepTaken] = field(default_factory=list)
    holding: bool = False
    held: StepFailed | None = None
    _began: dict[CheckStep, float] = field(default_factory=dict)

    def take(self, event: CheckEvent) -> None:
        known = next((step for step in self.taken if step.step is event.step), None)
        if isinstance(event, StepFailed):
            event = StepFailed(event.step, self.masks.cleaned(event.problem))
            if self.holding and event.problem.code is ProblemCode.WRONG_CREDENTIALS:
                self.held = event
                return
            if known is not None:  # what comes after it was passed belongs to it
                self.taken.remove(known)
        elif known is not None or (isinstance(event, StepStarted) and event.step in self._began):
            return  # on the way to a second sign-in
        if isinstance(event, StepStarted):
            self._began[event.step] = time.monotonic()
        else:
            problem = event.problem if isinstance(event, StepFailed) else None
            detail = event.detail if isinstance(event, StepPassed) else ""
            now = time.monotonic()
            self.taken.append(StepTaken(event.step, detail, problem, now - self._began.get(event.step, now)))
        self.on_event(event)

    def problem_of(self, step: CheckStep) -> Problem | None:
        return next((taken.problem for taken in self.taken if taken.step is step), None)


class _Run:
    def __init__(
        self, workspace: Workspace, inbox: Inbox, on_event: Callable[[CheckEvent], None], cancel: threading.Event
    ) -> None:
        self._workspace, self._inbox, self._cancel = workspace, inbox, cancel
        self._account = inbox.account
        self.masks = _Masks()
        self.ladder = _Ladder(on_event, self.masks)
        self.mailbox: MailboxFacts | None = None
        self.notes: list[str] = []
        self.hide_grant()
        for name in (self._account.username, getattr(self._account, "smtp_username", "")):
            if name and name.lower() not in inbox.address.lower():
                self.masks.hide_text(name)

    @property
    def _by_token(self) -> bool:
        return isinstance(self._account, ImapAccount) and self._account.auth is AuthMethod.OAUTH

    def hide_grant(self) -> None:
        """Every token of a kept sign-in: what the provider says goes into the report, too."""
        if not self._by_token:
            return
        from app.services.grants import kept_tokens  # the sign-in libraries, which passwords do without

        for token in kept_tokens(self._workspace, self._inbox.address):
            self.masks.hide(self._account.username, token)

    # -- the ladder

    def incoming(self) -> bool:
        """Whether outgoing mail is worth a try."""
        exchange = isinstance(self._account, ExchangeAccount)
        try:
            self._signed_in("imap", self._read)
        except MailFault as fault:
            self._failed(CheckStep.EWS_LOGIN if exchange else CheckStep.IMAP_LOGIN, fault.problem)
            if exchange or not self._same_refused_password(fault.problem):
                return not exchange
            self.notes.append("Outgoing mail was not signed in to: incoming mail refused the same password.")
            return False
        return True

    def _same_refused_password(self, problem: Problem) -> bool:
        if self._by_token or problem.code not in _REFUSED:
            return False
        return self._workspace.smtp_password(self._inbox) is None

    def outgoing(self, test_message: bool) -> None:
        exchange = isinstance(self._account, ExchangeAccount)
        if exchange and not test_message:
            return  # one server and one sign-in for both ways
        try:
            self._signed_in("smtp", lambda credential: self._send(credential, test_message))
        except MailFault as fault:
            self._failed(CheckStep.TEST_MESSAGE if exchange else CheckStep.SMTP_LOGIN, fault.problem)

    def _signed_in(self, server: str, use: Callable[[Credential], None]) -> None:
        """A token may end before its time: a refused one is renewed, once, as reading and sending do."""
        credential = self._credential(server)
        self.ladder.holding = isinstance(credential, AccessToken)
        try:
            use(credential)
            return
        except MailFault:
            if self.ladder.held is None or not isinstance(credential, AccessToken):
                raise
        finally:
            self.ladder.holding, self.ladder.held = False, None
        use(self._credential(server, credential))

    def _credential(self, server: str, refused: AccessToken | None = None) -> Credential:
        found = self._workspace.credential(self._inbox, server, refused)
        account = self._account
        own = getattr(account, "smtp_username", "") if server == "smtp" else ""
        self.masks.hide(own or account.username or account.address, found.reveal())
        return found

    def _failed(self, step: CheckStep, problem: Problem) -> None:
        """Told by the step itself, mostly."""
        if not any(taken.problem == self.masks.cleaned(problem) for taken in self.ladder.taken):
            self.ladder.take(StepFailed(step, problem))

    def _read(self, credential: Credential) -> None:
        with (
            self._workspace.errand(self._inbox.id, self._cancel),
            open_account_reading(self._account, credential, self._cancel, self.ladder.take) as session,
        ):
            folders = session.folders()
            self.mailbox = MailboxFacts(
                folders=sum(folder.selectable for folder in folders),
                sent=session.find_sent_folder() is not None,
                sent_marked=any(folder.special_use.lower() == "\\sent" for folder in folders),
                capabilities=tuple(self.masks.clean(name) for name in sorted(session.capabilities())),
            )

    def _send(self, credential: Credential, test_message: bool) -> None:
        with open_account_sending(self._account, credential, self._cancel, self.ladder.take) as sender:
            if not test_message:
                return
            self.ladder.take(StepStarted(CheckStep.TEST_MESSAGE))
            _, raw = write_test_message(self._account)
            outcome = sender.send(self._account.address, self._account.address, raw)
            if isinstance(outcome, Accepted):
                self.ladder.take(StepPassed(CheckStep.TEST_MESSAGE, f"accepted by {self._account.send_host}"))
            else:
                self.ladder.take(StepFailed(CheckStep.TEST_MESSAGE, outcome.problem))

    # -- the servers

    def look_at_servers(self) -> tuple[ServerFacts, ...]:
        """A server that was not reached a moment ago is not asked again."""
        account = self._account
        if isinstance(account, ExchangeAccount):
            return (self._look(*_https(account.url), CheckStep.EWS_CONNECT),)
        reading = self._look(account.imap, Speaks.IMAP, "/", CheckStep.IMAP_CONNECT)
        if account.graph_url:
            return reading, self._look(*_https(account.graph_url), CheckStep.SMTP_CONNECT)
        return reading, self._look(account.smtp, Speaks.SMTP, "/", CheckStep.SMTP_CONNECT)

    def _look(self, endpoint: Endpoint, speaks: Speaks, path: str, step: CheckStep) -> ServerFacts:
        problem = self.masks.clean_problem(self.ladder.problem_of(step))
        if problem is not None:
            return ServerFacts(endpoint, speaks, problem=problem)
        return look_at_server(endpoint, speaks, self._cancel, self.masks, path)


def _https(url: str) -> tuple[Endpoint, Speaks, str]:
    parts = urlsplit(url)
    endpoint = Endpoint(parts.hostname or "", parts.port or 443, ConnectionSecurity.IMPLICIT_TLS)
    return endpoint, Speaks.HTTPS, parts.path or "/"
