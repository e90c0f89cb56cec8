"""What mail programs and services call their own folders, in the languages of the mail world. Data for `folders`.

Servers without SPECIAL-USE (RFC 6154) hold whatever name the first mail program gave: Outlook's, Thunderbird's, Apple Mail's
and the webmailers' names in each language. Compared after `folders.plain`.
"""

from __future__ import annotations

import unicodedata


def _names(text: str) -> frozenset[str]:
    words = (
        unicodedata.normalize("NFKC", name).casefold().replace("-", " ").replace("_", " ") for name in text.split("|")
    )
    return frozenset(" ".join(name.split()) for name in words)


JUNK = _names(
    "junk|junk mail|junk e-mail|junk email|spam|spam mail|bulk|bulk mail|probably spam|spamverdacht|junkemail|"  # English
    "quarantine|suspected spam|unerwünscht|unerwünschte werbung|werbung spam|spam ordner|"  # German
    "skräppost|skräp|søppelpost|søppel-e-post|useriøs e-post|uønsket|uønsket mail|uønsket e-mail|uønsket post|"  # Nordic
    "roskaposti|roskapostit|ruslpóstur|"
    "ongewenst|ongewenste e-mail|ongewenste reclame|reclame|"  # Dutch
    "courrier indésirable|indésirables|pourriel|courriers indésirables|spams|"  # French
    "correo no deseado|correo basura|no deseado|basura electrónica|correo electrónico no deseado|"  # Spanish
    "lixo eletrónico|lixo eletrônico|lixo electrónico|correio de lixo|lixo electronico|não solicitado|"  # Portuguese
    "posta indesiderata|indesiderata|spazzatura|correu brossa|correu no desitjat|zabor-posta|"  # Italian, Catalan, Basque
    "wiadomości-śmieci|wiadomości śmieci|niechciane|niechciana poczta|śmieci|"  # Polish
    "nevyžádaná pošta|nevyžádané|nevyžiadaná pošta|levélszemét|kéretlen|kéretlen e-mail|"  # Czech, Slovak, Hungarian
    "neželena pošta|neželena e-pošta|neželjena pošta|bezvrijedna pošta|нежељена пошта|"
    "mesaje nedorite|e-mail nedorit|нежелана поща|спам|нежелательная почта|нежелательные|небажана пошта|"
    "nevēlamais e-pasts|surogātpasts|mēstules|šlamštas|nepageidaujami el. laiškai|rämpspost|"
    "ανεπιθύμητη αλληλογραφία|ανεπιθύμητα|gereksiz|gereksiz e-posta|istenmeyen|istenmeyen posta|önemsiz|önemsiz e-posta|"
    "דואר זבל|זבל|البريد غير الهام|بريد مزعج|البريد العشوائي|هرزنامه|"
    "垃圾邮件|垃圾郵件|垃圾信件|广告邮件|迷惑メール|정크 메일|스팸메일함|스팸|스팸 메일|thư rác|อีเมลขยะ|ขยะ|"
    "sampah|email sampah|e-mel sarap"
)
TRASH = _names(
    "trash|deleted|deleted items|deleted messages|deleted mail|bin|rubbish|recycle bin|waste|wastebasket|"
    "papierkorb|gelöschte elemente|gelöschte objekte|gelöscht|gelöschte nachrichten|geloeschte objekte|müll|"
    "papperskorg|papperskorgen|borttaget|borttagna objekt|raderade|borttagna meddelanden|"
    "slettet post|slettede elementer|slettet|papirkurv|søppelbøtte|søppelkasse|slettede meldinger|papirkurven|"
    "roskakori|poistetut|poistetut viestit|eytt atriði|rusl|"
    "prullenbak|verwijderde items|verwijderd|verwijderde berichten|"
    "corbeille|éléments supprimés|messages supprimés|supprimés|"
    "papelera|elementos eliminados|eliminados|papelera de reciclaje|mensajes eliminados|"
    "lixeira|lixo|itens eliminados|itens excluídos|mensagens excluídas|reciclagem|"
    "cestino|posta eliminata|eliminata|elementi eliminati|messaggi eliminati|paperera|elements suprimits|zakarrontzia|"
    "kosz|elementy usunięte|usunięte|koš|odstraněná pošta|odstranené položky|kôš|odstránené|"
    "kuka|lomtár|törölt elemek|törölt üzenetek|koš za smeće|smetnjak|izbrisano|izbrisani elementi|obrisano|smeće|otpad|"
    "coș de gunoi|gunoi|elemente șterse|coş de gunoi|mesaje şterse|"
    "кошче|изтрити|изтрити елементи|корзина|удаленные|удалённые|удаленные элементы|кошик|видалені|видалені елементи|"
    "miskaste|dzēstie vienumi|dzēsts|atkritne|šiukšliadėžė|šiukšlinė|panaikinti elementai|prügikast|kustutatud üksused|"
    "κάδος|κάδος απορριμμάτων|διαγραμμένα|διαγραμμένα στοιχεία|απορρίμματα|çöp|çöp kutusu|silinmiş öğeler|silinmiş|"
    "אשפה|פריטים שנמחקו|سلة المهملات|العناصر المحذوفة|المهملات|زباله دان|"
    "已删除|已删除邮件|已刪除|刪除的郵件|垃圾箱|垃圾桶|废件箱|已刪除的郵件|ごみ箱|ゴミ箱|"
    "削除済みアイテム|削除済み|휴지통|지운 편지함|지운편지함|"
    "삭제된 항목|thùng rác|mục đã xóa|ถังขยะ|รายการที่ถูกลบ|kotak sampah|item yang dihapus|tong sampah"
)
DRAFTS = _names(
    "draft|drafts|unsent|entwurf|entwürfe|entwuerfe|utkast|kladder|kladde|luonnokset|luonnos|drög|concepten|concept|"
    "brouillon|brouillons|borrador|borradores|rascunho|rascunhos|bozza|bozze|esborranys|zirriborroak|"
    "szkic|szkice|wersje robocze|robocze|kopie robocze|koncepty|rozpracované|rozepsané|koncept|piszkozat|piszkozatok|"
    "osnutki|skice|nacrti|nedovršeno|ciorne|schițe|чернови|черновики|черновик|чернетки|melnraksti|juodraščiai|mustandid|"
    "πρόχειρα|taslaklar|taslak|טיוטות|المسودات|مسودات|پیش نویس ها|草稿|草稿箱|草稿匣|草稿夹|"
    "下書き|下書|임시 보관함|임시보관함|초안|"
    "bản nháp|thư nháp|แบบร่าง|ร่าง|ฉบับร่าง|konsep|draf"
)
SENT = _names(
    "sent|sent items|sent mail|sent messages|sentmail|sent-mail|sent objects|"
    "gesendet|gesendete elemente|gesendete objekte|gesendete nachrichten|postausgang gesendet|verschickt|"
    "skickat|skickade|skickade objekt|skickade meddelanden|sendt|sendte elementer|sendt post|sendte meldinger|sendte|"
    "lähetetyt|lähetetyt viestit|send póstur|sent atriði|"
    "verzonden|verzonden items|verzonden berichten|"
    "envoyé|envoyés|éléments envoyés|messages envoyés|courrier envoyé|"
    "enviado|enviados|elementos enviados|mensajes enviados|correo enviado|itens enviados|mensagens enviadas|"
    "inviata|posta inviata|inviati|messaggi inviati|enviats|elements enviats|bidalitakoak|"
    "wysłane|elementy wysłane|odeslaná pošta|odeslané|odoslané|odoslaná pošta|elküldött|elküldött elemek|elküldött üzenetek|"
    "poslano|poslani elementi|poslate stavke|poslato|trimise|elemente trimise|mesaje trimise|"
    "изпратени|отправленные|отправленные элементы|надіслані|відправлені|nosūtītie|nosūtītās ziņas|išsiųsti|"
    "išsiųsti laiškai|saadetud|saadetud üksused|απεσταλμένα|σταλμένα|gönderilmiş|gönderilmiş öğeler|gönderilenler|"
    "פריטים שנשלחו|נשלח|العناصر المرسلة|المرسلة|البريد المرسل|فرستاده شده|"
    "已发送|已发送邮件|已发邮件|寄件備份|已傳送|寄件备份|已傳送的郵件|"
    "送信済み|送信済みアイテム|送信済みメール|보낸 편지함|보낸편지함|보낸 메일함|보낸메일함|"
    "thư đã gửi|mục đã gửi|ส่งแล้ว|รายการที่ส่ง|จดหมายที่ส่ง|terkirim|item terkirim|pesan terkirim"
)
# What is not sent yet, or never will be.
NO_MAIL = _names(
    "outbox|postausgang|utkorg|utboks|udbakke|lähtevät|boîte d’envoi|boîte d'envoi|bandeja de salida|"
    "caixa de saída|a enviar|posta in uscita|skrzynka nadawcza|k odeslání|исходящие|"
    "templates|vorlagen|mallar|maler|skabeloner|modèles|plantillas|modelos|modelli|szablony|шаблоны|sync issues|"
    "synchronisierungsprobleme|synkroniseringsproblem"
)
