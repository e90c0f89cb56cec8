"""What goes on around the program: sleep, other networks, metered ones, a battery that runs low. Used by `background`.

QtNetwork's QNetworkInformation tells of the network; without a plugin for this desktop nothing is known, and the connections
find out by themselves, somewhat later.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtNetwork import QNetworkInformation

from app.backends.sleep_clock import SleepClock

LOOK_MILLISECONDS = 2000
LOW_BATTERY = 20  # per cent, from where on a battery in use is spared
_POWER = Path("/sys/class/power_supply")
_PROFILE = Path("/sys/firmware/acpi/platform_profile")


class Surroundings(QObject):
    """Main thread. `stirred`: the computer woke up, or has another way to the network: what is connected may be dead, and
    what could not be reached may be reachable."""

    stirred = Signal()
    looked = Signal()  # every few seconds, and when the network's price changes: `metered` and `sparing` may be others

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = SleepClock()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._look)
        self._network: QNetworkInformation | None = None
        self._online = True

    def start(self) -> None:
        if QNetworkInformation.loadDefaultBackend():
            self._network = QNetworkInformation.instance()
        if self._network is not None:
            self._online = self._is_online()
            self._network.isMeteredChanged.connect(self._on_metered_changed)
            self._network.reachabilityChanged.connect(self._on_network_changed)
            self._network.transportMediumChanged.connect(self._on_network_changed)
        self._clock.has_slept()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        if self._network is not None:
            self._network.isMeteredChanged.disconnect(self._on_metered_changed)
            self._network.reachabilityChanged.disconnect(self._on_network_changed)
            self._network.transportMediumChanged.disconnect(self._on_network_changed)
            self._network = None

    @property
    def metered(self) -> bool:
        """Whether each byte may cost something here."""
        return self._network is not None and self._network.isMetered()

    @property
    def sparing(self) -> bool:
        """Whether the person or the system asks to spare the battery."""
        return spares_battery(_POWER, _PROFILE)

    @Slot()
    def _look(self) -> None:
        if self._clock.has_slept():
            self.stirred.emit()
        self.looked.emit()

    @Slot()
    def _on_metered_changed(self) -> None:
        self.looked.emit()

    @Slot()
    def _on_network_changed(self) -> None:
        """Going offline is no reason to look; coming back is, and so is going another way."""
        self._online = self._is_online()
        if self._online:
            self.stirred.emit()

    def _is_online(self) -> bool:
        assert self._network is not None
        return self._network.reachability() is not QNetworkInformation.Reachability.Disconnected


def spares_battery(power: Path, profile: Path) -> bool:
    """As Linux tells: the low-power profile is chosen, or a battery in use is low. False where nothing is known."""
    if _read(profile) == "low-power":
        return True
    for supply in sorted(power.glob("*")):
        if _read(supply / "type") == "Battery" and _read(supply / "scope") != "Device":
            charge = _read(supply / "capacity")
            if _read(supply / "status") == "Discharging" and charge.isdigit() and int(charge) <= LOW_BATTERY:
                return True
    return False


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
