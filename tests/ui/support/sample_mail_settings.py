"""The stand-in for `app.runtime.mail_settings`: additional BCC addresses, blocked addresses, the tracking host's check."""

from __future__ import annotations

from pathlib import Path

from app.domain.additional_bcc import ExtraBcc
from app.domain.blocked_networks import BlockedTrial, read_blocked
from app.domain.earlier_hosts import EarlierHost
from app.domain.errors import HitchpostError
from app.domain.events import Verdict
from app.domain.known_networks import built_in, read_list
from app.domain.preflight import Message, Person, preflight
from app.domain.seen_address import SeenAddress
from app.domain.tracking_host import HostCheck, HostStep, StepState
from app.domain.workspaces import Glance, KnownWorkspace
from app.services.network_lists import ListInUse, text_of


class SampleMailSettings:
    """A base of `SampleProgram`."""

    def _fill_mail_settings(self, full: bool) -> None:
        self.extra_list = (
            [ExtraBcc("emailtosalesforce@crm.example.com", "Salesforce"), ExtraBcc("archive@example.org")]
            if full
            else []
        )
        self.blocked_list = (
            [
                read_blocked("198.51.100.24", "Office"),
                read_blocked("203.0.113.0/28"),
                read_blocked("2001:db8:4a10::/48"),
            ]
            if full
            else []
        )
        self.own_address = SeenAddress("203.0.113.77")
        self.list_in_use = ListInUse("", "2026-11-22", 14, 213, "2026-10")
        self.trial = BlockedTrial(
            {(Verdict.PERSON, Verdict.BLOCKED): 12, (Verdict.INFERRED, Verdict.BLOCKED): 3}, looked_at=4200
        )
        self.workspace_list = [
            KnownWorkspace("default", Path("/home/jonas/.local/share/hitchpost/workspaces/default/workspace.sqlite3"), True,
                           Glance("4410872e0c1b7a55", "default", ("jonas@northlight.example.com",), 2, 1)),
            KnownWorkspace("Northlight Sales", Path("/data/team/a folder with a name that goes on and on/workspace.sqlite3"),
                           False, Glance("77ab10fe20cc3344", "team", ("sales@northlight.example.org",), 0, 0)),
            KnownWorkspace("archive", Path("/media/disk/archive.sqlite3"), False, None,
                           "/media/disk/archive.sqlite3 is not there, or its disk is not connected."),
            KnownWorkspace("new", Path("/home/jonas/new/workspace.sqlite3"), False),
        ][: None if full else 1]  # fmt: skip
        self.host_url = "https://track.example.com"
        self.host_steps = [HostStep(check, StepState.PASSED, "It is as it should be.") for check in HostCheck]
        self.host_ends = True
        self.earlier_list: list[EarlierHost] = []
        self.save_fault: HitchpostError | None = None
        self.known_people: dict[str, Person] = {}  # what `preflight` knows, by address key

    def workspaces(self):
        return tuple(self.workspace_list)

    def change_workspace(self, name) -> None:
        self._wish("change_workspace", name)
        if self.save_fault is not None:
            raise self.save_fault

    def tracking_host(self) -> str:
        return self.host_url

    def use_tracking_host(self, url, token) -> None:
        self._wish("use_tracking_host", url, token)
        if self.save_fault is not None:
            raise self.save_fault

    def earlier_hosts(self):
        return tuple(self.earlier_list)

    def forget_earlier_host(self, host) -> None:
        self._wish("forget_earlier_host", host)
        if self.save_fault is not None:
            raise self.save_fault
        self.earlier_list = [one for one in self.earlier_list if one.id != host]

    def check_tracking_host(self, url, on_step, then, token=None) -> None:
        self._wish("check_tracking_host", url, *([token] if token is not None else []))
        for step in self.host_steps:
            on_step(step)
        if self.host_ends:
            then(None, "")

    def cancel_host_check(self) -> None:
        self._wish("cancel_host_check")

    def network_list(self):
        return self.list_in_use

    def read_network_list(self, path) -> str:
        return text_of(path)

    def try_networks(self, text, then) -> None:
        self._wish("try_networks", text)
        then(self.trial, "")

    def use_networks(self, text, name="") -> bool:
        self._wish("use_networks", text, name)
        if self.save_fault is not None:
            raise self.save_fault
        known = read_list(text) if text else built_in()
        self.list_in_use = ListInUse(name, known.date, known.owners, known.networks, "2026-10")
        return True

    def additional_bcc(self):
        return tuple(self.extra_list)

    def why_not_extra(self, entry) -> str:
        if entry.key == "jonas+log-k3v9x2m7ab@example.com":
            return f"{entry.address} is this workspace’s own logging address: what you send is logged here without it."
        return ""

    def save_additional_bcc(self, entries) -> None:
        self._wish("save_additional_bcc", tuple(e.address for e in entries))
        if self.save_fault is not None:
            raise self.save_fault
        self.extra_list = list(entries)

    def preflight(self, inbox_id, recipients, *, track, log, links, why_not):
        people = [self.known_people.get(p.key, Person(p)) for p in recipients]
        return preflight(Message(track, log, links, why_not if track else ""), people)

    def blocked_networks(self):
        return tuple(self.blocked_list)

    def try_blocked(self, entries, then) -> None:
        self._wish("try_blocked", tuple(e.text for e in entries))
        then(self.trial, "")

    def cancel_trial(self) -> None:
        pass

    def save_blocked(self, entries) -> bool:
        self._wish("save_blocked", tuple(e.text for e in entries))
        if self.save_fault is not None:
            raise self.save_fault
        self.blocked_list = list(entries)
        return True

    def this_computers_address(self, then) -> None:
        then(self.own_address, "")

    def cancel_address(self) -> None:
        pass
