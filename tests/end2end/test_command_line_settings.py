"""What is set for everybody, by `hitchpost settings`, and what it does to `connect`."""

from __future__ import annotations

from collections.abc import Callable

from app.bootstrap import open_workspace
from app.domain.changes import Area
from app.domain.inboxes import ConnectionSecurity, Endpoint, ImapAccount, InboxKind, Provider
from app.store.fields import now
from app.store.models import User
from tests.support.authority import Authority
from tests.support.command import PASSPHRASE, Command
from tests.support.fake_ews import FakeExchange
from tests.support.mailbox import MailAccount


def test_a_preset_connects_a_domain_by_address_and_password_alone(
    command: Command, mailbox: Callable[..., MailAccount], authority: Authority
) -> None:
    me = mailbox("ann", domain="bücher.example".encode("idna").decode())
    imap, smtp = str(me.account.imap), str(me.account.smtp)
    assert command.json("settings", "preset") == {"presets": []}
    kept = command.json("settings", "preset", "add", "Bücher.example.", "--imap", imap, "--smtp", smtp)
    document = {"domain": "xn--bcher-kva.example", "imap": imap, "smtp": smtp, "username": "%EMAILADDRESS%"}
    assert kept == {"preset": document}
    told = command.json(
        "connect", "imap", "--email", me.address, "--password-stdin", "--ca", authority.ca_file, given=me.password
    )
    assert told["inbox"]["state"] == "connecting"
    assert command.json("settings", "preset", "remove", "bücher.example") == {"removed": "bücher.example"}
    assert command.json("inboxes")["inboxes"][0]["address"] == me.address  # stays as it is


def test_a_domain_never_has_both(command: Command) -> None:
    both = command.fails(
        "settings", "preset", "add", "example.org", "--imap", "imap.example.org:993:tls", "--exchange",
        "https://mail.example.org/owa", status=2,
    )  # fmt: skip
    assert "never both" in both
    half = command.fails("settings", "preset", "add", "example.org", "--imap", "imap.example.org:993:tls", status=2)
    assert "--smtp" in half
    kept = command.json("settings", "preset", "add", "example.org", "--exchange", "https://mail.example.org/owa/#x")
    assert kept["preset"]["exchange"] == "https://mail.example.org/ews/exchange.asmx"
    told = command.fails(
        "settings", "preset", "add", "example.org", "--imap", "imap.example.org:993:tls", "--smtp",
        "smtp.example.org:465:tls", status=1,
    )  # fmt: skip
    assert "has an Exchange URL" in told and "preset remove example.org" in told
    assert command.json("settings", "preset", "list") == {"presets": [kept["preset"]]}
    assert command.run("settings", "preset").out == (
        "example.org  exchange https://mail.example.org/ews/exchange.asmx\n"
    )


def test_a_team_inbox_by_imap_needs_a_workspace_that_allows_it(
    command: Command, mailbox: Callable[..., MailAccount], authority: Authority
) -> None:
    team = mailbox("sales")
    line = [
        "connect", "imap", "--email", team.address, "--password-stdin", "--ca", authority.ca_file, "--kind", "team",
        "--imap", str(team.account.imap), "--smtp", str(team.account.smtp),
    ]  # fmt: skip
    told = command.fails(*line, status=1, given=team.password)
    assert "Gmail or Outlook" in told and "hitchpost settings set team.any_provider on" in told and "›" not in told
    exchange = ["connect", "exchange", "--email", team.address, "--password-stdin", "--kind", "team"]
    assert "By Exchange" in command.fails(*exchange, status=1, given=team.password)
    assert command.json("settings", "set", "team.any_provider", "on") == {"name": "team.any_provider", "value": True}
    command.json("settings", "meetings", "add", team.address)
    told = command.fails(*line, status=1, given=team.password)
    assert "meetings address" in told and f"hitchpost settings meetings remove {team.address}" in told
    command.json("settings", "meetings", "remove", team.address)
    assert command.json(*line, given=team.password)["inbox"]["kind"] == "team"
    assert "is a team inbox" in command.fails("settings", "meetings", "add", team.address.upper(), status=1)
    command.json("settings", "set", "team.any_provider", "off")
    assert command.json(*line, given=team.password)["inbox"]["state"] == "connecting"  # the same once more
    personal = [word for word in line if word not in ("--kind", "team")]
    told = command.fails(*personal, status=1, given=team.password)
    assert "cannot be both" in told and f"(hitchpost remove {team.address})" in told
    assert command.json("settings", "meetings", "add", "meet@example.org") == {"meetings": ["meet@example.org"]}


def test_an_exchange_preset_leads_a_team_there(command: Command, exchange: FakeExchange, authority: Authority) -> None:
    exchange.add_person("sales@example.com", "correct horse battery")
    command.json("settings", "set", "team.any_provider", "on")
    command.json("settings", "preset", "add", "example.com", "--exchange", exchange.url)
    ended = command.run(
        "connect", "exchange", "--email", "sales@example.com.", "--password-stdin", "--ca", authority.ca_file,
        "--kind", "team", "--json", given="correct horse battery",
    )  # fmt: skip
    assert ended.status == 0, ended.err
    assert "visible to the whole team" in ended.err
    (inbox,) = command.json("inboxes")["inboxes"]
    assert (inbox["address"], inbox["provider"], inbox["kind"]) == ("sales@example.com", "exchange", "team")


def test_an_address_of_somebody_else_is_refused_before_a_password_is_read(command: Command) -> None:
    server = Endpoint("mail.example.org", 993, ConnectionSecurity.IMPLICIT_TLS)
    workspace = open_workspace(command.home, environ={"HITCHPOST_PASSPHRASE": PASSPHRASE})
    with workspace.store.transaction(Area.INBOXES):
        karin = User.create(name="Karin Lind", login_address="", active=True, created_at=now())
        workspace.store.inboxes.add(
            ImapAccount("karin@example.org", server, server, "karin"),
            user_id=karin.id,
            kind=InboxKind.PERSONAL,
            provider=Provider.GMAIL,
        )
    line = ["connect", "gmail", "--email", "karin@example.org", "--no-browser"]
    assert "personal inbox of Karin Lind" in command.fails(*line, status=1)
    with workspace.store.transaction(Area.INBOXES):
        User.update(active=False).where(User.id == karin.id).execute()
    workspace.store.close()
    assert "Restore the user" in command.fails(*line, status=1)


def test_the_client_secret_is_shown_nowhere(command: Command) -> None:
    command.json("settings", "set", "oauth.gmail.client_secret", "GOCSPX-not-for-eyes")
    for words in (["list"], ["get", "oauth.gmail.client_secret"], []):
        for json in ([], ["--json"]):
            ended = command.run("settings", *words, *json)
            assert ended.status == 0 and "(set)" in ended.out
            assert "not-for-eyes" not in ended.out + ended.err
    assert "https://" in command.fails("settings", "set", "oauth.outlook.authority", "login.example.org", status=2)
    assert command.json("settings", "get", "oauth.outlook.authority")["value"] == ""


def test_quiet_hours_that_are_none_are_told(command: Command) -> None:
    assert "never quiet" not in command.run("settings", "set", "quiet_hours.on", "on").err
    said = command.run("settings", "set", "quiet_hours.from", "7")
    assert (said.status, said.out.startswith("quiet_hours.from = 07:00")) == (0, True)
    assert "so it is never quiet" in said.err
    assert "never quiet" not in command.run("settings", "set", "quiet_hours.to", "6:30").err
