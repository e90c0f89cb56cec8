"""Where the Exchange server of an address is, by its domain's autodiscover service. Used by services.

The SOAP service of Exchange 2010 and newer is asked at the two well-known addresses of the domain ([MS-OXDISCO] 3.1.5),
both at once, within one time limit. The password goes to hosts of the address's own domain only: where an answer leads
elsewhere, that host is named and a person decides.
"""

from __future__ import annotations

import threading
import time
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

from exchangelib import BASIC, Configuration, Credentials

from app.backends.exchange.channel import Channel
from app.backends.exchange.faults import talking
from app.backends.exchange.protocols import autodiscover_over
from app.backends.secure import Steps
from app.backends.transport import Timeouts
from app.domain.errors import Cancelled, MailFault, UsageError
from app.domain.exchange_address import belongs_to, ews_url, is_exchange_online
from app.domain.inboxes import Credential, ServerTrust
from app.domain.problems import Problem, ProblemCode

TIME_LIMIT = 12.0  # seconds for all of it
_PATH = "/autodiscover/autodiscover.svc"
_SETTINGS = ["auto_discover_smtp_address", "external_ews_url", "internal_ews_url"]
# What is said when no place gave an address: the first of these that any place had.
_TELLING = (
    ProblemCode.EXCHANGE_ONLINE,
    ProblemCode.EXCHANGE_ELSEWHERE,
    ProblemCode.WRONG_CREDENTIALS,
    ProblemCode.LOGIN_DISABLED,
    ProblemCode.CERTIFICATE_CHANGED,
)


def find_exchange(
    address: str,
    username: str,
    secret: Credential,
    *,
    trust: ServerTrust = ServerTrust(),  # noqa: B008 - frozen
    time_limit: float = TIME_LIMIT,
    cancel: threading.Event | None = None,
) -> str:
    """The EWS address. MailFault within `time_limit`: EXCHANGE_NOT_FOUND; EXCHANGE_ELSEWHERE (its `host` is the one to
    ask about), EXCHANGE_ONLINE, WRONG_CREDENTIALS, LOGIN_DISABLED; Cancelled within a second of `cancel`."""
    domain = address.rpartition("@")[2].lower()
    if is_exchange_online(domain):
        raise MailFault(Problem(ProblemCode.EXCHANGE_ONLINE, domain))
    places = [f"autodiscover.{domain}", domain]
    stop = threading.Event()
    answers: SimpleQueue[str | MailFault | None] = SimpleQueue()
    timeouts = Timeouts(min(5.0, time_limit), min(8.0, time_limit))

    def ask(host: str) -> None:
        try:
            answers.put(
                _ask(f"https://{host}{_PATH}", address, domain, username or address, secret, trust, timeouts, stop)
            )
        except MailFault as fault:
            answers.put(fault)
        except (Cancelled, UsageError):
            answers.put(None)

    for host in places:
        threading.Thread(target=ask, args=(host,), name=f"autodiscover {host}", daemon=True).start()
    faults: list[Problem] = []
    deadline = time.monotonic() + time_limit
    try:
        for _ in places:
            found = _next(answers, deadline, cancel)
            if isinstance(found, str):
                return found
            if found is not None:
                faults.append(found.problem)
    finally:
        stop.set()
    for code in _TELLING:
        for problem in faults:
            if problem.code is code:
                raise MailFault(problem)
    says = "; ".join(f"{p.host}: {p.code.value.replace('_', ' ')}" for p in faults)
    raise MailFault(Problem(ProblemCode.EXCHANGE_NOT_FOUND, domain, server_says=says[:500]))


def _next(
    answers: SimpleQueue[str | MailFault | None], deadline: float, cancel: threading.Event | None
) -> str | MailFault | None:
    while (left := deadline - time.monotonic()) > 0:
        if cancel is not None and cancel.is_set():
            raise Cancelled("autodiscover")
        try:
            return answers.get(timeout=min(left, 0.2))
        except Empty:
            continue
    return None


def _ask(
    url: str,
    address: str,
    domain: str,
    username: str,
    secret: Credential,
    trust: ServerTrust,
    timeouts: Timeouts,
    stop: threading.Event,
) -> str:
    """What one place says. A redirect to an address within the domain is followed once."""
    for _ in range(2):
        channel = Channel(url, username, secret.reveal(), trust, timeouts, stop)
        try:
            channel.connect(Steps())
            with talking(channel, ProblemCode.EXCHANGE_NOT_FOUND):
                told = _settings(channel, url, address, username, secret)
        except MailFault as fault:
            if not (target := _led_to(fault.problem)):
                raise
            told = target
        finally:
            channel.close()
        host = urlsplit(told).hostname or ""
        if is_exchange_online(host):
            raise MailFault(Problem(ProblemCode.EXCHANGE_ONLINE, host))
        if not belongs_to(host, domain):
            raise MailFault(Problem(ProblemCode.EXCHANGE_ELSEWHERE, host))
        if urlsplit(told).path.lower() != _PATH:
            return told
        url = told
    raise channel.fault(ProblemCode.EXCHANGE_NOT_FOUND, "it leads in circles")


def _settings(channel: Channel, url: str, address: str, username: str, secret: Credential) -> str:
    """The EWS address, or the address of another autodiscover service."""
    config = Configuration(service_endpoint=url, credentials=Credentials(username, secret.reveal()), auth_type=BASIC)
    answer = autodiscover_over(channel, config).get_user_settings(user=address, settings=_SETTINGS)
    if isinstance(answer, Exception):
        raise answer
    if answer.redirect_url:
        return str(answer.redirect_url)
    if answer.redirect_address:
        other = str(answer.redirect_address).rpartition("@")[2]
        return f"https://autodiscover.{other}{_PATH}"
    answer.raise_errors()
    for name in ("external_ews_url", "internal_ews_url"):
        if found := (answer.user_settings or {}).get(name):
            return ews_url(str(found))
    raise channel.fault(ProblemCode.EXCHANGE_NOT_FOUND)


def _led_to(problem: Problem) -> str:
    """The target of an HTTP redirect."""
    _, _, target = problem.server_says.partition(", leads to ")
    return target if problem.code is ProblemCode.NO_EWS and target.startswith("https://") else ""
