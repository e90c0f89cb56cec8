"""Domain values to and from the JSON columns. Fields that a later version adds are passed over by none: defaults fill."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from app.domain.addresses import Address
from app.domain.inboxes import (
    Account,
    AuthMethod,
    ConnectionSecurity,
    Endpoint,
    ExchangeAccount,
    ImapAccount,
    InboxId,
    ServerTrust,
)
from app.domain.outbox import AttachmentRef, Draft
from app.domain.problems import CertificateFacts, Problem, ProblemCode

Json = dict[str, Any]


def problem_to_json(problem: Problem | None) -> Json | None:
    if problem is None:
        return None
    facts = problem.certificate
    return {
        "code": problem.code.value,
        "host": problem.host,
        "port": problem.port,
        "server_says": problem.server_says,
        "smtp_code": problem.smtp_code,
        "retry_after": problem.retry_after,
        "own_words": problem.own_words,
        "certificate": None if facts is None else {**vars(facts), "names": list(facts.names)},
    }


def problem_from_json(data: Json | None) -> Problem | None:
    if not data:
        return None
    facts = data.get("certificate")
    return Problem(
        code=ProblemCode(data["code"]),
        host=data.get("host", ""),
        port=data.get("port", 0),
        server_says=data.get("server_says", ""),
        smtp_code=data.get("smtp_code", 0),
        retry_after=data.get("retry_after"),
        own_words=data.get("own_words", False),
        certificate=CertificateFacts(**{**facts, "names": tuple(facts.get("names", ()))}) if facts else None,
    )


def _endpoint(data: Json) -> Endpoint:
    return Endpoint(_as_connected(data["host"]), data["port"], ConnectionSecurity(data["security"]))


def account_to_json(account: Account) -> Json:
    def endpoint(e: Endpoint) -> Json:
        return {"host": e.host, "port": e.port, "security": e.security.value}

    trust = vars(account.trust)
    if isinstance(account, ExchangeAccount):
        return {"protocol": "ews", "url": account.url, "username": account.username, "trust": trust}
    return {
        "protocol": "imap",
        "imap": endpoint(account.imap),
        "smtp": endpoint(account.smtp),
        "username": account.username,
        "smtp_username": account.smtp_username,
        "auth": account.auth.value,
        "graph_url": account.graph_url,
        "trust": trust,
        "smtp_trust": vars(account.smtp_trust) if account.smtp_trust else None,
    }


def account_from_json(address: str, from_name: str, data: Json) -> Account:
    trust = ServerTrust(**data.get("trust", {}))
    if data.get("protocol") == "ews":
        return ExchangeAccount(address, _url_as_connected(data["url"]), data["username"], trust, from_name)
    return ImapAccount(
        address=address,
        imap=_endpoint(data["imap"]),
        smtp=_endpoint(data["smtp"]),
        username=data["username"],
        smtp_username=data.get("smtp_username", ""),
        trust=trust,
        from_name=from_name,
        auth=AuthMethod(data.get("auth", AuthMethod.PASSWORD.value)),
        graph_url=data.get("graph_url", ""),
        smtp_trust=ServerTrust(**data["smtp_trust"]) if data.get("smtp_trust") else None,
    )


def _as_connected(host: str) -> str:
    """Names with other than ASCII letters were kept as typed once, and left to the codec of `socket` (IDNA 2003): the server
    that passed the checks then is the one that is meant, not the one which the name leads to now."""
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _url_as_connected(url: str) -> str:
    host = urlsplit(url).hostname or ""
    return url if url.isascii() else url.replace(host, _as_connected(host), 1)


def addresses_to_json(addresses: tuple[Address, ...]) -> list[Json]:
    return [{"address": a.addr_spec, "name": a.display_name} for a in addresses]


def addresses_from_json(data: list[Json]) -> tuple[Address, ...]:
    return tuple(Address(a["address"], a.get("name", "")) for a in data)


def draft_to_json(draft: Draft) -> Json:
    return {
        "to": addresses_to_json(draft.to),
        "cc": addresses_to_json(draft.cc),
        "bcc": addresses_to_json(draft.bcc),
        "subject": draft.subject,
        "text": draft.text,
        "html": draft.html,
        "attachments": [vars(a) for a in draft.attachments],
        "log": draft.log,
        "track": draft.track,
        "parent_message_id": draft.parent_message_id,
        "send_at": draft.send_at.isoformat() if draft.send_at else None,
        "sender": addresses_to_json((draft.sender,))[0] if draft.sender else None,
        **({"notice": True} if draft.notice else {}),
        **({"unaddressed": True} if draft.unaddressed else {}),
    }


def empty_draft(data: Json, *, all_of_it: bool = False) -> Json:
    """Without text and files; `all_of_it`: without subject and people, too."""
    emptied = {**data, "text": "", "html": "", "attachments": [], "emptied": True}
    return {**emptied, "to": [], "cc": [], "bcc": [], "subject": "", "parent_message_id": ""} if all_of_it else emptied


def draft_from_json(inbox_id: int, data: Json) -> Draft:
    return Draft(
        inbox_id=InboxId(inbox_id),
        to=addresses_from_json(data["to"]),
        cc=addresses_from_json(data["cc"]),
        bcc=addresses_from_json(data["bcc"]),
        subject=data["subject"],
        text=data["text"],
        html=data["html"],
        attachments=tuple(AttachmentRef(**a) for a in data["attachments"]),
        log=data["log"],
        track=data["track"],
        parent_message_id=data["parent_message_id"],
        send_at=datetime.fromisoformat(data["send_at"]) if data.get("send_at") else None,
        sender=addresses_from_json([data["sender"]])[0] if data.get("sender") else None,
        notice=bool(data.get("notice")),
        unaddressed=bool(data.get("unaddressed")),
    )
