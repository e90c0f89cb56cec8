"""`search`: finds words in all logged messages, as the screen “Search messages” does."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from typing import Any

from app.cli.opening import opened
from app.cli.output import emit, instant, local
from app.cli.parsing import Parser, count
from app.domain.errors import UsageError
from app.domain.found_words import MOST_WORDS, searched_words, too_many
from app.domain.records import FoundMessage, MessageFinds
from app.services.workspace import Workspace

FEW = 20
MOST = 10_000  # messages in one answer
PAGE = 500


def add_search(command: Parser, common: Parser) -> None:
    command.description = (
        "Finds the logged messages in which all of these words stand, or words that begin with them: in the subject, the "
        "people, the text, or a forward’s notes. Case and accents do not count. The newest come first."
    )
    command.add_argument("words", nargs="*", metavar="WORD", help="what to look for")
    command.add_argument(
        "--limit", type=_limit, default=FEW, metavar="N", help=f"the N newest of them; default: {FEW}, most: {MOST}"
    )
    command.set_defaults(run=_search)


def _limit(text: str) -> int:
    if (number := count(text)) > MOST:
        raise ArgumentTypeError(f"{text!r} is more than {MOST}, the most that is told at once; add a word instead")
    return number


def _search(options: Namespace) -> int:
    """Exit status 0 also where nothing is found, as of `feed`."""
    search = " ".join(options.words)
    if not searched_words(search):
        raise UsageError(
            "Signs alone are not searched for: type a word, or its beginning."
            if search.strip()
            else "Type what to look for: hitchpost search WORD …"
        )
    with opened(options) as workspace:
        finds = find(workspace, search, options.limit)
    document: dict[str, Any] = {"messages": [found_document(found) for found in finds.messages]}
    if finds.next is not None:
        document["more"] = True
    if not finds.complete:
        document["complete"] = False
    emit(options, document, lambda: _lines(search, finds))
    return 0


def find(workspace: Workspace, search: str, limit: int) -> MessageFinds:
    """So many, however often the store rests in between. `next` is set only where there is one more."""
    messages: list[FoundMessage] = []
    before: int | None = None
    while True:
        finds = workspace.store.search.found(search, min(PAGE, limit + 1 - len(messages)), before)
        messages += finds.messages
        before = finds.next
        if before is None or len(messages) > limit:
            return MessageFinds(tuple(messages[:limit]), before if len(messages) > limit else None, finds.complete)


def found_document(found: FoundMessage) -> dict[str, Any]:
    return {
        "message_id": found.message_id,
        "date": instant(found.date),
        "direction": found.direction,
        "who": found.who,
        "contact": found.address or None,
        "subject": found.subject,
        "passage": found.passage,
    }


def _lines(search: str, finds: MessageFinds) -> list[str]:
    lines: list[str] = []
    for found in finds.messages:
        arrow = "→" if found.direction == "sent" else "←"
        contact = f"<{found.address}>" if found.address and found.address != found.who else ""
        lines.append(f"{local(found.date)} {arrow} {' '.join(w for w in (found.who, contact) if w)}")
        lines.append(f"    {found.subject or '(no subject)'}")
        if found.passage:
            lines.append(f"    {found.passage}")
        lines.append(f"    hitchpost why '<{found.message_id}>'")
    if not lines:
        lines.append(
            f"No logged message has {'all of these words' if len(searched_words(search)) > 1 else 'this word'}."
        )
    if finds.next is not None:
        lines.append("There are more, which are older: add a word, or see --limit.")
    if too_many(search):
        lines.append(f"Only the first {MOST_WORDS} words were looked for.")
    if not finds.complete:
        lines.append(
            "Older messages are still being made ready for searching, and may be missing. The window does the rest."
        )
    return lines
