"""Signatures parted from the text above them, and what they say of their sender."""

# ruff: noqa: E501 — mail as it is written

from __future__ import annotations

import pytest

from app.domain.addresses import Address
from app.mime.signature import closing_of, split_signature
from app.mime.signature_contact import read_contact, region_of

ANNA = Address("anna.berg@acmetools.example.se", "Anna Berg")
# (sender, body, signature, name, title, company, phones, links)
CASES: tuple[tuple[Address, str, str, str, str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        Address("anna@acmetools.example.com", "Anna Berg"), "Hi Bo,\n\nthe offer is attached.",
        "Best regards,\nAnna Berg\nSales Manager | Acme Tools AB\nTel: +46 8 123 456 00\nMobile: 070-123 45 67\nFax: +46 8 123 456 99\nwww.acmetools.example.com",
        "Anna Berg", "Sales Manager", "Acme Tools AB", ("+46 8 123 456 00", "070-123 45 67"), ("www.acmetools.example.com",),
    ),
    (
        Address("hans@muster.example.com", "Müller, Hans"), "Hallo,\n\nanbei das Angebot.",
        "Mit freundlichen Grüßen\n\nHans Müller\nVertriebsleiter\nMuster GmbH\nHauptstraße 5, 10115 Berlin\nTelefon: 030 1234567\nhans@muster.example.com",
        "Hans Müller", "Vertriebsleiter", "Muster GmbH", ("030 1234567",), (),
    ),
    (
        Address("bob@initech.example.com"), "See you",
        "Bob Smith, CTO, Initech, Inc.\n(555) 123-4567\nhttp://initech.example.com/bob",
        "Bob Smith", "CTO", "Initech, Inc.", ("(555) 123-4567",), ("http://initech.example.com/bob",),
    ),
    (
        Address("jan.kowalski@firma.example.pl"), "Cześć,\n\nw załączeniu oferta.",
        "Pozdrawiam,\nJan Kowalski\nKierownik Projektu\nFirma Sp. z o.o.\ntel. 22 123 45 67\nkom. 601 234 567",
        "Jan Kowalski", "Kierownik Projektu", "Firma Sp. z o.o.", ("22 123 45 67", "601 234 567"), (),
    ),
    (
        Address("yamada@example.co.jp", "山田太郎"), "資料を送ります。",
        "株式会社サンプル\n営業部 山田太郎\nTEL: 03-1234-5678\nhttps://example.co.jp",
        "山田太郎", "", "株式会社サンプル", ("03-1234-5678",), ("https://example.co.jp",),
    ),
    (Address("b@example.org", "Björn Ek"), "Ja.", "Mvh Björn", "Björn Ek", "", "", (), ()),
    (Address("bo@example.com", "Bo"), "Ok!", "Sent from my iPhone", "Bo", "", "", (), ()),
    (Address("eva@example.org", "Eva Niemi"), "Kiitos, sopii.", "Eva Niemi", "Eva Niemi", "", "", (), ()),
    (Address("x@example.org", "Léa Roy"), "Voici le devis.", "Cordialement,\nLéa Roy\nResponsable commerciale chez Exemple SARL", "Léa Roy", "Responsable commerciale", "Exemple SARL", (), ()),
)  # fmt: skip


@pytest.mark.parametrize(
    ("sender", "body", "signature", "name", "title", "company", "phones", "links"),
    CASES,
    ids=[c[3] + c[2][:8] for c in CASES],
)
def test_body_signature_and_contact(
    sender: Address,
    body: str,
    signature: str,
    name: str,
    title: str,
    company: str,
    phones: tuple[str, ...],
    links: tuple[str, ...],
) -> None:
    delimiter = "\n-- \n" if name == "Bob Smith" else "\n\n"
    found = split_signature(f"{body}{delimiter}{signature}\n", sender)
    assert (found.body, found.signature) == (body, signature)
    contact = read_contact(found.signature, sender)
    assert (contact.name, contact.title, contact.company) == (name, title, company)
    assert contact.phones == phones and contact.links == links


def test_the_signature_stands_above_what_is_quoted() -> None:
    text = "Fine.\n\nRegards,\nAnna Berg\n+46 70 123 45 67\n\nOn Wed, Oct 27, 2021 at 9:31 AM Bo <bo@example.com> wrote:\n> Shall we?\n> -- \n> Bo\n"
    found = split_signature(text, ANNA)
    assert (
        found.body == "Fine." and found.signature == "Regards,\nAnna Berg\n+46 70 123 45 67" and found.how == "closing"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Thanks!", "", "Thank you for the offer.\nI will come back to you.", "Just text.\nMore of it, without a name.",
        "Thanks Anna,\n\nwe will look at it on Monday and come back to you with our questions then.",
        "The list:\n- one\n- two\n- three", "Best would be Monday.\n\nShall we say noon at the office, as we did last time, or is it too early?",
    ],
)  # fmt: skip
def test_a_text_without_a_signature_stays_whole(text: str) -> None:
    found = split_signature(text, Address("zoe@example.com", "Zoe Hill"))
    assert found.signature == "" and found.body == text and found.how == ""


@pytest.mark.parametrize(
    "line",
    [
        "Best regards,", "Med vänliga hälsningar", "MVH", "Mit freundlichen Grüßen", "Bien cordialement,", "Saludos cordiales", "Pozdrawiam", "С уважением,",
        "よろしくお願いいたします。", "Met vriendelijke groet,", "Ystävällisin terveisin", "Üdvözlettel,", "S pozdravem", "Με εκτίμηση,", "Saygılarımla,", "בברכה,",
        "مع أطيب التحيات", "Trân trọng,", "Cheers, Bob", "Pagarbiai,", "Ar cieņu,", "Lep pozdrav,",
    ],
)  # fmt: skip
def test_closings_of_many_languages(line: str) -> None:
    assert closing_of(line)


@pytest.mark.parametrize(
    "line",
    [
        "Best of all is the price.",
        "Regards to the family would be nice, I think?",
        "",
        "We thank you",
        "Thanksgiving is near",
    ],
)
def test_what_is_no_closing(line: str) -> None:
    assert not closing_of(line)


def test_a_number_on_a_fax_line_is_left_out_and_one_number_stands_once() -> None:
    contact = read_contact(
        "Anna Berg\nT +46 8 123 456 00 | F +46 8 123 456 99\nTel 08-123 456 00", Address("anna@example.se", "Anna Berg")
    )
    assert contact.phones == ("+46 8 123 456 00",)


def test_the_country_is_told_by_the_domain() -> None:
    assert [region_of(Address(f"a@example.{end}")) for end in ("se", "co.uk", "com", "travel")] == [
        "SE",
        "GB",
        "US",
        "US",
    ]
    assert region_of(None) == "US"
