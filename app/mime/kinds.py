"""What sort of message it is: written by a person, or a bounce, an automatic reply, a complaint, other automatic mail.

Used by `reading`. Structure comes before wording, wording before senders' names.
"""

from __future__ import annotations

from app.mime.headers import HeaderFacts

NORMAL, BOUNCE, AUTO_REPLY, FEEDBACK, AUTOMATED = "normal", "bounce", "auto_reply", "feedback", "automated"

# What mail servers and programs put in front of the subject of an absence note, in lower case and without the colon.
# It counts only together with another sign: an answer that quotes such a subject begins with "Re:".
_AUTO_SUBJECTS = (
    "automatic reply", "auto reply", "autoreply", "auto-reply", "out of office", "out of the office", "automatic response",
    "autosvar", "automatiskt svar", "frånvaro", "automatisk svar", "fraværsmelding", "fravær", "ikke til stede",
    "automatische antwort", "abwesenheitsnotiz", "abwesend", "réponse automatique", "absence du bureau", "absent du bureau",
    "respuesta automática", "fuera de la oficina", "risposta automatica", "fuori sede", "resposta automática",
    "fora do escritório", "automatisch antwoord", "afwezig", "odpowiedź automatyczna", "autoodpowiedź",
    "automatyczna odpowiedź", "automaattinen vastaus", "poissa", "автоответ", "автоматический ответ",
    "автоматична відповідь", "automatická odpověď", "automatická odpoveď", "automatikus válasz", "otomatik yanıt",
    "αυτόματη απάντηση", "răspuns automat", "自動応答", "自动回复", "自動回覆", "자동 회신", "자동 응답",
)  # fmt: skip


def automatic_subject(subject: str) -> bool:
    """Whether a subject begins as absence notes do."""
    return subject.casefold().lstrip("[(*_ ").startswith(_AUTO_SUBJECTS)


def kind_of(facts: HeaderFacts, types: frozenset[str], failures: int, *, bulk_mark: bool) -> str:
    """`types`: content types of all parts of the message, in lower case; `failures`: how many failed recipients were
    found in it; `bulk_mark`: a header that only mass mail has."""
    if "message/feedback-report" in types or "report-type=feedback-report" in facts.content_type.replace('"', ""):
        return FEEDBACK
    if "message/delivery-status" in types or "message/global-delivery-status" in types:
        return BOUNCE if failures else AUTOMATED  # a report of success is no bounce
    if failures and (facts.failed_recipients or facts.return_path == "" or facts.from_mail_system):
        return BOUNCE
    if facts.content_type.startswith("multipart/report"):
        return BOUNCE if facts.is_delivery_report and facts.from_mail_system else AUTOMATED
    if facts.return_path == "" and facts.from_mail_system and facts.auto_submitted != "no":
        return BOUNCE
    wording = automatic_subject(facts.subject)
    answers = bool(facts.in_reply_to or facts.references)
    if facts.auto_submitted.startswith("auto-replied") or facts.precedence in ("auto_reply", "auto-reply"):
        return AUTO_REPLY
    if facts.auto_reply_mark:
        return AUTO_REPLY
    if wording and (answers or facts.return_path == "" or facts.auto_submitted not in ("", "no")):
        return AUTO_REPLY
    listed = bool(facts.list_id or facts.list_unsubscribe)
    if facts.auto_submitted not in ("", "no"):
        # Exchange's absence notes call themselves auto-generated
        return AUTO_REPLY if answers and not listed and facts.auto_submitted == "auto-generated" else AUTOMATED
    return AUTOMATED if facts.is_automatic or bulk_mark else NORMAL
