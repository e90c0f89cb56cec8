"""What each setting means, for people who read its name: on the command line. One entry a setting; a test keeps the table
complete."""

from __future__ import annotations

from collections.abc import Mapping

# name → (what it is, what 0 means where it is a number)
_MEANING: Mapping[str, tuple[str, str]] = {
    "user_name": ("your name, before the address of inboxes that have none of their own", ""),
    "log_default": ("whether new messages are logged, unless you say otherwise", ""),
    "track_default": ("whether new messages are tracked, unless you say otherwise", ""),
    "log.mode": ("what is logged: replies (answers alone), or contacts (all mail with known contacts)", ""),
    "log_attachments": ("whether the files of logged messages are kept", ""),
    "create_contacts": ("whether people that you write to become contacts", ""),
    "create_companies": ("whether the domain of a new contact becomes a company", ""),
    "log.forward_both_forms": (
        "whether forwarded messages are logged only where they have both plain text and HTML",
        "",
    ),
    "privacy.on": ("whether only people with a legal basis are logged and tracked", ""),
    "undo_seconds": ("seconds in which a message can be taken back", "it goes out at once"),
    "send.daily_limit": ("recipients of an inbox in 24 hours", "what its provider allows"),
    "sync.first_look_days": ("how many days back a new mailbox is looked through", "all of it"),
    "sync.daily_megabytes": ("MB that are read of an inbox in a day (UTC) at most", "no limit"),
    "sync.pause_on_metered": ("whether old mail waits on networks where data costs money", ""),
    "sync.pause_on_battery_saver": ("whether old mail waits while the battery is spared", ""),
    "default_font": ("the font of new messages", ""),
    "default_font_size": ("its size in points", ""),
    "appearance": ("system, light or dark", ""),
    "notify_open": ("whether you are told of opens", ""),
    "notify_click": ("whether you are told of clicks", ""),
    "notify_reply": ("whether you are told of replies", ""),
    "notify_bounce": ("whether you are told of mail that came back", ""),
    "notify_inbox": ("whether you are told of inboxes that need you", ""),
    "notify_review": ("whether you are told of copied mail that was not logged", ""),
    "notify_group_seconds": ("seconds within which several events are one notification", "each is its own"),
    "quiet_hours.on": ("whether there are hours without notifications, with one summary afterwards", ""),
    "quiet_hours.from": ("when the quiet hours begin, as 20:00", ""),
    "quiet_hours.to": ("when they end, as 07:00", ""),
    "notify_paused": ("whether notifications are paused", ""),
    "tracking.url": ("what tracked links in mail begin with, when your server has an address of its own", ""),
    "tracking.local": ("whether links may lead to this computer alone, to try tracking out", ""),
    "tracking.token": ("the secret of your tracking server", ""),
    "tracking.unsubscribe": ("whether tracked mail offers its recipients to ask for no more mail", ""),
    "tracking.keep_addresses_days": ("days for which the addresses of opens and clicks are kept", "for good"),
    "notify_unsubscribe": ("whether you are told of people who want no more mail", ""),
    "team.any_provider": ("whether team inboxes may also be connected by IMAP and Exchange", ""),
}
_OAUTH = "only for a sign-in client of your own; empty: the built-in one"


def meaning(name: str, value: object) -> str:
    """A few words, without a full stop; with what 0 means where the value is 0. Empty for a name that is not known."""
    if name.startswith("oauth."):
        return _OAUTH
    text, zero = _MEANING.get(name, ("", ""))
    return f"{text}; 0: {zero}" if zero and value == 0 and not isinstance(value, bool) else text
