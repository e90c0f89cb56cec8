"""Where an Exchange server's EWS is: what people paste, and which hosts are Microsoft's own. Used by the backend, the
command line and the wizard."""

from __future__ import annotations

from urllib.parse import urlsplit

from app.domain.errors import UsageError

EWS_PATH = "/ews/exchange.asmx"
_ONLINE = ("outlook.office365.com", "outlook.office.com", "outlook.com", "office365.com", "office.com", "hotmail.com",
           "live.com", "office365.us", "outlook.cn", "partner.outlook.cn", "onmicrosoft.com")  # fmt: skip


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
    if not host or any(c.isspace() for c in host) or parts.username is not None:
        raise UsageError(f"{text!r} is no address of a server, such as https://mail.example.com/ews/exchange.asmx.")
    if parts.scheme.lower() != "https":
        raise UsageError(f"{text!r} is not encrypted. An Exchange URL begins with https://.")
    shown = f"[{host}]" if ":" in host else host
    at = shown if port in (None, 443) else f"{shown}:{port}"
    path = parts.path if parts.path.lower().endswith(".asmx") else EWS_PATH
    return f"https://{at}{path}"


def is_exchange_online(host: str) -> bool:
    """Microsoft 365 and its forerunners, by the host's name."""
    name = host.lower().rstrip(".")
    return any(name == known or name.endswith(f".{known}") for known in _ONLINE)


def belongs_to(host: str, domain: str) -> bool:
    """Whether a host is the domain itself or lies in it."""
    name, own = host.lower().rstrip("."), domain.lower().rstrip(".")
    return bool(own) and (name == own or name.endswith(f".{own}"))
