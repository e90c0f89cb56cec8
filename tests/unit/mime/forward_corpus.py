"""Forwarded messages in the forms of real mail programs, in our own words: one table of languages, one function for each form.

Where each form was learned stands beside its function. The words are those of the programs' screens; the table is written apart
from resources/forwards, so that a word that is missing there is missed here.
"""

# ruff: noqa: E501 — mail as it is written

from __future__ import annotations

import html as html_module
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP

NOTE = "Kan du ta hand om det här?\n\nTack, Björn"
SUBJECT = "Quote for 40 chairs"
BODY = "Dear Bessie,\n\nplease find our offer below: 40 chairs at 95 each.\nDelivery takes two weeks.\n\nJohn"
FROM = ("John Doe", "john.doe@example.org")
TO = ("Bessie Berry", "bessie.berry@example.com")
CC = (("Sheltan, Walter", "walter.sheltan@example.com"), ("Nicholas", "nicholas@example.net"))


@dataclass(frozen=True)
class Words:
    """The words of one language: field names, Outlook's prefix for forwards and for answers, Apple's first line, what stands
    between dashes, and 27 October 2021, 09:31 as Gmail and Outlook write it."""

    code: str
    from_: str
    sent: str
    date: str
    to: str
    cc: str
    subject: str
    forward: str
    reply: str
    apple: str
    dashed: str
    when: str
    when_long: str


LANGUAGES = tuple(
    Words(*row)
    for row in (
        ("en", "From", "Sent", "Date", "To", "Cc", "Subject", "FW", "RE", "Begin forwarded message", "Forwarded message", "Wed, Oct 27, 2021 at 9:31 AM", "Wednesday, October 27, 2021 9:31 AM"),
        ("sv", "Från", "Skickat", "Datum", "Till", "Kopia", "Ämne", "VB", "SV", "Vidarebefordrat mejl", "Vidarebefordrat meddelande", "ons 27 okt. 2021 kl 09:31", "den 27 oktober 2021 09:31"),
        ("da", "Fra", "Sendt", "Dato", "Til", "Cc", "Emne", "VS", "SV", "Start på videresendt besked", "Videresendt meddelelse", "ons. 27. okt. 2021 kl. 09.31", "27. oktober 2021 09:31"),
        ("nb", "Fra", "Sendt", "Dato", "Til", "Kopi", "Emne", "VS", "SV", "Videresendt melding", "Videresendt melding", "ons. 27. okt. 2021 kl. 09:31", "onsdag 27. oktober 2021 09:31"),
        ("de", "Von", "Gesendet", "Datum", "An", "Cc", "Betreff", "WG", "AW", "Anfang der weitergeleiteten Nachricht", "Weitergeleitete Nachricht", "Mi., 27. Okt. 2021 um 09:31 Uhr", "Mittwoch, 27. Oktober 2021 09:31"),
        ("nl", "Van", "Verzonden", "Datum", "Aan", "CC", "Onderwerp", "FW", "Antw", "Begin doorgestuurd bericht", "Doorgestuurd bericht", "wo 27 okt. 2021 om 09:31", "woensdag 27 oktober 2021 09:31"),
        ("fr", "De", "Envoyé", "Date", "À", "Cc", "Objet", "TR", "RE", "Début du message réexpédié", "Message transféré", "mer. 27 oct. 2021 à 09:31", "mercredi 27 octobre 2021 09:31"),
        ("es", "De", "Enviado el", "Fecha", "Para", "CC", "Asunto", "RV", "RE", "Inicio del mensaje reenviado", "Mensaje reenviado", "mié, 27 oct 2021 a las 9:31", "miércoles, 27 de octubre de 2021 9:31"),
        ("it", "Da", "Inviato", "Data", "A", "Cc", "Oggetto", "I", "R", "Inizio messaggio inoltrato", "Messaggio inoltrato", "mer 27 ott 2021 alle ore 09:31", "mercoledì 27 ottobre 2021 09:31"),
        ("pt-BR", "De", "Enviada em", "Data", "Para", "Cc", "Assunto", "ENC", "RES", "Início da mensagem encaminhada", "Mensagem encaminhada", "qua., 27 de out. de 2021 às 09:31", "quarta-feira, 27 de outubro de 2021 09:31"),
        ("pt", "De", "Enviado", "Data", "Para", "Cc", "Assunto", "FW", "RE", "Início da mensagem reencaminhada", "Mensagem reencaminhada", "quarta, 27/10/2021 à(s) 09:31", "27 de outubro de 2021 09:31"),
        ("pl", "Od", "Wysłano", "Data", "Do", "DW", "Temat", "PD", "ODP", "Początek przekazywanej wiadomości", "Przekazana wiadomość", "śr., 27 paź 2021 o 09:31", "środa, 27 października 2021 09:31"),
        ("cs", "Od", "Odesláno", "Datum", "Komu", "Kopie", "Předmět", "FW", "RE", "Začátek přeposílané zprávy", "Přeposlaná zpráva", "st 27. 10. 2021 v 9:31", "středa 27. října 2021 9:31"),
        ("sk", "Od", "Odoslané", "Dátum", "Komu", "Kópia", "Predmet", "FW", "RE", "Začiatok preposlanej správy", "Preposlaná správa", "st 27. 10. 2021 o 9:31", "streda 27. októbra 2021 9:31"),
        ("sl", "Od", "Poslano", "Datum", "Za", "Kp", "Zadeva", "POSR", "ODG", "Začetek posredovanega sporočila", "Posredovano sporočilo", "sre., 27. okt. 2021 ob 09:31", "sreda, 27. oktober 2021 09:31"),
        ("hr", "Šalje", "Poslano", "Datum", "Prima", "Kopija", "Predmet", "PR", "ODG", "Započni proslijeđenu poruku", "Proslijeđena poruka", "sri, 27. lis 2021. u 09:31", "srijeda, 27. listopada 2021. 09:31"),
        ("sr", "Шаље", "Послато", "Датум", "Прима", "Копија", "Тема", "Прослеђено", "Одг", "Почетак прослеђене поруке", "Прослеђена порука", "сре, 27. окт 2021. у 09:31", "среда, 27. октобар 2021. 09:31"),
        ("bg", "От", "Изпратено", "Дата", "До", "Копие", "Относно", "ПР", "ОТГ", "Начало на препратеното съобщение", "Препратено съобщение", "ср, 27.10.2021 г. в 9:31", "сряда, 27 октомври 2021 г. 9:31"),
        ("ru", "От", "Отправлено", "Дата", "Кому", "Копия", "Тема", "FW", "RE", "Начало переадресованного сообщения", "Пересылаемое сообщение", "ср, 27 окт. 2021 г. в 09:31", "27 октября 2021 г. 9:31"),
        ("uk", "Від", "Надіслано", "Дата", "Кому", "Копія", "Тема", "FW", "RE", "Початок листа, що пересилається", "Переслане повідомлення", "ср, 27 жовт. 2021 р. о 09:31", "27 жовтня 2021 р. 9:31"),
        ("el", "Από", "Στάλθηκε", "Ημερομηνία", "Προς", "Κοιν.", "Θέμα", "ΠΡΘ", "ΑΠ", "Έναρξη προωθημένου μηνύματος", "Προωθημένο μήνυμα", "Τετ, 27 Οκτ 2021 στις 9:31 π.μ.", "Τετάρτη, 27 Οκτωβρίου 2021 9:31 πμ"),
        ("tr", "Kimden", "Gönderildi", "Tarih", "Kime", "Bilgi", "Konu", "İLT", "YNT", "İleti başlangıcı", "İletilen İleti", "27 Eki 2021 Çar, 09:31", "27 Ekim 2021 Çarşamba 09:31"),
        ("fi", "Lähettäjä", "Lähetetty", "Päivämäärä", "Vastaanottaja", "Kopio", "Aihe", "VL", "VS", "Välitetty viesti alkaa", "Välitetty viesti", "ke 27. lokak. 2021 klo 9.31", "keskiviikko 27. lokakuuta 2021 9.31"),
        ("et", "Saatja", "Saadetud", "Kuupäev", "Adressaat", "Koopia", "Teema", "FW", "RE", "Edastatud kiri", "Edastatud kiri", "K, 27. oktoober 2021 kell 09:31", "kolmapäev, 27. oktoober 2021 09:31"),
        ("lv", "No", "Nosūtīts", "Datums", "Kam", "Kopija", "Tēma", "PĀRSŪT", "ATB", "Pārsūtītās vēstules sākums", "Pārsūtīta vēstule", "trešd., 2021. gada 27. okt., plkst. 09:31", "trešdiena, 2021. gada 27. oktobris 09:31"),
        ("lt", "Nuo", "Išsiųsta", "Data", "Kam", "Kopija", "Tema", "PERS", "ATS", "Persiųsto laiško pradžia", "Persiųstas laiškas", "2021-10-27, tr, 09:31", "2021 m. spalio 27 d., trečiadienis 09:31"),
        ("hu", "Feladó", "Elküldve", "Dátum", "Címzett", "Másolatot kap", "Tárgy", "FW", "RE", "Továbbított levél kezdete", "Továbbított üzenet", "2021. okt. 27., Sze, 9:31", "2021. október 27., szerda 9:31"),
        ("ro", "De la", "Trimis", "Data", "Către", "Cc", "Subiect", "Redir", "RE", "Începe mesajul redirecționat", "Mesaj redirecționat", "mie., 27 oct. 2021 la 09:31", "miercuri, 27 octombrie 2021 09:31"),
        ("is", "Frá", "Sent", "Dagsetning", "Til", "Afrit", "Efni", "FS", "SV", "Framsent skeyti", "Áframsent skeyti", "mið., 27. okt. 2021 kl. 09:31", "miðvikudagur, 27. október 2021 09:31"),
        ("ca", "De", "Enviat el", "Data", "Per a", "A/c", "Assumpte", "RV", "RE", "Inici del missatge reenviat", "Missatge reenviat", "dc., 27 d’oct. 2021 a les 9:31", "dimecres, 27 d’octubre de 2021 9:31"),
        ("eu", "Nork", "Bidalia", "Data", "Nori", "Cc", "Gaia", "FW", "RE", "Birbidalitako mezuaren hasiera", "Birbidalitako mezua", "2021(e)ko urr. 27(a), az. (09:31)", "2021(e)ko urriaren 27(a), asteazkena 09:31"),
        ("gl", "De", "Enviado o", "Data", "Para", "Cc", "Asunto", "RV", "RE", "Inicio da mensaxe reenviada", "Mensaxe reenviada", "mér, 27 de out de 2021 ás 09:31", "mércores, 27 de outubro de 2021 09:31"),
        ("ja", "差出人", "送信日時", "日付", "宛先", "CC", "件名", "転送", "RE", "転送されたメッセージ", "転送されたメッセージ", "2021年10月27日(水) 9:31", "2021年10月27日水曜日 9:31"),
        ("zh-CN", "发件人", "发送时间", "日期", "收件人", "抄送", "主题", "转发", "答复", "开始转发的邮件", "转发的邮件", "2021年10月27日周三 上午9:31", "2021年10月27日 9:31"),
        ("zh-TW", "寄件者", "寄件日期", "日期", "收件者", "副本", "主旨", "轉寄", "回覆", "開始轉寄郵件", "轉寄郵件", "2021年10月27日 週三 上午9:31", "2021年10月27日 上午 09:31"),
        ("ko", "보낸 사람", "보낸 날짜", "날짜", "받는 사람", "참조", "제목", "FW", "RE", "전달된 메시지 시작", "전달된 메시지", "2021년 10월 27일 (수) 오전 9:31", "2021년 10월 27일 수요일 오전 9:31"),
        ("ar", "من", "تم الإرسال", "التاريخ", "إلى", "نسخة", "الموضوع", "إعادة توجيه", "رد", "بداية الرسالة المعاد توجيهها", "رسالة معاد توجيهها", "الأربعاء، ٢٧ أكتوبر ٢٠٢١ في ٩:٣١ ص", "27 أكتوبر 2021 09:31 ص"),
        ("he", "מאת", "נשלח", "תאריך", "אל", "עותק", "נושא", "הועבר", "תגובה", "תחילת ההודעה שהועברה", "הודעה שהועברה", "יום ד׳, 27 באוק׳ 2021 ב-9:31", "יום רביעי 27 אוקטובר 2021 09:31"),
        ("hi", "प्रेषक", "भेजा गया", "दिनांक", "प्रति", "प्रतिलिपि", "विषय", "FW", "RE", "अग्रेषित संदेश शुरू करें", "अग्रेषित संदेश", "बुध, 27 अक्तू॰ 2021 को 9:31 am बजे", "बुधवार, 27 अक्टूबर 2021 9:31"),
        ("th", "จาก", "ส่งเมื่อ", "วันที่", "ถึง", "สำเนา", "เรื่อง", "FW", "RE", "เริ่มข้อความที่ส่งต่อ", "ข้อความที่ส่งต่อ", "พ. 27 ต.ค. 2564 เวลา 09:31", "27 ตุลาคม 2564 09:31"),
        ("vi", "Từ", "Đã gửi", "Ngày", "Tới", "Cc", "Chủ đề", "FW", "RE", "Bắt đầu thư được chuyển tiếp", "Thư đã chuyển tiếp", "Th 4, 27 thg 10, 2021 lúc 09:31", "Thứ Tư, 27 tháng 10, 2021 9:31 SA"),
        ("id", "Dari", "Dikirim", "Tanggal", "Kepada", "Cc", "Perihal", "FW", "RE", "Awal pesan terusan", "Pesan terusan", "Rab, 27 Okt 2021 pukul 09.31", "27 Oktober 2021 9:31"),
        ("ms", "Daripada", "Dihantar", "Tarikh", "Kepada", "SK", "Subjek", "FW", "RE", "Mula mesej dimajukan", "Mesej dimajukan", "Rab, 27 Okt 2021 pada 09:31", "27 Oktober 2021 9:31"),
        ("fa", "از", "ارسال شده", "تاریخ", "به", "رونوشت", "موضوع", "FW", "RE", "پیام هدایت‌شده", "پیام هدایت‌شده", "۲۷ اکتبر ۲۰۲۱، ۹:۳۱", "۲۷ اکتبر ۲۰۲۱ ۹:۳۱"),
        ("mk", "Од", "Испратено", "Датум", "До", "Копија", "Предмет", "Препр", "Одг", "Препратена порака", "Препратена порака", "сре., 27 окт. 2021 во 09:31", "27 октомври 2021 09:31"),
    )
)  # fmt: skip

_SHOWN_TO = f"{TO[0]} <{TO[1]}>"
_SHOWN_FROM = f"{FROM[0]} <{FROM[1]}>"
_COMMAS = ", ".join(f'"{name}" <{address}>' if "," in name else f"{name} <{address}>" for name, address in CC)
_SEMICOLONS = "; ".join(f"{name} <{address}>" for name, address in CC)


def message(subject: str, text: str | None, html: str | None = None, **more: str) -> bytes:
    """A message to the logging address. `more`: header fields, with _ for -."""
    mail = EmailMessage(policy=SMTP.clone(cte_type="8bit"))
    mail["From"] = "Björn Ek <bjorn@example.com>"
    mail["To"] = "log@example.com"
    mail["Subject"] = subject
    mail["Date"] = "Thu, 28 Oct 2021 08:00:00 +0200"
    mail["Message-ID"] = "<f1@example.com>"
    for name, value in more.items():
        del mail[name.replace("_", "-")]
        mail[name.replace("_", "-")] = value
    if text is not None:
        mail.set_content(text, cte="quoted-printable")
    if html is not None:
        if text is None:
            mail.set_content(html, subtype="html", cte="quoted-printable")
        else:
            mail.add_alternative(html, subtype="html", cte="base64")
    return mail.as_bytes()


def as_html(text: str) -> str:
    return "<br>".join(html_module.escape(line) for line in text.split("\n"))


def quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def gmail(words: Words, **more: str) -> bytes:
    """Gmail on the web: English but for the first name. crisp-oss/email-forward-parser, test/fixtures/gmail_*."""
    head = [
        "---------- Forwarded message ---------", f"{words.from_}: {_SHOWN_FROM}", f"Date: {words.when}", f"Subject: {SUBJECT}",
        f"To: {_SHOWN_TO}", f"Cc: {_COMMAS}",
    ]  # fmt: skip
    text = "\n".join([NOTE, "", *head, "", "", BODY, ""])
    sender = f'<strong class="gmail_sendername" dir="auto">{FROM[0]}</strong> <span dir="auto">&lt;<a href="mailto:{FROM[1]}">{FROM[1]}</a>&gt;</span>'
    rows = [head[0], f"{words.from_}: {sender}", *(html_module.escape(line) for line in head[2:])]
    html = (
        f'<div dir="ltr">{as_html(NOTE)}<br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
        f'{"<br>".join(rows)}<br></div><br><br><div dir="ltr">{as_html(BODY)}</div>\n</div></div>'
    )
    return message(f"Fwd: {SUBJECT}", text, html, **more)


def android(words: Words, **more: str) -> bytes:
    """Gmail's program for Android, every name translated. LineageOS/android_packages_apps_UnifiedEmail, forward_attribution."""
    head = [
        f"---------- {words.dashed} ----------", f"{words.from_}: {_SHOWN_FROM}", f"{words.date}: {words.when}",
        f"{words.subject}: {SUBJECT}", f"{words.to}: {_SHOWN_TO}", f"{words.cc}: {_COMMAS}",
    ]  # fmt: skip
    text = "\n".join([NOTE, *head, "", BODY, ""])
    html = f'{as_html(NOTE)}<br><div class="quote">{as_html(chr(10).join(head))}<br><br>{as_html(BODY)}</div>'
    return message(f"Fwd: {SUBJECT}", text, html, **more)


def apple(words: Words, **more: str) -> bytes:
    """Apple Mail, iPhone and iPad: quoted throughout. crisp-oss/email-forward-parser, test/fixtures/apple_mail_*."""
    head = [
        (words.from_, _SHOWN_FROM), (words.subject, SUBJECT), (words.date, f"{words.when_long} CEST"), (words.to, _SHOWN_TO),
        (words.cc, _COMMAS),
    ]  # fmt: skip
    lines = [f"{words.apple}:", "", *(f"{name}: {value}" for name, value in head), "", *BODY.split("\n")]
    text = f"{NOTE}\n\n{quoted(chr(10).join(lines))}\n"
    rows = "".join(
        f'<div style="margin: 0px;"><span><b>{name}: </b></span><span>{html_module.escape(value)}<br></span></div>'
        for name, value in head
    )
    html = (
        f'<html><head></head><body>{as_html(NOTE)}<br><div><br><blockquote type="cite"><div>{words.apple}:</div>'
        f'<br class="Apple-interchange-newline">{rows}<br><div><div>{as_html(BODY)}</div></div></blockquote></div><br></body></html>'
    )
    return message(f"Fwd: {SUBJECT}", text, html, **more)


def outlook(words: Words, **more: str) -> bytes:
    """Outlook 2010 to 2019 on desktops: a header and nothing above it. crisp-oss/email-forward-parser, outlook_2013_*; the HTML
    is Word's."""
    head = [
        (words.from_, f"{FROM[0]} <{FROM[1]}>"), (words.sent, words.when_long), (words.to, _SHOWN_TO), (words.cc, _SEMICOLONS),
        (words.subject, SUBJECT),
    ]  # fmt: skip
    text = "\n".join([NOTE, "", *(f"{name}: {value}" for name, value in head), "", BODY, ""])
    rows = "<br>\r\n".join(f"<b>{name}:</b> {html_module.escape(value)}" for name, value in head)
    html = (
        '<html xmlns:w="urn:schemas-microsoft-com:office:word"><head><style>p.MsoNormal {margin:0cm}</style></head><body>'
        f"<div class=WordSection1><p class=MsoNormal>{as_html(NOTE)}<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>"
        '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
        f"<p class=MsoNormal>{rows}<o:p></o:p></p></div></div><p class=MsoNormal><o:p>&nbsp;</o:p></p>"
        + "".join(
            f"<p class=MsoNormal>{html_module.escape(line) or '<o:p>&nbsp;</o:p>'}</p>" for line in BODY.split("\n")
        )
        + "</div></body></html>"
    )
    ids = {"In_Reply_To": "<o1@example.org>", "References": "<o1@example.org>", **more}
    return message(f"{words.forward}: {SUBJECT}", text, html, **ids)


def outlook_reply(words: Words) -> bytes:
    """Outlook's answer, which copies the message in the same way."""
    raw = outlook(words, To=f"{FROM[0]} <{FROM[1]}>", Cc=_SHOWN_TO)
    return _with_subject(raw, f"{words.reply}: {SUBJECT}")


def _with_subject(raw: bytes, subject: str) -> bytes:
    head, _, body = raw.partition(b"\r\n\r\n")
    changed = EmailMessage(policy=SMTP)
    changed["Subject"] = subject
    lines = head.split(b"\r\n")
    at = next(n for n, line in enumerate(lines) if line.lower().startswith(b"subject:"))
    end = next(n for n in range(at + 1, len(lines)) if not lines[n].startswith((b" ", b"\t")))
    new = changed.as_bytes().rstrip(b"\r\n").split(b"\r\n")
    return b"\r\n".join([*lines[:at], *new, *lines[end:]]) + b"\r\n\r\n" + body


def outlook_com(words: Words, **more: str) -> bytes:
    """Outlook on the web: a ruler above the header. crisp-oss/email-forward-parser, test/fixtures/outlook_live_body.txt."""
    head = [
        (words.from_, _SHOWN_FROM), (words.sent, words.when_long), (words.to, f"{_SHOWN_TO}"), (words.cc, _SEMICOLONS),
        (words.subject, SUBJECT),
    ]  # fmt: skip
    text = "\n".join([NOTE, "_" * 32, *(f"{name}: {value}" for name, value in head), "", *BODY.split("\n")])
    rows = "<br>\n".join(f"<b>{name}:</b>&nbsp;{html_module.escape(value)}" for name, value in head)
    html = (
        f'<div class="elementToProof">{as_html(NOTE)}</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%">'
        f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri">{rows}</font><div>&nbsp;</div></div><div>{as_html(BODY)}</div>'
    )
    return message(f"{words.forward}: {SUBJECT}", text, html, **more)


def yahoo(words: Words, **more: str) -> bytes:
    """Yahoo! Mail: in the text all fields run together. crisp-oss/email-forward-parser, test/fixtures/yahoo_*."""
    head = [
        (words.from_, _SHOWN_FROM), (words.to, f'"{TO[1]}" <{TO[1]}>'), (words.cc, _SEMICOLONS.replace("Sheltan, Walter", "Walter Sheltan")),
        (words.sent, f"{words.when_long} GMT+2"), (words.subject, SUBJECT),
    ]  # fmt: skip
    glued = "".join(f"{name}: {value}" for name, value in head)
    text = f"{NOTE}\n\n   ----- {words.dashed} ----- {glued}\n {BODY}"
    rows = "".join(f"<div><b>{name}:</b> {html_module.escape(value)}</div>" for name, value in head)
    html = (
        f'<div class="ydp1">{as_html(NOTE)}</div><div id="ydp2" class="yahoo_quoted"><div>----- {words.dashed} -----</div>'
        f'{rows}<div><br></div><div><div dir="ltr">{as_html(BODY)}</div></div></div>'
    )
    return message(f"Fw: {SUBJECT}", text, html, **more)


def thunderbird(words: Words, **more: str) -> bytes:
    """Thunderbird: the subject first, in a table. mozilla-l10n/firefox-l10n, mimeheader.properties; crisp's thunderbird_*."""
    head = [
        (words.subject, SUBJECT), (words.date, "Wed, 27 Oct 2021 09:31:00 +0200"), (words.from_, _SHOWN_FROM), (words.to, _SHOWN_TO),
        (words.cc, _COMMAS),
    ]  # fmt: skip
    text = "\n".join(
        [
            NOTE,
            "",
            "",
            f"-------- {words.dashed} --------",
            *(f"{name}: \t{value}" for name, value in head),
            "",
            "",
            "",
            BODY,
            "",
        ]
    )
    rows = "".join(
        f'<tr><th valign="BASELINE" align="RIGHT" nowrap="nowrap">{name}: </th><td>{html_module.escape(value)}</td></tr>'
        for name, value in head
    )
    html = (
        f'<p>{as_html(NOTE)}</p><div class="moz-forward-container"><br><br>-------- {words.dashed} --------'
        f'<table class="moz-email-headers-table" cellspacing="0"><tbody>{rows}</tbody></table><br><br>{as_html(BODY)}</div>'
    )
    return message(f"Fwd: {SUBJECT}", text, html, **{"User_Agent": "Mozilla Thunderbird", **more})


def samsung(words: Words, **more: str) -> bytes:
    """Samsung Mail: an English line above translated names, the zone behind the date."""
    head = [
        (words.from_, _SHOWN_FROM), (words.date, "27/10/2021 09:31 (GMT+02:00)"), (words.to, _SHOWN_TO), (words.cc, _COMMAS),
        (words.subject, SUBJECT),
    ]  # fmt: skip
    text = "\n".join([NOTE, "", "-------- Original message --------", *(f"{n}: {v} " for n, v in head), "", BODY, ""])
    rows = "".join(f"<div>{name}: {html_module.escape(value)} </div>" for name, value in head)
    html = (
        f'<div dir="auto">{as_html(NOTE)}</div><div id="composer_signature"></div><div><br></div>'
        f'<div align="left"><div>-------- Original message --------</div>{rows}<div><br></div></div>{as_html(BODY)}'
    )
    return message(f"Fwd: {SUBJECT}", text, html, **more)


FORMS: dict[str, Callable[..., bytes]] = {
    "gmail": gmail,
    "android": android,
    "apple": apple,
    "outlook": outlook,
    "outlook_com": outlook_com,
    "yahoo": yahoo,
    "thunderbird": thunderbird,
    "samsung": samsung,
}
