"""A workspace that has grown for years: a million messages and events, a hundred thousand contacts and bodies in the ledger.
Built once in the folder for temporary files, by `executemany`. Used by `tests.bench.rows` and `tests.bench.stalls`."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.bootstrap import open_workspace
from app.store import models
from app.store.sqlite import MIGRATIONS

NOW = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
RARE = "zebrafinch"  # in one row of each kind, the oldest
COMMON = "offer"  # in every fifth subject
BUSY = 1  # the contact who has every message on the timeline
_CHUNK = 20_000
_FIRST = ("Karin", "Ola", "Jonas", "Marta", "Piotr", "Signe", "Emil", "Nora", "Lukas", "Hanna")
_LAST = ("Lindqvist", "Berg", "Nowak", "Dahl", "Kowalska", "Moen", "Sund", "Wik", "Aas", "Zieba")
_WORDS = ("offer", "invoice", "meeting", "delivery", "contract")
_TEXT = (
    "Thank you for your message. We looked at it together and will come back to you before the end of the week. " * 2
)


def grown_workspace(rows: int) -> Path:
    """The folder of a workspace with `rows` messages and events, and a tenth of that in contacts and read bodies."""
    schema = b"".join(path.read_bytes() for path in sorted(MIGRATIONS.glob("*.sql")))
    mark = hashlib.sha256(schema + Path(__file__).read_bytes() + NOW.isoformat().encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"hitchpost-bench-{rows}-{mark}"
    if not folder.exists():
        making = folder.with_suffix(".making")
        shutil.rmtree(making, ignore_errors=True)
        workspace = open_workspace(home=making)
        path = workspace.store.path
        workspace.store.close()
        _fill(path, rows)
        _make_searchable(making, path)
        making.rename(folder)
    return folder


def _fill(path: Path, rows: int) -> None:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA synchronous = off")
    user = database.execute("SELECT id FROM user").fetchone()[0]
    people = max(10, rows // 10)
    step = int(timedelta(days=3 * 365).total_seconds() * 1e6) // rows
    last = int(NOW.timestamp() * 1e6)
    place = {"host": "mail.example.com", "port": 993, "security": "tls"}
    account = json.dumps({"protocol": "imap", "imap": place, "smtp": place, "username": "u", "trust": {}})

    def put(table: str, columns: str, make: Callable[[int], tuple[object, ...]], count: int) -> None:
        marks = ",".join("?" * len(columns.split(",")))
        for chunk in _chunks(count):
            database.execute("BEGIN")
            database.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", (make(i) for i in chunk))
            database.execute("COMMIT")

    def at(i: int, count: int = rows) -> int:
        return last - (count - i) * step * (rows // count)

    def name(i: int) -> str:
        return f"{_FIRST[i % 10]} {_LAST[i // 10 % 10]}{i // 100 or ''}"

    def subject(i: int) -> str:
        return f"About the {RARE if i == 0 else _WORDS[i % 5]} {i}"

    put("inbox", "user_id,address,address_key,from_name,provider,kind,state,since,account_json,disclosure_version,sent_folder,"
        "created_at,last_sync_at", lambda i: (user, f"me{i}@example.com", f"me{i}@example.com", "", "imap", "personal",
        "disabled", last, account, "", "Sent", last, last), 2)  # fmt: skip
    put("company", "name,created_at,sort_name,search_key,last_message_at",
        lambda i: (f"Company {i}", last, f"company {i}", f"company {i} c{i}.example.org", at(i, people)),
        people // 10)  # fmt: skip
    put("company_domain", "company_id,domain,is_primary", lambda i: (i + 1, f"c{i}.example.org", 1), people // 10)
    put("contact", "name,title,search_key,sort_name,sort_company,created_by,created_at,last_message_at",
        lambda i: (name(i), "", f"{name(i)} company {i // 10} p{i}@example.org"
                   f"{' ' + RARE if i == people - 1 else ''}".casefold(), name(i).casefold(), f"company {i // 10}", "sent",
                   last, None if i % 3 == 2 else at(i, people)),
        people // 10 * 10)  # fmt: skip
    people = people // 10 * 10
    put("contact_company", "contact_id,company_id,is_primary", lambda i: (i + 1, i // 10 + 1, 1), people)
    put("contact_phone", "contact_id,number,number_key,kind,position",
        lambda i: (i + 1, f"+46 8 {i:07}", f"+468{i:07}", "work", 0), people)  # fmt: skip
    stages = ("New", "Meeting", "Proposal", "Negotiation", "Won", "Lost")
    put("deal", "name,stage,amount_minor,currency,is_open,changed_at,created_at,company_id,sort_name,sort_amount,sort_stage,"
        "sort_company,search_key",
        lambda i: (f"Deal {i}", stages[i % 6], i % 977 * 10_000, "EUR", i % 6 < 4, at(i, people), last, i // 10 + 1,
                   f"deal {i}", i % 977 * 1_000_000, (10, 20, 30, 40, 90, 100)[i % 6], f"company {i // 10}",
                   f"deal {i} {stages[i % 6].lower()} company {i // 10}{' ' + RARE if i == people - 1 else ''}"),
        people)  # fmt: skip
    put("deal_contact", "deal_id,contact_id", lambda i: (i + 1, i + 1), people)
    put("contact_address", "contact_id,address,address_key,is_primary,bounce_reason",
        lambda i: (i + 1, f"p{i}@example.org", f"p{i}@example.org", 1, ""), people)  # fmt: skip
    put("thread", "base_subject,created_at", lambda i: (f"about {i}", last), rows // 4 + 1)
    put("message", "message_id,raw_message_id,direction,kind,thread_id,inbox_id,user_id,date,from_name,from_address,subject,"
        "text,html,visible_text,quoted_lines,size,in_reply_to,references_json,logged,logged_by,match_reason,has_files,"
        "tracking,tracking_url,created_at",
        lambda i: (f"{i}@mail.example.org", f"<{i}@mail.example.org>", "sent" if i % 2 else "received", "normal", i // 4 + 1,
                   i % 2 + 1, user, at(i), name(i % people), f"p{i % people}@example.org", subject(i), _TEXT, "", _TEXT, 0,
                   2000, f"{i - 1}@mail.example.org" if i % 4 else "", "[]", 1, "sent" if i % 2 else "reply",
                   "joined by In-Reply-To", i % 50 == 0, "on", "", at(i)), rows)  # fmt: skip
    put("message_company", "message_id,company_id,date", lambda i: (i + 1, i % (people // 10) + 1, at(i)), rows)
    put("message_deal", "message_id,deal_id,date", lambda i: (i + 1, i % people + 1, at(i)), rows)
    put("message_contact", "message_id,contact_id,date", lambda i: (i + 1, BUSY, at(i)), rows)
    put("message_contact", "message_id,contact_id,date",
        lambda i: (i + 1, max(2, i % people + 1), at(i)), rows)  # fmt: skip
    put("message_party", "message_id,role,position,name,address,address_key",
        lambda i: (i + 1, "to", 0, "", "me0@example.com", "me0@example.com"), rows)  # fmt: skip
    kinds = ("open", "open", "click", "reply", "open", "open", "open", "click", "reply", "open")
    verdicts = ("person", "machine", "person", "person", "inferred")
    put("event", "kind,at,user_id,message_id,inbox_id,contact_id,recipient,who,subject,url,verdict,reasons_json,rule_version,"
        "notified_why,seen,ip,user_agent,search_key,server,number,created_at",
        lambda i: ("bounce" if i % 1000 == 7 else kinds[i % 10], at(i), user, i + 1, i % 2 + 1, i % people + 1,
                   f"p{i % people}@example.org", name(i % people), subject(i), "", verdicts[i % 5],
                   '["A browser fetched the picture."]', 1, "", i < rows - 100, "192.0.2.1", "Mozilla/5.0",
                   f"{name(i % people)} p{i % people}@example.org {subject(i)}".casefold(), "s", i, at(i)),
        rows)  # fmt: skip
    put("ledger_headers", "inbox_id,folder,day,headers_read",
        lambda i: (i % 2 + 1, "INBOX" if i % 4 < 2 else "Sent",
                   (NOW - timedelta(days=i // 4)).date().isoformat(), 900), 4 * 700)  # fmt: skip
    put("ledger_body", "inbox_id,folder,uid_validity,uid,message_id,why,at",
        lambda i: (i % 2 + 1, "INBOX", 1, i + 1, f"{10 * i}@mail.example.org", "Answers a message that is known here",
                   at(i, people)), people)  # fmt: skip
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def _make_searchable(home: Path, path: Path) -> None:
    """As after an update from a version that had no search."""
    database = sqlite3.connect(path, isolation_level=None)
    for kind in ("message", "contact", "company", "deal"):
        database.execute(f"UPDATE search_progress SET low = (SELECT max(id) FROM {kind}) WHERE kind = ?", (kind,))
    database.close()
    began = time.perf_counter()
    workspace = open_workspace(home=home)
    opened = time.perf_counter() - began
    models.database.execute_sql("PRAGMA synchronous = off")
    workspace.store.catch_up_search()
    took = time.perf_counter() - began
    print(f"opened in {opened:.2f} s; all made searchable in {took:.0f} s, in slices")
    workspace.store.close()


def _chunks(count: int) -> Iterator[range]:
    for start in range(0, count, _CHUNK):
        yield range(start, min(count, start + _CHUNK))
