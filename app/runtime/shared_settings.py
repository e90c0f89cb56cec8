"""The part of the façade for what is set for everybody in the workspace: servers per domain, meetings addresses, sign-in at
Google and Microsoft. A base of `Program`; what those sections of the settings talk to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.domain.inboxes import Provider
    from app.domain.presets import Preset, PresetFault, PresetForm
    from app.services.workspace import Workspace


class SharedSettings:
    """Each call takes a few milliseconds at most; a change takes effect at once."""

    workspace: Workspace

    def presets(self) -> tuple[Preset, ...]:
        """By domain. Raises UsageError for presets that cannot be read, StoreError."""
        from app.services.presets import all_presets

        return all_presets(self.workspace)

    def keep_preset(self, form: PresetForm, instead_of: str = "") -> tuple[PresetFault, ...]:
        """Returns what is wrong, or keeps it. `instead_of`: the domain of the preset that was edited. Raises StoreError."""
        from app.services.presets import keep_preset

        return keep_preset(self.workspace, form, instead_of)

    def remove_preset(self, domain: str) -> None:
        """Raises UsageError where it is gone already, StoreError."""
        from app.services.presets import remove_preset

        remove_preset(self.workspace, domain)

    def meetings_addresses(self) -> tuple[str, ...]:
        return self.workspace.store.presets.meetings()

    def add_meetings_address(self, address: str) -> None:
        """Raises UsageError for what is no address, and for a team inbox; StoreError."""
        from app.services.inbox_rules import add_meetings_address

        add_meetings_address(self.workspace, address)

    def remove_meetings_address(self, address: str) -> None:
        """Raises UsageError where it is gone already, StoreError."""
        from app.services.inbox_rules import remove_meetings_address

        remove_meetings_address(self.workspace, address)

    def has_client(self, provider: Provider) -> bool:
        """Whether sign-in at Google or Microsoft is set up."""
        from app.services.sign_in_clients import has_client

        return has_client(self.workspace, provider)
