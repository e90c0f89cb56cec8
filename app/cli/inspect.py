"""`inspect`: what the program makes of one input; with --batch, JSON lines in and out."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from app.cli.output import json_text, read_input, write
from app.cli.parsing import Parser
from app.domain.errors import UsageError

MAX_BYTES = 256_000_000
_LINE = 'A line is JSON: {"id": …, "path": "FILE"} or {"id": …, "input": …}'


@dataclass(frozen=True)
class Inspector:
    """`of_file` takes what a file holds, `of_input` the value of "input" on a line of a batch. Both raise UsageError
    for what they cannot take."""

    of_file: Callable[[bytes], Any]
    of_input: Callable[[Any], Any]


def add_inspect(command: Parser, common: Parser) -> None:
    kinds = command.add_subparsers(dest="what", metavar="WHAT", required=True)
    for name, inspector, text in (
        ("message", MESSAGE, "a raw message"),
        ("forward", FORWARD, "a raw message that forwards another one"),
        ("provider", PROVIDER, 'the mail service of an address: {"email": "…"}, with "mx", "xml", "srv" where known'),
        ("reply", REPLY, 'an answer and what it quotes: {"content_type": "text/plain", "text": "…"}'),
        (
            "signature",
            SIGNATURE,
            'a text and the signature below it: {"text": "…", "sender": "Anna Berg <anna@example.com>"}',
        ),
        ("threads", THREADS, 'which messages belong together: {"messages": ["FILE", …]}'),
        (
            "hit",
            HIT,
            'a request to the tracking server: {"ua", "ip", "method", "headers", "kind", "seconds_after_send"}',
        ),
        ("html", HTML, 'what mail looks like here: {"html": "…", "allow_remote": false}'),
    ):
        kind = kinds.add_parser(
            name,
            parents=[common],
            help=text,
            description=f"Reads {text}. The result is JSON, with --json and without.",
        )
        kind.add_argument("file", nargs="?", default="-", metavar="FILE", help="- or nothing: standard input")
        kind.add_argument(
            "--batch",
            action="store_true",
            help='JSON lines in: {"id", "path"} or {"id", "input"}; JSON lines out: {"id", "result"} or {"id", "error"}',
        )
        if inspector is PROVIDER:
            kind.add_argument(
                "--online", action="store_true", help="ask the network about addresses that come without found facts"
            )
        kind.set_defaults(run=_inspect, inspector=inspector)


def _message(raw: bytes) -> Any:
    from app.mime.inspect import inspect_message

    return inspect_message(raw)


def _forward(raw: bytes) -> Any:
    from app.mime.inspect import inspect_forward

    return inspect_forward(raw)


def _as_text(read: Callable[[bytes], Any], name: str) -> Callable[[Any], Any]:
    """A reader of the raw message as text; bytes that are no UTF-8 may stand as the halves of surrogate pairs that Python
    makes of them (PEP 383)."""

    def read_text(value: Any) -> Any:
        if not isinstance(value, str):
            raise UsageError(f"The input of inspect {name} is the raw message, as text.")
        try:
            return read(value.encode("utf-8", "surrogateescape"))
        except UnicodeEncodeError as error:
            raise UsageError("The input is not text: it has half a surrogate pair.") from error

    return read_text


def _html(value: Any) -> Any:
    from app.mime.inspect import inspect_html

    html = value.get("html") if isinstance(value, dict) else None
    remote = value.get("allow_remote", False) if isinstance(value, dict) else None
    if not isinstance(html, str) or not isinstance(remote, bool):
        raise UsageError('The input of inspect html is JSON: {"html": "…", "allow_remote": false}.')
    return inspect_html(html, remote)


def _reply(value: Any) -> Any:
    from app.mime.inspect import inspect_reply

    text = value.get("text") if isinstance(value, dict) else None
    content_type = value.get("content_type", "text/plain") if isinstance(value, dict) else None
    if not isinstance(text, str) or not isinstance(content_type, str):
        raise UsageError('The input of inspect reply is JSON: {"content_type": "text/plain", "text": "…"}.')
    return inspect_reply(content_type, text)


def _signature(value: Any) -> Any:
    from app.mime.inspect import inspect_signature

    text = value.get("text") if isinstance(value, dict) else None
    sender = value.get("sender", "") if isinstance(value, dict) else None
    if not isinstance(text, str) or not isinstance(sender, str):
        raise UsageError('The input of inspect signature is JSON: {"text": "…", "sender": "anna@example.com"}.')
    return inspect_signature(text, sender)


def _threads(value: Any) -> Any:
    from app.mime.inspect import inspect_threads

    paths = value.get("messages") if isinstance(value, dict) else None
    if not isinstance(paths, list) or not all(isinstance(path, str) and path and path != "-" for path in paths):
        raise UsageError('The input of inspect threads is JSON: {"messages": ["FILE", …]}.')
    return inspect_threads(read_input(path, MAX_BYTES) for path in paths)


def _hit(value: Any) -> Any:
    from app.cli.inspect_hit import inspect_hit

    return inspect_hit(value)


def _provider(value: Any, online: bool = False) -> Any:
    from app.providers.catalogue import load_catalogue
    from app.providers.decide import Facts, from_facts
    from app.providers.inspect import as_json, facts_of
    from app.words.detection import explain_detection

    email, facts = facts_of(value)
    if facts is None and online:
        from app.providers.look_up import detect

        return as_json(detect(email, load_catalogue()), explain_detection)
    return as_json(from_facts(email, facts or Facts(), load_catalogue()), explain_detection)


def _provider_online(value: Any) -> Any:
    return _provider(value, online=True)


def _json(raw: bytes) -> Any:
    """Raises UsageError for what is no JSON, or has parentheses thousands deep."""
    try:
        return json.loads(raw, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"This is not JSON: {str(error)[:200]}.") from error


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


MESSAGE = Inspector(_message, _as_text(_message, "message"))
FORWARD = Inspector(_forward, _as_text(_forward, "forward"))
PROVIDER = Inspector(lambda raw: _provider(_json(raw)), _provider)
PROVIDER_ONLINE = Inspector(lambda raw: _provider_online(_json(raw)), _provider_online)
REPLY = Inspector(lambda raw: _reply(_json(raw)), _reply)
SIGNATURE = Inspector(lambda raw: _signature(_json(raw)), _signature)
THREADS = Inspector(lambda raw: _threads(_json(raw)), _threads)
HIT = Inspector(lambda raw: _hit(_json(raw)), _hit)
HTML = Inspector(lambda raw: _html(_json(raw)), _html)


def _inspect(options: Namespace) -> int:
    inspector = PROVIDER_ONLINE if getattr(options, "online", False) else options.inspector
    if options.batch:
        return _batch(options.file, inspector)
    write(json_text(inspector.of_file(read_input(options.file, MAX_BYTES)), indent=2))
    return 0


def _batch(name: str, inspector: Inspector) -> int:
    """A line that cannot be read becomes an error of its own; the others go on."""
    lines: Iterable[bytes] = read_input(name, MAX_BYTES).splitlines() if name != "-" or sys.stdin is None else _stdin()
    for line in lines:
        if line.strip():
            write(json_text(_answer(line, inspector)))
    return 0


def _stdin() -> Iterable[bytes]:
    return sys.stdin.buffer


def _answer(line: bytes, inspector: Inspector) -> dict[str, Any]:
    asked_id: Any = None
    try:
        asked = _json(line)
        if not isinstance(asked, dict):
            raise UsageError(f"{_LINE}.")
        asked_id = asked.get("id")
        if isinstance(asked.get("path"), str):
            return {"id": asked_id, "result": inspector.of_file(read_input(asked["path"], MAX_BYTES))}
        if "input" in asked:
            return {"id": asked_id, "result": inspector.of_input(asked["input"])}
        raise UsageError(f"{_LINE}.")
    except UsageError as error:
        return {"id": asked_id, "error": str(error)}
