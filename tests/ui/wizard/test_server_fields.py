"""Host, port and security in a row: what is wrong has room below it, and an edited host moves nothing."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication

from app.ui.kit.layout import column, host
from app.ui.wizard.flow import Page
from app.ui.wizard.server_fields import ServerFields
from tests.ui.wizard.stand_in import WizardProgram


def test_what_is_wrong_with_a_port_stands_on_one_line(qtbot, theme):
    fields = ServerFields(theme, "imap")
    shown = host(column(fields, None))
    qtbot.addWidget(shown)
    shown.resize(480, 200)
    shown.show()
    fields.port.setText("995")
    fields.show_port_error()
    QApplication.processEvents()
    told = fields.port_field.error()
    assert told == "That is POP3. IMAP uses 993 or 143."
    (line,) = [text for text in shown.findChildren(type(fields.port_field.title)) if text.text() == told]
    assert line.isVisible()
    assert line.width() >= line.fontMetrics().horizontalAdvance(told)
    assert line.mapTo(shown, QPoint()).y() > fields.host.mapTo(shown, fields.host.rect().bottomLeft()).y()
    fields.port.clear()
    qtbot.keyClicks(fields.port, "993")
    assert fields.port_field.error() == ""
    assert not line.isVisible()


def test_the_fold_stays_where_it_is_while_a_host_is_typed(qtbot, opened):
    wizard = opened(WizardProgram())
    wizard.go_on()
    wizard.pages[Page.ADDRESS].edit.setText("jonas@example.org")
    wizard.go_on()
    wizard.pages[Page.EXPECT].accept.click()
    wizard.go_on()
    page = wizard.pages[Page.SIGN_IN]
    page.fold.click()
    QApplication.processEvents()
    before = page.fold.mapTo(wizard, QPoint())
    qtbot.keyClicks(page.imap.host, "x")
    QApplication.processEvents()
    assert not page.evidence.isVisible()
    assert page.fold.mapTo(wizard, QPoint()) == before
