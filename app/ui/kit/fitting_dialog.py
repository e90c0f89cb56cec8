"""A dialog that is as high as what it shows, also when that changes. Used by questions, and by dialogs with parts that come and
go."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QShowEvent

from app.ui.kit.dialog import Dialog
from app.ui.kit.room import keep_within_screen


class FittingDialog(Dialog):
    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:
            self._fit()
        return done

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as its parts, and what is told beside them, need at this width."""
        lay = self.layout()
        if lay is not None and self.isVisible():
            self.resize(self.width(), max(lay.totalHeightForWidth(self.width()), lay.totalMinimumSize().height()))
            keep_within_screen(self)
