"""The words by which mail programs mark what they quote, by language, as data. Used by `quoting`.

Gathered from what Gmail, Outlook, Apple Mail and Thunderbird write in the language of their screen.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in (piece.strip() for piece in text.replace("\n", "|").split("|")) if word)


# Verbs of an attribution line ("On … Anna wrote:"), lower case; a phrase may have several words.
VERBS: dict[str, tuple[str, ...]] = {
    "en": ("wrote", "sent", "writes"),
    "sv": ("skrev", "skriver"),
    "da": ("skrev", "skriver", "wrote"),
    "nb": ("skrev", "skreiv", "skriver"),
    "pl": (
        "napisał",
        "napisała",
        "napisał(a)",
        "napisała/napisał",
        "napisał/a",
        "pisze",
        "pisał",
        "pisała",
        "napisano",
        "napisana przez",
    ),
    "de": ("schrieb", "schrieben", "schreibt", "hat geschrieben"),
    "fr": ("a écrit", "écrit", "a ecrit", "écrivait"),
    "es": ("escribió", "escribio", "escribiera"),
    "it": ("ha scritto", "scrive", "scriveva"),
    "pt": ("escreveu", "escreveu-me"),
    "nl": ("schreef", "heeft geschreven", "schreven"),
    "fi": ("kirjoitti",),
    "is": ("skrifaði",),
    "et": ("kirjutas",),
    "lv": ("rakstīja", "raksta"),
    "lt": ("rašė",),
    "cs": ("napsal", "napsala", "napsal(a)"),
    "sk": ("napísal", "napísala", "napísal(a)"),
    "hu": ("ezt írta", "írta"),
    "ro": ("a scris",),
    "bg": ("написа",),
    "hr": ("je napisao", "je napisala", "je napisao/la", "je napisao(la)", "napisao je"),
    "sl": ("je napisal", "je napisala", "je oseba"),
    "sr": ("је написао", "је написао/ла"),
    "ru": ("писал", "написал", "пишет", "писала", "написала", "писал(а)", "написал(а)"),
    "uk": ("пише", "написав", "написала", "пише(ла)"),
    "el": ("έγραψε",),
    "tr": ("şunu yazdı", "yazdı", "şunları yazdı"),
    "ca": ("va escriure", "escrigué"),
    "eu": ("idatzi du", "igorleak hau idatzi zuen"),
    "vi": ("đã viết",),
    "id": ("menulis",),
    "ms": ("menulis",),
    "he": ("כתב", "כתב/ה", "כתבה", "מאת"),
    "ar": ("كتب", "كتبت"),
    "fa": ("نوشت",),
    "hi": ("ने लिखा",),
    "th": ("เขียนว่า",),
    "ja": ("のメール", "さんは書きました", "書きました", "wrote"),
    "zh": ("写道", "寫道", "编写", "撰寫"),
    "ko": ("작성", "님이 작성", "님이 썼습니다"),
}

# How an attribution line begins in languages that begin it with a word; others begin with the date or the name.
OPENERS: frozenset[str] = _words(
    """
    on | am | den | le | el | il | il giorno | em | no dia | op | w dniu | dnia | dne | dňa | în | la | на |
    στις | vào | pada | ut | på | kl. | il dì | dana | בתאריך | في | par | quoting
    """
)

# "-----Original Message-----" and "Forwarded message", without the dashes, lower case.
SEPARATORS: frozenset[str] = _words(
    """
    original message | forwarded message | begin forwarded message | reply message | original appointment |
    ursprungligt meddelande | originalmeddelande | vidarebefordrat meddelande | vidarebefordrat brev |
    oprindelig meddelelse | original meddelelse | videresendt meddelelse | videresendt besked |
    oprindelig besked | opprinnelig melding | original melding | videresendt melding | opphavleg melding |
    wiadomość oryginalna | oryginalna wiadomość | pierwotna wiadomość | wiadomość przekazana |
    przekazana wiadomość | wiadomość oryginalna/original message | ursprüngliche nachricht | original-nachricht |
    originalnachricht | weitergeleitete nachricht | message d'origine | message d’origine | message original |
    message transféré | message initial | mensaje original | mensaje reenviado | messaggio originale |
    messaggio inoltrato | mensagem original | mensagem encaminhada | mensagem reencaminhada |
    oorspronkelijk bericht | origineel bericht | doorgestuurd bericht | oorspronkelijke bericht |
    alkuperäinen viesti | edelleenlähetetty viesti | välitetty viesti | upprunaleg skilaboð | algkiri |
    edastatud kiri | sākotnējais ziņojums | pirminis laiškas | originalus laiškas | původní zpráva |
    přeposlaná zpráva | pôvodná správa | preposlaná správa | eredeti üzenet | továbbított üzenet |
    mesaj original | mesajul original | mesaj redirecționat | оригинално съобщение | originalna poruka |
    izvorna poruka | izvirno sporočilo | оригинална порука | исходное сообщение | пересылаемое сообщение |
    пересланное сообщение | оригинальное сообщение | вихідне повідомлення | початкове повідомлення |
    αρχικό μήνυμα | προωθημένο μήνυμα | orijinal mesaj | özgün ileti | iletilen mesaj | missatge original |
    missatge reenviat | thư gốc | tin nhắn gốc | pesan asli | mesej asal | הודעה מקורית | الرسالة الأصلية |
    رسالة أصلية | 元のメッセージ | 転送されたメッセージ | 原始邮件 | 原始郵件 | 转发的邮件 | 邮件原件 |
    원본 메시지 | 원본 메일
    """
)

# The first field of a copied header, and the fields that follow it, lower case, without the colon.
FROM_WORDS: frozenset[str] = _words(
    """
    from | från | fra | frå | od | von | de | da | van | lähettäjä | frá | saatja | no | nuo | feladó | de la |
    от | šalje | pošiljatelj | від | από | kimden | gönderen | từ | dari | daripada | מאת | من | 差出人 |
    发件人 | 寄件者 | 보낸 사람 | 보낸사람 | 送信者 | expéditeur | remitente | mittente | remetente | expeditor
    """
)

DATE_WORDS: frozenset[str] = _words(
    """
    sent | date | skickat | datum | sendt | dato | dag | wysłano | data | wysłane | gesendet | envoyé |
    envoyé le | date d'envoi | enviado | enviado el | enviada em | enviado em | fecha | inviato | verzonden |
    lähetetty | päiväys | päivämäärä | dagsetning | saadetud | kuupäev | nosūtīts | datums | išsiųsta |
    odesláno | odoslané | dátum | elküldve | küldve | trimis | изпратено | poslano | poslato | отправлено |
    дата | надіслано | στάλθηκε | ημερομηνία | gönderildi | gönderme tarihi | tarih | đã gửi | ngày | dikirim |
    tanggal | נשלח | תאריך | تاريخ الإرسال | التاريخ | 送信日時 | 日時 | 日付 | 发送时间 | 日期 | 寄件日期 |
    傳送時間 | 보낸 날짜 | 날짜 | envoye
    """
)

TO_WORDS: frozenset[str] = _words(
    """
    to | till | til | do | an | à | pour | para | a | aan | vastaanottaja | kenelle | saaja | kam | komu |
    címzett | către | catre | za | prima | кому | до | προς | kime | alıcı | đến | tới | kepada | אל | إلى |
    宛先 | 收件人 | 收件者 | 받는 사람 | 받는사람 | destinataire | destinatario | destinatário | cc | kopia |
    kopi | kopie | dw | udw | copie | copia | cópia | kopio | másolatot kap | копия | копія | κοιν | bilgi |
    抄送 | 副本 | 참조 | do wiadomości | reply-to | svar till | svar til | antwort an | odpowiedź do |
    importance | prioritet | priorytet | wichtigkeit
    """
)

SUBJECT_WORDS: frozenset[str] = _words(
    """
    subject | ämne | emne | temat | betreff | objet | asunto | oggetto | assunto | onderwerp | aihe | efni |
    teema | temats | tema | předmět | predmet | tárgy | subiect | относно | zadeva | тема | θέμα | konu |
    assumpte | gaia | chủ đề | tiêu đề | subjek | perihal | subyek | נושא | الموضوع | 件名 | 主题 | 主旨 | 제목 |
    objet du message
    """
)
