"""Which servers are refused before they are asked, and which are not."""

from __future__ import annotations

import pytest

from app.words.refused_servers import MICROSOFT_US, POP3, SES, WORKMAIL, why_refused


@pytest.mark.parametrize(
    ("host", "port", "kind", "why"),
    [
        ("mail.example.com", 995, "imap", POP3),
        ("mail.example.com", 110, "imap", POP3),
        ("imap.mail.us-west-2.awsapps.com", 993, "imap", WORKMAIL),
        (" SMTP.Mail.eu-west-1.AwsApps.com. ", 465, "smtp", WORKMAIL),
        ("email-smtp.eu-north-1.amazonaws.com", 587, "smtp", SES),
        ("email-smtp-fips.us-gov-west-1.amazonaws.com", 465, "smtp", SES),
        ("outlook.office365.us", 993, "imap", MICROSOFT_US),
        ("smtp.office365.us", 587, "smtp", MICROSOFT_US),
        ("outlook-dod.office365.us", 993, "imap", MICROSOFT_US),
        ("Webmail.apps.mil", 443, "ews", MICROSOFT_US),
        ("example.mail.mil", 993, "imap", MICROSOFT_US),
        ("mail.military.example.com", 993, "imap", ""),
        ("mail.example.com", 993, "imap", ""),
        ("pop.example.com", 993, "imap", ""),  # only its greeting tells
        ("mail.example.com", 995, "smtp", ""),
        ("ec2-203-0-113-7.eu-west-1.compute.amazonaws.com", 993, "imap", ""),  # somebody's own server
        ("notawsapps.com", 993, "imap", ""),
        ("awsapps.com.example.net", 993, "imap", ""),
    ],
)
def test_why(host: str, port: int, kind: str, why: str) -> None:
    assert why_refused(host, port, kind) == why
