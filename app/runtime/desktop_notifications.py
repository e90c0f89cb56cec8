"""Notifications by org.freedesktop.Notifications, straight over D-Bus: they work without a tray, and a click says which
one it was. Linux and BSD only; elsewhere the tray shows them. (Desktop Notifications Specification 1.2)"""

from __future__ import annotations

import html
import logging
import queue
import threading
import traceback

from jeepney import DBusAddress, HeaderFields, MatchRule, Message, MessageType, message_bus, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from PySide6.QtCore import QObject, QThread, Signal

from app.domain.notices import Note

log = logging.getLogger(__name__)

_SERVICE = DBusAddress(
    "/org/freedesktop/Notifications", "org.freedesktop.Notifications", "org.freedesktop.Notifications"
)
_CALL_SECONDS = 3.0
_LOOK_SECONDS = 0.2
_FAULTS = (OSError, ConnectionError, TimeoutError, KeyError, ValueError)


class DesktopNotifications(QThread):
    """A connection to the session bus with a thread of its own. `available` is known after `start_and_probe`."""

    clicked = Signal(str)  # Note.key

    def __init__(self, app_name: str, desktop_entry: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notifications")
        self._app_name = app_name
        self._desktop_entry = desktop_entry
        self._notes: queue.SimpleQueue[Note] = queue.SimpleQueue()
        self._cancel = threading.Event()
        self._probed = threading.Event()
        self._markup = False
        self.available = False

    def start_and_probe(self, seconds: float = 2.0) -> bool:
        """Whether a notification service answers on the session bus."""
        self.start()
        self._probed.wait(seconds)
        return self.available

    def show(self, note: Note) -> None:
        self._notes.put(note)

    def stop(self) -> bool:
        self._cancel.set()
        return self.wait(5000)

    def run(self) -> None:
        try:
            with open_dbus_connection(bus="SESSION") as connection:
                self._serve(connection)
        except _FAULTS as error:
            log.info("no notification service: %s", error)
        except Exception:  # noqa: BLE001 - a worker's guard: notifications are a courtesy, the feed is the truth
            log.error("the notification thread failed: %s", traceback.format_exc())
        finally:
            self.available = False
            self._probed.set()

    def _serve(self, connection: DBusConnection) -> None:
        answer = connection.send_and_get_reply(new_method_call(_SERVICE, "GetCapabilities"), timeout=_CALL_SECONDS)
        if answer.header.message_type == MessageType.error:
            return
        self._markup = "body-markup" in answer.body[0]
        for signal in ("ActionInvoked", "NotificationClosed"):
            rule = MatchRule(type="signal", interface=_SERVICE.interface, member=signal, path=_SERVICE.object_path)
            connection.send_and_get_reply(message_bus.AddMatch(rule), timeout=_CALL_SECONDS)
        self.available = True
        self._probed.set()
        shown: dict[int, str] = {}
        topics: dict[str, int] = {}
        waiting: dict[int, Note] = {}
        while not self._cancel.is_set():
            while not self._notes.empty():
                note = self._notes.get()
                message = self._notify(note, topics.get(note.topic, 0) if note.topic else 0)
                serial = next(connection.outgoing_serial)
                waiting[serial] = note
                connection.send(message, serial=serial)
            try:
                received = connection.receive(timeout=_LOOK_SECONDS)
            except TimeoutError:
                continue
            self._take(received, waiting, shown, topics)

    def _notify(self, note: Note, replaces: int) -> Message:
        body = html.escape(note.body, quote=False) if self._markup else note.body
        hints = {"urgency": ("y", 2 if note.urgent else 1), "desktop-entry": ("s", self._desktop_entry)}
        actions = ["default", "Open"]
        return new_method_call(
            _SERVICE,
            "Notify",
            "susssasa{sv}i",
            (self._app_name, replaces, "hitchpost", note.title, body, actions, hints, -1),
        )

    def _take(self, received: Message, waiting: dict[int, Note], shown: dict[int, str], topics: dict[str, int]) -> None:
        fields = received.header.fields
        if received.header.message_type == MessageType.method_return:
            note = waiting.pop(fields.get(HeaderFields.reply_serial, 0), None)
            if note is not None:
                shown[received.body[0]] = note.key
                if note.topic:
                    topics[note.topic] = received.body[0]
        elif received.header.message_type == MessageType.error:
            waiting.pop(fields.get(HeaderFields.reply_serial, 0), None)
        elif received.header.message_type == MessageType.signal:
            member = fields.get(HeaderFields.member)
            if member == "ActionInvoked" and received.body[0] in shown:
                self.clicked.emit(shown[received.body[0]])
            elif member == "NotificationClosed":
                shown.pop(received.body[0], None)
