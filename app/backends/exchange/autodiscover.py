"""Where the Exchange server of an address is, by its domain's autodiscover service. Used by services.

The SOAP service of Exchange 2010 and newer is asked at the two well-known addresses of the domain, and where a plain
request to the first of them leads to ([MS-OXDISCO] 3.1.5), all at once, within one time limit. The password goes to
hosts of the address's own domain only, and under TLS: where an answer leads elsewhere, that host is named and a person
decides.
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
from app.backends.transport import Timeouts, open_socket
from app.backends.web import read_answer, write_request
from app.domain.errors import Cancelled, MailFault, UsageError
from app.domain.exchange_address import EWS_PATH, ews_url, is_exchange_online
from app.domain.hosts import ascii_domain, ascii_host, within
from app.domain.inboxes import ConnectionSecurity, Credential, Endpoint, ServerTrust
from app.domain.problems import Problem, ProblemCode

TIME_LIMIT = 12.0  # seconds for all of it
_HTTP_PORT = 80
_IN_THE_CLEAR = "in the clear"
_FOLDER = "/autodiscover/"
_PATH = f"{_FOLDER}autodiscover.svc"
_ANSWER_LIMIT = 1 << 20  # bytes
_REDIRECTS = 3
_SETTINGS = ["auto_discover_smtp_address", "external_ews_url", "internal_ews_url"]
# What is said when no place gave an address: the first of these that any place had.
_TELLING = (
    ProblemCode.EXCHANGE_ONLINE,
    ProblemCode.WRONG_CREDENTIALS,
    ProblemCode.LOGIN_DISABLED,
    ProblemCode.CERTIFICATE_CHANGED,
    ProblemCode.EXCHANGE_ELSEWHERE,
)
# A certificate that may be pinned counts for the host that has no other work; the domain itself may be anybody's web site.
_PINNABLE = (
    ProblemCode.CERTIFICATE_UNTRUSTED,
    ProblemCode.CERTIFICATE_EXPIRED,
    ProblemCode.CERTIFICATE_NOT_YET_VALID,
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
    ask about), EXCHANGE_ONLINE, WRONG_CREDENTIALS, LOGIN_DISABLED, or one of the certificate; Cancelled within a second
    of `cancel`."""
    domain = ascii_domain(address.rpartition("@")[2])
    if not domain:
        raise MailFault(Problem(ProblemCode.EXCHANGE_NOT_FOUND, address.rpartition("@")[2]))
    if is_exchange_online(domain):
        raise MailFault(Problem(ProblemCode.EXCHANGE_ONLINE, domain))
    first = f"autodiscover.{domain}"
    stop = threading.Event()
    answers: SimpleQueue[str | MailFault | None] = SimpleQueue()
    timeouts = Timeouts(min(5.0, time_limit), min(8.0, time_limit), answer=time_limit)

    def ask(place: str) -> None:
        try:
            url = _led_to_in_the_clear(first, timeouts, stop) if place == _IN_THE_CLEAR else f"https://{place}{_PATH}"
            answers.put(_ask(url, address, domain, username or address, secret, trust, timeouts, stop))
        except MailFault as fault:
            answers.put(fault)
        except (Cancelled, UsageError):
            answers.put(None)

    places = (first, domain, _IN_THE_CLEAR)
    for place in places:
        threading.Thread(target=ask, args=(place,), name=f"autodiscover {place}", daemon=True).start()
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
    for problem in faults:
        if problem.code in _PINNABLE and problem.host == first:
            raise MailFault(problem)
    says = "; ".join(f"{p.host}: {p.code.value.replace('_', ' ')}" for p in faults)
    raise MailFault(Problem(ProblemCode.EXCHANGE_NOT_FOUND, domain, server_says=says[:500], own_words=True))


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
    """What one place says. Redirects to addresses within the domain are followed."""
    for _ in range(_REDIRECTS):
        _refuse_others(url, domain)
        channel = Channel(url, username, secret.reveal(), trust, timeouts, stop)
        channel.limit = _ANSWER_LIMIT
        try:
            channel.connect(Steps())
            with talking(channel, ProblemCode.EXCHANGE_NOT_FOUND):
                told = _settings(channel, url, address, username, secret)
        except MailFault as fault:
            told = _led_to(fault.problem)
            if not _is_service(told):
                raise  # an ordinary web site, which leads everybody to its first page
        finally:
            channel.close()
        _refuse_others(told, domain)
        if not _is_service(told):
            return told
        url = _service(told)
    raise channel.fault(ProblemCode.EXCHANGE_NOT_FOUND, "it leads in circles", own_words=True)


def _refuse_others(url: str, domain: str) -> None:
    """Raises MailFault for hosts that no password goes to unasked."""
    host, _ = _parts(url)
    if is_exchange_online(host):
        raise MailFault(Problem(ProblemCode.EXCHANGE_ONLINE, host))
    if not within(host, domain):
        raise MailFault(Problem(ProblemCode.EXCHANGE_ELSEWHERE, host))


def _is_service(url: str) -> bool:
    return _parts(url)[1].startswith(_FOLDER)


def _service(url: str) -> str:
    """The SOAP service beside the address that was told, which may be that of the older kind (…/autodiscover.xml)."""
    return ews_url(url).removesuffix(EWS_PATH) + _PATH


def _led_to_in_the_clear(host: str, timeouts: Timeouts, stop: threading.Event) -> str:
    """Where a request without TLS leads to; it holds neither address nor password. Raises MailFault where it leads
    nowhere."""
    wire = open_socket(Endpoint(host, _HTTP_PORT, ConnectionSecurity.STARTTLS), timeouts, stop)
    try:
        write_request(wire, "GET", f"{_FOLDER}autodiscover.xml", {})
        answer = read_answer(wire, body=False)
        target = answer.headers.get("location", "")
        if not 300 <= answer.status < 400 or not target.startswith("https://") or not _is_service(target):
            raise wire.fault(ProblemCode.EXCHANGE_NOT_FOUND, f"{answer.status} on port {_HTTP_PORT}", own_words=True)
        return _service(target)
    finally:
        wire.close()


def _parts(url: str) -> tuple[str, str]:
    """Host and path, in small letters; empty for what is no address."""
    try:
        parts = urlsplit(url)
        return ascii_host(parts.hostname or ""), parts.path.lower()
    except ValueError:
        return "", ""


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
