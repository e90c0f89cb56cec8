"""Subjects compared without their reply and forward prefixes (R6)."""

from __future__ import annotations

import re
import unicodedata

# Prefixes that mail programs of many languages write. RFC 5322 3.6.5 knows only "Re:"; the others are what Outlook,
# Lotus Notes and webmailers put there in the language of the screen, answers first, then what is passed on.
_PREFIXES = (
    "re|aw|antw|antwort|sv|svar|vs|rv|res|resp|rif|r|ref|réf|rép|odp|odpověď|ynt|bls|atb|vá|válasz|vast|ats|odg|одг|отг|отв|ответ|"
    "відп|на|απ|απάντηση|σχετ|回复|答复|回覆|回復|返信|답장|회신|tl|trả lời|ตอบ|ตอบกลับ|תגובה|השב|رد|پاسخ|betr|betreff|dotyczy|"
    "antz|er|fyi|"
    "fw|fwd|wg|vb|vl|enc|i|inoltra|tr|pd|i̇lt|ilt|ılt|doorst|trs|továbbítás|továbbítva|προωθ|πρθ|hal|转发|轉寄|轉發|転送|전달|пер|"
    "препр|перес|fs|videresendt|videresend|vidaresänt|vidarebefordrat|vidarebefordran|przekazano|pārsūt|pārsūtīts|persiųsta|per|"
    "edasi|redir|fvs|yml|ct|chuyển tiếp|ส่งต่อ|הועבר|إعادة توجيه|ارجاع|prosl|posr|прослеђено"
)
# Receipts, notes of absence and of failure carry the subject that they are about.
_AUTOMATIC = (
    "automatic reply|auto|autoreply|auto-reply|auto reply|out of office|automatische antwort|abwesenheitsnotiz|"
    "automatiskt svar|autosvar|automatisk svar|réponse automatique|respuesta automática|risposta automatica|"
    "resposta automática|automatisch antwoord|odpowiedź automatyczna|automatická odpověď|automaattinen vastaus|"
    "автоответ|自动回复|自動回覆|自動応答|자동 회신|automatikus válasz|otomatik yanıt|read|gelesen|"
    "läst|lu|leído|letto|lido|gelezen|przeczytano|undeliverable|"
    "unzustellbar|nicht zustellbar|olevererbart|ej levererat|uleveret|non remis|no se puede entregar|onbestelbaar|"
    "delivery status notification|accepted|tentative|declined|zugesagt|abgelehnt|accepterat|avböjt"
)
# What gateways put in front of mail from outside.
_TAGS = (
    r"\[(?:ext|extern|external|externe|externo|externa|esterno|zewn|外部|spam|suspected spam|possible spam|probable spam|bulk|"
    r"secure|encrypted|caution|warning|unverified)(?:[ -](?:e-?mail|sender|mail|absender|message))?\]|\*{2,5}spam\*{2,5}|"
    r"(?:external|extern|ext)\s*[:：]"
)
_COUNT = r"(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3}|\*\d{1,3})"
_PREFIX = re.compile(
    rf"\s*(?:(?:{_PREFIXES}|{_AUTOMATIC})\s*{_COUNT}?\s*[:：︰﹕]|\[(?:fwd|fw|re|sv|aw)\s*[:：]|{_TAGS})\s*",
    re.IGNORECASE,
)


def base_subject(subject: str) -> str:
    """The subject without prefixes, case and runs of white space, for comparison only."""
    rest = " ".join(unicodedata.normalize("NFC", subject[:998]).split())
    while True:
        found = _PREFIX.match(rest)
        if not found or found.end() == 0:
            return unicodedata.normalize("NFC", rest.casefold()).strip()
        opened = found.group().lstrip().startswith("[") and found.group().rstrip().endswith((":", "："))
        rest = rest[found.end() :]
        if opened and rest.endswith("]"):  # "[Fwd: Offer]", as Netscape and its heirs wrote it
            rest = rest[:-1]


def reply_subject(subject: str) -> str:
    """ "Re: …", without a second one in front of a subject that has one already."""
    plain = " ".join(subject.split())
    return plain if re.match(r"re\s*:", plain, re.IGNORECASE) else f"Re: {plain}".strip()
