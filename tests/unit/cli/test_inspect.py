"""`inspect`: single inputs, standard input, batches with lines that nobody can read."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from app.cli import run_command

MESSAGE = (
    "From: =?utf-8?q?Karin_=C3=85kesson?= <karin@example.com>\r\nTo: jonas@example.org\r\n"
    "Subject: =?utf-8?b?T2ZmZXJ0?=\r\nMessage-ID: <a@example.com>\r\nDate: Tue, 1 Dec 2026 09:00:00 +0100\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nHej på dig\r\n\r\n> Hej\r\n"
)
KEYS = [
    "subject", "from", "to", "cc", "reply_to", "message_id", "in_reply_to", "references", "date", "text_body",
    "visible_text", "attachments", "leaf_types", "kind", "failures", "original_message_id",
]  # fmt: skip


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """`run(*words, given=bytes)` gives status, standard output, standard error."""

    def run(*words: str, given: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"))
        status = run_command(["inspect", *words])
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_a_message(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "mail.eml"
    path.write_bytes(MESSAGE.encode())
    answers = [run("message", str(path)), run("message", given=MESSAGE.encode()), run("message", "-", "--json",
               given=MESSAGE.encode())]  # fmt: skip
    assert len({a[1] for a in answers}) == 1 and all(a[0] == 0 and a[2] == "" for a in answers)
    result = json.loads(answers[0][1])
    assert list(result) == KEYS
    assert result["from"] == [{"name": "Karin Åkesson", "address": "karin@example.com"}]
    assert (result["subject"], result["date"]) == ("Offert", "2026-12-01T08:00:00+00:00")
    assert (result["visible_text"].strip(), result["kind"]) == ("Hej på dig", "normal")


def test_html(run: Any) -> None:
    given = json.dumps({"html": '<p onclick="x()">Hi<img src="https://example.com/p.gif"></p><script>1</script>'})
    status, out, _ = run("html", given=given.encode())
    shown = json.loads(out)
    assert status == 0 and list(shown) == ["html"]
    assert "Hi" in shown["html"] and "script" not in shown["html"] and "onclick" not in shown["html"]
    assert "example.com" not in shown["html"]
    remote = json.dumps({"html": '<img src="https://example.com/p.gif">', "allow_remote": True})
    assert "https://example.com/p.gif" in json.loads(run("html", given=remote.encode())[1])["html"]


@pytest.mark.parametrize(
    "given",
    [b"", b"<p>", b"[]", b'{"html": 5}', b'{"html": "x", "allow_remote": "yes"}', b"\xff", b"[" * 100_000, b"NaN"],
    ids=["nothing", "html", "list", "number", "text for yes", "no UTF-8", "deep", "no number"],
)
def test_html_that_is_none(given: bytes, run: Any) -> None:
    status, out, err = run("html", given=given)
    assert (status, out) == (2, "") and "JSON" in err
    status, out, err = run("html", "--json", given=given)
    assert status == 2 and "JSON" in json.loads(out)["error"]


def batch(run: Any, what: str, *lines: object, name: str = "-") -> list[dict[str, Any]]:
    text = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    status, out, err = run(what, "--batch", name, given=text)
    assert (status, err) == (0, "")
    return [json.loads(line) for line in out.splitlines()]


def test_batches_go_on_after_bad_lines(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "mail.eml"
    path.write_bytes(MESSAGE.encode("utf-8") + b"\xff\xfe raw bytes\r\n")
    raw = MESSAGE.encode().decode("utf-8", "surrogateescape")
    answers = batch(
        run, "message",
        {"id": 1, "input": raw}, b"", b"no JSON at all", {"id": "two", "path": str(path)}, b"[1]", b"\xff\xff",
        {"id": 3, "path": str(tmp_path / "missing")}, {"id": 4, "path": str(tmp_path)}, {"id": 5}, {"id": 6, "input": 7},
        b'{"id": 7, "input": "\\ud800"}', {"id": 8, "path": "a\0b"}, b"[" * 100_000, {"id": [9], "input": ""},
        b'{"id": "\\udcff", "input": "Subject: \\udce5\\n\\nx"}',
    )  # fmt: skip
    assert [a["id"] for a in answers] == [1, None, "two", None, None, 3, 4, 5, 6, 7, 8, None, [9], "\udcff"]
    good = [a["id"] for a in answers if set(a) == {"id", "result"}]
    assert good == [1, "two", [9], "\udcff"]
    assert all(set(a) == {"id", "error"} and a["error"].endswith(".") for a in answers if "result" not in a)
    assert list(answers[0]["result"]) == KEYS and answers[0]["result"]["subject"] == "Offert"


def test_batches_of_html(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "asked.json"
    path.write_text(json.dumps({"html": "<b>x</b>"}))
    answers = batch(
        run, "html",
        {"id": 1, "input": {"html": "<b>x</b>", "allow_remote": False}}, {"id": 2, "path": str(path)},
        {"id": 3, "input": "<b>x</b>"}, {"id": 4, "input": {"html": None}}, {"id": 5, "input": {"html": "<i>y"}},
    )  # fmt: skip
    assert [a.get("result") for a in answers] == [{"html": "<b>x</b>"}] * 2 + [None, None, {"html": "<i>y</i>"}]
    lines = tmp_path / "lines"
    lines.write_text(json.dumps({"id": 1, "path": str(path)}) + "\r\n\r\n")
    assert batch(run, "html", name=str(lines)) == [{"id": 1, "result": {"html": "<b>x</b>"}}]
    status, _, err = run("html", "--batch", str(tmp_path / "missing"))
    assert status == 2 and "No such file" in err


FORWARD = "\r\n".join(
    [
        "From: Björn <bjorn@example.com>", "To: log@example.com", "Subject: VB: Offert", "Date: Wed, 2 Dec 2026 08:00:00 +0100",
        "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "", "Ta den här.", "",
        "Från: Åkesson, Karin <karin@example.org>", "Skickat: den 1 december 2026 09:00",
        "Till: Björn <bjorn@example.com>; Jonas", "Kopia: eva@example.net", "Ämne: Offert", "", "Hej på dig", "",
    ]
)  # fmt: skip


def test_a_forward(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "mail.eml"
    path.write_bytes(FORWARD.encode())
    status, out, _ = run("forward", str(path))
    assert status == 0
    assert json.loads(out) == {
        "forwarded": True,
        "note": "Ta den här.",
        "client": "Outlook desktop",
        "language": "sv",
        "original": {
            "from": {"name": "Åkesson, Karin", "address": "karin@example.org"},
            "to": [{"name": "Björn", "address": "bjorn@example.com"}, {"name": "Jonas", "address": ""}],
            "cc": [{"name": "", "address": "eva@example.net"}],
            "subject": "Offert",
            "date": "2026-12-01T09:00:00",
            "body_text": "Hej på dig",
            "body_html": "",
        },
        "reason": None,
    }
    lines = [
        json.dumps({"id": 1, "path": str(path)}),
        json.dumps({"id": 2, "input": MESSAGE}),
        json.dumps({"id": 3, "input": 4}),
    ]
    status, out, _ = run("forward", "--batch", given="\n".join(lines).encode())
    first, second, third = (json.loads(line) for line in out.splitlines())
    assert status == 0 and first["result"]["forwarded"] is True
    assert (
        second["result"]["forwarded"] is False and second["result"]["original"] is None and second["result"]["reason"]
    )
    assert "raw message" in third["error"]


def test_a_signature(run: Any) -> None:
    asked = {
        "text": "Ja!\n\nMvh\nAnna Berg\nVD, Exempel AB\n070-123 45 67",
        "sender": "Anna Berg <anna@exempel.example.se>",
    }
    status, out, _ = run("signature", given=json.dumps(asked).encode())
    assert status == 0
    assert json.loads(out) == {
        "body": "Ja!",
        "signature": "Mvh\nAnna Berg\nVD, Exempel AB\n070-123 45 67",
        "contact": {
            "name": "Anna Berg",
            "phones": ["070-123 45 67"],
            "title": "VD",
            "company": "Exempel AB",
            "links": [],
        },
    }
    status, _, err = run("signature", given=b'{"text": 1}')
    assert status == 2 and "inspect signature" in err


def test_threads(run: Any, tmp_path: Path) -> None:
    for number, header in enumerate(
        ("Message-ID: <a@b>", "Message-ID: <c@d>", "Message-ID: <e@f>\r\nIn-Reply-To: <a@b>")
    ):
        (tmp_path / f"{number}.eml").write_text(f"{header}\r\n\r\nText\r\n")
    paths = [str(tmp_path / f"{number}.eml") for number in range(3)]
    status, out, _ = run("threads", given=json.dumps({"messages": paths}).encode())
    assert status == 0 and json.loads(out) == {"threads": [[0, 2], [1]]}
    status, out, _ = run(
        "threads", "--batch", given=json.dumps({"id": 1, "input": {"messages": ["/nowhere.eml"]}}).encode()
    )
    assert status == 0 and "error" in json.loads(out)
    status, _, err = run("threads", given=b'{"messages": "x"}')
    assert status == 2 and "inspect threads" in err
