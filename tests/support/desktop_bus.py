"""A private D-Bus session with notifications and a tray host, both in this process (apt: dbus; PyPI: jeepney)."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, MessageType, new_error, new_method_call, new_method_return, new_signal
from jeepney import HeaderFields as Field
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
from jeepney.low_level import Message

_CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>{services}
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy>
</busconfig>"""

_NOTIFICATIONS = DBusAddress("/org/freedesktop/Notifications", interface="org.freedesktop.Notifications")
_WATCHER = DBusAddress("/StatusNotifierWatcher", interface="org.kde.StatusNotifierWatcher")


@dataclass(frozen=True)
class Notification:
    """One call of Notify, as it came."""

    id: int
    app: str
    icon: str
    summary: str
    body: str
    actions: tuple[str, ...]
    hints: dict[str, Any]
    timeout: int


class DesktopBus:
    """`env()` is what a program needs to find the bus. `notifications`: every Notify call, oldest first.

    `notification_service`, `tray`: whether these services exist on it. `activatable_services`: whether the bus may
    start services of the machine by itself."""

    def __init__(
        self, *, notification_service: bool = True, tray: bool = True, activatable_services: bool = False
    ) -> None:
        self._names = []
        if notification_service:
            self._names.append("org.freedesktop.Notifications")
        if tray:
            self._names.append("org.kde.StatusNotifierWatcher")
        self._services = "<standard_session_servicedirs/>" if activatable_services else ""
        self.notifications: list[Notification] = []
        self.closed: list[int] = []
        self._items: list[tuple[str, str]] = []
        self._last_id = 0
        self._changed = threading.Condition()
        self._stopping = False

    def __enter__(self) -> DesktopBus:
        with tempfile.NamedTemporaryFile("w", suffix=".conf", delete=False) as file:
            file.write(_CONFIGURATION.format(services=self._services))
        self._file = Path(file.name)
        self._start()
        return self

    def _start(self, *options: str) -> None:
        self._stopping = False
        self._daemon = subprocess.Popen(
            ["dbus-daemon", f"--config-file={self._file}", "--nofork", "--nopidfile", "--print-address=1", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._daemon.stdout is not None
        self.address = self._daemon.stdout.readline().strip()
        self._connection = open_dbus_connection(self.address)
        for name in self._names:
            assert self._connection.send_and_get_reply(message_bus.RequestName(name)).body[0] == 1
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """The whole session bus ends, and with it what is on it."""
        self._stopping = True
        self._daemon.terminate()
        self._daemon.wait(5)
        assert self._daemon.stdout is not None
        self._daemon.stdout.close()
        self._thread.join(3)
        self._connection.close()

    def start_again(self) -> None:
        """At the same address, as systemd restarts it for an update."""
        self._start(f"--address={self.address.partition(',')[0]}")

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._file.unlink()

    def env(self) -> dict[str, str]:
        return {"DBUS_SESSION_BUS_ADDRESS": self.address}

    def _serve(self) -> None:
        while not self._stopping:
            try:
                message = self._connection.receive(timeout=0.2)
            except TimeoutError:
                continue
            except (ConnectionError, OSError):
                return
            if message.header.message_type != MessageType.method_call:
                continue
            handler = getattr(self, "_on_" + message.header.fields[Field.member], None)
            try:
                reply = (
                    handler(message, *message.body)
                    if handler
                    else new_error(message, "org.freedesktop.DBus.Error.UnknownMethod")
                )
            except Exception as error:
                reply = new_error(message, "org.example.Error", "s", (repr(error),))
            try:
                self._connection.send(reply)
            except (ConnectionError, OSError):
                return

    def set_notification_service(self, there: bool) -> None:
        """It comes or goes while programs run, as where a panel is started late."""
        name = "org.freedesktop.Notifications"
        self._connection.send(message_bus.RequestName(name) if there else message_bus.ReleaseName(name))

    # -- org.freedesktop.Notifications
    def _on_GetCapabilities(self, message: Message) -> Message:
        return new_method_return(message, "as", (["actions", "body", "body-markup", "icon-static", "persistence"],))

    def _on_GetServerInformation(self, message: Message) -> Message:
        return new_method_return(message, "ssss", ("test", "example", "1", "1.2"))

    def _on_Notify(
        self,
        message: Message,
        app: str,
        replaces: int,
        icon: str,
        summary: str,
        body: str,
        actions: list[str],
        hints: dict[str, tuple[str, Any]],
        timeout: int,
    ) -> Message:
        with self._changed:
            self._last_id += 0 if replaces else 1
            number = replaces or self._last_id
            plain = {name: value for name, (_, value) in hints.items()}
            self.notifications.append(Notification(number, app, icon, summary, body, tuple(actions), plain, timeout))
            self._changed.notify_all()
        return new_method_return(message, "u", (number,))

    def _on_CloseNotification(self, message: Message, number: int) -> Message:
        self.closed.append(number)
        return new_method_return(message)

    def wait_notification(self, count: int = 1, timeout: float = 5) -> Notification:
        """The `count`-th notification, waited for."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.notifications) >= count, timeout)
            assert came, f"{len(self.notifications)} of {count} notifications: {self.notifications}"
            return self.notifications[count - 1]

    def click(self, number: int, action: str = "default") -> None:
        """What the desktop tells the program when the person clicks the notification."""
        self._connection.send(new_signal(_NOTIFICATIONS, "ActionInvoked", "us", (number, action)))
        self._connection.send(new_signal(_NOTIFICATIONS, "NotificationClosed", "uu", (number, 2)))

    # -- org.kde.StatusNotifierWatcher
    def _on_RegisterStatusNotifierItem(self, message: Message, service: str) -> Message:
        sender = message.header.fields[Field.sender]
        by_path = service.startswith("/")
        with self._changed:
            self._items.append((sender, service) if by_path else (service, "/StatusNotifierItem"))
            self._changed.notify_all()
        self._connection.send(new_signal(_WATCHER, "StatusNotifierItemRegistered", "s", (service,)))
        return new_method_return(message)

    def _on_RegisterStatusNotifierHost(self, message: Message, service: str) -> Message:
        return new_method_return(message)

    def _properties(self) -> dict[str, tuple[str, Any]]:
        return {
            "IsStatusNotifierHostRegistered": ("b", True),
            "ProtocolVersion": ("i", 0),
            "RegisteredStatusNotifierItems": ("as", [service for service, _ in self._items]),
        }

    def _on_Get(self, message: Message, interface: str, name: str) -> Message:
        return new_method_return(message, "v", (self._properties()[name],))

    def _on_GetAll(self, message: Message, interface: str) -> Message:
        return new_method_return(message, "a{sv}", (self._properties(),))

    def _on_Introspect(self, message: Message) -> Message:
        return new_method_return(message, "s", ("<node/>",))

    def _on_Ping(self, message: Message) -> Message:
        return new_method_return(message)

    def wait_item(self, timeout: float = 5) -> TrayItem:
        with self._changed:
            assert self._changed.wait_for(lambda: self._items, timeout), "no tray icon"
            return TrayItem(self.address, *self._items[-1])


class TrayItem:
    """What a panel does with a tray icon: reads its properties, clicks it, walks its menu. Close it after use."""

    def __init__(self, address: str, service: str, path: str) -> None:
        self._connection = open_dbus_connection(address)
        self._service, self._path = service, path

    def _call(self, path: str, interface: str, member: str, signature: str, body: tuple[Any, ...]) -> Any:
        call = new_method_call(DBusAddress(path, self._service, interface), member, signature, body)
        reply = self._connection.send_and_get_reply(call, timeout=5)
        if reply.header.message_type == MessageType.error:
            raise RuntimeError(reply.header.fields.get(Field.error_name), reply.body)
        return reply.body

    def properties(self) -> dict[str, Any]:
        body = self._call(self._path, "org.freedesktop.DBus.Properties", "GetAll", "s", ("org.kde.StatusNotifierItem",))
        return {name: value for name, (_, value) in body[0].items()}

    def activate(self) -> None:
        self._call(self._path, "org.kde.StatusNotifierItem", "Activate", "ii", (0, 0))

    def menu(self) -> list[tuple[int, str]]:
        """(id, label) of each entry; separators are "-"."""
        layout = self._call(self.properties()["Menu"], "com.canonical.dbusmenu", "GetLayout", "iias", (0, -1, []))[1]
        return [(entry[1][0], entry[1][1].get("label", ("s", "-"))[1]) for entry in layout[2]]

    def click_menu(self, label: str) -> None:
        number = next(n for n, text in self.menu() if text.replace("_", "") == label)
        body = (number, "clicked", ("s", ""), 0)
        self._call(self.properties()["Menu"], "com.canonical.dbusmenu", "Event", "isvu", body)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> TrayItem:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def without_desktop(environ: dict[str, str] | None = None) -> dict[str, str]:
    """An environment without a display, a bus and a keyring of the machine, for child processes."""
    gone = ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "GNOME_KEYRING_CONTROL", "SSH_AUTH_SOCK")
    return {k: v for k, v in (environ or dict(os.environ)).items() if k not in gone}
