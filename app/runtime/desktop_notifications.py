"""Notifications by org.freedesktop.Notifications, straight over D-Bus: they work without a tray, and a click says which
one it was. Linux and BSD only; elsewhere the tray shows them. (Desktop Notifications Specification 1.2)"""

from __future__ import annotations

import html
import logging
import os
import queue
import socket
import threading
import time
import traceback
from dataclasses import dataclass, field
from selectors import EVENT_READ, DefaultSelector
from typing import TYPE_CHECKING, Any

from jeepney import DBusAddress, HeaderFields, MatchRule, Message, MessageType, message_bus, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from PySide6.QtCore import QObject, QThread, Signal

if TYPE_CHECKING:
    from app.domain.notices import Note

log = logging.getLogger(__name__)

_SERVICE = DBusAddress(
    "/org/freedesktop/Notifications", "org.freedesktop.Notifications", "org.freedesktop.Notifications"
)
_CALL_SECONDS = 3.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0  # seconds before the bus is looked for again
_REMEMBERED = 200  # notifications that a click is waited for
_FAULTS = (OSError, ConnectionError, TimeoutError, KeyError, ValueError)


@dataclass
class _Shown:
    """What was asked of the service and what it answered. `waiting`: by the number of the call."""

    waiting: dict[int, Note] = field(default_factory=dict)
    notes: dict[int, Note] = field(default_factory=dict)  # by the service's own number
    topics: dict[str, int] = field(default_factory=dict)
    tokens: dict[int, str] = field(default_factory=dict)
    held: list[Note] = field(default_factory=list)  # until it is known which number the one before them has
    probe: int = 0  # number of the call that asks whether the service is there

    def keep(self, number: int, note: Note) -> None:
        self.notes.pop(number, None)
        self.notes[number] = note
        if note.topic:
            self.topics[note.topic] = number
        while len(self.notes) > _REMEMBERED:
            self.drop(next(iter(self.notes)))

    def drop(self, number: int) -> None:
        note = self.notes.pop(number, None)
        self.tokens.pop(number, None)
        if note is not None and self.topics.get(note.topic) == number:
            del self.topics[note.topic]

    def forget(self) -> None:
        """Another service does not know the numbers of the one before."""
        self.notes.clear()
        self.topics.clear()
        self.tokens.clear()


class DesktopNotifications(QThread):
    """A connection to the session bus with a thread of its own, which sleeps until there is something to do. A service that
    comes later, goes, or is exchanged is noticed: `available` is known after `start_and_probe`, and `availability` tells
    whenever it changes, at first in any case. A bus that ends (an update of Debian restarts it) is looked for again, after a
    second, then with longer pauses up to half a minute; where the session has none there is nothing to look for."""

    clicked = Signal(str, str)  # Note.key, the token by which a Wayland desktop lets the window come to the front
    refused = Signal(object)  # Note that the service did not show
    availability = Signal(bool)

    def __init__(self, app_name: str, desktop_entry: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notifications")
        self._app_name = app_name
        self._desktop_entry = desktop_entry
        self._notes: queue.SimpleQueue[Note] = queue.SimpleQueue()
        self._cancel = threading.Event()
        self._probed = threading.Event()
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_in.setblocking(False)
        self._markup = False
        self.available = False

    def start_and_probe(self, seconds: float = 2.0) -> bool:
        """Whether a notification service answers on the session bus."""
        self.start()
        self._probed.wait(seconds)
        return self.available

    @property
    def probed(self) -> bool:
        return self._probed.is_set()

    def show(self, note: Note) -> None:
        self._notes.put(note)
        self._wake()

    def stop(self) -> bool:
        self._cancel.set()
        self._wake()
        ended = self.wait(5000)
        if ended:
            self._wake_in.close()
            self._wake_out.close()
        return ended

    def _wake(self) -> None:
        try:
            self._wake_in.send(b".")
        except OSError:
            return  # it is full of such calls already, or ended

    def run(self) -> None:
        try:
            pause = _FIRST_PAUSE
            while not self._cancel.is_set():
                if self._connect_and_serve():
                    pause = _FIRST_PAUSE
                self._set_available(False)
                if "DBUS_SESSION_BUS_ADDRESS" not in os.environ:
                    return
                self._wait(pause)
                pause = min(_LONGEST_PAUSE, 2 * pause)
        except Exception:  # noqa: BLE001 - a worker's guard: notifications are a courtesy, the feed is the truth
            log.error("the notification thread failed: %s", traceback.format_exc())
        finally:
            self._set_available(False)
            self._refuse_all()

    def _connect_and_serve(self) -> bool:
        """Until it is to end, or the bus does. Whether it was there."""
        shown: _Shown | None = None
        try:
            with open_dbus_connection(bus="SESSION") as connection:
                shown = _Shown()
                self._serve(connection, shown)
        except _FAULTS as error:
            log.info("no notification service: %s", error)
            for note in () if shown is None else (*shown.waiting.values(), *shown.held):
                self.refused.emit(note)
        return shown is not None

    def _wait(self, seconds: float) -> None:
        """What is to be shown meanwhile is refused at once, so that it gets to the tray, or is said to be seen nowhere."""
        end = time.monotonic() + seconds
        with DefaultSelector() as selector:
            selector.register(self._wake_out, EVENT_READ)
            while not self._cancel.is_set() and (left := end - time.monotonic()) > 0:
                self._refuse_all()
                if selector.select(left):
                    self._wake_out.recv(4096)

    def _refuse_all(self) -> None:
        while not self._notes.empty():
            self.refused.emit(self._notes.get())

    def _set_available(self, available: bool) -> None:
        told = self._probed.is_set() and self.available == available
        self.available = available
        self._probed.set()
        if not told and not self._cancel.is_set():
            self.availability.emit(available)

    def _serve(self, connection: DBusConnection, shown: _Shown) -> None:
        for signal in ("ActionInvoked", "NotificationClosed", "ActivationToken"):
            rule = MatchRule(type="signal", interface=_SERVICE.interface, member=signal, path=_SERVICE.object_path)
            connection.send_and_get_reply(message_bus.AddMatch(rule), timeout=_CALL_SECONDS)
        owner = MatchRule(type="signal", interface="org.freedesktop.DBus", member="NameOwnerChanged")
        owner.add_arg_condition(0, _SERVICE.bus_name)
        connection.send_and_get_reply(message_bus.AddMatch(owner), timeout=_CALL_SECONDS)
        self._probe(connection, shown)
        with DefaultSelector() as selector:
            selector.register(connection.sock, EVENT_READ)
            selector.register(self._wake_out, EVENT_READ)
            while not self._cancel.is_set():
                self._send(connection, shown)
                ready = {key.fileobj for key, _ in selector.select()}
                if self._wake_out in ready:
                    self._wake_out.recv(4096)
                if connection.sock in ready:
                    self._receive(connection, shown)

    def _receive(self, connection: DBusConnection, shown: _Shown) -> None:
        while True:
            try:
                received = connection.receive(timeout=0)
            except TimeoutError:
                return
            self._take(connection, received, shown)

    def _probe(self, connection: DBusConnection, shown: _Shown) -> None:
        shown.probe = next(connection.outgoing_serial)
        connection.send(new_method_call(_SERVICE, "GetCapabilities"), serial=shown.probe)

    def _send(self, connection: DBusConnection, shown: _Shown) -> None:
        """Some stay held back: two of one topic must not be under way at once, for the second is to take the first one's
        place. Of several that wait the last one counts."""
        while not self._notes.empty():
            shown.held.append(self._notes.get())
        busy = {note.topic for note in shown.waiting.values() if note.topic}
        later: dict[str, Note] = {}
        try:
            while shown.held:
                note = shown.held.pop(0)
                if note.topic in busy:
                    later[note.topic] = note
                    continue
                if note.takes_away:
                    self._close(connection, shown, note.topic)
                    continue
                serial = next(connection.outgoing_serial)
                shown.waiting[serial] = note
                connection.send(self._notify(note, shown.topics.get(note.topic, 0)), serial=serial)
                if note.topic:
                    busy.add(note.topic)
        finally:
            shown.held.extend(later.values())

    def _close(self, connection: DBusConnection, shown: _Shown, topic: str) -> None:
        number = shown.topics.get(topic)
        if number is not None:
            connection.send(new_method_call(_SERVICE, "CloseNotification", "u", (number,)))
            shown.drop(number)

    def _notify(self, note: Note, replaces: int) -> Message:
        body = html.escape(note.body, quote=False) if self._markup else note.body
        hints = {
            "urgency": ("y", 2 if note.urgent else 1),
            "category": ("s", note.category),
            "desktop-entry": ("s", self._desktop_entry),
        }
        return new_method_call(
            _SERVICE,
            "Notify",
            "susssasa{sv}i",
            (self._app_name, replaces, "hitchpost", note.title, body, ["default", "Open"], hints, -1),
        )

    def _take(self, connection: DBusConnection, received: Message, shown: _Shown) -> None:
        fields = received.header.fields
        kind, serial = received.header.message_type, fields.get(HeaderFields.reply_serial, 0)
        if kind is MessageType.signal:
            self._take_signal(connection, str(fields.get(HeaderFields.member)), received.body, shown)
        elif kind not in (MessageType.method_return, MessageType.error):
            return
        elif serial == shown.probe:
            there = kind is MessageType.method_return
            self._markup = there and "body-markup" in received.body[0]
            self._set_available(there)
        elif (note := shown.waiting.pop(serial, None)) is not None:
            if kind is MessageType.method_return:
                shown.keep(received.body[0], note)
            else:
                self.refused.emit(note)

    def _take_signal(self, connection: DBusConnection, member: str, body: tuple[Any, ...], shown: _Shown) -> None:
        if member == "NameOwnerChanged":
            shown.forget()
            self._probe(connection, shown)  # where the desktop starts it when it is called, it is there again
        elif member == "ActivationToken" and body[0] in shown.notes:
            shown.tokens[body[0]] = body[1]
        elif member == "ActionInvoked" and body[0] in shown.notes:
            self.clicked.emit(shown.notes[body[0]].key, shown.tokens.pop(body[0], ""))
        elif member == "NotificationClosed":
            shown.drop(body[0])
