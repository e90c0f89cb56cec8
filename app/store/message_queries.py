"""What `messages` asks and writes for each message of a sync, prepared."""

from __future__ import annotations

from app.store import models as m
from app.store.prepared import Among, Inserted, Prepared

KNOWN = (
    m.Message.id, m.Message.message_id, m.Message.thread, m.Thread.base_subject, m.Message.direction, m.Message.kind,
    m.Message.inbox, m.Message.subject, m.Message.tracking, m.Message.user, m.Message.date,
)  # fmt: skip
AS_GIVEN = (
    "message_id", "raw_message_id", "message_ref", "direction", "kind", "date", "subject", "text", "html", "visible_text",
    "quoted_lines", "size", "in_reply_to", "logged", "logged_by", "match_reason", "changed_subject", "tracking_url",
)  # fmt: skip
BY_ALIAS = Among(
    lambda ids: (
        m.MessageAlias.select(m.MessageAlias.alias, *KNOWN)
        .join(m.Message)
        .join(m.Thread)
        .where(m.MessageAlias.alias.in_(ids))
    )
)
BY_PK = Prepared(1, lambda pk: m.Message.select(*KNOWN).join(m.Thread).where(m.Message.id == pk))
ALIASES_AFTER = Prepared(
    1,
    lambda row: (
        m.MessageAlias.select(m.MessageAlias.id, m.MessageAlias.alias)
        .where(m.MessageAlias.id > row)
        .order_by(m.MessageAlias.id)
        .limit(2000)
    ),
)
ANY_SENT = Prepared(0, lambda: m.Message.select(m.Message.id).where(m.Message.direction == "sent").limit(1))
CONTACTS_OF = Prepared(
    1,
    lambda pk: (
        m.MessageContact.select(m.MessageContact.contact)
        .where(m.MessageContact.message == pk)
        .order_by(m.MessageContact.id)
    ),
)
ANSWERS_TO = Prepared(
    1,
    lambda message_id: (
        m.Message.select(m.Message.thread, m.Thread.base_subject)
        .join(m.Thread)
        .where((m.Message.in_reply_to == message_id) & (m.Message.in_reply_to != ""))
        .order_by(m.Message.id)
        .limit(20)
    ),
)
PARTIES = Prepared(
    1,
    lambda pk: (
        m.MessageParty.select(m.MessageParty.role, m.MessageParty.address, m.MessageParty.name)
        .where(m.MessageParty.message == pk)
        .order_by(m.MessageParty.id)
    ),
)
ADD = Inserted(m.Message, *AS_GIVEN, "thread", "inbox", "user", "from_name", "from_address", "references_json",
                "has_files", "tracking", "created_at", "files_left_out", "left_out_why")  # fmt: skip
ADD_THREAD = Inserted(m.Thread, "base_subject", "split_from", "created_at")
ADD_ALIAS = Inserted(m.MessageAlias, "message", "alias", ignore=True)
ADD_PARTY = Inserted(m.MessageParty, "message", "role", "position", "name", "address", "address_key")
ADD_FILE = Inserted(m.Attachment, "message", "position", "filename", "content_type", "size", "sha256", "content_id",
                     "is_inline")  # fmt: skip
LOCATE = Inserted(m.MessageLocation, "message", "inbox", "folder", "uid_validity", "uid", ignore=True)
LINK = Inserted(m.MessageContact, "message", "contact", "date", ignore=True)
LATEST = Prepared(
    2,
    lambda date, contact: m.Contact.update(last_message_at=date).where(
        (m.Contact.id == contact) & (m.Contact.last_message_at.is_null() | (m.Contact.last_message_at < date))
    ),
)
