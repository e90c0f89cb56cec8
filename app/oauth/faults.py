"""What the providers' error codes mean (RFC 6749 4.1.2.1 and 5.2, Google's and Microsoft's own). Used by this room.

Google: developers.google.com/identity/protocols/oauth2/native-app, "Authorization errors".
Microsoft: learn.microsoft.com/entra/identity-platform/reference-error-codes."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from app.domain.redaction import Redactor
from app.domain.sign_in import SignInFault, SignInTrouble
from app.oauth.certificates import certificate_fault, issuer_of
from app.oauth.grants import Grant
from app.oauth.provider_data import OAuthProvider

log = logging.getLogger(__name__)

T = SignInTrouble

_AADSTS: dict[str, SignInTrouble] = {
    "65004": T.DENIED,  # the person declined
    "65001": T.ADMIN_APPROVAL,  # nobody consented
    "90094": T.ADMIN_APPROVAL,
    "90093": T.ADMIN_APPROVAL,
    "90095": T.ADMIN_APPROVAL,
    "50105": T.ADMIN_APPROVAL,  # the person is not among those to whom the program was assigned
    "900971": T.CLIENT_REFUSED,  # no redirect address
    "7000110": T.ADMIN_APPROVAL,  # the organisation has taken the consent back
    "7000112": T.CLIENT_REFUSED,  # disabled
    "700016": T.CLIENT_REFUSED,  # not found in the directory
    "7000218": T.CLIENT_REFUSED,  # registered as confidential
    "50011": T.CLIENT_REFUSED,  # redirect address
    "50194": T.CLIENT_REFUSED,  # single tenant, asked by /common
    "50057": T.SHARED_MAILBOX,  # sign-in is blocked for the account
    "900432": T.GCC_HIGH,  # another national cloud
    "900439": T.GCC_HIGH,
    "50020": T.OTHER_ACCOUNT,  # of another directory
    "50034": T.OTHER_ACCOUNT,  # not in this directory
    "53000": T.POLICY,  # device
    "53001": T.POLICY,
    "53003": T.POLICY,  # Conditional Access
    "53011": T.POLICY,  # the person is blocked for a risk at home
    "530032": T.POLICY,
    "530035": T.POLICY,  # security defaults
    "50158": T.GRANT_ENDED,  # another provider's second factor, asked for again
    "50074": T.GRANT_ENDED,
    "50072": T.GRANT_ENDED,
    "50076": T.GRANT_ENDED,  # second factor, asked for again
    "50079": T.GRANT_ENDED,
    "50078": T.GRANT_ENDED,
    "50173": T.GRANT_ENDED,  # password changed
    "50132": T.GRANT_ENDED,
    "50133": T.GRANT_ENDED,
    "70008": T.GRANT_ENDED,
    "700082": T.GRANT_ENDED,  # unused for 90 days
    "700084": T.GRANT_ENDED,
    "70043": T.GRANT_ENDED,
    "50196": T.SERVER_BUSY,  # asked too often
    "90033": T.SERVER_BUSY,
    "90006": T.SERVER_BUSY,
}
_BY_ERROR: dict[str, SignInTrouble] = {
    "access_denied": T.DENIED,
    "invalid_grant": T.GRANT_ENDED,
    "interaction_required": T.GRANT_ENDED,
    "login_required": T.GRANT_ENDED,
    "consent_required": T.ADMIN_APPROVAL,
    "invalid_client": T.CLIENT_REFUSED,
    "unauthorized_client": T.CLIENT_REFUSED,
    "redirect_uri_mismatch": T.CLIENT_REFUSED,
    "deleted_client": T.CLIENT_REFUSED,
    "disabled_client": T.CLIENT_REFUSED,
    "org_internal": T.CLIENT_REFUSED,
    "admin_policy_enforced": T.ADMIN_APPROVAL,
    "access_not_configured": T.ADMIN_APPROVAL,
    "policy_enforced": T.ADVANCED_PROTECTION,
    "temporarily_unavailable": T.SERVER_BUSY,
    "server_error": T.SERVER_BUSY,
}
_NUMBER = re.compile(r"AADSTS(\d+)")


def hiding(*secrets: str) -> Redactor:
    """Of what was sent, so that an echo of it is not kept."""
    redactor = Redactor()
    for secret in secrets:
        redactor.hide_text(secret)
    return redactor


def fault_for(host: str, error: object, description: object, masks: Redactor) -> SignInFault:
    """`error` and `error_description` of a redirect or a token answer: strings, if the provider keeps to the rules."""
    error, description = str(error or ""), str(description or "")
    says = masks.clean(f"{error}: {description}".strip(": "))
    for number in _NUMBER.findall(description):
        if number in _AADSTS:
            return SignInFault(_AADSTS[number], says, host)
    if "advanced protection" in description.lower():
        return SignInFault(T.ADVANCED_PROTECTION, says, host)
    return SignInFault(_BY_ERROR.get(error, T.BAD_ANSWER), says, host)


def require_scopes(provider: OAuthProvider, audience: str, grant: Grant) -> None:
    """Judges a grant that was renewed just now: a person may leave out single permissions (Google's boxes), an
    administrator may take them away. Microsoft names them with and without the address of their service, in any case
    (learn.microsoft.com/entra/identity-platform/scopes-oidc); RFC 6749 5.1 lets them be missing where they are as asked
    for. Raises SignInFault MAIL_NOT_ALLOWED, which names what is missing."""
    granted = grant.access[audience].scope
    known = {_last_part(scope) for scope in granted.split()}
    missing = [scope for scope in provider.scopes[audience] if _last_part(scope) not in known]
    if known and missing:
        says = hiding(*grant.tokens).clean(f"not allowed: {' '.join(missing)}; allowed: {granted}")
        raise SignInFault(T.MAIL_NOT_ALLOWED, says, provider.host)


def _last_part(scope: str) -> str:
    """https://outlook.office.com/SMTP.Send → smtp.send, which Microsoft may write in either way."""
    parts = [part for part in scope.casefold().split("/") if part]
    return parts[-1] if parts else ""


@contextmanager
def network_explained(host: str) -> Iterator[None]:
    """Around calls of a library: what `requests` raises, and answers that are no token answers, on which the libraries
    fail in many ways. What they raise may quote the answer, so it is not passed on."""
    try:
        yield
    except requests.exceptions.JSONDecodeError:
        raise SignInFault(T.BAD_ANSWER, "", host) from None
    except requests.RequestException as error:
        answer = error.response
        if answer is not None and (answer.status_code >= 500 or answer.status_code == 429):
            raise SignInFault(T.SERVER_BUSY, f"HTTP {answer.status_code}", host) from None
        if isinstance(error, requests.exceptions.TooManyRedirects):
            raise SignInFault(T.BAD_ANSWER, "a redirect where a token was expected", host) from None
        if wrong := certificate_fault(error):
            raise SignInFault(T.CERTIFICATE, wrong.verify_message, host, issuer=issuer_of(error, host)) from None
        raise SignInFault(T.UNREACHABLE, _reason(error), host) from None
    except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RuntimeError, AssertionError) as error:
        log.debug("an answer of %s makes no sense: %s", host, type(error).__name__)
        raise SignInFault(T.BAD_ANSWER, "", host) from None


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "no secure connection"
    return "no answer in time" if isinstance(error, requests.exceptions.Timeout) else "no connection"
