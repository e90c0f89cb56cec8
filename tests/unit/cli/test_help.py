"""Whoever asks a command for help gets a sentence about it and a word about each of its options."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import pytest

from app.cli.parsing import Parser
from app.cli.run import parser

JARGON = ("argparse", "subparser", "stdin)", "UID", "None", "NoneType", "TODO")


def commands(parser_: Parser, path: str = "hitchpost") -> Iterator[tuple[str, Parser]]:
    if parser_._fill is not None:
        fill, parser_._fill = parser_._fill, None
        fill(parser_)
    yield path, parser_
    for action in parser_._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                yield from commands(child, f"{path} {name}")


ALL = list(commands(parser()))


@pytest.mark.parametrize(("path", "command"), ALL, ids=[path for path, _ in ALL])
def test_every_command_says_what_it_does(path: str, command: Parser) -> None:
    text = (command.description or "").strip()
    assert text and text[0].isupper() and text.endswith("."), path
    shown = command.format_help()
    assert not any(word in shown for word in JARGON), shown


@pytest.mark.parametrize(("path", "command"), ALL, ids=[path for path, _ in ALL])
def test_every_option_has_its_words(path: str, command: Parser) -> None:
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            continue
        name = "/".join(action.option_strings) or action.dest
        assert action.help, f"{path} {name} has no help"
        assert not action.help.endswith("."), f"{path} {name}: a help text is no sentence"
