"""When two contacts may be one person. Pure; used by the store, which finds the candidates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.domain.addresses import address_key

LARGEST_GROUP = 4  # contacts; a number or name that more have in common is a switchboard's or a common one
_DOTS_DO_NOT_COUNT = {"gmail.com", "googlemail.com"}
_ONE_SERVICE = {"googlemail.com": "gmail.com"}


def near_key(address: str) -> str:
    """Equal for addresses that reach one mailbox: what follows a plus does not count, nor do Gmail's dots."""
    local, _, domain = address_key(address).rpartition("@")
    plain = local.partition("+")[0] or local
    if domain in _DOTS_DO_NOT_COUNT:
        plain = plain.replace(".", "")
    return f"{plain}@{_ONE_SERVICE.get(domain, domain)}"


def pairs_of(groups: Sequence[Sequence[int]]) -> Iterator[tuple[int, int]]:
    """Each two of a group, the smaller number first; of groups that are small enough to mean something."""
    for group in groups:
        members = sorted(set(group))
        if len(members) <= LARGEST_GROUP:
            for i, one in enumerate(members):
                for other in members[i + 1 :]:
                    yield one, other
