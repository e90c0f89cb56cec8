"""The page behind a List-Unsubscribe address: it asks, and its button, or a mail program's one click (RFC 8058), says yes.
Self-contained: no script, nothing from elsewhere. Used by the hot paths."""

from __future__ import annotations

import base64
import hashlib
import re

from starlette.types import Receive

MAX_BODY = 4_096  # bytes
_STYLE = """
:root{color-scheme:light dark}
body{font:1.05rem/1.5 system-ui,sans-serif;margin:0;background:#f4f5f7;color:#1b1f24}
main{max-width:28rem;margin:12vh auto 2rem;padding:2rem;background:#fff;border:1px solid #d5d9df;border-radius:12px}
h1{font-size:1.4rem;line-height:1.25;margin:0 0 .75rem}
p{margin:0 0 1.25rem}p:last-child{margin:0}
button{font:inherit;font-weight:600;padding:.6rem 1.2rem;border:0;border-radius:8px;background:#1d5fbf;color:#fff}
button:focus-visible{outline:3px solid #7fb0f5;outline-offset:2px}
@media (max-width:32rem){main{margin:1rem}}
@media (prefers-color-scheme:dark){body{background:#15181c;color:#e6e9ed}main{background:#1e2227;border-color:#363c44}
button{background:#8ab8ff;color:#0d1b2e}}
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

PAGE_HEADERS = [
    (b"content-type", b"text/html; charset=utf-8"),
    (
        b"content-security-policy",
        f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'".encode(),
    ),
    (b"x-robots-tag", b"noindex, nofollow"),
    (b"referrer-policy", b"no-referrer"),
]


def _page(title: str, content: str) -> bytes:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main><h1>{title}</h1>{content}</main></body></html>\n"
    ).encode()


ASKING = _page(
    "Unsubscribe?",
    "<p>The sender of the message that led you here will be told that you want no more such mail.</p>"
    '<form method="post"><button name="unsubscribe" value="yes">Unsubscribe</button></form>',
)
DONE = _page(
    "You have unsubscribed",
    "<p>Thank you. Your wish is noted, and the sender is told. You can close this page.</p>",
)

# As a form's fields, or as the parts of multipart/form-data: RFC 8058 3.1 allows both.
_YES = re.compile(
    rb'(?:^|&)(?:unsubscribe=yes|List-Unsubscribe=One-Click)(?:&|\s*$)|name="?List-Unsubscribe"?[^\n]*\r?\n\r?\nOne-Click\r?\n',
    re.IGNORECASE,
)


async def confirms(receive: Receive) -> bool | None:
    """Whether the body of a POST is the button's or a mail program's yes; None for one that is too large."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return False
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            return None
        if not message.get("more_body"):
            return _YES.search(body) is not None
