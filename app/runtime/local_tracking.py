"""The tracking server inside the program: for the demo, for mail servers on this computer, and behind a public address
that leads here. Where another process serves this workspace already, that one is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.changes import Area
from app.domain.errors import TrackingError

if TYPE_CHECKING:
    from app.services.workspace import Workspace


class LocalTracking:
    """The port is kept, so that links in mail that went out before still lead here after a restart."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._server: object | None = None
        self.trouble = ""

    def start(self) -> None:
        """Never raises: without it the program works, and says that tracking is unavailable."""
        from app.tracking.serve import TrackingServer, find_running  # uvicorn and Starlette: not before it is needed

        store = self._workspace.store
        if store.settings.get("tracking.token") and not any(host.own for host in store.earlier_hosts.all()):
            return  # a server elsewhere, and no mail that was sent leads here
        try:
            if find_running(self._workspace.tracking.path) is not None:
                return
            port = int(store.settings.get("_tracking.port"))
            server = TrackingServer("127.0.0.1", port, self._workspace.tracking.path, inside=True)
            server.start()
        except TrackingError as error:
            self.trouble = str(error)
            return
        self._server = server
        used = int(server.url.rsplit(":", 1)[1])
        if used != port:
            with store.transaction(Area.SETTINGS, source="tracking"):
                store.settings.put("_tracking.port", used)

    def stop(self) -> None:
        from app.tracking.serve import TrackingServer

        server, self._server = self._server, None
        if isinstance(server, TrackingServer):
            server.stop()
