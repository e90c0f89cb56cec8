"""Why a sign-in at Google or Microsoft did not come about, and what to do, for people. One entry a trouble; a test keeps
the table complete. Used by the wizard and the command line."""

from __future__ import annotations

from app.domain.sign_in import SignInFault, SignInTrouble
from app.words.problems import Explanation
from app.words.troubleshooting import row_for

T = SignInTrouble
_Text = tuple[str, str, str]
_TABLE: dict[SignInTrouble, _Text] = {
    T.DENIED: (
        "The sign-in was cancelled",
        "In the browser, access was not allowed.",
        "Try again, and press Allow (or Accept) at the end.",
    ),
    T.TIMED_OUT: (
        "Nobody came back from the browser",
        "The sign-in in the browser was not finished in time, or the page showed an error.",
        "Try again. Where {name} says that access is blocked, it also says who can allow it.",
    ),
    T.NO_CLIENT: (
        "Sign-in at {name} is not set up",
        "{name} lets in only programs that are registered there, and this Hitchpost has no registration of its own.",
        "Register a desktop client at {registry} and enter its ID{client_id_place}. {password_way}",
    ),
    T.CLIENT_REFUSED: (
        "{name} does not know this Hitchpost",
        "The registration (client ID) is unknown there, switched off, only for one organisation, or registered without the "
        "redirect address http://{redirect_host}.",
        "Check {client_id_name}, and its registration at {registry}: kind desktop program.",
    ),
    T.OTHER_ACCOUNT: (
        "Signed in as {account}, not as {address}",
        "The browser used another account.",
        "Try again and choose {address}. {other_name}",
    ),
    T.MAIL_NOT_ALLOWED: (
        "Access to mail was left out",
        "The sign-in went well, but reading or sending mail was not allowed with it: a box was not ticked, or an administrator "
        "took the permission away.",
        "Try again and tick every box on the page of {name}. Where there is none, ask the administrator.",
    ),
    T.ADVANCED_PROTECTION: (
        "Accounts in Google’s Advanced Protection cannot be connected",
        "The programme lets no program of this kind read mail. That is its purpose.",
        "Connect another account, or leave the programme in the security settings of the Google account.",
    ),
    T.ADMIN_APPROVAL: (
        "Your organisation’s administrator has to allow Hitchpost",
        "At {name}, the organisation lets in only programs that its administrator approved.",
        "Send the administrator this client ID: {client_id}. Then try again.",
    ),
    T.POLICY: (
        "A rule of your organisation does not allow the sign-in",
        "It asks for a managed computer, a certain network, or another second factor.",
        "Ask the administrator, and give them the words of {name} below.",
    ),
    T.GCC_HIGH: (
        "Accounts in Microsoft 365 GCC High cannot be connected",
        "This cloud for the US government is closed to programs registered outside of it.",
        "Use another mailbox.",
    ),
    T.DOD: (
        "Accounts in Microsoft 365 DoD cannot be connected",
        "This cloud of the US Department of Defense is closed to programs registered outside of it.",
        "Use another mailbox.",
    ),
    T.SHARED_MAILBOX: (
        "{address} cannot sign in",
        "Its sign-in is blocked at Microsoft, as it is for every shared mailbox.",
        "A shared mailbox cannot be connected. Connect the mailbox of a person, or have its sign-in unblocked.",
    ),
    T.GRANT_ENDED: (
        "{name} asks for a new sign-in",
        "The permission was withdrawn or has run out, or the answer came too late.",
        "Try again. Where Hitchpost’s registration at Google is in testing, a sign-in lasts seven days: publish it.",
    ),
    T.SERVER_BUSY: (
        "The sign-in at {name} does not work just now",
        "The trouble is at {host}.",
        "Try again in a few minutes.",
    ),
    T.UNREACHABLE: (
        "{host} cannot be reached",
        "This computer is offline, or a firewall or proxy keeps the connection away.",
        "Check the connection, then try again.",
    ),
    T.CERTIFICATE: (
        "The certificate of {host} is not trusted",
        "{issued_by}A company’s proxy or a virus scanner may look into encrypted connections and show a certificate of its "
        "own, or this computer’s clock is wrong. Nothing was sent.",
        "Check this computer’s date. In a company, ask for the certificate of the authority that inspects connections, and "
        "{trust_it}. Else try another network.",
    ),
    T.BAD_ANSWER: (
        "{host} gave an answer that makes no sense",
        "It may be set up in another way than Hitchpost expects, or somebody interferes.",
        "Try again. When it stays so, check {settings}.",
    ),
}

# What the provider said tells these apart further (`troubleshooting`).
_BROAD = frozenset({T.BAD_ANSWER, T.GRANT_ENDED, T.POLICY})

_REGISTRIES = {
    "gmail": ("Gmail", "https://console.cloud.google.com/auth/clients", "127.0.0.1"),
    "outlook": ("Microsoft", "https://entra.microsoft.com", "localhost"),
}
# Where the sign-in name is another than the address: a Microsoft 365 account may have one, at Google the address is an alias.
_OTHER_NAMES = {
    "gmail": "Where that is an alias, {enter} the main address of the account.",
    "outlook": "Where its sign-in name is another one, {enter} that name. A shared mailbox cannot be connected, only the "
    "mailbox of a person.",
}
_PASSWORD_WAYS = {"gmail": "Or connect Gmail by IMAP with an app password, which gives access to less.", "outlook": ""}


def explain_sign_in(
    fault: SignInFault, provider: str, address: str, client_id: str = "", *, by_command: bool = True
) -> Explanation:
    """`provider`: "gmail" or "outlook". `by_command`: with commands; else with pages of the window."""
    if fault.trouble in _BROAD and (row := row_for(fault.says, fault.host)) is not None:
        return Explanation(*row.words(fault.host))
    name, registry, redirect_host = _REGISTRIES[provider]
    values = {
        "name": name,
        "registry": registry,
        "redirect_host": redirect_host,
        "key": provider,
        "address": address,
        "account": fault.account or "somebody else",
        "host": fault.host or name,
        "issued_by": f"It was issued by {fault.issuer}. " if fault.issuer else "",
        "password_way": _PASSWORD_WAYS[provider],
        **_places(provider, client_id, by_command),
    }
    title, cause, remedy = (text.format(**values).strip() for text in _TABLE[fault.trouble])
    return Explanation(title, cause, remedy)


def _places(provider: str, client_id: str, by_command: bool) -> dict[str, str]:
    """Where things are entered and looked up, in commands or in pages of the window."""
    if by_command:
        trust_it = "give the file with --ca FILE"
        enter, place = "give with --username", f": hitchpost settings set oauth.{provider}.client_id ID"
        name, settings = f"oauth.{provider}.client_id in the settings", f"the oauth.{provider} settings"
    else:
        trust_it = "install it on this computer"
        enter, place = "enter under “Sign-in name”", " under Settings › Google and Microsoft"
        name, settings = "the client ID under Settings › Google and Microsoft", "Settings › Google and Microsoft"
    return {
        "other_name": _OTHER_NAMES[provider].format(enter=enter),
        "client_id_place": place,
        "client_id_name": name,
        "trust_it": trust_it,
        "settings": settings,
        "client_id": client_id or f"see {name}",
    }
