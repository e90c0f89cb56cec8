"""Quotations as the mail programs of many languages introduce them: attribution lines, copied headers, odd forms.

Learned from Gmail, Yahoo, Apple Mail, Outlook, Yandex, Mail.ru, Zimbra, Zoho, GroupWise, Notes, QQ and NetEase as they write to the
world; the names of fields are those of Outlook and Exchange in each language.
"""

# ruff: noqa: E501  (mail is easier to judge whole)

from __future__ import annotations

import pytest

from app.mime.quote_words import VERBS
from app.mime.quoting import split_reply

ATTRIBUTIONS = """
Pe vin., 3 ian. 2025 la 10:00, Anna Berg <anna@example.com> a scris:
На пт, 3.01.2025 г. в 10:00 Anna Berg <anna@example.com> написа:
pet, 3. sij 2025. u 10:00 Anna Berg <anna@example.com> napisao je:
V V pet., 3. jan. 2025 ob 10:00 je oseba Anna Berg <anna@example.com> napisala:
pi 3. 1. 2025 o 10:00 Anna Berg <anna@example.com> napísal(a):
Kontakt Anna Berg (<anna@example.com>) kirjutas kuupäeval R, 3. jaanuar 2025 kell 10:00:
piektd., 2025. g. 3. janv., plkst. 10:00 — lietotājs Anna Berg (<anna@example.com>) rakstīja:
2025-01-03, pn, 10:00 Anna Berg <anna@example.com> rašė:
‫בתאריך יום ו׳, 3 בינו׳ 2025 ב-10:00 מאת ‪Anna Berg‬‏ <‪anna@example.com‬‏>:‬
في الجمعة، 3 يناير 2025 في 10:00 ص تمت كتابة ما يلي بواسطة Anna Berg <anna@example.com>:
Missatge de Anna Berg <anna@example.com> del dia dv., 3 de gen. 2025 a les 10:00:
Pada tanggal Jum, 3 Jan 2025 pukul 10.00 Anna Berg <anna@example.com> menulis:
شخص Anna Berg <anna@example.com> در تاریخ جمعه ۳ ژانویهٔ ۲۰۲۵ ساعت ۱۰:۰۰ نوشت:
शुक्र, 3 जन॰ 2025 को 10:00 am बजे को Anna Berg <anna@example.com> ने लिखा:
ในวันที่ ศ. 3 ม.ค. 2025 เวลา 10:00 Anna Berg <anna@example.com> เขียนว่า:
Þann fös., 3. jan. 2025 kl. 10:00 skrifaði Anna Berg <anna@example.com>:
пет, 3. јан 2025. у 10:00 Anna Berg <anna@example.com> је написао/ла:
El dv., 3 de gen. 2025, 10:00, Anna Berg <anna@example.com> va escriure:
Anna Berg <anna@example.com> igorleak hau idatzi zuen (2025 urt. 3, or. (10:00)):
Noong Biy, Ene 3, 2025 nang 10:00 AM, isinulat ni Anna Berg <anna@example.com> ang:
"Anna Berg" <anna@example.com> 於 2025年1月3日 週五 上午10:00寫道：
在 2025-01-03 10:00:00，"Anna Berg" <anna@example.com> 写道：
At 2025-01-03 10:00:00, "Anna Berg" <anna@example.com> wrote:
3 января 2025, 10:00 +03:00 от Anna Berg <anna@example.com>:
03.01.2025, 10:00, "Anna Berg" <anna@example.com>:
----- Le 3 Jan 25, à 10:00, Anna Berg anna@example.com a écrit :
----- On Jan 3, 2025, at 10:00 AM, Anna Berg anna@example.com wrote:
Anna Berg <anna@example.com> schrieb am Fr., 3. Jan. 2025, 10:00:
2025-01-03 10:00 GMT+01:00 Anna Berg <anna@example.com>:
On 1/3/25, 10:00 AM, "Anna Berg" <anna@example.com> wrote:
On Friday, 3 January 2025 at 10:00:00 am AEDT, Anna Berg <anna@example.com> wrote:
Dnia 3 stycznia 2025 10:00 Anna Berg <anna@example.com> napisał(a):
Den fredag 3 januari 2025 kl. 10:00:00 CET, skrev Anna Berg <anna@example.com>:
Am Freitag, 3. Januar 2025 um 10:00:00 MEZ hat Anna Berg <anna@example.com> Folgendes geschrieben:
Il venerdì 3 gennaio 2025 alle ore 10:00:00 CET, Anna Berg <anna@example.com> ha scritto:
Le vendredi 3 janvier 2025 à 10:00:00 UTC+1, Anna Berg <anna@example.com> a écrit :
El viernes, 3 de enero de 2025, 10:00:00 CET, Anna Berg <anna@example.com> escribió:
Em sexta-feira, 3 de janeiro de 2025 10:00:00 BRT, Anna Berg <anna@example.com> escreveu:
Op vrijdag 3 januari 2025 10:00:00 CET, schreef Anna Berg <anna@example.com>:
În vineri, 3 ianuarie 2025, 10:00:00 EET, Anna Berg <anna@example.com> a scris:
3 Ocak 2025 Cuma 10:00:00 TSİ tarihinde Anna Berg <anna@example.com> şunu yazdı:
Στις Παρασκευή 3 Ιανουαρίου 2025 στις 10:00:00 π.μ. EET, ο χρήστης Anna Berg <anna@example.com> έγραψε:
Em sex, 3 de jan de 2025 10:00, Anna Berg <anna@example.com> escreveu:
El 3 ene 2025, a las 10:00, Anna Berg <anna@example.com> escribió:
Op 3 jan. 2025 om 10:00 heeft Anna Berg <anna@example.com> het volgende geschreven:
Anna Berg <anna@example.com> kirjoitti 3.1.2025 kello 10.00:
2025. 1. 3. 오전 10:00, Anna Berg <anna@example.com> 작성:
2025/01/03 10:00、Anna Berg <anna@example.com>のメール:
3 janv. 2025 à 10:00, Anna Berg <anna@example.com> a écrit :
5 gru 2025 v 10:00, Anna Berg <anna@example.com>:
dne 3. 1. 2025 v 10:00, Anna Berg <anna@example.com>:
2025. jan. 3. dátummal, 10:00 időpontban Anna Berg <anna@example.com> írta:
3 янв. 2025 г., в 10:00, Anna Berg <anna@example.com> написал(а):
3 січ. 2025 р. о 10:00 Anna Berg <anna@example.com> написав(ла):
3 Oca 2025 tarihinde 10:00 saatinde, Anna Berg <anna@example.com> şunları yazdı:
""".strip().split("\n")

HEADERS = """
Od: Anna <anna@example.com>|Odesláno: pátek 3. ledna 2025 10:00|Komu: Bob|Předmět: Nabídka
Od: Anna <anna@example.com>|Odoslané: piatok 3. januára 2025 10:00|Komu: Bob|Predmet: Ponuka
Feladó: Anna <anna@example.com>|Elküldve: 2025. január 3., péntek 10:00|Címzett: Bob|Tárgy: Ajánlat
De la: Anna <anna@example.com>|Trimis: vineri, 3 ianuarie 2025 10:00|Către: Bob|Subiect: Ofertă
Kimden: Anna <anna@example.com>|Gönderildi: 3 Ocak 2025 Cuma 10:00|Kime: Bob|Konu: Teklif
Gönderen: Anna <anna@example.com>|Gönderme Tarihi: 3 Ocak 2025 Cuma 10:00|Alıcı: Bob|Konu: Teklif
Από: Anna <anna@example.com>|Στάλθηκε: Παρασκευή, 3 Ιανουαρίου 2025 10:00|Προς: Bob|Θέμα: Προσφορά
Від: Anna <anna@example.com>|Надіслано: 3 січня 2025 р. 10:00|Кому: Bob|Тема: Пропозиція
От: Anna <anna@example.com>|Изпратено: петък, 3 януари 2025 г. 10:00|До: Bob|Относно: Оферта
Šalje: Anna <anna@example.com>|Poslano: 3. siječnja 2025. 10:00|Prima: Bob|Predmet: Ponuda
Od: Anna <anna@example.com>|Poslano: petek, 3. januar 2025 10:00|Za: Bob|Zadeva: Ponudba
보낸 사람: Anna <anna@example.com>|보낸 날짜: 2025년 1월 3일 금요일 오전 10:00|받는 사람: Bob|제목: 견적
寄件者: Anna <anna@example.com>|寄件日期: 2025年1月3日 上午 10:00|收件者: Bob|主旨: 報價
מאת: Anna <anna@example.com>|נשלח: יום שישי 3 ינואר 2025 10:00|אל: Bob|נושא: הצעה
من: Anna <anna@example.com>|تم الإرسال: 03 يناير 2025 10:00|إلى: Bob|الموضوع: عرض
Saatja: Anna <anna@example.com>|Saadetud: reede, 3. jaanuar 2025 10:00|Adressaat: Bob|Teema: Pakkumine
No: Anna <anna@example.com>|Nosūtīts: piektdiena, 2025. gada 3. janvāris 10:00|Kam: Bob|Tēma: Piedāvājums
Nuo: Anna <anna@example.com>|Išsiųsta: 2025 m. sausio 3 d. 10:00|Kam: Bob|Tema: Pasiūlymas
Frá: Anna <anna@example.com>|Sent: föstudagur, 3. janúar 2025 10:00|Til: Bob|Efni: Tilboð
De: Anna <anna@example.com>|Enviat el: divendres, 3 de gener de 2025 10:00|Per a: Bob|Assumpte: Oferta
Từ: Anna <anna@example.com>|Đã gửi: Thứ Sáu, 3 Tháng 1 2025 10:00|Tới: Bob|Chủ đề: Báo giá
Dari: Anna <anna@example.com>|Dikirim: Jumat, 3 Januari 2025 10:00|Ke: Bob|Subjek: Penawaran
จาก: Anna <anna@example.com>|ส่ง: 3 มกราคม 2025 10:00|ถึง: Bob|เรื่อง: ใบเสนอราคา
Fra: Anna <anna@example.com>|Sendt: fredag 3. januar 2025 10:00|Til: Bob|Emne: Tilbud
От: Anna <anna@example.com>|Дата: пятница, 3 января 2025 г. в 10:00|Кому: Bob|Тема: КП
发件人: Anna <anna@example.com>|日期: 星期五, 2025年1月3日 10:00|收件人: Bob|主题: 报价
From: Anna <anna@example.com>|To: Bob|Date: 01/03/2025 10:00 AM|Subject: x
To: bob@example.com|From: anna@example.com|Date: Fri, 3 Jan 2025 10:00:00 +0000|Subject: RE: x
Nga: Anna <anna@example.com>|Dërguar: e premte, 3 janar 2025|Për: Bob|Subjekti: x
De: Anna <anna@example.com>|Data: sexta-feira, 3 de janeiro de 2025 às 10:00|Para: Bob|Assunto: x
De : Anna <anna@example.com>|Date : vendredi 3 janvier 2025 à 10:00|À : Bob|Objet : x
Von: Anna <anna@example.com>|Datum: Freitag, 3. Januar 2025 um 10:00|An: Bob|Betreff: x
Från: Anna <anna@example.com>|Datum: fredag, 3 januari 2025 10:00|Till: Bob|Ämne: x
""".strip().split("\n")


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
@pytest.mark.parametrize("below", ["\n> quoted", "\n\nquoted"], ids=["marked", "bare"])
def test_attribution_lines(attribution: str, below: str) -> None:
    visible, quoted = split_reply(f"Thanks!\n\n{attribution}{below}")
    assert visible == "Thanks!"
    assert quoted.endswith("quoted")


@pytest.mark.parametrize("attribution", [a for a in ATTRIBUTIONS if a.find("<") > 26 and "شخص" not in a])
def test_attribution_lines_folded_before_the_address(attribution: str) -> None:
    head, _, tail = attribution.partition("<")
    assert split_reply(f"Thanks!\n\n{head.rstrip()}\n<{tail}\n> quoted")[0] == "Thanks!"


@pytest.mark.parametrize("fields", HEADERS)
@pytest.mark.parametrize("rule", ["", "________________________________\n"], ids=["alone", "ruled"])
def test_copied_headers(fields: str, rule: str) -> None:
    lines = fields.replace("|", "\n")
    visible, quoted = split_reply(f"Fine.\n\n{rule}{lines}\n\nold text\n")
    assert visible == "Fine."
    assert quoted.endswith("old text")


WHOLE = [
    ("ok\n\n  On Fri, Jan 3, 2025 at 10:00, Anna<anna@example.com> wrote:   Hello there\nmore\n", "ok"),
    ("ok\n\n>>> Anna Berg <anna@example.com> 03.01.2025 10:00 >>>\nold text\n", "ok"),
    ("ok\n\n>>> Anna Berg 1/3/2025 10:00 AM >>>\nold text\n", "ok"),
    (
        "ok\n\n-----Anna Berg/EX wrote: -----\nTo: Bob/EX\nFrom: Anna Berg/EX\nDate: 01/03/2025 10:00AM\nSubject: x\n\nold",
        "ok",
    ),
    ('ok\n\n-----"Anna Berg" <anna@example.com> wrote: -----\n\nold', "ok"),
    ("ok\n\nQuoting Anna Berg <anna@example.com>:\n\n> old\n", "ok"),
    ("ok\n\nZitat von Anna Berg <anna@example.com>:\n\n> old\n", "ok"),
    ("ok\n\n---------- Původní e-mail ----------\nOd: Anna\nold", "ok"),
    ('ok\n\n------------------ 原始邮件 ------------------\n发件人: "Anna";\n发送时间: x\nold', "ok"),
    (
        'ok\n\n------------------&nbsp;Original&nbsp;------------------\nFrom: "Anna";\nDate: Fri, Jan 3\nTo: "Bob";\nSubject: x\n\nold',
        "ok",
    ),
    ("ok\n\nAnna Berg schreef op 2025-01-03 10:00:\n> old", "ok"),
    ("ok\n\n* Anna Berg <anna@example.com> [2025-01-03 10:00]:\n\n> old", "ok"),
    ("ok\n\nIn article <x@example.com>, anna@example.com says...\n> old", "ok"),
    (
        "Dear Anna,\n\nI agree with the proposal\nAnd will send this on Monday.\n\nOn Fri, Jan 3, 2025 at 10:00 AM Anna Berg, Head of Something Very Long at\nExample Company <anna.berg.with.long.name@example.com>\nwrote:\n\n> old",
        "Dear Anna,\n\nI agree with the proposal\nAnd will send this on Monday.",
    ),
    ("ok\n\nOn Fri, Jan 3, 2025 at 10:00 AM 'Anna Berg' via Sales <\nsales@example.com> wrote:\n\n> old", "ok"),
    ("|old\n\nyes", "|old\n\nyes"),
    ("I said: yes\n\nFrom: my point of view\nthis is it", "I said: yes\n\nFrom: my point of view\nthis is it"),
    (
        "Gruß\nBob\n\n\n\nVon: Anna Berg <anna@example.com>\nGesendet: Freitag, 3. Januar 2025 10:00\nAn: Bob <bob@example.com>\nCc: Carl <c@example.com>\nBetreff: AW: x\nWichtigkeit: Hoch\n\nold",
        "Gruß\nBob",
    ),
    (
        "ok\n\nSent from my iPhone\n\nBegin forwarded message:\n\nFrom: Anna <a@example.com>\nDate: January 3, 2025 at 10:00:00 AM GMT+1\nTo: Bob\nSubject: x\n\nold",
        "ok\n\nSent from my iPhone",
    ),
    ('ok\n\nOn Jan 3, 2025 10:00 AM, "Anna Berg" <anna@example.com> wrote:\n>\n> old', "ok"),
    ("ok\n\nOn Jan 3, 2025 10:00 AM, Anna Berg <anna@example.com> wrote:\nold unmarked", "ok"),
    ("ok\n\n---- On Fri, 03 Jan 2025 10:00:00 +0100 Anna Berg <anna@example.com> wrote ----\n\nold", "ok"),
    ("ok\n\n---- Am Fr, 03 Jan 2025 10:00:00 +0100 Anna <anna@example.com> schrieb ----\n\nold", "ok"),
    (
        "ok\n\n------- Original Message -------\nOn Friday, January 3rd, 2025 at 10:00 AM, Anna <anna@example.com> wrote:\n\nold",
        "ok",
    ),
    ("ok\n\n‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐\nOn Friday, Anna wrote:\n\nold", "ok"),
    ("ok\n\n-------- Messaggio originale --------\nDa: Anna\nold", "ok"),
    ("ok\n\nAnna Berg---03.01.2025 10:00:00---Hello", "ok\n\nAnna Berg---03.01.2025 10:00:00---Hello"),
]


@pytest.mark.parametrize(("text", "visible"), WHOLE)
def test_odd_forms(text: str, visible: str) -> None:
    assert split_reply(text)[0] == visible


def test_many_languages_are_known() -> None:
    assert len(VERBS) >= 40


@pytest.mark.parametrize(
    "text",
    [
        "On Monday 2025-01-03 10:00 anna@example.com said something: we are closed today",
        "Sent by truck. Date: tomorrow.",
        "-- we wrote: --",
        ">>> import email",
        "To: everyone\nDate: Friday\nPlace: the hall",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert split_reply(text)[0] in (text, "")
