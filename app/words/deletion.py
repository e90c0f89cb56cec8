"""Whom else a permanent deletion takes mail from, and what stays, in words. Used by its dialog and by the command line."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.records import DeletionPlan

_NAMED = 3  # of those who lose mail; the others are counted


def shared_sentence(plan: DeletionPlan) -> str:
    """Empty where nobody else has any of the mail."""
    if not plan.shared:
        return ""
    what = "1 of them also vanishes" if plan.shared == 1 else f"{plan.shared:,} of them also vanish"
    if plan.messages == 1:
        what = "It also vanishes"
    named = list(plan.shared_with[:_NAMED])
    rest = len(plan.shared_with) - len(named)
    if rest:
        named.append("1 other contact" if rest == 1 else f"{rest:,} other contacts")
    whom = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    timelines = "timeline" if len(plan.shared_with) == 1 else "timelines"
    return f"{what} from the {timelines} of {whom}."


def companies_sentence(plan: DeletionPlan) -> str:
    """Empty where no company goes."""
    if not plan.companies:
        return ""
    names = ", ".join(plan.companies)
    was = "the company {}, which was" if len(plan.companies) == 1 else "the companies {}, which were"
    return f"{was.format(names)} made from the address alone"


def near_sentence(addresses: Sequence[str]) -> str:
    """Of addresses that were seen here and are perhaps the same person's; empty where there are none."""
    if not addresses:
        return ""
    rest = len(addresses) - _NAMED
    named = ", ".join(addresses[:_NAMED]) + (f" and {rest:,} more" if rest > 0 else "")
    if len(addresses) == 1:
        return f"{named} is another address, perhaps of the same person: this is not about it."
    return f"{named} are other addresses, perhaps of the same person: this is not about them."


def drafts_sentence(plan: DeletionPlan) -> str:
    """Empty where nobody was writing to them."""
    if not plan.drafts:
        return ""
    if plan.drafts == 1:
        return "1 message that is not sent yet stays as a draft with your text, without the address."
    return f"{plan.drafts:,} messages that are not sent yet stay as drafts with your text, without the address."
