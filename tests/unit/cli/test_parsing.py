"""Words that are wrong are told in a sentence, with status 2 and nothing done; help reads well."""

from __future__ import annotations

import json
import subprocess
import sys
from argparse import ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import __version__
from app.cli import run_command
from app.cli.parsing import endpoint, free_or_port, moment, port
from app.cli.run import COMMANDS
from app.domain.inboxes import ConnectionSecurity, Endpoint

NESTED = (
    ["connect", "imap"], ["contacts", "add"], ["contacts", "show"], ["contacts", "edit"], ["settings", "list"],
    ["settings", "get"], ["settings", "set"], ["serve", "tracking"], ["inspect", "message"], ["inspect", "html"],
)  # fmt: skip
HEAVY = ("PySide6", "uvicorn", "starlette", "pymap", "aiosmtpd", "httpx", "keyring", "imapclient", "nh3", "lxml")


@pytest.mark.parametrize("words", [[], *([name] for name, _, _ in COMMANDS), *NESTED], ids=" ".join)
def test_help_reads_well(words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert run_command([*words, "--help"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"usage: {' '.join(['hitchpost', *words])} ") and not err
    assert "--json" in out and "None" not in out and "%" not in out and "SUPPRESS" not in out
    assert max(map(len, out.splitlines())) <= 100
    description = out.split("\n\n")[1]
    assert words == [] or description.strip(), "says what it does"


def test_each_command_is_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"    {name} " in out for name, _, _ in COMMANDS)
    assert "HITCHPOST_HOME" in out and "HITCHPOST_PASSPHRASE" in out
    assert run_command(["--version"]) == 0
    assert capsys.readouterr().out == f"hitchpost {__version__}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bogus"], "'bogus'; it is one of"),
        (["--jsn", "inboxes"], "not understood here: --jsn"),
        (["inboxes", "extra"], "not understood here: extra"),
        (["send", "--to", "a@example.com"], "--from"),
        (["feed", "--since", "tomorrow"], "2026-12-01T08:00"),
        (["send", "--at", "0001-01-01T00:00"], "2026-12-01T08:00"),
        (["inboxes", "--workspace"], "--workspace needs a value behind it."),
        (["why"], "Missing: MESSAGE-ID|ADDRESS."),
        (["why", "x@example.com", "--all", "--limit", "3"], "--limit and --all do not go together."),
        (
            ["users", "add", "b@example.com", "--role", "king"],
            "--role cannot be 'king'; it is one of 'admin', 'member'.",
        ),
        (["why", "hello"], "neither an address"),
        (["pause", "ada@example.com"], "No inbox is connected yet. See hitchpost connect --help."),
        (["contacts", "restore", "ada@example.com"], "None that was removed is called so, either."),
        (["demo", "--steps", "0"], "whole number"),
        (["demo", "--steps", "-3"], "whole number"),
        (["demo", "--steps", "1.5"], "whole number"),
        (["serve", "tracking", "--port", "70000"], "1 to 65535"),
        (["serve", "tracking", "--public-url", "foo"], "--public-url: 'foo' is not an address such as https://"),
        (["serve", "tracking", "--public-url", "https://"], "https://mail.example.com"),
        (["serve", "tracking", "--public-url", "https://mail.example.com:x"], "https://mail.example.com"),
        (["serve", "tracking", "--public-url", "https://mail.example.com/?a=b"], "without ? and #"),
        (["serve", "tracking", "--trusted-proxy", "foo"], "--trusted-proxy: 'foo' is not an IP address, or a network"),
        (["serve"], "SERVER"),
        (["connect"], "PROVIDER"),
        (["contacts", "forget"], "cannot be 'forget'; it is one of"),
        (["--workspace", "../up", "inboxes"], "cannot be the name of a workspace"),
        (["contacts", "add", "ada\udcff@example.com"], "not UTF-8"),
        (["contacts", "add", "ada"], "not complete"),
        (["contacts", "add", "a@example.com, b@example.com"], "not one address"),
        (["inspect", "message", "/nonexistent/mail"], "No such file"),
        (["inspect", "message", "/"], "Is a directory"),
    ],
)
def test_wrong_words(words: list[str], said: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(words) == 2
    out, err = capsys.readouterr()
    assert out == "" and said in err
    assert run_command([*words, "--json"]) == 2
    out, err = capsys.readouterr()
    text = json.loads(out)["error"]
    assert said in text and text.splitlines()[-1] in err


def test_values() -> None:
    assert endpoint("imap.example.com:993:tls") == Endpoint("imap.example.com", 993, ConnectionSecurity.IMPLICIT_TLS)
    assert endpoint("[2001:db8::1]:587:STARTTLS") == Endpoint("2001:db8::1", 587, ConnectionSecurity.STARTTLS)
    for bad in ("", "localhost", "localhost:993", "localhost:993:ssl", ":993:tls", "localhost:0:tls", "::1:993:tls",
                "localhost:99999:tls", "local host:993:tls", "localhost:٣:tls", "localhost:-1:tls"):  # fmt: skip
        with pytest.raises(ArgumentTypeError, match="such as imap"):
            endpoint(bad)
    assert (port("65535"), free_or_port("0")) == (65535, 0)
    assert moment("2026-12-01T08:00+01:00") == datetime(2026, 12, 1, 7, tzinfo=UTC)
    assert moment("2026-12-01").tzinfo is UTC


def loaded(*words: str, home: Path) -> set[str]:
    """The heavy libraries that a command has loaded when it ends."""
    code = (
        "import sys; from app.main import main; status = main(sys.argv[1:]); "
        f"print('LOADED', *[m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr); sys.exit(status)"
    )
    ended = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True, timeout=30)
    return set(ended.stderr.rpartition("LOADED")[2].split())


def test_a_command_loads_only_what_it_needs(home: Path) -> None:
    nothing: set[str] = set()
    for words in (["--version"], ["--help"], ["inboxes"], ["contacts"], ["feed"], ["ledger"], ["settings", "list"]):
        assert loaded(*words, home=home) == nothing, words
    assert loaded("contacts", "add", "ada@example.com", home=home) == nothing
    assert loaded("timeline", "ada@example.com", home=home) == nothing
    assert loaded("demo", "--help", home=home) == nothing
    assert loaded("serve", "tracking", "--help", home=home) == nothing
    assert not loaded("sync", "--once", home=home) & {"PySide6", "uvicorn", "pymap", "aiosmtpd", "keyring"}
