"""Goes through the check of a tracking host on a thread of its own, and tells each step once it is done. Used by the façade."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.domain.errors import Cancelled, HitchpostError
from app.runtime.worker import Worker

if TYPE_CHECKING:
    from app.domain.tracking_host import HostStep
    from app.services.workspace import Workspace


class HostCheckWorker(Worker):
    """`on_step` and `then` are called on the main thread; neither after `leave`."""

    stepped = Signal(object)  # HostStep
    ended = Signal(str)  # why it was not carried out; empty where it was

    def __init__(
        self,
        workspace: Workspace,
        url: str,
        on_step: Callable[[HostStep], None],
        then: Callable[[object, str], None],
        parent: QObject,
        token: str | None = None,
    ) -> None:
        super().__init__("host-check", workspace.store, parent)
        self._workspace, self._url, self._token = workspace, url, token
        self._on_step: Callable[[HostStep], None] | None = on_step
        self._then: Callable[[object, str], None] | None = then
        self.stepped.connect(self._on_stepped)
        self.ended.connect(self._on_ended)

    def leave(self) -> None:
        """Ends it; nobody is told any more."""
        self._on_step = self._then = None
        self.request_stop()

    def work(self) -> None:
        from app.services.check_tracking_host import check_tracking_host  # with the web libraries

        try:
            for step in check_tracking_host(self._workspace, self._url, self.cancel, token=self._token):
                self.stepped.emit(step)
        except Cancelled:
            return
        except HitchpostError as error:
            self.ended.emit(str(error))
        else:
            self.ended.emit("")

    @Slot(object)
    def _on_stepped(self, step: HostStep) -> None:
        if self._on_step is not None:
            self._on_step(step)

    @Slot(str)
    def _on_ended(self, why: str) -> None:
        if self._then is not None:
            self._then(None, why)
