"""What earlier mail, the lists and the switch tell before a message goes out."""

from __future__ import annotations

from app.domain.additional_bcc import read_extra
from app.domain.addresses import Address
from app.domain.events import EventKind
from app.domain.preflight import Concern, Measure, PreflightReport
from app.domain.privacy import Basis
from app.services.additional_bcc import save_additional_bcc
from app.services.delete_permanently import delete_permanently
from app.services.preflight import look_before
from tests.support.tracked_mail import HOME, TrackedMail

KARIN = Address("karin@example.com", "Karin")
GOOGLE = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


def look(mail: TrackedMail, *people: Address) -> PreflightReport:
    return look_before(mail.workspace, None, people or (KARIN,), track=True, log=True, links=1, why_not="")


def concerns(report: PreflightReport) -> list[Concern]:
    return [r.concern for r in report.remarks]


def test_opens_by_a_proxy_and_scanned_links_are_remembered(mail: TrackedMail) -> None:
    assert concerns(look(mail)) == []
    mail.send()
    mail.arrive(mail.open(3600, ip="66.249.93.1", agent=GOOGLE))
    assert concerns(look(mail)) == [Concern.PROXY]
    mail.arrive(*(mail.click(4000 + n / 10, link=n, method="HEAD") for n in range(3)))
    assert Concern.GATEWAY in concerns(look(mail))
    assert concerns(look(mail, Address("other@example.com"))) == []


def test_bounces_and_unsubscribing_are_remembered(mail: TrackedMail) -> None:
    mail.send()
    asked = mail.open(7200, ip=HOME)
    mail.arrive(type(asked)(**{**asked.__dict__, "kind": EventKind.UNSUBSCRIBE}))
    with mail.store.transaction():
        mail.store.contacts.mark_bounced("KARIN@example.com", asked.at, "The mailbox does not exist")
    report = look(mail)
    assert concerns(report) == [Concern.UNSUBSCRIBED, Concern.BOUNCED]
    assert "The mailbox does not exist." in report.remarks[1].text


def test_the_lists_and_the_switch_count(mail: TrackedMail) -> None:
    from app.services.never_log_rules import add_entry, entry_of

    store = mail.store
    with store.transaction():
        store.settings.put("privacy.on", True)
        store.bases.put("ada@example.org", Basis.CONSENT, "", store.user_id)
    add_entry(mail.workspace, entry_of(mail.workspace, "example.org", mine=False, subdomains=True, note=""))
    report = look(mail, KARIN, Address("ada@example.org"))
    karin, ada = report.readings
    assert (karin.opens, karin.logged) == (Measure.NO, False)
    assert (ada.opens, ada.logged) == (Measure.YES, False)
    assert concerns(report) == [Concern.NO_BASIS, Concern.NOT_LOGGED]


def test_who_was_deleted_for_good_is_known(mail: TrackedMail) -> None:
    mail.send()
    contact = mail.store.contacts.find(KARIN.addr_spec)
    assert contact is not None
    delete_permanently(mail.store, contact)
    report = look(mail, KARIN, Address("ada@example.org"))
    karin, ada = report.readings
    assert (karin.opens, karin.logged, karin.why) == (Measure.NO, False, (Concern.DELETED,))
    assert ada.opens is Measure.YES
    assert concerns(report) == [Concern.DELETED]


def test_other_systems_get_one_copy_untracked(mail: TrackedMail) -> None:
    save_additional_bcc(mail.workspace, [read_extra("crm@example.org"), read_extra("karin@example.com")])
    report = look(mail, Address("KARIN@example.com"), Address("ada@example.org"))
    karin, ada = report.readings
    assert (karin.opens, karin.logged, ada.opens) == (Measure.NO, True, Measure.YES)
    assert [r.title for r in report.remarks] == [
        "KARIN@example.com gets one copy, untracked",
        "1 other system gets a copy",
    ]
