"""What only an administrator of the workspace may do (S6), and the sentence that says so. Pure; used by the services that do
it, and shown by screens beside what they switch off.

In a workspace that one person uses, that person is its administrator."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.domain.errors import NotAllowed


class Right(Enum):
    """What is kept for administrators; the value ends the sentence “Only an administrator of this workspace can …”."""

    USERS = "add, remove and change users"
    NEVER_LOG = "change the workspace’s never-log list"
    LOGGING_ADDRESSES = "change the logging addresses"
    PRIVACY = "turn the privacy switch"
    DELETION = "delete something for good"
    PRESETS = "change the presets of mail domains and the meetings addresses"
    STAGES = "change the stages of deals"
    SETTINGS = "change what is set for the whole workspace"


@dataclass(frozen=True)
class Standing:
    """Of the signed-in user. `admins`: the active administrators, as they are named to others. `alone`: nobody else is an
    active user of the workspace."""

    is_admin: bool
    admins: tuple[str, ...]
    alone: bool = False

    @property
    def may(self) -> bool:
        return self.is_admin or self.alone


class AdminOnly(NotAllowed):
    """A rule of the workspace keeps it for its administrators."""


# The settings that are the workspace's, not one person's. Of a name that ends with a dot, all that begin with it.
SHARED_SETTINGS = {
    "privacy.on": Right.PRIVACY,
    "send.daily_limit": Right.SETTINGS,
    "team.any_provider": Right.SETTINGS,
    "log.forward_both_forms": Right.SETTINGS,
    "oauth.": Right.SETTINGS,
    "tracking.url": Right.SETTINGS,
    "tracking.token": Right.SETTINGS,
}


def right_of_setting(name: str) -> Right | None:
    """None for those that everybody may change."""
    return SHARED_SETTINGS.get(name) or SHARED_SETTINGS.get(name.partition(".")[0] + ".")


def why_not(right: Right, standing: Standing) -> str:
    """Empty where the signed-in user may."""
    if standing.may:
        return ""
    whom = f" Administrators are: {', '.join(standing.admins)}." if standing.admins else ""
    return f"Only an administrator of this workspace can {right.value}.{whom}"
