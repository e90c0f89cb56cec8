"""What is said of a public mail domain that is given to a company. Used by the companies page and by the command line."""

from __future__ import annotations

from app.domain.company_domains import is_public_mail_domain


def public_domain_note(domain: str) -> str:
    """A sentence; empty for any other domain."""
    if not is_public_mail_domain(domain.strip().removeprefix("@")):
        return ""
    return (
        f"{domain.strip()} is a public mail domain, where anybody can have an address: contacts there are not put to this "
        "company."
    )
