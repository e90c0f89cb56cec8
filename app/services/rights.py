"""Whether the signed-in user may do what is kept for administrators. Called by every service that does such a thing; the façade
asks beforehand, to show why not."""

from __future__ import annotations

from app.domain.rights import AdminOnly, Right, right_of_setting, why_not
from app.store import Store


def why_not_here(store: Store, right: Right) -> str:
    """Empty where the signed-in user may; otherwise a sentence that names the administrators."""
    return why_not(right, store.users.standing(store.user_id))


def require(store: Store, right: Right) -> None:
    """Raises AdminOnly."""
    why = why_not_here(store, right)
    if why:
        raise AdminOnly(why)


def require_for_setting(store: Store, name: str) -> None:
    """Raises AdminOnly for a setting of the whole workspace."""
    why = why_not_set(store, name)
    if why:
        raise AdminOnly(why)


def why_not_set(store: Store, name: str) -> str:
    """Empty where the signed-in user may change this setting."""
    right = right_of_setting(name)
    return "" if right is None else why_not_here(store, right)
