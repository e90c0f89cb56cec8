"""Second page: the address, what was found out about it and how that is known, and the way to connect it (C2).

Known services show at once; for the others all sources are asked a moment after the last key. While that runs the page
waits, and the servers can be entered by hand instead."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QLayout, QRadioButton

from app.domain.addresses import address_key, is_complete, spelled
from app.domain.detection import Detected, Finding, Nothing, NothingFound, Unsupported
from app.domain.hosts import shown_domain
from app.domain.inboxes import InboxState, Provider
from app.domain.views import InboxCard
from app.ui.kit import tokens as k
from app.ui.kit.buttons import RadioGroup
from app.ui.kit.fields import Field, entry
from app.ui.kit.layout import box, column, host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Chip, Glyph, banner, button, label
from app.ui.wizard.flow import Page
from app.ui.wizard.page import WizardPage
from app.ui.wizard.session import Session
from app.ui.wizard.sign_in_form import NOT_COMPLETE
from app.ui.wizard.ways import WAYS, choose
from app.words.detection import consent, evidence, not_found
from app.words.typing_mistakes import did_you_mean

PAUSE_MILLISECONDS = 500  # after the last key, before the network is asked
_NEVER = "An address has no spaces in it, and one @, as in jonas@example.com."


class AddressPage(WizardPage):
    """`reconnect_requested` carries the address of an inbox that is connected already."""

    page = Page.ADDRESS
    reconnect_requested = Signal(str)

    @property
    def forward(self) -> str:  # type: ignore[override]
        way = WAYS[self.session.answers.provider].name
        return f"Connect by {way}" if self.session.answers.provider is Provider.IMAP else f"Connect to {way}"

    def __init__(self, theme: Theme, session: Session) -> None:
        super().__init__(
            theme, session, "Which inbox is it?", "Hitchpost looks for its mail servers; no password is asked for yet."
        )
        self.edit = entry(theme, "", "you@example.com")
        self.edit.textChanged.connect(self._on_text)
        self.edit.editingFinished.connect(self._on_left)
        self.field = Field(theme, "E-mail &address", self.edit)
        self.edit.setAccessibleName("E-mail address")
        self.meant = button(theme, "", "link")
        self.meant.clicked.connect(self._on_meant)
        self._meant = host(row(self.meant, None))
        self._meant.hide()
        self._name = label(theme, "", "heading", wrap=True)
        self._chip = Chip(theme, "Recommended", "ok")
        self._evidence = label(theme, "", "small", "muted", wrap=True)
        self.by_hand = button(theme, "Enter the servers by hand", "link")
        self.by_hand.clicked.connect(self._on_by_hand)
        words = column(row((self._name, 1), self._chip), self._evidence, row(self.by_hand, None), gap=2)
        mark = column(2, Glyph(theme, "mail", "accent_soft_text", 18), None, gap=0)
        self.found = box("info", row(mark, (words, 1), gap=k.S3, margins=(k.S4, k.S3, k.S4, k.S3)))
        self.reconnect = button(theme, "Reconnect")
        self.reconnect.clicked.connect(self._on_reconnect)
        self.notice = banner(theme, "warn", "", self.reconnect)
        self.consent = QCheckBox("My &password may go there")
        self.consent.setFont(theme.font("medium"))
        self.consent.toggled.connect(self._on_consent)
        self.radios: dict[Provider, QRadioButton] = {}
        self.add(
            column(self.field, self._meant, gap=k.S1), self.found, self.notice, self.consent, k.S1, self._ways(), None
        )
        self._picked = False  # a way was chosen by hand
        self._searching = ""  # the address that is asked about
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MILLISECONDS)
        self._pause.timeout.connect(self._search)
        session.program.provider_found.connect(self._on_found)
        self._show()

    def _ways(self) -> QLayout:
        rows = column(gap=k.S3, margins=(k.S4, k.S3, k.S4, k.S3))
        group = RadioGroup(self)
        for provider, way in WAYS.items():
            radio = QRadioButton(way.name)
            radio.setFont(self.theme.font("medium"))
            radio.setAccessibleDescription(way.how)
            how = row(24, (label(self.theme, way.how, "small", "muted", wrap=True), 1), gap=0)
            mark = column(2, Glyph(self.theme, way.icon), None, gap=0)
            rows.addLayout(row((column(radio, how, gap=0), 1), mark, gap=k.S3))
            group.addButton(radio)
            radio.clicked.connect(self._on_picked)
            self.radios[provider] = radio
        self.radios[self.session.answers.provider].setChecked(True)
        head = label(self.theme, "Connect by", "small_strong", "muted")
        return column(head, box("card", rows), gap=k.S2)

    def enter(self) -> None:
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self._on_text(self.edit.text())

    def leave(self) -> None:
        self._stop()

    @property
    def _way(self) -> Provider:
        return next(p for p, radio in self.radios.items() if radio.isChecked())

    # -- what is found out

    @Slot(str)
    def _on_text(self, text: str) -> None:
        address = spelled(text)
        complete = is_complete(address)
        self._ask_meant(address if complete else "")
        if not complete and (address.count("@") > 1 or any(c.isspace() for c in address)):
            self.field.set_error(_NEVER)
        if complete and address_key(address) == address_key(self.session.address) and self.session.found is not None:
            self._show()
            return
        self._stop()
        self._picked = False
        self.session.set_found(address if complete else "", None)
        if complete and self.session.inbox_of(address) is None:
            known = self.session.program.known_provider(address)
            if known is not None:
                self._take(known)
                return
            self._pause.start()
        self._show()

    def _ask_meant(self, address: str) -> None:
        """Below the field, whatever is found out: a domain that is nearly a well-known one may exist, too."""
        meant = did_you_mean(address) if address else ""
        self.meant.setText(f"Did you mean {meant}?".replace("&", "&&"))
        self.meant.setAccessibleName(f"Did you mean {meant}?")
        self._meant.setVisible(bool(meant))

    @Slot()
    def _on_meant(self) -> None:
        self.field.clear_error()
        self.edit.setText(did_you_mean(self.edit.text()))
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)  # the button has gone

    @Slot()
    def _on_reconnect(self) -> None:
        if (taken := self.session.inbox_of(self.session.address)) is not None:
            self.reconnect_requested.emit(taken.address)

    @Slot()
    def _search(self) -> None:
        self._pause.stop()
        self._searching = self.session.address
        self.session.program.find_provider(self._searching)
        self._show()

    def _stop(self) -> None:
        self._pause.stop()
        if self._searching:
            self._searching = ""
            self.session.program.cancel_find()

    @Slot(object)
    def _on_found(self, found: Detected) -> None:
        if self._searching and address_key(found.address) == address_key(self._searching):
            self._searching = ""
            self._take(found)

    @Slot()
    def _on_by_hand(self) -> None:
        address = self.session.address
        self._stop()
        self._take(NothingFound(address, Nothing.NO_SERVER))
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)  # the button has gone

    def _take(self, found: Detected) -> None:
        self.session.set_found(self.session.address or found.address, found)
        self.consent.setChecked(False)
        if not self._picked:
            way = found.provider if isinstance(found, Finding) and found.provider in WAYS else Provider.IMAP
            self.radios[way].setChecked(True)
            choose(self.session, way)
        self._show()

    # -- what is shown

    def _show(self) -> None:
        session, address = self.session, self.session.address
        taken = session.inbox_of(address) if address else None
        found = session.found
        waiting = bool(address) and taken is None and found is None
        finding = found if isinstance(found, Finding) else None
        self.found.setVisible(taken is None and (waiting or finding is not None))
        self.by_hand.setVisible(waiting)
        self._chip.setVisible(finding is not None and finding.provider is self._way)
        self.consent.setVisible(self._consent_needed())
        self.notice.hide()
        self.reconnect.setVisible(taken is not None and taken.state is not InboxState.DISABLED)
        if taken is not None:
            self._say_taken(taken)
        elif waiting:
            self._name.setText(f"Looking for the mail servers of {shown_domain(address.rpartition('@')[2])}")
            self._evidence.setText(
                "Its own settings, its DNS records, and known services are asked. It takes a few seconds."
            )
        elif finding is not None:
            self._say_finding(finding)
        elif isinstance(found, Unsupported):
            self._note(f"{found.name} cannot be connected like this", found.reason)
        elif isinstance(found, NothingFound):
            self._note(*not_found(found))
        refusal = self._refusal(waiting)
        if refusal:
            self._chip.hide()
            self._note(self.notice.title.text() if taken is not None else "It cannot be connected like this", refusal)
        agreed = not self._consent_needed() or self.consent.isChecked()
        usable = found is not None and (not isinstance(found, Unsupported) or self._picked)
        address_ok = bool(address) and taken is None and usable and agreed
        session.answer(address_ok=address_ok, refused=bool(refusal))

    def _say_taken(self, taken: InboxCard) -> None:
        again = "Reconnect signs in to it again."
        if taken.state is InboxState.DISABLED:
            again = "It is disabled: enable it under Inboxes."
        self._note(
            f"{taken.address} is connected already",
            f"It is a {taken.kind.value} inbox of yours. {again} To use the address in another way, remove it under "
            "Inboxes first.",
        )

    def _say_finding(self, finding: Finding) -> None:
        by_name = finding.service.name if finding.service else ""
        way = WAYS[self._way].name
        by_imap = self._way is Provider.IMAP or self._way is not finding.provider
        self._name.setText((f"{by_name} by {way}" if by_imap else by_name) if by_name else way)
        servers = self.session.servers
        hosts = ""
        if self._way is Provider.IMAP and finding.incoming:
            hosts = f" {servers.imap.host} and {servers.smtp.host}." if servers.imap.host != servers.smtp.host else ""
            hosts = hosts or f" {servers.imap.host}."
        self._evidence.setText(f"{evidence(finding)}{hosts}{self._password_note(finding)}")
        if self._consent_needed():
            self._note("Servers of somebody else", f"{consent(finding)} Your password would go there.")
        elif finding.service and finding.service.passwords_refused and self._way is Provider.IMAP:
            self._note(
                "A password will be refused",
                f"{finding.service.name} takes no passwords from mail programs, only a sign-in in the browser.",
            )

    def _password_note(self, finding: Finding) -> str:
        service = finding.service
        if service is None or self._way is not Provider.IMAP:
            return ""
        if service.app_password_page and service.app_password_needed:
            return f" {service.name} takes an app password here, not your ordinary one."
        if service.switch_on_page:
            return " IMAP has to be switched on in its settings first."
        return ""

    def _note(self, title: str, text: str) -> None:
        self.notice.set("warn", title, text)
        self.notice.show()

    def _consent_needed(self) -> bool:
        found = self.session.found
        with_password = self._way in (Provider.IMAP, Provider.EXCHANGE)
        return isinstance(found, Finding) and bool(found.outside) and with_password

    def _refusal(self, waiting: bool) -> str:
        """Why the address cannot be this kind of inbox; while its way is looked for, what no way could mend."""
        session = self.session
        if not session.address:
            return ""
        way = Provider.GMAIL if waiting else self._way
        return session.program.kind_refusal(session.address, session.answers.kind, way)

    @Slot(bool)
    def _on_consent(self, on: bool) -> None:
        self._show()

    @Slot()
    def _on_picked(self) -> None:
        self._picked = True
        choose(self.session, self._way)
        self._show()

    @Slot()
    def _on_left(self) -> None:
        text = self.edit.text().strip()
        if text and not is_complete(text):
            if not self.field.error():
                self.field.set_error(NOT_COMPLETE)
        elif self._pause.isActive():
            self._search()
