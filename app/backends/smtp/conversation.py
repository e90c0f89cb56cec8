"""smtplib on a `Wire`: its commands and replies, our time limits, size limits and TLS. Used by this room."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.backends.wire import Wire
from app.domain.problems import ProblemCode

_REPLY_LIMIT = 1 << 18  # bytes of one reply with all its lines

# The name of this computer is nobody's business, and often none that can be looked up (RFC 5321 4.1.4 allows literals).
_OWN_NAME = "[127.0.0.1]"


class Conversation(smtplib.SMTP):
    """`wire` is connected, and has the greeting still to be read. Errors come as MailFault, inside `talking()`."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        with self.talking():
            super().__init__(wire.endpoint.host, wire.endpoint.port, local_hostname=_OWN_NAME)

    def _get_socket(self, host: str, port: int, timeout: object) -> Any:
        return self.wire

    @contextmanager
    def talking(self) -> Iterator[None]:
        """A closed wire, or an answer that is none, becomes MailFault; after that the wire is closed."""
        if self.wire.closed:
            raise self.wire.fault(ProblemCode.CONNECTION_LOST)
        try:
            yield
        except smtplib.SMTPServerDisconnected as error:
            self.wire.close()
            raise self.wire.fault(ProblemCode.CONNECTION_LOST) from error
        except (smtplib.SMTPException, ValueError) as error:
            self.wire.close()
            raise self.wire.fault(ProblemCode.PROTOCOL_ERROR, str(error), own_words=True) from error
        except BaseException:
            self.wire.close()
            raise

    def send(self, s: Any) -> None:
        self.wire.allow(_REPLY_LIMIT)
        super().send(s)

    def greet(self) -> None:
        """EHLO (again, after TLS). HELO is not tried: without extensions there is no sign-in."""
        with self.talking():
            code, says = self.ehlo()
            if code != 250:
                raise self.wire.fault(
                    ProblemCode.SERVER_BUSY if 400 <= code < 500 else ProblemCode.PROTOCOL_ERROR, says
                )

    def ask_for_tls(self) -> None:
        """STARTTLS up to the server's 220 (RFC 3207)."""
        self.greet()
        with self.talking():
            if not self.has_extn("starttls"):
                raise self.wire.fault(ProblemCode.TLS_NOT_OFFERED)
            code, says = self.docmd("STARTTLS")
            if code != 220:
                busy = 400 <= code < 500 and code != 454  # 454: TLS is not available just now
                raise self.wire.fault(ProblemCode.SERVER_BUSY if busy else ProblemCode.TLS_NOT_OFFERED, says)

    def forget_plain_answers(self) -> None:
        """After the handshake: nothing that came before it counts (RFC 3207 4.2)."""
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False

    @property
    def maximum_size(self) -> int:
        """Bytes (RFC 1870); 0 when the server tells none."""
        text = self.esmtp_features.get("size", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
