"""Whose words are told: a server's stand in quotation marks behind its name, and what was noted here never does."""

from __future__ import annotations

import pytest

from app.domain.problems import Problem, ProblemCode
from app.store.codec import problem_from_json, problem_to_json
from app.words.commands import explain_by_command
from app.words.outages import OUTAGES
from app.words.problems import explain
from app.words.quoting import said, sentence, server_says

C = ProblemCode


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("NO user unknown", " The server says: “NO user unknown”."),
        ("550 No such user here.", " The server says: “550 No such user here.”"),
        ("  Why? ", " The server says: “Why?”"),
        ("", ""),
    ],
)
def test_a_servers_words_are_quoted_and_end(words: str, told: str) -> None:
    assert said(Problem(C.WRONG_CREDENTIALS, "imap.example.com", 993, words)) == told


def test_what_was_noted_here_is_no_quotation() -> None:
    own = Problem(C.LOGIN_DISABLED, "imap.example.com", 993, "aUTH=XOAUTH2 is not offered", own_words=True)
    assert said(own) == " AUTH=XOAUTH2 is not offered."
    assert server_says(own) == "" and own.note and not own.server_words
    locked = Problem(C.SECRETS_LOCKED, server_says="The keyring is locked.")
    assert said(locked) == " The keyring is locked."
    untrusted = Problem(C.CERTIFICATE_UNTRUSTED, "imap.example.com", 993, "self-signed certificate")
    assert said(untrusted) == "", "the cause tells it"


def test_whose_words_they_are_is_kept() -> None:
    for own in (True, False):
        problem = Problem(C.PROTOCOL_ERROR, "imap.example.com", 993, "a line without an end", own_words=own)
        assert problem_from_json(problem_to_json(problem)) == problem
    before = {"code": "protocol_error", "server_says": "BAD"}
    kept = problem_from_json(before)
    assert kept is not None and kept.server_words == "BAD"


def test_sentences_end_once() -> None:
    assert [sentence(t) for t in ("", "It waits", "It waits.", "Why?")] == ["", "It waits.", "It waits.", "Why?"]


@pytest.mark.parametrize("code", OUTAGES)
@pytest.mark.parametrize("port", [993, 143, 443])
def test_an_inbox_that_has_worked_gets_no_advice_on_settings(code: ProblemCode, port: int) -> None:
    problem = Problem(code, "imap.example.com", port, "wrong version number", own_words=True)
    told = explain(problem, worked=True)
    text = f"{told.title}. {told.cause} {told.remedy}"
    assert "imap.example.com" in text and "leave them as they are" in text
    for advice in ("Choose", "Check the port", "Check the name", "Check the spelling", "993", "587", "STARTTLS", "URL"):
        assert advice not in text
    assert explain_by_command(problem, worked=True).remedy.endswith("It is tried again by itself.")
    assert explain(problem) != told, "while connecting, the settings are what is to be looked at"


def test_what_time_alone_does_not_mend_is_told_as_before() -> None:
    for code in (C.APP_PASSWORD_NEEDED, C.CERTIFICATE_EXPIRED, C.NO_SECRET, C.CONNECTION_LOST):
        problem = Problem(code, "imap.example.com", 993)
        assert explain(problem, worked=True) == explain(problem)
