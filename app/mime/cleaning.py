"""Pasted and quoted HTML without the tracking of others, and without our own (M6). Used by compose and by replies.

A quotation that carries our pixel back would count its reader's view as an open; a pasted newsletter would spy for its
sender.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.mime.html_limits import tame_html
from app.mime.link_wrappers import unwrap_link

if TYPE_CHECKING:
    from lxml import html as lxml_html

# Host (or its ending, with a dot in front) and what its path must hold, of pictures that only report a view.
_PIXELS: tuple[tuple[str, str], ...] = (
    ("track.hubspot.com", ""), (".hubspotlinks.com", ""), (".hubspotemail.net", "/o/"), (".hubspotfree.net", ""),
    (".hs-analytics.net", ""), (".hubspotstarter.net", "/o/"), (".sidekickopen.com", ""),
    (".list-manage.com", "/track/open"), ("mandrillapp.com", "/track/open"), (".sendgrid.net", "/wf/open"),
    (".awstrack.me", "/I0/"), (".pstmrk.it", "/open"), ("mailtrack.io", ""), (".mailtrack.io", ""),
    ("mltrk.io", ""), ("t.yesware.com", ""), ("app.yesware.com", "/t/"), ("mailfoogae.appspot.com", ""),
    ("email.mixmax.com", "/e/o"), ("track.mixmax.com", ""), ("r.superhuman.com", ""), ("t.sidekickopen01.com", ""),
    (".bl-1.com", ""), ("tracking.cirrusinsight.com", ""), (".outreach.io", "/api/mailings/opened"),
    ("api.salesloft.com", "/track"), (".salesloftlinks.com", ""), ("pixel.app.returnpath.net", ""),
    ("getnotify.com", ""), (".getnotify.com", ""), ("www.google-analytics.com", "/collect"),
    ("www.facebook.com", "/tr"), (".exct.net", "/open.aspx"), (".sendibm1.com", "/im/"),
    (".sendinblue.com", "/tr/op"), (".klaviyomail.com", "/o/"), (".mkt.dynamics.com", "/t/"),
    (".customeriomail.com", "/e/o/"), (".intercom-mail.com", "/o"), (".mjt.lu", "/oo/"),
    ("open.convertkit-mail.com", ""), (".convertkit-mail2.com", "/o/"), (".createsend1.com", "/t/"),
    (".cmail19.com", "/t/"), (".cmail20.com", "/t/"), (".activehosted.com", "/lt.php"), (".emltrk.com", ""),
    (".litmus.com", "/"), (".mailspring.com", "/open/"), ("link.getmailspring.com", ""),
    ("tracking.mailbutler.io", ""), ("bowtie.mailbutler.io", ""), (".boxbe.com", ""),
)  # fmt: skip
_SMALL = re.compile(
    r"(?:^|;)\s*(?:max-)?(?:width|height)\s*:\s*[01](?:\.\d+)?\s*(?:px|pt|em)?\s*(?:!important\s*)?(?:;|$)"
)
_HIDDEN = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0+)?\s*(?:[;!]|$)|mso-hide\s*:\s*all)"
)
_STYLE_URL = re.compile(r"url\(\s*['\"]?([^'\")]{1,4000})", re.IGNORECASE)


def strip_tracking(
    html: str, own_hosts: Collection[str] = (), *, resolve: Callable[[str], str | None] | None = None
) -> str:
    """The HTML without pictures that report a view (invisible ones, those of known trackers, those on `own_hosts`) and
    with wrapped links led back to their destinations.

    `own_hosts`: host names of our tracking servers. `resolve` tells the destination of one of our wrapped links, the
    address itself where it is an ordinary one, or None; a link that cannot be resolved loses its address, not its text.
    HTML with nothing to take out comes back exactly as it was. Never raises; nothing is fetched."""
    own = frozenset(host.lower().rpartition("@")[2].partition(":")[0] for host in own_hosts)
    if not html.strip() or "<" not in html:
        return html
    from lxml import etree  # not where there is only text
    from lxml import html as lxml_html

    whole = re.search(r"<(?:html|body)[\s>]", html[:20_000], re.IGNORECASE) is not None
    try:
        tamed = tame_html(html)
        parse = lxml_html.document_fromstring if whole else _fragment
        root = parse(tamed)
    except (etree.LxmlError, ValueError, AssertionError):
        return html
    changed = False
    for element in list(root.iter()):
        if isinstance(element.tag, str):
            changed = _clean_element(element, own, resolve) or changed
    if not changed:
        return html
    written: str = lxml_html.tostring(root, encoding="unicode")
    return written if whole else written.removeprefix("<div>").removesuffix("</div>")


def _fragment(html: str) -> lxml_html.HtmlElement:
    from lxml import html as lxml_html

    return lxml_html.fragment_fromstring(html, create_parent="div")


def _clean_element(
    element: lxml_html.HtmlElement, own: frozenset[str], resolve: Callable[[str], str | None] | None
) -> bool:
    if element.tag in ("img", "input") and _reports_view(element, own):
        element.drop_tree()
        return True
    changed = False
    background = element.get("background")
    if background and _is_tracker(background, own):
        del element.attrib["background"]
        changed = True
    style = element.get("style")
    if style and any(_is_tracker(url, own) for url in _STYLE_URL.findall(style)):
        kept = [d for d in style.split(";") if not any(_is_tracker(u, own) for u in _STYLE_URL.findall(d))]
        element.set("style", ";".join(kept))
        changed = True
    if element.tag == "a" and (target := element.get("href")):
        changed = _clean_link(element, target.strip(), own, resolve) or changed
    return changed


def _clean_link(
    element: lxml_html.HtmlElement, target: str, own: frozenset[str], resolve: Callable[[str], str | None] | None
) -> bool:
    destination: str | None = unwrap_link(target)
    if destination and _host(destination) in own:
        resolved = resolve(destination) if resolve else None
        if resolved != destination:  # the same: an ordinary page on that host
            destination = unwrap_link(resolved) if resolved else None
            if destination and _host(destination) in own:
                destination = None
    if destination == target:
        return False
    shown = (element.text or "").strip()
    if destination is None:
        del element.attrib["href"]
    else:
        element.set("href", destination)
        if shown == target:  # the wrapped address itself was the text of the link
            element.text = destination
    for name in ("originalsrc", "data-saferedirecturl", "shash", "ping"):
        if name in element.attrib:
            del element.attrib[name]
    return True


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _is_tracker(url: str, own: frozenset[str]) -> bool:
    url = url.strip()
    host = _host(url)
    if not host:
        return False
    if host in own:
        return True
    path = url.partition(host)[2].lstrip(":0123456789")
    return any(
        (host.endswith(ending) if ending.startswith(".") else host == ending) and (part in path)
        for ending, part in _PIXELS
    )


def _reports_view(element: lxml_html.HtmlElement, own: frozenset[str]) -> bool:
    source = (element.get("src") or "").strip()
    if source[:5].lower().startswith(("cid:", "data:")):
        return False
    if _is_tracker(source, own):
        return True
    if element.tag != "img":
        return False
    sizes = [size.strip().removesuffix("px") for name in ("width", "height") if (size := element.get(name)) is not None]
    style = (element.get("style") or "").lower()[:5_000]
    return (
        any(size in ("0", "1") for size in sizes)
        or _SMALL.search(style) is not None
        or _HIDDEN.search(style) is not None
        or "hidden" in element.attrib
    )
