"""Forwarded messages of further programs, and messages that are no forwards. Each row: name, subject, text, what comes out.
Where the form was learned stands in resources/forwards/clients.toml under the program's name, or here."""

# ruff: noqa: E501 — mail as it is written

from __future__ import annotations

from forward_corpus import BODY, NOTE, quoted

PEOPLE = "John Doe <john.doe@example.org>"
INDENTED = "\n".join(f"    {line}".rstrip() for line in BODY.split("\n"))

# (name, subject, text below the note)
INLINE: tuple[tuple[str, str, str], ...] = (
    ("MailMate", "Fwd: Quote", "Forwarded message:\n\n" + quoted(f"From: {PEOPLE}\nTo: bessie.berry@example.com\nSubject: Quote\nDate: Wed, 27 Oct 2021 09:31:00 +0000\n\n{BODY}")),
    ("Missive", "Fwd: Quote", f"---------- Forwarded message ----------\nFrom: {PEOPLE}\nDate: October 27, 2021 at 9:31 AM\nTo: bessie.berry@example.com, suzanne@example.net\nSubject: Quote\n\n{quoted(BODY)}\n"),
    ("IONOS", "Fwd: Quote", quoted(f'---------- Original Message ----------\nFrom: {PEOPLE}\nTo: "bessie.berry@example.com" <bessie.berry@example.com>\nDate: 10/27/2021 9:31 AM EST\nSubject: Quote\n \n \n{BODY}')),
    ("HubSpot in Japanese", "Fwd: Quote", f"---------- メッセージを転送 ---------\n送信元：{PEOPLE}\n日付：2021年10月27日水曜日 09:31:44 -0400\n件名：Quote\n送信先：bessie.berry@example.com\nCC：Walter <walter@example.com>\n\n{BODY}"),
    ("Zoho", "Fwd: Quote", f"============ Forwarded message ============\nFrom: {PEOPLE}\nTo: <bessie.berry@example.com>\nDate: Wed, 27 Oct 2021 09:31:00 +0530\nSubject: Quote\n============ Forwarded message ============\n\n{BODY}"),
    ("NeoMutt", "[Fwd: Quote]", f"----- Forwarded message from {PEOPLE} -----\n\nDate: Wed, 27 Oct 2021 09:31:00 +0200\nFrom: {PEOPLE}\nTo: bessie.berry@example.com\nSubject: Quote\nUser-Agent: Mutt/1.5\n\n{BODY}\n\n----- End forwarded message -----"),
    ("eM Client", "Fwd: Quote", f'------ Forwarded Message ------\nFrom: "John Doe" <john.doe@example.org>\nTo: bessie.berry@example.com\nSent: 27/10/2021 09:31:00\nSubject: Quote\n\n{BODY}'),
    ("eM Client 9", "Fwd: Quote", f'------ Forwarded Message ------\nFrom "John Doe" <john.doe@example.org>\nTo bessie.berry@example.com\nDate 27/10/2021 09:31:00\nSubject Quote\n\n{BODY}'),
    ("ProtonMail", "Fw: Quote", f"------- Forwarded Message -------\nFrom: {PEOPLE}\nDate: On Wednesday, October 27th, 2021 at 9:31 AM\nSubject: Quote\nTo: bessie.berry@example.com <bessie.berry@example.com>\n\n\n> {BODY.replace(chr(10), chr(10) + '> ')}"),
    ("Roundcube", "Fwd: Quote", f"-------- Original Message --------\nSubject: Quote\nDate: 2021-10-27 09:31\nFrom: {PEOPLE}\nTo: bessie.berry@example.com\n\n{BODY}"),
    ("Roundcube in German", "Fwd: Quote", f"-------- Originalnachricht --------\nBetreff: Quote\nDatum: 2021-10-27 09:31\nVon: {PEOPLE}\nAn: bessie.berry@example.com\n\n{BODY}"),
    ("Evolution", "Fwd: Quote", f"-------- Forwarded Message --------\nFrom: {PEOPLE}\nTo: bessie.berry@example.com\nSubject: Quote\nDate: Wed, 27 Oct 2021 09:31:00 +0200\n\n{BODY}"),
    ("KMail", "Fwd: Quote", f"----------  Forwarded Message  ----------\n\nSubject: Quote\nDate: Wednesday, 27 October 2021, 09:31:00 CEST\nFrom: {PEOPLE}\nTo: bessie.berry@example.com\n\n{BODY}\n-----------------------------------------"),
    ("Claws Mail", "Fw: Quote", f"Begin forwarded message:\n\nDate: Wed, 27 Oct 2021 09:31:00 +0200\nFrom: {PEOPLE}\nTo: bessie.berry@example.com\nSubject: Quote\n\n\n{BODY}"),
    ("Fastmail", "Fwd: Quote", f"----- Original message -----\nFrom: {PEOPLE}\nTo: bessie.berry@example.com\nSubject: Quote\nDate: Wednesday, October 27, 2021 9:31 AM\n\n{BODY}"),
    ("Spark", "Fwd: Quote", f"---------- Forwarded message ----------\nFrom: {PEOPLE}\nDate: 27 Oct 2021, 09:31 +0200\nTo: bessie.berry@example.com\nSubject: Quote\n\n> {BODY.replace(chr(10), chr(10) + '> ')}"),
    ("Zimbra in French", "Fwd: Quote", f"----- Mail transféré -----\nDe: {PEOPLE}\nÀ: bessie.berry@example.com\nEnvoyé: Mercredi 27 Octobre 2021 09:31:00\nObjet: Quote\n\n{BODY}"),
    ("HCL Notes", "Fw: Quote", f"----- Forwarded by Bo Ek/Sales/Example on 10/28/2021 08:00 AM -----\n\nFrom:\t{PEOPLE}\nTo:\tbessie.berry@example.com\nDate:\t10/27/2021 09:31 AM\nSubject:\tQuote\n\n\n{BODY}"),
    ("Yandex", "Fwd: Quote", f'-------- Пересылаемое сообщение --------\n27.10.2021, 09:31, "John Doe" <john.doe@example.org>:\n\n{BODY}\n\n-------- Завершение пересылаемого сообщения --------'),
    ("Mail.ru", "Fwd: Quote", f"-------- Пересылаемое сообщение --------\nОт кого: {PEOPLE}\nКому: bessie.berry@example.com\nДата: Среда, 27 октября 2021, 9:31 +03:00\nТема: Quote\n\n{BODY}"),
    ("QQ Mail", "转发：Quote", f'------------------ 原始邮件 ------------------\n发件人: "John Doe" <john.doe@example.org>;\n发送时间: 2021年10月27日(星期三) 上午9:31\n收件人: "bessie.berry"<bessie.berry@example.com>;\n主题: Quote\n\n{BODY}'),
    ("NetEase Mail", "转发:Quote", f"-------- 转发邮件信息 --------\n发件人：{PEOPLE}\n发送日期：2021-10-27 09:31:00\n收件人：bessie.berry@example.com\n主题：Quote\n\n{BODY}"),
    ("Naver", "FW: Quote", f"-----Original Message-----\nFrom: {PEOPLE}\nTo: <bessie.berry@example.com>\nCc: \nSent: 2021-10-27 (수) 09:31:00 (GMT+09:00)\nSubject: Quote\n\n{BODY}"),
    ("Daum", "FW: Quote", f"--------- 원본 메일 ---------\n보낸사람 : {PEOPLE}\n받는사람 : bessie.berry@example.com\n날짜: 2021년 10월 27일 수요일, 09시 31분 00초 +0900\n제목: Quote\n\n{BODY}"),
    ("Seznam", "Fwd: Quote", f"---------- Původní e-mail ----------\nOd: {PEOPLE}\nKomu: bessie.berry@example.com\nDatum: 27. 10. 2021 9:31:00\nPředmět: Quote\n\n{BODY}"),
    ("GMX", "Fw: Quote", f'Gesendet: Mittwoch, 27. Oktober 2021 um 09:31 Uhr\nVon: "John Doe" <john.doe@example.org>\nAn: bessie.berry@example.com\nBetreff: Quote\n\n{BODY}'),
    ("Orange", "TR: Quote", quoted(f"Message du 27/10/21 09:31\nDe : {PEOPLE}\nA : bessie.berry@example.com\nEnvoyé : 27/10/2021 09:31\nObjet : Quote\n\n{BODY}")),
    ("AOL", "Fwd: Quote", f"-----Original Message-----\nFrom: {PEOPLE}\nTo: bessie.berry@example.com\nSent: Wed, Oct 27, 2021 9:31 am\nSubject: Quote\n\n{BODY}"),
    ("K-9 Mail", "Fwd: Quote", f"-------- Ursprüngliche Nachricht --------\nVon: {PEOPLE}\nGesendet: 27. Oktober 2021 09:31:00 MESZ\nAn: bessie.berry@example.com\nBetreff: Quote\n\n{BODY}"),
    ("Outlook 2013", "FW: Quote", f"From: John Doe [mailto:john.doe@example.org] \nSent: 27 October 2021 09:31\nTo: bessie.berry@example.com\nCc: Walter Sheltan [mailto:walter@example.com], Nicholas [mailto:nicholas@example.net]\nSubject: Quote\n\n\n{BODY}"),
    ("Outlook with links", "FW: Quote", f"From: John Doe <john.doe@example.org<mailto:john.doe@example.org>>\nSent: Wednesday, October 27, 2021 9:31 AM\nTo: bessie.berry@example.com<mailto:bessie.berry@example.com>\nSubject: Quote\n\n{BODY}"),
    ("Outlook in bold", "FW: Quote", f"*From:* {PEOPLE}\n*Sent:* Wednesday, October 27, 2021 9:31 AM\n*To:* bessie.berry@example.com\n*Subject:* Quote\n\n{BODY}"),
    ("New Outlook for Mac", "FW: Quote", f"From: {PEOPLE}\nDate: Wednesday, 27 October 2021 at 09:31\nTo: bessie.berry@example.com <bessie.berry@example.com>\nSubject: Quote\n{BODY}"),
    ("New Outlook for Mac in French", "TR : Quote", f"De : {PEOPLE}\nDate : mercredi, 27 octobre 2021 à 09:31\nÀ : bessie.berry@example.com <bessie.berry@example.com>\nObjet : Quote\n{BODY}"),
    ("a recipients' list over lines", "FW: Quote", f"From: {PEOPLE}\nSent: Wednesday, October 27, 2021 9:31 AM\nTo: Bessie Berry <bessie.berry@example.com>; Anna Berg\n<anna@example.com>; Carl Dahl <carl@example.com>;\n Eva Falk <eva@example.com>\nSubject: Quote\n\n{BODY}"),
    ("every field a paragraph", "FW: Quote", f"From: {PEOPLE}\n\nSent: Wednesday, October 27, 2021 9:31 AM\n\nTo: bessie.berry@example.com\n\nSubject: Quote\n\n{BODY}"),
    ("values on lines of their own", "Fwd: Quote", f"-------- Forwarded Message --------\nSubject:\nQuote\nDate:\nWed, 27 Oct 2021 09:31:00 +0200\nFrom:\n{PEOPLE}\nTo:\nbessie.berry@example.com\n\n{BODY}"),
    ("a language in no list", "Fwd: Quote", f"---------- Ujumbe uliotumwa ni forwarded ---------\nKutoka: {PEOPLE}\nTarehe: 27/10/2021 09:31\nMada: Quote\nKwa: bessie.berry@example.com\n\n{BODY}"),
    ("a prefix in no list", "Umdr: Quote", f"From: {PEOPLE}\nSent: Wednesday, October 27, 2021 9:31 AM\nTo: bessie.berry@example.com\nSubject: Quote\n\n{BODY}"),
    ("an edited subject", "For you", f"---------- Forwarded message ---------\nFrom: {PEOPLE}\nDate: Wed, Oct 27, 2021 at 9:31 AM\nSubject: Quote\nTo: <bessie.berry@example.com>\n\n\n{BODY}"),
    ("a whole conversation in Gmail", "Fwd: Quote", f"---------- Forwarded conversation -----------\nSubject: Quote\n------------------------\n\nFrom: {PEOPLE}\nDate: Wed, Oct 27, 2021 at 9:31 AM\nTo: <bessie.berry@example.com>\n\n\n{BODY}\n"),
    ("a gateway's tag", "[EXTERNAL] Fwd: Quote", f"---------- Forwarded message ---------\nFrom: {PEOPLE}\nDate: Wed, Oct 27, 2021 at 9:31 AM\nSubject: Quote\nTo: <bessie.berry@example.com>\n\n\n{BODY}"),
)  # fmt: skip

# Outlook 2016 to 2019 for Mac writes forwards as others write answers. crisp-oss/email-forward-parser, test/fixtures/outlook_2019_*.
WROTE: tuple[tuple[str, str], ...] = (
    ("en", 'On 27/10/2021 09:31, "John Doe" <john.doe@example.org> wrote:'),
    ("cs", "Dne 27/10/2021 09:31, John Doe <john.doe@example.org> napsal(a):"),
    ("da", 'Den 27/10/2021 09.31 skrev "John Doe" <john.doe@example.org>:'),
    ("de", 'Am 27.10.21, 09:31 schrieb "John Doe" <john.doe@example.org>:'),
    ("es", 'El 27/10/2021 09:31, "John Doe" <john.doe@example.org> escribió:'),
    ("fr", "Le 27/10/2021 09:31, « John Doe » <john.doe@example.org> a écrit :"),
    ("fi", "John Doe <john.doe@example.org> kirjoitti 27.10.2021 kello 9.31:"),
    ("hu", "27/10/2021 09:31 időpontban John Doe (john.doe@example.org) ezt írta:"),
    ("it", 'Il giorno 27/10/2021 09:31 "John Doe" <john.doe@example.org> ha scritto:'),
    ("nl", "Op 27-10-2021 09:31 heeft John Doe <john.doe@example.org> geschreven:"),
    ("nb", "John Doe <john.doe@example.org> skrev følgende den 27.10.2021 09:31:"),
    ("pl", "Dnia 27/10/2021 09:31 „John Doe” <john.doe@example.org> napisał:"),
    ("pt-BR", 'Em 27/10/2021 09:31, "John Doe" <john.doe@example.org> escreveu:'),
    ("ru", '27/10/2021, 09:31 пользователь "John Doe" <john.doe@example.org> написал:'),
    ("sk", "27/10/2021 09:31 používateľ John Doe (<john.doe@example.org>) napísal:"),
    ("sv", 'Den 27/10/2021 09:31 skrev "John Doe" <john.doe@example.org> följande:'),
    ("tr", '"John Doe" <john.doe@example.org>, 27/10/2021 09:31 tarihinde şunu yazdı:'),
)

_HEADER = f"From: {PEOPLE}\nSent: Wednesday, October 27, 2021 9:31 AM\nTo: Björn Ek <bjorn@example.com>\nSubject: Quote"
_GMAIL = f"---------- Forwarded message ---------\nFrom: {PEOPLE}\nDate: Wed, Oct 27, 2021 at 9:31 AM\nSubject: Quote\nTo: <bessie.berry@example.com>"

# (name, header fields, text) of messages that forward nothing.
NOT_FORWARDS: tuple[tuple[str, dict[str, str], str], ...] = (
    ("an answer in Gmail", {"Subject": "Re: Quote", "To": PEOPLE, "In-Reply-To": "<o@example.org>"}, f"Thanks!\n\nOn Wed, Oct 27, 2021 at 9:31 AM John Doe <john.doe@example.org> wrote:\n\n{quoted(BODY)}"),
    ("an answer in Outlook", {"Subject": "RE: Quote", "To": PEOPLE, "In-Reply-To": "<o@example.org>"}, f"Thanks!\n\n{_HEADER}\n\n{BODY}"),
    ("an answer copied to the log", {"Subject": "RE: Quote", "To": f"{PEOPLE}, log@example.com"}, f"Thanks!\n\n{_HEADER}\n\n{BODY}"),
    ("an answer under Original Message", {"Subject": "Re: Quote", "To": PEOPLE}, f"Thanks!\n\n-----Original Message-----\n{_HEADER}\n\n{BODY}"),
    ("an answer without a prefix", {"Subject": "Quote", "To": PEOPLE}, f"Thanks!\n\n-----Original Message-----\n{_HEADER}\n\n{BODY}"),
    ("an answer to all without a prefix", {"Subject": "Quote", "To": "bessie.berry@example.com"}, "Thanks!\n\n-----Original Message-----\n" + _HEADER.replace("Björn Ek <bjorn@example.com>", "bjorn@example.com; bessie.berry@example.com") + f"\n\n{BODY}"),
    ("an answer below a ruler", {"Subject": "SV: Quote", "To": PEOPLE}, f"Tack!\n\n________________________________\n{_HEADER}\n\n{BODY}"),
    ("an answer in Finnish, whose prefix is Danish for forward", {"Subject": "VS: Quote", "To": PEOPLE}, f"Kiitos\n\nLähettäjä: {PEOPLE}\nLähetetty: keskiviikko 27. lokakuuta 2021 9.31\nVastaanottaja: bjorn@example.com\nAihe: Quote\n\n{BODY}"),
    ("an answer to a forwarded message", {"Subject": "Re: Fwd: Quote", "To": "anna@example.com", "In-Reply-To": "<o@example.org>"}, f"Looks good.\n\nOn Thu, Oct 28, 2021 at 9:31 AM Anna <anna@example.com> wrote:\n\n{quoted('FYI' + chr(10) * 2 + _GMAIL + chr(10) * 2 + BODY)}"),
    ("an answer in Outlook to a forwarded message", {"Subject": "RE: Fwd: Quote", "To": "anna@example.com", "In-Reply-To": "<o@example.org>"}, f"Looks good.\n\nFrom: Anna <anna@example.com>\nSent: Thursday, October 28, 2021 9:31 AM\nTo: bjorn@example.com\nSubject: Fwd: Quote\n\nFYI\n\n{_GMAIL}\n\n{BODY}"),
    ("a header in a letter", {"Subject": "Strange mail"}, f"Hello support,\n\nyesterday I got a mail with this header:\n\n{_HEADER}\n\nIs it genuine? I did not order anything.\n\nBjörn"),
    ("an example in a letter", {"Subject": "How Gmail does it"}, "Hello,\n\nGmail writes it so:\n\n" + "\n".join(f"    {line}" for line in _GMAIL.split("\n")) + "\n\nOutlook does not. Can you read both?\n\nBjörn"),
    ("words about forwarding", {"Subject": "Question"}, "Hi,\n\nthe forwarded message: I never got it. From: what you say it was Monday?\n\nBjörn"),
    ("a letter with names and colons", {"Subject": "Fwd: trip"}, "Hi,\n\nTo: the station\nFrom: the hotel\nDate: Monday\n\nBjörn"),
    ("an itinerary", {"Subject": "Fwd: trip"}, "Hi,\n\nFrom: Stockholm\nDate: Monday\nTo: Rome\n\nBjörn"),
    ("nothing", {"Subject": "Fwd: Quote"}, ""),
    ("a short letter", {"Subject": "Lunch?"}, "Shall we say noon?\n\n-- \nBjörn"),
    ("a quotation alone", {"Subject": "Re: Quote", "To": PEOPLE, "In-Reply-To": "<o@example.org>"}, quoted(f"{_GMAIL}\n\n{BODY}") + "\n\nThanks!"),
    ("an answer in Japanese", {"Subject": "Re: Quote", "To": PEOPLE}, f"了解しました。\n\n2021年10月27日(水) 9:31 John Doe <john.doe@example.org>:\n\n{quoted(BODY)}"),
)  # fmt: skip

__all__ = ["BODY", "INDENTED", "INLINE", "NOTE", "NOT_FORWARDS", "PEOPLE", "WROTE"]
