"""The part of the façade for the dialogs of the mail settings: workspaces, additional BCC addresses, blocked addresses; and for
what is known of a message before it goes out. A base of `Connecting`; what those dialogs and Compose talk to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import SignalInstance

if TYPE_CHECKING:
    from pathlib import Path

    from app.domain.additional_bcc import ExtraBcc
    from app.domain.addresses import Address
    from app.domain.blocked_networks import BlockedNetwork, BlockedTrial
    from app.domain.earlier_hosts import EarlierHost
    from app.domain.inboxes import InboxId
    from app.domain.preflight import PreflightReport
    from app.domain.seen_address import SeenAddress
    from app.domain.tracking_host import HostStep
    from app.domain.workspaces import KnownWorkspace
    from app.runtime.background import Background
    from app.runtime.host_check_worker import HostCheckWorker
    from app.runtime.jobs import Jobs
    from app.services.network_lists import ListInUse
    from app.services.workspace import Workspace


class MailSettings:
    """Where nothing else is said a call takes a few milliseconds. `then` is called on the main thread with the result, or None
    and why there is none."""

    workspace: Workspace
    background: Background
    _jobs: Jobs
    workspace_change_requested: SignalInstance
    _trial: threading.Event | None = None
    _asking: threading.Event | None = None
    _host_check: HostCheckWorker | None = None

    # -- workspaces

    def workspaces(self) -> tuple[KnownWorkspace, ...]:
        """Those that this computer knows; the one that is open is marked as current."""
        from app.services.workspaces import known_workspaces

        found = known_workspaces(self.workspace.home)
        return tuple(replace(k, current=k.name == self.workspace.name) for k in found)

    def change_workspace(self, name: str) -> None:
        """The program logs to this one from now on: it saves what is being written, ends what is under way in good order, and
        opens the other. Raises UsageError, StoreError; then nothing has changed."""
        from app.services.workspaces import use_workspace

        use_workspace(self.workspace.home, name)
        self.workspace_change_requested.emit(name)

    # -- the tracking host

    def tracking_host(self) -> str:
        """Where links of this workspace lead, whether or not something answers there; empty where nothing is set or runs."""
        from app.services.tracking_server import own_address

        return own_address(self.workspace)

    def check_tracking_host(
        self,
        url: str,
        on_step: Callable[[HostStep], None],
        then: Callable[[object, str], None],
        token: str | None = None,
    ) -> None:
        """Every check once. `token`: one that is not saved yet; else that of the workspace. `on_step` is called on the main
        thread as each is done, `then` at the end, with why it was not carried out. One at a time: another one ends the last, of
        which nothing more is told."""
        from app.runtime.host_check_worker import HostCheckWorker

        self.cancel_host_check()
        worker = HostCheckWorker(self.workspace, url, on_step, then, self._jobs, token)
        self._host_check = worker
        self._jobs.workers.keep(worker)
        worker.start()

    def use_tracking_host(self, url: str, token: str) -> None:
        """From the next message on. Raises UsageError, AdminOnly, SecretError, StoreError; then nothing has changed."""
        from app.services.change_tracking import use_host

        use_host(self.workspace, url, token)
        self.background.look_for_tracking()

    def earlier_hosts(self) -> tuple[EarlierHost, ...]:
        """Those that were used before and are still asked; the one that was used last comes last."""
        return self.workspace.store.earlier_hosts.all()

    def forget_earlier_host(self, host: int) -> None:
        """It is not asked any more, and not told whom to forget. Raises UsageError, AdminOnly, SecretError, StoreError."""
        from app.services.change_tracking import forget_host

        forget_host(self.workspace, host)

    def cancel_host_check(self) -> None:
        if self._host_check is not None:
            self._host_check.leave()
            self._host_check = None

    # -- the list of networks by which machines are known

    def network_list(self) -> ListInUse:
        """The one that is used, and of when it is."""
        from app.services.network_lists import list_in_use

        return list_in_use(self.workspace)

    def read_network_list(self, path: Path) -> str:
        """A file's text, if it is such a list. Raises UsageError, which says what is wrong and where."""
        from app.services.network_lists import text_of

        return text_of(path)

    def try_networks(self, text: str, then: Callable[[BlockedTrial | None, str], None]) -> None:
        """What using this list would change in the past; empty: the built-in one. One trial at a time, of blocked addresses,
        too: another one ends the last; `cancel_trial` ends it."""
        from app.services.network_lists import try_networks

        self.cancel_trial()
        self._trial = threading.Event()
        self._jobs.run("try-networks", partial(try_networks, self.workspace, text, self._trial), then)

    def use_networks(self, text: str, name: str = "") -> bool:
        """This list from now on; empty: the built-in one. Past events are judged again in the background, of which `rescored`
        tells. Whether there is anything to judge. Raises UsageError, AdminOnly, StoreError; then nothing has changed."""
        from app.services.network_lists import use_networks

        changed = use_networks(self.workspace, text, name)
        if changed:
            self.background.look_at_verdicts()
        return changed

    # -- additional BCC addresses

    def additional_bcc(self) -> tuple[ExtraBcc, ...]:
        """In the order in which they were added."""
        from app.services.additional_bcc import additional_bcc

        return additional_bcc(self.workspace)

    def why_not_extra(self, entry: ExtraBcc) -> str:
        """Why an address cannot be one of them; empty where it can."""
        from app.services.additional_bcc import why_not_extra

        return why_not_extra(self.workspace, entry)

    def save_additional_bcc(self, entries: Sequence[ExtraBcc]) -> None:
        """These, and no others, from the next message on. Raises UsageError, StoreError; then nothing has changed."""
        from app.services.additional_bcc import save_additional_bcc

        save_additional_bcc(self.workspace, entries)

    def preflight(
        self,
        inbox_id: InboxId | None,
        recipients: Sequence[Address],
        *,
        track: bool,
        log: bool,
        links: int,
        why_not: str,
    ) -> PreflightReport:
        """What will be measurable of a message, and why not. `why_not`: why nothing can be tracked at all. Asks the store
        alone."""
        from app.services.preflight import look_before

        return look_before(self.workspace, inbox_id, recipients, track=track, log=log, links=links, why_not=why_not)

    # -- blocked addresses

    def blocked_networks(self) -> tuple[BlockedNetwork, ...]:
        """In the order in which they were added."""
        return self.workspace.store.blocked.all()

    def try_blocked(self, entries: Sequence[BlockedNetwork], then: Callable[[BlockedTrial | None, str], None]) -> None:
        """What blocking these, and no others, would change in the past. One at a time: another one ends the last."""
        from app.services.blocked_networks import try_blocked

        self.cancel_trial()
        self._trial = threading.Event()
        self._jobs.run("try-blocked", partial(try_blocked, self.workspace, tuple(entries), self._trial), then)

    def cancel_trial(self) -> None:
        if self._trial is not None:
            self._trial.set()

    def save_blocked(self, entries: Sequence[BlockedNetwork]) -> bool:
        """These, and no others, at once; past events are judged again in the background, of which `rescored` tells. Whether
        there is anything to judge. Raises StoreError; then nothing has changed."""
        from app.services.blocked_networks import save_blocked

        changed = save_blocked(self.workspace, entries)
        if changed:
            self.background.look_at_verdicts()
        return changed

    def this_computers_address(self, then: Callable[[SeenAddress | None, str], None]) -> None:
        """As the tracking server sees it. One at a time: another one ends the last."""
        from app.services.this_computers_address import this_computers_address

        self.cancel_address()
        self._asking = threading.Event()
        self._jobs.run("own-address", partial(this_computers_address, self.workspace, self._asking), then)

    def cancel_address(self) -> None:
        if self._asking is not None:
            self._asking.set()
