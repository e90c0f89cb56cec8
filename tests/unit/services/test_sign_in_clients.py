"""An organisation's own OAuth client: what its fields take, and that it counts at once."""

from __future__ import annotations

import pytest

from app.domain.errors import UsageError
from app.domain.inboxes import Provider
from app.services.grants import provider_data
from app.services.sign_in_clients import has_client, set_client_field
from app.services.workspace import Workspace


def test_a_client_counts_at_once_and_an_empty_one_is_none(workspace: Workspace):
    assert not has_client(workspace, Provider.GMAIL)
    set_client_field(workspace, "oauth.gmail.client_id", " 12-ab.apps.googleusercontent.com\n")
    set_client_field(workspace, "oauth.gmail.client_secret", "GOCSPX-x")
    data = provider_data(workspace, Provider.GMAIL)
    assert (data.client_id, data.client_secret) == ("12-ab.apps.googleusercontent.com", "GOCSPX-x")
    assert has_client(workspace, Provider.GMAIL) and not has_client(workspace, Provider.OUTLOOK)
    set_client_field(workspace, "oauth.gmail.client_id", "")
    assert not has_client(workspace, Provider.GMAIL)


def test_an_endpoint_of_ones_own_and_back(workspace: Workspace):
    usual = provider_data(workspace, Provider.OUTLOOK)
    set_client_field(workspace, "oauth.outlook.authority", "https://login.example.org/tenant/")
    set_client_field(workspace, "oauth.outlook.imap", "imap.example.org:993:tls")
    other = provider_data(workspace, Provider.OUTLOOK)
    assert (other.authority, other.imap.host) == ("https://login.example.org/tenant", "imap.example.org")
    for name in ("authority", "imap"):
        set_client_field(workspace, f"oauth.outlook.{name}", "")
    assert provider_data(workspace, Provider.OUTLOOK) == usual


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("oauth.gmail.client_id", "two words", "no spaces"),
        ("oauth.gmail.authorize_url", "http://accounts.example.org", "https://"),
        ("oauth.outlook.authority", "login.example.org", "https://"),
        ("oauth.outlook.imap", "imap.example.org:993", "HOST:PORT"),
        ("oauth.outlook.smtp", "smtp.example.org:0:tls", "HOST:PORT"),
        ("oauth.outlook.client_secret", "x", "There is no setting"),
        ("oauth.nobody", "x", "There is no setting"),
    ],
)
def test_what_could_not_be_used_is_not_kept(workspace: Workspace, name, value, words):
    before = workspace.store.settings.all()
    with pytest.raises(UsageError, match=words):
        set_client_field(workspace, name, value)
    assert workspace.store.settings.all() == before
