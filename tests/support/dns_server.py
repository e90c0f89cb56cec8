"""A name server on the loopback address that answers from a zone the test writes."""

from __future__ import annotations

import socket
import threading
import time

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset


class DnsServer:
    """`zone`: {("example.org", "MX"): ["10 mx.example.org."]}. Names without records, and without names below them, do
    not exist (NXDOMAIN). `delay`: seconds before each answer; `silent`: none at all. `asked` lists the questions."""

    def __init__(self, zone: dict[tuple[str, str], list[str]] | None = None) -> None:
        self.zone = zone or {}
        self.delay = 0.0
        self.silent = False
        self.asked: list[tuple[str, str]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.1)
        self.port: int = self._socket.getsockname()[1]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="dns server", daemon=True)

    def __enter__(self) -> DnsServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                wire, client = self._socket.recvfrom(4096)
            except TimeoutError:
                continue
            query = dns.message.from_wire(wire)
            if self.silent:
                continue
            if self.delay:
                time.sleep(self.delay)
            self._socket.sendto(self._answer(query).to_wire(), client)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if records := self.zone.get((name, kind)):
            answer.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, records))
        elif not any(n == name or n.endswith("." + name) for n, _ in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer
