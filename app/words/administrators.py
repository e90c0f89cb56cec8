"""What the people who run a mail service, or the network in between, have to change so that a problem goes away. Used by
the report of a diagnosis, and by the card of an inbox that lacks a permission."""

from __future__ import annotations

from app.domain.problems import Problem, ProblemCode

C = ProblemCode
# Empty: nothing to change on their side.
_ASKED: dict[ProblemCode, str] = {
    C.HOST_NOT_FOUND: "Publish the name {host} in DNS, or tell the owner of the mailbox the server’s right name.",
    C.CONNECTION_REFUSED: "Let the server listen on TCP port {port} of {host}, or tell the owner of the mailbox its right "
    "port. Where it listens, allow this computer’s network in the firewall in front of it.",
    C.CONNECT_TIMEOUT: "Open TCP port {port} outbound to {host} in the firewall of this computer’s network, and inbound in "
    "that of the server.",
    C.NETWORK_DOWN: "Give this computer a way to {host}, TCP port {port}: a route, and no rule that forbids it.",
    C.CONNECTION_LOST: "Look in the logs of {host} at the time of this report for why it ended the connection, and in the "
    "firewall for a limit on how long connections last.",
    C.READ_TIMEOUT: "Look at the load of {host}, and for a firewall or a mail filter that holds back what the server says "
    "on port {port}.",
    C.NOT_A_MAIL_SERVER: "Another service answers on port {port} of {host}. Let the mail server listen there, or tell the "
    "owner of the mailbox its right port.",
    C.TLS_NOT_OFFERED: "Switch TLS on at {host}, port {port} (STARTTLS, or TLS from the start on 993 and 465). Where it is "
    "on, look for a firewall or virus scanner that takes STARTTLS out of the server’s answers.",
    C.TLS_FROM_START: "Nothing, where port {port} of {host} is meant for TLS from the start: the owner of the mailbox chooses "
    "TLS instead of STARTTLS.",
    C.TLS_FAILED: "Allow TLS 1.2 or newer on port {port} of {host}, and tell the owner of the mailbox whether the port "
    "speaks TLS from the start or STARTTLS.",
    C.CERTIFICATE_EXPIRED: "Renew the certificate of {host}, and let every server behind this name use it.",
    C.CERTIFICATE_NOT_YET_VALID: "Set the clock of this computer. Where it is right, issue a certificate for {host} that is "
    "valid now.",
    C.CERTIFICATE_UNTRUSTED: "Install a certificate for {host} from an authority that computers know, with the "
    "certificates in between. Or give the owner of the mailbox your authority’s certificate, or the fingerprint below by "
    "telephone.",
    C.CERTIFICATE_NAME_MISMATCH: "Issue a certificate that carries the name {host}, or tell the owner of the mailbox the "
    "name that it carries.",
    C.CERTIFICATE_CHANGED: "Say whether you changed the certificate of {host}, and confirm the new fingerprint below. "
    "Where you did not, somebody else answers in the server’s place.",
    C.WRONG_CREDENTIALS: "Look in the sign-in log for why this account was refused: a changed password, a locked account, "
    "or mail programs that are not allowed for it. Allow IMAP and authenticated SMTP (or EWS) for this mailbox.",
    C.APP_PASSWORD_NEEDED: "Allow app passwords for this account, or sign-in by OAuth for mail programs.",
    C.LOGIN_DISABLED: "Allow this mailbox to sign in from mail programs at {host}: switch IMAP, authenticated SMTP or EWS on "
    "for it, with the method PLAIN or LOGIN over TLS, or XOAUTH2.",
    C.AUTH_UNAVAILABLE: "The part of {host} that checks sign-ins does not answer: look at the directory or the database "
    "behind it.",
    C.TOO_MANY_CONNECTIONS: "Allow more connections at a time for this account at {host}. Hitchpost uses one or two.",
    C.DAILY_LIMIT: "",
    C.THROTTLED: "Raise the rate limit for this account at {host}, or say how often it may connect.",
    C.SERVER_BUSY: "Look in the log of {host} for why it turned this connection away.",
    C.FOLDER_MISSING: "",
    C.PROTOCOL_ERROR: "Look whether something between this computer and {host} changes what is said on port {port} (a virus "
    "scanner, a proxy), and whether the server is up to date.",
    C.ANSWER_TOO_LARGE: "Look whether something between this computer and {host} changes what is said on port {port}, and "
    "whether the server is up to date.",
    C.SENDER_REFUSED: "Allow this account to send as its own address at {host}.",
    C.SENDER_GONE: "",
    C.RECIPIENT_REFUSED: "Let {host} take mail to this mailbox’s own address.",
    C.MESSAGE_REFUSED: "Look in the log of {host} for the rule that refused the message.",
    C.MESSAGE_TOO_LARGE: "",
    C.QUOTA_EXCEEDED: "Give this mailbox more room, or move old mail out of it.",
    C.OUTCOME_UNKNOWN: "",
    C.SEND_LIMIT: "Raise the number of messages that this account may send in a day.",
    C.GRANT_ENDED: "Look whether a rule of the organisation ends sign-ins (a session limit, conditional access), or whether "
    "the program was blocked. The owner of the mailbox has to sign in again.",
    C.PERMISSION_MISSING: "Allow IMAP and sending for this mailbox, and this program in the organisation.",
    C.NO_SECRET: "",
    C.SECRETS_LOCKED: "",
    C.DISK_FULL: "",
    C.BROKEN_MESSAGE: "",
    C.EXCHANGE_NOT_FOUND: "Publish autodiscover for the address’s domain over HTTPS, or tell the owner of the mailbox the EWS "
    "address (such as https://mail.example.com/ews/exchange.asmx).",
    C.EXCHANGE_ELSEWHERE: "Confirm that the mailbox’s server is {host}, outside the address’s own domain.",
    C.EXCHANGE_ONLINE: "",
    C.EXCHANGE_TOO_OLD: "Update the Exchange server {host} to 2010 SP2 or newer, or switch IMAP and authenticated SMTP on.",
    C.NO_EWS: "Publish Exchange Web Services at {host} with basic authentication over HTTPS, or tell the owner of the "
    "mailbox its right address.",
    C.OVERDUE: "",
}
del C

_GOOGLE = (
    "In the Google Admin console: allow IMAP for this person (Apps > Google Workspace > Gmail > End User Access), and trust "
    "this program’s client (Security > Access and data control > API controls > Manage app access)."
)
_MICROSOFT = (
    "In the Exchange admin center: switch IMAP and Authenticated SMTP on for this mailbox (Mailboxes > Manage email apps "
    "settings). In Microsoft Entra: grant admin consent for this program’s client (Enterprise applications > Permissions)."
)


def asked_of_administrators(problem: Problem) -> str:
    """Sentences for whoever runs the server or the network; empty where nothing of theirs is in the way."""
    if problem.code is ProblemCode.PERMISSION_MISSING:
        host = problem.host.lower()
        if host.endswith(("google.com", "gmail.com", "googleapis.com")):
            return _GOOGLE
        if host.endswith(("office365.com", "outlook.com", "microsoft.com", "microsoftonline.com", "office.com")):
            return _MICROSOFT
    text = _ASKED[problem.code]
    if not problem.port:
        text = text.replace("TCP port {port}", "its port").replace("port {port}", "its port")
    return text.format(host=problem.host or "the server", port=problem.port)
