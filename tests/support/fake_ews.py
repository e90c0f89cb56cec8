"""An Exchange server as exchangelib sees one: EWS (SOAP 1.1) and autodiscover.svc over TLS, with Basic authentication.

It keeps mailboxes, folders and messages, delivers between its own people, numbers messages as the store does
(PidTagInternetArticleNumber), takes messages without a recipient header to nobody, and tells of changes (`following`).
Knobs: `build`, `offer`, `fail`, `silent`, `broken`, `cut_after_send`, `files_copies`."""

from __future__ import annotations

import base64
import contextlib
import email.policy
import email.utils
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from tests.support.authority import Issued
from tests.support.fake_ews_following import Following

_S = "http://schemas.xmlsoap.org/soap/envelope/"
_M = "http://schemas.microsoft.com/exchange/services/2006/messages"
_T = "http://schemas.microsoft.com/exchange/services/2006/types"
_A = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
_NS = {"s": _S, "m": _M, "t": _T, "a": _A}
_DISTINGUISHED = {
    "root": ("", "root"),
    "msgfolderroot": ("root", "Top of Information Store"),
    "inbox": ("msgfolderroot", "Posteingang"),
    "sentitems": ("msgfolderroot", "Gesendete Elemente"),
    "drafts": ("msgfolderroot", "Entwürfe"),
    "deleteditems": ("msgfolderroot", "Gelöschte Elemente"),
    "junkemail": ("msgfolderroot", "Junk-E-Mail"),
}
NUMBER, FLAGS, DELIVERED = 0x0E23, 0x0E07, 0x0E06


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Item:
    folder: str
    raw: bytes
    number: int
    read: bool
    draft: bool
    received: datetime
    arrived: bool  # by transport, so that it has transport headers
    kind: str = "Message"
    item_class: str = "IPM.Note"


@dataclass
class Mailbox:
    address: str
    folders: dict[str, tuple[str, str]] = field(default_factory=dict)  # id: (parent's id, name)
    items: dict[str, Item] = field(default_factory=dict)
    next_id: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    next_number: dict[str, Iterator[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, (parent, title) in _DISTINGUISHED.items():
            self.folders[self.distinguished(name)] = (self.distinguished(parent) if parent else "", title)

    def distinguished(self, name: str) -> str:
        return f"F-{self.address}-{name}"

    def add(
        self, folder: str, raw: bytes, *, read: bool = False, draft: bool = False, arrived: bool = True,
        received: datetime | None = None,
    ) -> str:  # fmt: skip
        item_id = f"I-{self.address}-{next(self.next_id)}"
        numbers = self.next_number.setdefault(folder, itertools.count(1))
        moment = received or datetime.now(UTC)
        self.items[item_id] = Item(folder, raw, next(numbers), read, draft, moment, arrived)
        return item_id


class FakeExchange:
    """`with FakeExchange(certificate) as server:`. `log`: (path, operation or status) of each request; `passwords`:
    what was offered as credentials."""

    def __init__(self, certificate: Issued) -> None:
        self.build = (15, 2, 1118, 7)
        self.offer = 'Basic realm="exchange"'
        self.fail: dict[
            str, list[str | tuple[int, dict[str, str]]]
        ] = {}  # operation: error code, or status and headers
        self.silent: set[str] = set()
        self.broken: set[int] = set()
        self.cut_after_send = False
        self.files_copies = True
        self.ews_url = ""
        self.people: dict[str, str] = {}
        self.logins: dict[str, str] = {}
        self.boxes: dict[str, Mailbox] = {}
        self.log: list[tuple[str, str]] = []
        self.passwords: list[str] = []
        self.recipients: list[str] = []
        self.following = Following()
        self._lock = threading.RLock()
        self._end = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.port: int = self._server.server_port
        self._server.socket = certificate.server_context().wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.url = f"https://localhost:{self.port}/EWS/Exchange.asmx"

    def add_person(self, address: str, password: str, login: str = "") -> Mailbox:
        self.people[address], self.logins[login or address] = password, address
        self.boxes[address] = Mailbox(address)
        return self.boxes[address]

    def messages(self, address: str, folder: str = "inbox") -> list[bytes]:
        box = self.boxes[address]
        where = folder if folder in box.folders else box.distinguished(folder)
        return [item.raw for item in box.items.values() if item.folder == where]

    def deliver(
        self,
        address: str,
        raw: bytes | str,
        folder: str = "inbox",
        *,
        kind: str = "Message",
        item_class: str = "IPM.Note",
    ) -> None:
        """`kind`: the element's name. A report (`item_class`) is the store's own and has no transport headers."""
        data = raw.encode() if isinstance(raw, str) else raw
        with self._lock:
            box = self.boxes[address]
            made = box.add(box.distinguished(folder), data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
            item = box.items[made]
            item.kind, item.item_class, item.arrived = kind, item_class, not item_class.startswith("REPORT.")

    def __enter__(self) -> FakeExchange:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="exchange")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    # -- requests

    def answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        person = self._sign_in(handler.headers.get("Authorization", ""))
        if person is None:
            self.log.append((handler.path, "401"))
            return _reply(handler, 401, "", {"WWW-Authenticate": self.offer})
        operation = etree.fromstring(body).find("s:Body", _NS)[0]
        name = etree.QName(operation).localname.removesuffix("RequestMessage")
        self.log.append((handler.path, name))
        if name in self.silent:
            self._end.wait(30)
            return None
        with self._lock:
            if self.fail.get(name):
                failure = self.fail[name].pop(0)
                if isinstance(failure, tuple):
                    return _reply(handler, failure[0], "", failure[1])
                return _reply(handler, 200, self._envelope(name, [_error(name, failure)]))
            if name == "GetUserSettings":
                return _reply(handler, 200, self._user_settings(person, handler.headers["Host"]))
            parts = getattr(self, f"_{name}")(self.boxes[person], operation)
        if name == "GetStreamingEvents" and not parts[0].startswith("<m:GetStreamingEventsResponseMessage"):
            return self._stream(handler, parts[0])
        if name == "CreateItem" and operation.get("MessageDisposition", "").startswith("Send") and self.cut_after_send:
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return None
        return _reply(handler, 200, self._envelope(name, parts))

    def _sign_in(self, authorization: str) -> str | None:
        kind, _, encoded = authorization.partition(" ")
        if kind != "Basic":
            return None
        given = base64.b64decode(encoded)
        try:
            login, _, password = given.decode().partition(":")
        except UnicodeDecodeError:
            login, _, password = given.decode("latin-1").partition(":")
        self.passwords.append(password)
        person = self.logins.get(login)
        return person if person and self.people[person] == password else None

    def _header(self) -> str:
        names = ("MajorVersion", "MinorVersion", "MajorBuildNumber", "MinorBuildNumber")
        return " ".join(f'{name}="{value}"' for name, value in zip(names, self.build, strict=True))

    def _envelope(self, name: str, parts: list[str]) -> str:
        messages = "".join(
            part
            if part.startswith(f"<m:{name}ResponseMessage")
            else f'<m:{name}ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>{part}'
            f"</m:{name}ResponseMessage>"
            for part in parts
        )
        return (
            f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{_S}" xmlns:m="{_M}" xmlns:t="{_T}"><s:Header>'
            f"<t:ServerVersionInfo {self._header()}/></s:Header><s:Body><m:{name}Response><m:ResponseMessages>"
            f"{messages}</m:ResponseMessages></m:{name}Response></s:Body></s:Envelope>"
        )

    def _user_settings(self, person: str, host: str) -> str:
        settings = {
            "AutoDiscoverSMTPAddress": person,
            "ExternalEwsUrl": self.ews_url or f"https://{host}/EWS/Exchange.asmx",
        }
        listed = "".join(
            '<UserSetting xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="StringSetting">'
            f"<Name>{name}</Name><Value>{escape(value)}</Value></UserSetting>"
            for name, value in settings.items()
        )
        return (
            f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{_S}"><s:Header/><s:Body>'
            f'<GetUserSettingsResponseMessage xmlns="{_A}"><Response><ErrorCode>NoError</ErrorCode><ErrorMessage/>'
            "<UserResponses><UserResponse><ErrorCode>NoError</ErrorCode><ErrorMessage>No error.</ErrorMessage>"
            f"<RedirectTarget/><UserSettingErrors/><UserSettings>{listed}</UserSettings></UserResponse></UserResponses>"
            "</Response></GetUserSettingsResponseMessage></s:Body></s:Envelope>"
        )

    # -- operations

    def _ConvertId(self, box: Mailbox, operation: Any) -> list[str]:
        return [_error("ConvertId", "ErrorInvalidIdMalformed")]

    def _GetFolder(self, box: Mailbox, operation: Any) -> list[str]:
        found = []
        for wanted in operation.find("m:FolderIds", _NS):
            folder = _folder_id(box, wanted)
            found.append(
                f"<m:Folders>{_folder(box, folder)}</m:Folders>"
                if folder in box.folders
                else _error("GetFolder", "ErrorFolderNotFound")
            )
        return found

    def _FindFolder(self, box: Mailbox, operation: Any) -> list[str]:
        top = _folder_id(box, operation.find("m:ParentFolderIds", _NS)[0])

        def below(folder: str) -> list[str]:
            return [f for child, (parent, _) in box.folders.items() if parent == folder for f in (child, *below(child))]

        found = below(top)
        listed = "".join(_folder(box, folder) for folder in found)
        return [
            f'<m:RootFolder TotalItemsInView="{len(found)}" IncludesLastItemInRange="true" '
            f'IndexedPagingOffset="{len(found)}"><t:Folders>{listed}</t:Folders></m:RootFolder>'
        ]

    def _CreateFolder(self, box: Mailbox, operation: Any) -> list[str]:
        parent = _folder_id(box, operation.find("m:ParentFolderId", _NS)[0])
        made = []
        for folder in operation.find("m:Folders", _NS):
            folder_id = f"F-{box.address}-{next(box.next_id)}"
            box.folders[folder_id] = (parent, folder.findtext("t:DisplayName", namespaces=_NS))
            made.append(f'<m:Folders><t:Folder><t:FolderId Id="{folder_id}" ChangeKey="c"/></t:Folder></m:Folders>')
        return made

    def _FindItem(self, box: Mailbox, operation: Any) -> list[str]:
        folder = _folder_id(box, operation.find("m:ParentFolderIds", _NS)[0])
        found = [item_id for item_id, item in box.items.items() if item.folder == folder]
        restriction = operation.find("m:Restriction", _NS)
        if restriction is not None:
            found = [item_id for item_id in found if _matches(box.items[item_id], restriction[0])]
        order = operation.find("m:SortOrder/t:FieldOrder", _NS)
        if order is not None:
            found.sort(key=lambda i: _value(box.items[i], order[0]), reverse=order.get("Order") == "Descending")
        page = operation.find("m:IndexedPageItemView", _NS)
        at, most = int(page.get("Offset")), int(page.get("MaxEntriesReturned"))
        part = found[at : at + most]
        listed = "".join(_item(box, item_id, operation) for item_id in part)
        last = str(at + most >= len(found)).lower()
        return [
            f'<m:RootFolder TotalItemsInView="{len(found)}" IncludesLastItemInRange="{last}" '
            f'IndexedPagingOffset="{at + len(part)}"><t:Items>{listed}</t:Items></m:RootFolder>'
        ]

    def _GetItem(self, box: Mailbox, operation: Any) -> list[str]:
        found = []
        for wanted in operation.find("m:ItemIds", _NS):
            item = box.items.get(wanted.get("Id"))
            if item is None:
                found.append(_error("GetItem", "ErrorItemNotFound"))
            elif item.number in self.broken:
                found.append(_error("GetItem", "ErrorItemCorrupt"))
            else:
                found.append(f"<m:Items>{_item(box, wanted.get('Id'), operation)}</m:Items>")
        return found

    def _CreateItem(self, box: Mailbox, operation: Any) -> list[str]:
        disposition = operation.get("MessageDisposition")
        saved = operation.find("m:SavedItemFolderId", _NS)
        made = []
        for message in operation.find("m:Items", _NS):
            raw = base64.b64decode(message.findtext("t:MimeContent", namespaces=_NS))
            given = _extended(message)
            item_id = ""
            if disposition == "SaveOnly" or self.files_copies:
                flags = int(given.get(FLAGS, 8))
                received = datetime.fromisoformat(given[DELIVERED]) if DELIVERED in given else None
                sent = disposition != "SaveOnly"
                item_id = box.add(
                    _folder_id(box, saved[0]), raw, read=sent or bool(flags & 1), draft=not sent and bool(flags & 8),
                    arrived=False, received=received,
                )  # fmt: skip
            if disposition.startswith("Send"):
                self._send(raw)
                item_id = ""  # Exchange names no item that it sent
            named = f'<t:Message><t:ItemId Id="{item_id}" ChangeKey="c"/></t:Message>' if item_id else ""
            made.append(f"<m:Items>{named}</m:Items>")
        return made

    def _send(self, raw: bytes) -> None:
        message = message_from_bytes(raw)
        fields = [str(value) for name in ("To", "Cc", "Bcc") for value in message.get_all(name, [])]
        for _, address in email.utils.getaddresses(fields):
            self.recipients.append(address)
            if address in self.boxes:
                self.deliver(address, raw)

    def _SyncFolderItems(self, box: Mailbox, operation: Any) -> list[str]:
        folder = _folder_id(box, operation.find("m:SyncFolderId", _NS)[0])
        if folder not in box.folders:
            return [_error("SyncFolderItems", "ErrorSyncFolderNotFound")]
        part = self.following.sync(box, folder, operation, lambda item_id: _item(box, item_id, operation))
        if part is None:
            error = _error("SyncFolderItems", "ErrorInvalidSyncStateData")
            more = "<m:SyncState/><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>"
            return [error.replace("</m:SyncFolderItemsResponseMessage>", more + "</m:SyncFolderItemsResponseMessage>")]
        return [part]

    def _Subscribe(self, box: Mailbox, operation: Any) -> list[str]:
        folder = _folder_id(box, operation.find("m:StreamingSubscriptionRequest/t:FolderIds", _NS)[0])
        if folder not in box.folders:
            return [_error("Subscribe", "ErrorFolderNotFound")]
        return [f"<m:SubscriptionId>{self.following.subscribe(box, folder)}</m:SubscriptionId>"]

    def _GetStreamingEvents(self, box: Mailbox, operation: Any) -> list[str]:
        subscription = operation.findtext("m:SubscriptionIds/t:SubscriptionId", namespaces=_NS)
        assert 1 <= int(operation.findtext("m:ConnectionTimeout", namespaces=_NS)) <= 30
        if subscription not in self.following.subscriptions:
            return [_error("GetStreamingEvents", "ErrorSubscriptionNotFound")]
        return [subscription]

    def _stream(self, handler: BaseHTTPRequestHandler, subscription: str) -> None:
        """An envelope a chunk, until the client hangs up or the stream is cut."""
        handler.send_response(200)
        handler.send_header("Content-Type", "text/xml; charset=utf-8")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        following = self.following
        with self._lock:
            told = following.now(subscription)
        number, spoke = int(subscription.rpartition("-")[2]), 0.0
        following.streams += 1
        try:
            while not self._end.wait(0.02):
                with self._lock:
                    found = following.events(subscription, told)
                closed = number <= following.cut
                if found or closed or time.monotonic() - spoke > following.heartbeat:
                    status = f"<m:ConnectionStatus>{'Closed' if closed else 'OK'}</m:ConnectionStatus>"
                    chunk = self._envelope("GetStreamingEvents", [found or status]).encode()
                    handler.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                    spoke = time.monotonic()
                if closed:
                    handler.wfile.write(b"0\r\n\r\n")
                    return
        finally:
            following.streams -= 1
            handler.close_connection = True

    def _DeleteItem(self, box: Mailbox, operation: Any) -> list[str]:
        return [
            "" if box.items.pop(wanted.get("Id"), None) else _error("DeleteItem", "ErrorItemNotFound")
            for wanted in operation.find("m:ItemIds", _NS)
        ]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up, or do not trust the certificate, are normal."""


def _handler(exchange: FakeExchange) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def log_message(self, format: str, *arguments: object) -> None:
            pass

        def do_POST(self) -> None:
            exchange.answer(self, self.rfile.read(int(self.headers.get("Content-Length") or 0)))

        def finish(self) -> None:
            with contextlib.suppress(OSError, ValueError):
                super().finish()
            with contextlib.suppress(OSError):
                self.connection.close()

    return Handler


def _reply(handler: BaseHTTPRequestHandler, status: int, text: str, headers: dict[str, str] | None = None) -> None:
    body = text.encode()
    handler.send_response(status)
    for name, value in {"Content-Type": "text/xml; charset=utf-8", **(headers or {})}.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def _error(operation: str, code: str) -> str:
    return (
        f'<m:{operation}ResponseMessage ResponseClass="Error"><m:MessageText>{code} happened.</m:MessageText>'
        f"<m:ResponseCode>{code}</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>"
        f"</m:{operation}ResponseMessage>"
    )


def _folder_id(box: Mailbox, element: Any) -> str:
    name = etree.QName(element).localname
    return box.distinguished(element.get("Id")) if name == "DistinguishedFolderId" else element.get("Id")


def _folder(box: Mailbox, folder: str) -> str:
    parent, name = box.folders[folder]
    count = sum(item.folder == folder for item in box.items.values())
    above = f'<t:ParentFolderId Id="{parent}" ChangeKey="c"/>' if parent else ""
    return (
        f'<t:Folder><t:FolderId Id="{folder}" ChangeKey="c"/>{above}<t:FolderClass>IPF.Note</t:FolderClass>'
        f"<t:DisplayName>{escape(name)}</t:DisplayName><t:TotalCount>{count}</t:TotalCount>"
        "<t:ChildFolderCount>0</t:ChildFolderCount><t:UnreadCount>0</t:UnreadCount></t:Folder>"
    )


def _tag(element: Any) -> int:
    return int(element.get("PropertyTag"), 16)


def _extended(message: Any) -> dict[int, str]:
    return {
        _tag(given.find("t:ExtendedFieldURI", _NS)): given.findtext("t:Value", namespaces=_NS)
        for given in message.findall("t:ExtendedProperty", _NS)
    }


def _value(item: Item, path: Any) -> Any:
    """Of a field that is searched or sorted by."""
    if path.get("PropertyTag"):
        assert _tag(path) == NUMBER
        return item.number
    if path.get("PropertyName"):
        assert path.get("DistinguishedPropertySetId") == "InternetHeaders"
        return str(message_from_bytes(item.raw, policy=email.policy.default)[path.get("PropertyName")] or "")
    if path.get("FieldURI") == "item:DateTimeReceived":
        return _iso(item.received)
    assert path.get("FieldURI") == "message:InternetMessageId", path.get("FieldURI")
    return str(message_from_bytes(item.raw, policy=email.policy.default)["Message-ID"] or "")


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "IsEqualTo": lambda a, b: bool(a == b),
    "IsGreaterThanOrEqualTo": lambda a, b: bool(a >= b),
    "IsLessThan": lambda a, b: bool(a < b),
    "Contains": lambda a, b: b in a,
}


def _matches(item: Item, condition: Any) -> bool:
    kind = etree.QName(condition).localname
    if kind in ("And", "Or"):
        return (all if kind == "And" else any)(_matches(item, part) for part in condition)
    value = _value(item, condition[0])
    constant = condition.find(".//t:Constant", _NS).get("Value")
    return _COMPARE[kind](value, type(value)(constant))


def _item(box: Mailbox, item_id: str, operation: Any) -> str:
    """The properties that were asked for, in the schema's order."""
    item = box.items[item_id]
    asked = {path.get("FieldURI") for path in operation.findall(".//t:AdditionalProperties/t:FieldURI", _NS)}
    tags = {_tag(path) for path in operation.findall(".//t:AdditionalProperties/t:ExtendedFieldURI", _NS)}
    message = message_from_bytes(item.raw, policy=email.policy.default)
    sent = message["Date"].datetime if message["Date"] and message["Date"].datetime else item.received
    body = message.get_body(("html", "plain"))
    html = body is not None and body.get_content_subtype() == "html"
    told = {
        "item:MimeContent": f'<t:MimeContent CharacterSet="UTF-8">{base64.b64encode(item.raw).decode()}</t:MimeContent>',
        "": f'<t:ItemId Id="{item_id}" ChangeKey="c"/>',
        "item:ItemClass": f"<t:ItemClass>{item.item_class}</t:ItemClass>",
        "item:Subject": f"<t:Subject>{escape(str(message['Subject'] or ''))}</t:Subject>",
        "item:Body": f'<t:Body BodyType="{"HTML" if html else "Text"}">{escape(body.get_content() if body else "")}</t:Body>',
        "item:DateTimeReceived": f"<t:DateTimeReceived>{_iso(item.received)}</t:DateTimeReceived>",
        "item:Size": f"<t:Size>{len(item.raw)}</t:Size>",
        "item:InReplyTo": _text("InReplyTo", message["In-Reply-To"]),
        "item:IsDraft": f"<t:IsDraft>{str(item.draft).lower()}</t:IsDraft>",
        "item:InternetMessageHeaders": _transport(item),
        "item:DateTimeSent": f"<t:DateTimeSent>{_iso(sent)}</t:DateTimeSent>",
        "extended": f'<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0xe23" PropertyType="Integer"/>'
        f"<t:Value>{item.number}</t:Value></t:ExtendedProperty>",
        "message:ToRecipients": _people("ToRecipients", message["To"]),
        "message:CcRecipients": _people("CcRecipients", message["Cc"]),
        "message:From": _people("From", message["From"]),
        "message:InternetMessageId": _text("InternetMessageId", message["Message-ID"]),
        "message:References": _text("References", message["References"]),
    }
    unknown = asked - set(told)
    assert not unknown, unknown
    if NUMBER in tags:
        asked.add("extended")
    parts = "".join(text for name, text in told.items() if not name or name in asked)
    return f"<t:{item.kind}>{parts}</t:{item.kind}>"


def _text(tag: str, value: object) -> str:
    return f"<t:{tag}>{escape(str(value))}</t:{tag}>" if value else ""


def _transport(item: Item) -> str:
    if not item.arrived:
        return ""
    head = message_from_bytes(item.raw).items()
    listed = "".join(
        f'<t:InternetMessageHeader HeaderName="{escape(name)}">{escape(" ".join(str(value).split()))}</t:InternetMessageHeader>'
        for name, value in head
    )
    return f"<t:InternetMessageHeaders>{listed}</t:InternetMessageHeaders>"


def _people(tag: str, value: object) -> str:
    people = email.utils.getaddresses([str(value)]) if value else []
    listed = "".join(
        f"<t:Mailbox><t:Name>{escape(name or address)}</t:Name><t:EmailAddress>{escape(address)}</t:EmailAddress></t:Mailbox>"
        for name, address in people
    )
    return f"<t:{tag}>{listed}</t:{tag}>" if listed else ""


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)
