"""What connecting means is named by `connect`, and its version is kept with the inbox."""

from __future__ import annotations

from collections.abc import Callable

from app.bootstrap import open_workspace
from app.domain.inboxes import Provider
from tests.support.authority import Authority
from tests.support.command import PASSPHRASE, Command
from tests.support.mailbox import MailAccount


def test_connect_names_the_disclosure_and_keeps_its_version(
    command: Command, mailbox: Callable[..., MailAccount], authority: Authority
) -> None:
    me = mailbox("jonas")
    servers = (
        f"{name}={each.host}:{each.port}:{each.security.value}"
        for name, each in (("--imap", me.account.imap), ("--smtp", me.account.smtp))
    )
    line = ["connect", "imap", "--email", me.address, "--password-stdin", *servers, "--ca", str(authority.ca_file)]
    ended = command.run(*line, given=me.password)
    assert ended.status == 0, ended
    version = command.json("disclosure", "imap")["version"]
    notice = [text for text in ended.err.splitlines() if "hitchpost disclosure imap" in text]
    assert len(notice) == 1 and version in notice[0]
    workspace = open_workspace(command.home, environ={"HITCHPOST_PASSPHRASE": PASSPHRASE})
    try:
        inbox = workspace.store.inboxes.find(me.address)
        assert inbox is not None
        ((provider, accepted, _),) = workspace.store.inboxes.consents(inbox.id)
    finally:
        workspace.store.close()
    assert (provider, accepted) == (Provider.IMAP, version)
