"""Records as exports write them: a row of a table, whose columns the import recognises, and an object of JSON. Used by
`export_workspace` and `export_records`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from app.domain.hosts import unicode_domain
from app.domain.money import amount_text
from app.domain.transfer import ImportKind
from app.services.exported_review import HEADER as REVIEW_HEADER
from app.services.exported_review import REVIEW, review_rows
from app.store import Store

Pair = tuple[dict[str, Any], tuple[str, ...]]  # JSON, cells

HEADERS: dict[str, tuple[str, ...]] = {
    "contacts": ("Record ID", "Name", "Email", "Additional email addresses", "Job Title", "Company", "Phones",
                 "Postal address", "Owner", "Made by", "Removed", "Made at", "Last mail at"),
    "companies": ("Record ID", "Company name", "Domain", "Phone", "Website", "Postal address", "Owner", "Removed",
                  "Made at"),
    "deals": ("Record ID", "Deal name", "Stage", "Amount", "Currency", "Company", "Associated Company IDs", "Contacts",
              "Owner", "Removed", "Made at", "Changed at", "Closed at"),
    "users": ("Record ID", "Name", "Login address", "Aliases", "Role", "Personal e-mail access", "Active", "Signed in",
              "Made at"),
    "events": ("At", "Kind", "Who", "Address", "Subject", "Link", "Verdict", "Reasons", "Message-ID", "Notified"),
    "ledger": ("At", "Inbox", "Folder", "UID", "Message-ID", "Why"),
    "never-log": ("Kind", "Value", "And the domains below", "Of the user", "Note", "Made at"),
    "legal-bases": ("Address", "Basis", "Note", "At"),
    REVIEW: REVIEW_HEADER,
}  # fmt: skip


def instant(value: datetime | None) -> str:
    return "" if value is None else value.isoformat()


def _yes(value: object) -> str:
    return "yes" if value else "no"


class ExportedRows:
    """Each method gives the rows of one file, in the order of their numbers."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.users_by_id = {user.id: user for user in store.users.records(store.user_id)}

    def rows(self, name: str) -> Iterator[Pair]:
        """`name`: of `HEADERS`."""
        calls = {
            "contacts": self._contacts, "companies": self._companies, "deals": self._deals, "users": self._users,
            "events": self._events, "ledger": self._ledger, "never-log": self._never, "legal-bases": self._bases,
            REVIEW: self._review,
        }  # fmt: skip
        return calls[name]()

    def of_kind(self, kind: ImportKind) -> Iterator[Pair]:
        return self.rows(kind.value)

    def _review(self) -> Iterator[Pair]:
        return review_rows(self._store, {pk: user.login_address for pk, user in self.users_by_id.items()})

    def _owner(self, user_id: int | None) -> str:
        user = self.users_by_id.get(user_id or 0)
        return "" if user is None else user.login_address

    def _contacts(self) -> Iterator[Pair]:
        for r in self._store.exporting.contacts():
            removed = r["hidden_at"] is not None
            document = {
                "id": r["id"],
                "name": r["name"],
                "addresses": r["addresses"],
                "title": r["title"],
                "companies": [{"id": pk, "name": name} for pk, name in r["companies"]],
                "phones": [{"number": number, "kind": kind} for number, kind in r["phones"]],
                "postal_address": r["postal_address"],
                "owner": self._owner(r["owner_user"]),
                "created_by": r["created_by"],
                "removed": removed,
                "created_at": instant(r["created_at"]),
                "last_at": instant(r["last_message_at"]),
            }
            addresses: list[str] = r["addresses"]
            yield (
                document,
                (
                    str(r["id"]),
                    r["name"],
                    addresses[0] if addresses else "",
                    "; ".join(addresses[1:]),
                    r["title"],
                    "\n".join(name for _, name in r["companies"]),
                    "\n".join(f"{kind}:{number}" for number, kind in r["phones"]),
                    r["postal_address"],
                    document["owner"],
                    r["created_by"],
                    _yes(removed),
                    document["created_at"],
                    document["last_at"],
                ),
            )

    def _companies(self) -> Iterator[Pair]:
        for r in self._store.exporting.companies():
            domains = [unicode_domain(domain) for domain in r["domains"]]
            document = {
                "id": r["id"],
                **{key: r[key] for key in ("name", "phone", "website", "postal_address")},
                "domains": domains,
                "owner": self._owner(r["owner_user"]),
                "removed": r["hidden_at"] is not None,
                "created_at": instant(r["created_at"]),
            }
            cells = (str(r["id"]), r["name"], "; ".join(domains), r["phone"], r["website"], r["postal_address"],
                     document["owner"], _yes(document["removed"]), document["created_at"])  # fmt: skip
            yield document, cells

    def _deals(self) -> Iterator[Pair]:
        for r in self._store.exporting.deals():
            amount = "" if r["amount_minor"] is None else amount_text(r["amount_minor"], r["currency"])
            document = {
                "id": r["id"],
                "name": r["name"],
                "stage": r["stage"],
                "amount": amount or None,
                "currency": r["currency"],
                "company": None if r["company"] is None else {"id": r["company"], "name": r["company_name"]},
                "contacts": [{"id": pk, "address": address} for pk, address in r["contacts"]],
                "owner": self._owner(r["owner_user"]),
                "removed": r["hidden_at"] is not None,
                "created_at": instant(r["created_at"]),
                "changed_at": instant(r["changed_at"]),
                "closed_at": instant(r["closed_at"]),
            }
            yield (
                document,
                (
                    str(r["id"]), r["name"], r["stage"], amount, r["currency"], r["company_name"],
                    str(r["company"] or ""), "; ".join(address for _, address in r["contacts"]), document["owner"],
                    _yes(document["removed"]), document["created_at"], document["changed_at"], document["closed_at"],
                ),
            )  # fmt: skip

    def _users(self) -> Iterator[Pair]:
        for user in sorted(self.users_by_id.values(), key=lambda u: u.id):
            document = {
                "id": user.id,
                "name": user.name,
                "login_address": user.login_address,
                "aliases": list(user.aliases),
                "role": user.role,
                "personal_email_access": user.personal_email_access,
                "active": user.active,
                "signed_in": user.signed_in,
                "created_at": instant(user.created_at),
            }
            cells = (str(user.id), user.name, user.login_address, "; ".join(user.aliases), user.role,
                     _yes(user.personal_email_access), _yes(user.active), _yes(user.signed_in),
                     instant(user.created_at))  # fmt: skip
            yield document, cells

    def _events(self) -> Iterator[Pair]:
        for r in self._store.exporting.events():
            document = {
                "id": r["id"],
                "kind": r["kind"],
                "at": instant(r["at"]),
                "who": r["who"],
                "recipient": r["recipient"],
                "subject": r["subject"],
                "url": r["url"],
                "verdict": r["verdict"],
                "reasons": r["reasons_json"],
                "message_id": r["message_id"],
                "notified": bool(r["notified"]),
                "notified_why": r["notified_why"],
                "ip": r["ip"],
                "user_agent": r["user_agent"],
            }
            cells = (document["at"], r["kind"], r["who"], r["recipient"], r["subject"], r["url"], r["verdict"],
                     " ".join(r["reasons_json"]), r["message_id"], _yes(r["notified"]))  # fmt: skip
            yield document, cells

    def _ledger(self) -> Iterator[Pair]:
        for r in self._store.exporting.ledger():
            document = {"at": instant(r["at"]), "inbox": r["inbox_address"], "folder": r["folder"], "uid": r["uid"],
                        "message_id": r["message_id"], "why": r["why"]}  # fmt: skip
            yield document, tuple(str(value) for value in document.values())

    def _never(self) -> Iterator[Pair]:
        for entry in self._store.never.all():
            document = {"kind": entry.kind.value, "value": entry.value, "subdomains": entry.subdomains,
                        "user": self._owner(entry.user_id) if entry.user_id is not None else None,
                        "note": entry.note, "created_at": instant(entry.created_at)}  # fmt: skip
            yield document, (entry.kind.value, entry.value, _yes(entry.subdomains), str(document["user"] or ""), entry.note,
                             str(document["created_at"]))  # fmt: skip

    def _bases(self) -> Iterator[Pair]:
        for basis in self._store.bases.all(limit=10_000_000):
            document = {
                "address": basis.address, "basis": basis.basis.value, "note": basis.note, "at": instant(basis.at)
            }  # fmt: skip
            yield document, tuple(document.values())
