"""`review`: copied mail that was not logged: list, show, log by hand, dismiss, take that back."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from typing import Any

from app.cli.opening import opened
from app.cli.output import emit, instant, local
from app.cli.parsing import Parser
from app.domain.errors import UsageError
from app.domain.review import ReviewItem, ReviewState
from app.words.review import review_words

_STATES = {
    "open": ReviewState.OPEN,
    "logged": ReviewState.LOGGED,
    "dismissed": ReviewState.DISMISSED,
    "kept-out": ReviewState.KEPT_OUT,
    "all": None,
}


def add_review(command: Parser, common: Parser) -> None:
    command.set_defaults(run=_list, state="open")
    actions = command.add_subparsers(dest="action", metavar="ACTION", title="actions (without one: what waits)")
    listed = actions.add_parser("list", parents=[common], help="what waits for you, newest first")
    listed.add_argument(
        "--state",
        choices=list(_STATES),
        default="open",
        help="which entries (open); of what was kept out nothing can be done",
    )
    listed.set_defaults(run=_list)
    show = actions.add_parser("show", parents=[common], help="one entry, with the beginning of its text")
    _number(show)
    show.set_defaults(run=_show)
    log = actions.add_parser(
        "log",
        parents=[common],
        help="log it by hand",
        description="Logs a message by hand to the contacts that it belongs to; who is none yet becomes one. Never-log, "
        "permanent deletions and the privacy switch hold here, too.",
    )
    _number(log)
    log.add_argument(
        "--contact",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="may be given several times; without it those whom the entry itself is about, where it says so",
    )
    log.set_defaults(run=_log)
    for name, text, run in (
        ("dismiss", "nobody wants it logged; can be undone for 30 days", _dismiss),
        ("undo", "it waits again: of what was dismissed, or logged by hand", _undo),
    ):
        action = actions.add_parser(name, parents=[common], help=text)
        _number(action)
        action.set_defaults(run=run)


def _number(command: Parser) -> None:
    command.add_argument("id", metavar="ID", type=_id, help="the number that `review` shows")


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise ArgumentTypeError(f"{text!r} is not the number of an entry")
    return int(text)


def _list(options: Namespace) -> int:
    with opened(options) as workspace:
        items = workspace.store.reviews.items(_STATES[options.state], limit=1_000)
    nothing = "Nothing waits for you." if options.state == "open" else "There is no such entry."
    emit(options, {"review": [review_document(i) for i in items]}, lambda: [_line(i) for i in items] or [nothing])
    return 0


def review_document(item: ReviewItem) -> dict[str, Any]:
    words = review_words(item.reason, item.facts, item.sender)
    return {
        "id": item.id,
        "kind": item.kind.value,
        "reason": item.reason.value,
        "sentence": words.sentence,
        "remedy": words.remedy,
        "state": item.state.value,
        "from": item.sender,
        "to": list(item.recipients),
        "subject": item.subject,
        "date": instant(item.date),
        "size": item.size,
        "can_be_logged": item.can_be_logged,
    }


def _line(item: ReviewItem) -> str:
    words = review_words(item.reason, item.facts, item.sender)
    at = item.date or item.created_at
    when = local(at) if at is not None else ""
    what = f"“{item.subject}”" if item.subject else "a message"
    return f"{item.id:>5}  {when}  {what}: {words.title.lower()}" + (
        "" if item.state is ReviewState.OPEN else f"  [{item.state.value.replace('_', '-')}]"
    )


def _show(options: Namespace) -> int:
    from app.services.review_copied import review_item, review_text

    with opened(options) as workspace:
        item = review_item(workspace, options.id)
        text = review_text(workspace, options.id)
    document = review_document(item)

    def lines() -> list[str]:
        words = review_words(item.reason, item.facts, item.sender)
        shown = [f"{name}: {', '.join(v) if isinstance(v, list) else v}" for name in ("from", "to", "subject", "date")
                 if (v := document[name])]  # fmt: skip
        return [
            words.sentence,
            *([words.remedy] if words.remedy else []),
            *shown,
            *(["", *text.splitlines()] if text else []),
        ]

    emit(options, {"review": {**document, "text": text}}, lines)
    return 0


def _log(options: Namespace) -> int:
    from app.services.review_copied import about_whom, log_by_hand

    with opened(options) as workspace:
        addresses = options.contact or about_whom(workspace, options.id)
        if not addresses:
            raise UsageError("This entry does not say to whom it belongs. Name them with --contact ADDRESS.")
        logged = log_by_hand(workspace, options.id, (), addresses)
        names = [workspace.store.contacts.name(c) for c in logged.contacts]
    text = f"It is on the timeline of {', '.join(names)}."
    emit(options, {"logged": {"id": options.id, "contacts": names}}, lambda: [text])
    return 0


def _dismiss(options: Namespace) -> int:
    from app.services.review_copied import dismiss

    with opened(options) as workspace:
        done = dismiss(workspace, [options.id])
    text = "It is dismissed." if done else "It was settled already."
    emit(options, {"dismissed": done}, lambda: [text])
    return 0


def _undo(options: Namespace) -> int:
    from app.services.review_copied import undo_review

    with opened(options) as workspace:
        undo_review(workspace, options.id)
    emit(options, {"open": options.id}, lambda: ["It waits again."])
    return 0
