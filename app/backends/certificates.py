"""How a server's certificate is judged, and what is told about one that is not accepted. Used by `secure`."""

from __future__ import annotations

import hashlib
import ssl
from typing import TYPE_CHECKING

from app.domain.errors import UsageError
from app.domain.inboxes import ServerTrust
from app.domain.problems import CertificateFacts, ProblemCode

if TYPE_CHECKING:
    from cryptography import x509


def tls_context(trust: ServerTrust) -> ssl.SSLContext:
    """TLS 1.2 or newer. With a pin the certificate is compared afterwards (see `pin_matches`) and nothing else counts;
    otherwise the system's authorities, and those of `ca_pem`, and the host's name. UsageError: no certificate in
    `ca_pem`."""
    if trust.pin_sha256:
        return unverified_context()
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if trust.ca_pem:
        try:
            context.load_verify_locations(cadata=trust.ca_pem)
        except (ssl.SSLError, ValueError) as error:
            raise UsageError("The file of certificate authorities holds no certificate in PEM form.") from error
    return context


def unverified_context() -> ssl.SSLContext:
    """For looking at a certificate, and for comparing it with a pin. Nothing secret is sent before that comparison."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def pin_matches(trust: ServerTrust, der: bytes) -> bool:
    """`pin_sha256` may be typed with colons, spaces and capitals."""
    wanted = "".join(c for c in trust.pin_sha256.lower() if c in "0123456789abcdef")
    return bool(der) and hashlib.sha256(der).hexdigest() == wanted


# OpenSSL's X509_V_ERR_* numbers
_CODES = {
    9: ProblemCode.CERTIFICATE_NOT_YET_VALID,
    10: ProblemCode.CERTIFICATE_EXPIRED,
    62: ProblemCode.CERTIFICATE_NAME_MISMATCH,
    64: ProblemCode.CERTIFICATE_NAME_MISMATCH,  # an IP address
}


def verification_code(error: ssl.SSLCertVerificationError) -> ProblemCode:
    return _CODES.get(error.verify_code, ProblemCode.CERTIFICATE_UNTRUSTED)


def certificate_facts(der: bytes) -> CertificateFacts:
    """Of a certificate in DER form; fields that cannot be read are empty."""
    from cryptography import x509  # 15 MB that are needed for a certificate that is refused

    sha256 = hashlib.sha256(der).hexdigest()
    try:
        certificate = x509.load_der_x509_certificate(der)
        return CertificateFacts(
            subject=certificate.subject.rfc4514_string()[:500],
            issuer=certificate.issuer.rfc4514_string()[:500],
            not_before=certificate.not_valid_before_utc.isoformat(),
            not_after=certificate.not_valid_after_utc.isoformat(),
            sha256=sha256,
            names=_names(certificate),
        )
    except ValueError:
        return CertificateFacts("", "", "", "", sha256)


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return ()
    dns = extension.value.get_values_for_type(x509.DNSName)
    addresses = [str(ip) for ip in extension.value.get_values_for_type(x509.IPAddress)]
    return tuple([*dns, *addresses][:100])
