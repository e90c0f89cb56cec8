"""`explain` and `disclosure`: the same words as in the window, as JSON and as lines."""

from __future__ import annotations

import json

import pytest

from app.cli.disclosure import DISCLOSURES
from app.cli.run import run_command
from app.domain.inboxes import Provider

KEYS = {"code", "title", "cause", "remedy", "who", "source"}


def test_a_message_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["explain", "--json", "535", "5.7.139", "SmtpClientAuthentication is disabled"]) == 0
    matches = json.loads(capsys.readouterr().out)["matches"]
    assert all(set(match) == KEYS for match in matches)
    assert matches[0]["code"] == "535 5.7.139"
    assert matches[0]["who"] == "administrator"
    assert matches[0]["source"].startswith("https://learn.microsoft.com/")


def test_without_words_everything_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["explain", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["matches"]) > 180


def test_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["explain", "aadsts700082"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Microsoft asks you to sign in again (you can mend it)"
    assert lines[2].startswith("  What to do: Reconnect")


def test_other_services_stand_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["explain", "[AUTHENTICATIONFAILED]", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert len(document["matches"]) == 1 and all(set(row) == KEYS for row in document["elsewhere"])
    assert run_command(["explain", "[AUTHENTICATIONFAILED]"]) == 0
    lines = capsys.readouterr().out.splitlines()
    tail = lines[lines.index("At other services:") + 1 :]
    assert len(tail) == len(document["elsewhere"]) and tail[0].startswith(
        "  Apple does not accept the password. Create"
    )
    assert run_command(["explain", "535", "5.7.3"]) == 0
    assert "At other services" not in capsys.readouterr().out


def test_nothing_known_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["explain", "no such error anywhere"]) == 1
    assert "hitchpost diagnose" in capsys.readouterr().out
    assert run_command(["explain", "--json", "no such error anywhere"]) == 1
    assert json.loads(capsys.readouterr().out) == {"matches": [], "elsewhere": []}


@pytest.mark.parametrize("provider", Provider)
def test_each_disclosure_is_printed(provider: Provider, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["disclosure", provider.value, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    told = DISCLOSURES[provider]
    assert document["version"] == told.version
    assert [point["title"] for point in document["points"]] == [point.title for point in told.points]
    assert "{" not in json.dumps([point["text"] for point in document["points"]])
    assert run_command(["disclosure", provider.value]) == 0
    text = capsys.readouterr().out
    assert all(point.title in text for point in told.points)


def test_another_provider_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["disclosure", "pop3"]) == 2
    assert "imap" in capsys.readouterr().err
