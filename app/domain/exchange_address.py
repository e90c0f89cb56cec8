"""Where an Exchange server's EWS is: what people paste, and which hosts are Microsoft's own. Used by the backend, the
command line and the wizard."""

from __future__ import annotations

from urllib.parse import urlsplit

from app.domain.errors import UsageError
from app.domain.hosts import server_host, within
from app.domain.quoting import quoted

EWS_PATH = "/ews/exchange.asmx"
# Microsoft's own, whatever an organisation calls its domain: the worldwide cloud, and those of single countries, which have
# their own sign-in.
_WORLDWIDE = ("office365.com", "outlook.com", "office.com", "microsoftonline.com", "onmicrosoft.com", "hotmail.com",
              "live.com")  # fmt: skip
_ONLINE = (*_WORLDWIDE, "office365.us", "outlook.cn")


def ews_url(text: str) -> str:
    """The EWS address that is meant by what was typed: a host's name, the webmail's address (`…/owa/…`), or the EWS
    address itself. Raises UsageError for what is no https address; a password goes nowhere else."""
    typed = text.strip()
    parts = urlsplit("")
    try:
        parts = urlsplit(typed if "://" in typed else f"https://{typed}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    host = server_host(host)
    if not host or parts.username is not None:
        raise UsageError(
            f"{quoted(text)} is no address of a server, such as https://mail.example.com/ews/exchange.asmx."
        )
    if parts.scheme.lower() != "https":
        raise UsageError(f"{quoted(text)} is not encrypted. An Exchange URL begins with https://.")
    shown = f"[{host}]" if ":" in host else host
    at = shown if port in (None, 443) else f"{shown}:{port}"
    path = parts.path if parts.path.lower().endswith(".asmx") else EWS_PATH
    return f"https://{at}{path}"


def is_exchange_online(host: str) -> bool:
    """Microsoft 365 and its forerunners, by the host's name."""
    return _of(host, _ONLINE)


def is_microsoft_worldwide(host: str) -> bool:
    """Of the cloud that the sign-in of the known service “Microsoft 365” leads to."""
    return _of(host, _WORLDWIDE)


def _of(host: str, known: tuple[str, ...]) -> bool:
    name = server_host(host)
    return any(within(name, domain) for domain in known)
