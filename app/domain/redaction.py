"""Server texts made fit to be shown and stored: one line, at most 500 characters, without secrets. Used by whoever talks
to a mail server or a provider."""

from __future__ import annotations

import base64
import re
from urllib.parse import quote, quote_plus

LIMIT = 500
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_MASK = "•••"


class Redactor:
    """Knows what must not be shown. `hide()` is called before a secret is sent, so that an echo of it is not kept."""

    def __init__(self) -> None:
        self._secrets: list[str] = []

    def hide(self, username: str, password: str) -> None:
        """The password itself, and the forms in which PLAIN and LOGIN carry it."""
        forms = {password, password.replace("\\", "\\\\").replace('"', '\\"')}
        for text in (
            password,
            f"\0{username}\0{password}",
            f"{username}\0{username}\0{password}",
            f"{username}:{password}",
        ):
            forms.add(base64.b64encode(text.encode()).decode())
        self._secrets = sorted((form for form in forms if form), key=len, reverse=True)

    def hide_text(self, text: str) -> None:
        """One more, with the forms in which it travels: in base64, and in an address or a form."""
        forms = {*self._secrets, text, base64.b64encode(text.encode()).decode(), quote(text, safe=""), quote_plus(text)}
        self._secrets = sorted((form for form in forms if form), key=len, reverse=True)

    def holds_secret(self, text: str) -> bool:
        return any(secret in text for secret in self._secrets)

    def clean(self, says: str | bytes) -> str:
        text = says.decode("utf-8", "replace") if isinstance(says, bytes) else says
        text = text[: 20 * LIMIT]
        for secret in self._secrets:
            if len(secret) >= 4:
                text = text.replace(secret, _MASK)
            else:  # so short that it stands in every other word
                text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", _MASK, text)
        text = " ".join(_CONTROL.sub(" ", text).split())
        return text if len(text) <= LIMIT else text[: LIMIT - 1] + "…"
