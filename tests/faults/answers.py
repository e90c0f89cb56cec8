"""A sending server that gives chosen answers, else those of a good one; and remembers what it has taken. Used by the
tests of the outbox."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.support.scripted import Talk

GOOD = {
    "EHLO": "250-mail.example.com\r\n250-AUTH PLAIN\r\n250-SIZE 1000000\r\n250 8BITMIME",
    "AUTH": "235 2.7.0 signed in",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go on",
    "END": "250 2.0.0 queued",
    "RSET": "250 2.0.0 ok",
    "QUIT": "221 2.0.0 bye",
}
CUT = "cut"  # an answer: the connection is reset
CLOSE = "close"  # an answer: the connection is closed in good order
TAKE_AND_CUT = "take and cut"  # to END: the message is taken, the answer never comes


@dataclass
class Answers:
    """`wrong`: (command, which one of them, from 1) → answer; with 0 every one of them. `taken`: (recipients, message) of
    what was answered with 2xx, or TAKE_AND_CUT. `out_of_order`: what no client may do."""

    wrong: Mapping[tuple[str, int], str] = field(default_factory=dict)
    greeting: str = "220 mail.example.com ESMTP"
    ehlo: str = ""
    by_recipient: Mapping[str, str] = field(default_factory=dict)
    taken: list[tuple[tuple[str, ...], bytes]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    _counts: dict[str, int] = field(default_factory=dict)

    def script(self) -> Callable[[Talk], None]:
        return self._play

    def _play(self, talk: Talk) -> None:
        talk.say(self.greeting)
        if not self.greeting.startswith("220"):
            return
        recipients: list[str] = []
        sender = False
        while line := talk.hear():
            self.heard.append(line)
            word = line[:4].upper()
            answer = self._answer(word, line)
            if word == "DATA" and not recipients:
                self.out_of_order.append("DATA without a recipient")
            if word == "RCPT" and not sender:
                self.out_of_order.append("RCPT without a sender")
            if not self._say(talk, answer):
                return
            good = answer[:1] == "2"
            match word:
                case "MAIL":
                    sender = sender or good
                case "RCPT" if good:
                    recipients.append(re.search(r"<(.*?)>", line)[1])  # type: ignore[index]
                case "RSET" | "EHLO":
                    sender, recipients = False, []
                case "DATA" if answer.startswith("354"):
                    message = talk.hear_message()
                    verdict = self._answer("END", line)
                    if verdict[:1] == "2" or verdict == TAKE_AND_CUT:
                        self.taken.append((tuple(recipients), message))
                    sender, recipients = False, []
                    if not self._say(talk, CUT if verdict == TAKE_AND_CUT else verdict):
                        return
                case "QUIT":
                    return

    def _answer(self, word: str, line: str) -> str:
        number = self._counts[word] = self._counts.get(word, 0) + 1
        if word == "RCPT":
            named = re.search(r"<(.*?)>", line)
            if named and (chosen := self.by_recipient.get(named[1])):
                return chosen
        if word == "EHLO" and self.ehlo:
            return self.ehlo
        return self.wrong.get((word, number), self.wrong.get((word, 0), GOOD.get(word, "500 5.5.2 what?")))

    def _say(self, talk: Talk, answer: str) -> bool:
        """False when that was the end."""
        if answer == CUT:
            talk.cut()
        elif answer != CLOSE:
            talk.say(answer)
            if not answer.startswith("421"):
                return True
        return False
