"""*Check my tracking host*: whether pictures and links in mail will work for recipients, step by step. Used by the settings
screen and `tracking check`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from app.domain.errors import TrackingError
from app.domain.near_links import is_local_host, others
from app.domain.tracking_host import HostCheck, HostStep, StepState
from app.services.cancellable import unless_cancelled
from app.services.tracking_server import remote_token
from app.services.workspace import Workspace

if TYPE_CHECKING:
    from app.tracking.probe import Answer, Health
    from app.tracking.tokens import TrackingKeys

SECONDS = 10.0  # a question
CONNECT = 3.0
MAX_ADDRESSES = 4  # of one name, each tried by itself
API = 1  # of the server that this program knows
CLOCK_OFF = 60.0
ENDS_SOON = 14  # days

T = TypeVar("T")


def check_tracking_host(
    workspace: Workspace, url: str, cancel: threading.Event, *, token: str | None = None
) -> Iterator[HostStep]:
    """Every check once, in the order of `HostCheck`, each as soon as it is done: some take seconds. Leaves no event. `token`:
    one that is not saved yet; else that of the workspace. Raises TrackingError for what is no address of a server,
    Cancelled soon after `cancel` is set, SecretError."""
    from app.tracking import probe  # with the web libraries, which are seldom needed

    scheme, host, port = probe.split_host(url)
    kept_elsewhere = token is None and bool(workspace.store.settings.get("tracking.token"))
    secret = (
        token if token is not None else remote_token(workspace) if kept_elsewhere else workspace.tracking.api_token()
    )
    local_keys = None if token is not None or kept_elsewhere else workspace.tracking.keys()
    allowed = bool(workspace.store.settings.get("tracking.local"))
    return _Check(url.rstrip("/"), scheme, host, port, secret, local_keys, cancel, local_links=allowed).steps()


class _Check:
    def __init__(
        self,
        url: str,
        scheme: str,
        host: str,
        port: int,
        token: str,
        keys: TrackingKeys | None,
        cancel: threading.Event,
        *,
        local_links: bool,
    ) -> None:
        self._url = url
        self._scheme = scheme
        self._host = host
        self._port = port
        self._token = token
        self._keys = keys
        self._cancel = cancel
        self._local_links = local_links
        self._addresses: list[str] = []
        self._health: Health | None = None
        self._answers: list[Answer] = []

    def steps(self) -> Iterator[HostStep]:
        yield self._name()
        yield self._tls()
        yield self._asked_health()
        yield self._version()
        yield self._clock()
        yield self._reach()
        yield self._picture()
        yield self._link()
        yield self._caching()
        yield self._client_address()

    def _unless_cancelled(self, work: Callable[[], T]) -> T:
        return unless_cancelled(work, self._cancel)

    def _name(self) -> HostStep:
        from app.tracking import probe

        try:
            self._addresses = self._unless_cancelled(partial(probe.addresses_of, self._host, self._port))
        except TrackingError as error:
            advice = "Look for a mistake in the name, or make its DNS record, A or AAAA. A new one takes a while."
            return HostStep(HostCheck.NAME, StepState.FAILED, str(error), advice)
        return HostStep(HostCheck.NAME, StepState.PASSED, _sentence(self._host, self._addresses))

    def _tls(self) -> HostStep:
        from app.tracking import probe

        if self._scheme == "http":
            if self._local:
                return HostStep(HostCheck.TLS, StepState.SKIPPED, "Not encrypted, which is enough on this computer.")
            advice = "Let a proxy with a certificate stand in front (Caddy gets one by itself), and begin the address with https://."
            detail = "Not encrypted. Mail programs warn of such links, and many do not load such pictures."
            return HostStep(HostCheck.TLS, StepState.FAILED, detail, advice)
        if not self._addresses:
            return HostStep(HostCheck.TLS, StepState.SKIPPED)
        try:
            version, end = self._unless_cancelled(partial(probe.certificate_end, self._host, self._port, SECONDS))
        except TrackingError as error:
            advice = (
                "The certificate must be valid, made for this very name, and come with those between it and its authority. "
                "Look into the log of the proxy that fetches it; port 80 must be open for that."
            )
            return HostStep(HostCheck.TLS, StepState.FAILED, str(error), advice)
        days = (end - datetime.now(UTC)).days
        detail = f"{version}; the certificate is valid until {end.date().isoformat()}."
        if days < ENDS_SOON:
            return HostStep(
                HostCheck.TLS, StepState.WARNING, detail, "Have it renewed; usually the proxy does so by itself."
            )
        return HostStep(HostCheck.TLS, StepState.PASSED, detail)

    def _asked_health(self) -> HostStep:
        from app.tracking import probe

        if not self._addresses:
            return HostStep(HostCheck.HEALTH, StepState.SKIPPED)
        try:
            health = self._unless_cancelled(partial(probe.ask_health, self._url, self._token, SECONDS))
        except TrackingError as error:
            advice = (
                "See that the server runs, and that the firewall and the proxy in front let requests through to it."
            )
            return HostStep(HostCheck.HEALTH, StepState.FAILED, str(error), advice)
        if not health.ours:
            advice = "See that the proxy hands all paths of this name to the tracking server."
            return HostStep(HostCheck.HEALTH, StepState.FAILED, "What answers is no Hitchpost tracking server.", advice)
        if not health.proved:
            advice = (
                "Put in the token that “hitchpost tracking add” gave on that server; “new-token” makes another one."
            )
            detail = "It is a tracking server, and it does not know the token of this workspace."
            return HostStep(HostCheck.HEALTH, StepState.FAILED, detail, advice)
        self._health = health
        if health.spooling:
            detail = "It answers, and keeps events on its disk: its database is away."
            return HostStep(HostCheck.HEALTH, StepState.WARNING, detail, "See what is wrong with its database.")
        return HostStep(HostCheck.HEALTH, StepState.PASSED, "It has proved that it knows this workspace.")

    def _version(self) -> HostStep:
        if self._health is None:
            return HostStep(HostCheck.VERSION, StepState.SKIPPED)
        api, version = self._health.api, self._health.version
        if api == API:
            return HostStep(HostCheck.VERSION, StepState.PASSED, f"Version {version}.")
        if api is None or api < API:
            return HostStep(
                HostCheck.VERSION, StepState.WARNING, "It is an older one.", "Update Hitchpost on the server."
            )
        detail = f"Its version {version} is newer than this program knows."
        return HostStep(HostCheck.VERSION, StepState.WARNING, detail, "Update Hitchpost on this computer.")

    def _clock(self) -> HostStep:
        if self._health is None or self._health.ahead is None:
            return HostStep(HostCheck.CLOCK, StepState.SKIPPED)
        ahead = self._health.ahead
        if abs(ahead) < CLOCK_OFF:
            return HostStep(
                HostCheck.CLOCK, StepState.PASSED, f"It differs from this computer’s by {abs(ahead):.1f} s."
            )
        detail = f"It is {abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'} this computer’s."
        advice = "Have both clocks set by the network (timedatectl set-ntp true): events carry the server’s time."
        return HostStep(HostCheck.CLOCK, StepState.FAILED, detail, advice)

    @property
    def _local(self) -> bool:
        from app.tracking import probe

        """Of a name that nobody knows it cannot be said."""
        return is_local_host(self._host) or (
            bool(self._addresses) and not any(probe.is_public(address) for address in self._addresses)
        )

    def _reach(self) -> HostStep:
        from app.tracking import probe

        if not self._addresses:
            return HostStep(HostCheck.REACH, StepState.SKIPPED)
        hidden = [address for address in self._addresses if not probe.is_public(address)]
        if self._local:
            detail = f"{self._host} is an address of this computer or this network only."
            if self._addresses != [self._host]:
                detail = f"{self._host} leads to this computer or this network only: {', '.join(self._addresses)}."
            advice = f"Recipients elsewhere need a server with a public name. {others(self._local_links)}"
            return HostStep(HostCheck.REACH, StepState.WARNING, detail, advice)
        if hidden:
            detail = f"Some of its addresses lead nowhere from outside: {', '.join(hidden)}."
            return HostStep(HostCheck.REACH, StepState.FAILED, detail, "Take them out of its public DNS records.")
        tried = self._addresses[:MAX_ADDRESSES]
        deaf = [a for a in tried if not self._unless_cancelled(partial(probe.accepts, a, self._port, CONNECT))]
        if len(deaf) == len(tried):
            advice = f"Open port {self._port} in the firewall."
            return HostStep(
                HostCheck.REACH,
                StepState.FAILED,
                f"None of its addresses answers from here: {', '.join(deaf)}.",
                advice,
            )
        if deaf:
            advice = "Without IPv6 here, an IPv6 address is silent only from here. Else open it, or take it out of DNS."
            return HostStep(
                HostCheck.REACH, StepState.WARNING, f"From here these do not answer: {', '.join(deaf)}.", advice
            )
        detail = f"{', '.join(tried)} answer{'s' if len(tried) == 1 else ''} from this computer."
        return HostStep(
            HostCheck.REACH, StepState.PASSED, f"{detail} A telephone without Wi-Fi shows whether from elsewhere, too."
        )

    def _picture(self) -> HostStep:
        from app.tracking import probe

        keys = self._known_keys()
        if isinstance(keys, HostStep):
            return HostStep(HostCheck.PICTURE, keys.state, keys.detail, keys.advice)
        try:
            answer = self._unless_cancelled(partial(probe.ask_picture, self._url, keys, SECONDS))
        except TrackingError as error:
            return HostStep(HostCheck.PICTURE, StepState.FAILED, str(error), _PATHS)
        self._answers.append(answer)
        well = answer.status == 200 and answer.headers.get("content-type") == "image/gif" and answer.body[:3] == b"GIF"
        if not well:
            return HostStep(
                HostCheck.PICTURE, StepState.FAILED, f"It was answered with {answer.status}, not as a picture.", _PATHS
            )
        return HostStep(HostCheck.PICTURE, StepState.PASSED, f"{answer.seconds * 1000:.0f} ms.")

    def _link(self) -> HostStep:
        from app.tracking import probe

        keys = self._known_keys()
        if isinstance(keys, HostStep):
            return HostStep(HostCheck.LINK, StepState.SKIPPED)
        try:
            answer = self._unless_cancelled(partial(probe.ask_link, self._url, keys, SECONDS))
        except TrackingError as error:
            return HostStep(HostCheck.LINK, StepState.FAILED, str(error), _PATHS)
        self._answers.append(answer)
        if answer.status != 302 or answer.headers.get("location") != probe.TEST_DESTINATION:
            detail = f"It was answered with {answer.status}, and does not lead where it should."
            return HostStep(HostCheck.LINK, StepState.FAILED, detail, _PATHS)
        return HostStep(HostCheck.LINK, StepState.PASSED, f"{answer.seconds * 1000:.0f} ms.")

    def _known_keys(self) -> TrackingKeys | HostStep:
        from app.tracking.client import fetch_keys

        if self._health is None:
            return HostStep(HostCheck.PICTURE, StepState.SKIPPED)
        if self._keys is None:
            try:
                self._keys = self._unless_cancelled(partial(fetch_keys, self._url, self._token, SECONDS))
            except TrackingError as error:
                return HostStep(
                    HostCheck.PICTURE, StepState.FAILED, str(error), "Without its keys no link can be made."
                )
        return self._keys

    def _caching(self) -> HostStep:
        if not self._answers:
            return HostStep(HostCheck.CACHING, StepState.SKIPPED)
        for answer in self._answers:
            kept = [
                name for name in ("age", "x-cache", "cf-cache-status") if _says_kept(name, answer.headers.get(name, ""))
            ]
            if kept or "no-store" not in answer.headers.get("cache-control", ""):
                detail = (
                    f"Something in front keeps answers ({', '.join(kept)})."
                    if kept
                    else "Something in front changes Cache-Control."
                )
                advice = "Switch caching off in the proxy for this name; else later opens and clicks never come to the server."
                return HostStep(HostCheck.CACHING, StepState.FAILED, detail, advice)
        return HostStep(HostCheck.CACHING, StepState.PASSED)

    def _client_address(self) -> HostStep:
        from app.tracking import probe

        if self._health is None:
            return HostStep(HostCheck.CLIENT_ADDRESS, StepState.SKIPPED)
        try:
            seen, unbelieved = self._unless_cancelled(partial(probe.ask_address, self._url, self._token, SECONDS))
        except TrackingError as error:
            return HostStep(HostCheck.CLIENT_ADDRESS, StepState.FAILED, str(error))
        proxys = not self._local and (not probe.is_public(seen) or seen in self._addresses)
        if proxys or unbelieved:
            detail = f"The server takes every reader for {seen}, the address of the proxy in front of it."
            advice = f"Start it with --trusted-proxy {seen}, and let the proxy set X-Forwarded-For."
            return HostStep(HostCheck.CLIENT_ADDRESS, StepState.FAILED, detail, advice)
        return HostStep(HostCheck.CLIENT_ADDRESS, StepState.PASSED, f"It sees this computer as {seen}.")


_PATHS = "See that the proxy hands /o/, /c/ and /u/ to the tracking server as they are."


def _says_kept(name: str, value: str) -> bool:
    return value not in ("", "0") if name == "age" else "hit" in value.lower()


def _sentence(host: str, addresses: list[str]) -> str:
    found = ", ".join(addresses)
    return f"{found}." if host in addresses else f"{host} is {found}."
