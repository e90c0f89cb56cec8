"""Rewriting: links and picture go in, everything else stays as it was, on whatever people and programs write."""

from __future__ import annotations

import time
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html as lxml_html

from app.tracking.rewrite import instrument_html

PIXEL = "https://t.example.com/o/abc.gif"
IMAGE = f'<img src="{PIXEL}" width="1" height="1" alt="" style="width:1px;height:1px;border:0">'


def tracked(position: int, url: str) -> str:
    return f"https://t.example.com/c/{position}"


def rewritten(html: str) -> tuple[str, tuple[str, ...]]:
    """The result without its picture."""
    out, urls = instrument_html(html, pixel_url=PIXEL, wrap=tracked)
    assert out.count(IMAGE) == 1
    return out.replace(IMAGE, ""), urls


@pytest.mark.parametrize(
    ("html", "result", "urls"),
    [
        (
            '<p><a href="https://example.com/">x</a></p>',
            '<p><a href="https://t.example.com/c/0">x</a></p>',
            ("https://example.com/",),
        ),
        (
            "<A class=b HREF='http://example.com/?a=1&amp;b=2' target=_blank>x</A>",
            "<A class=b HREF='https://t.example.com/c/0' target=_blank>x</A>",
            ("http://example.com/?a=1&b=2",),
        ),
        (
            "<a href=http://example.com/x/>x</a>",
            '<a href="https://t.example.com/c/0">x</a>',
            ("http://example.com/x/",),
        ),
        (
            '<a\n href\t=\n "http://example.com/a" title="a > b">x</a>',
            '<a\n href\t=\n "https://t.example.com/c/0" title="a > b">x</a>',
            ("http://example.com/a",),
        ),
        # no reference without its semicolon before "=" or a letter; as in a browser
        (
            '<a href="http://example.com/?a=1&copy=2&lt=3&amp=4&notit;&para">x</a>',
            '<a href="https://t.example.com/c/0">x</a>',
            ("http://example.com/?a=1&copy=2&lt=3&amp=4&notit;¶",),
        ),
        (
            '<a href="&#104;ttps&#x3a;//example.com/&quot;">x</a>',
            '<a href="https://t.example.com/c/0">x</a>',
            ('https://example.com/"',),
        ),
        # the first of two counts
        (
            '<a href="http://one.example.com" href="http://two.example.com">',
            '<a href="https://t.example.com/c/0" href="http://two.example.com">',
            ("http://one.example.com",),
        ),
        ("<a href href='http://example.com'>", "<a href href='http://example.com'>", ()),
        # the same address twice is two positions
        (
            '<a href="http://example.com">1</a><a href="http://example.com">2</a>',
            '<a href="https://t.example.com/c/0">1</a><a href="https://t.example.com/c/1">2</a>',
            ("http://example.com", "http://example.com"),
        ),
    ],
)
def test_links(html: str, result: str, urls: tuple[str, ...]) -> None:
    assert rewritten(html) == (result, urls)


@pytest.mark.parametrize(
    "html",
    [
        '<a href="mailto:a@example.com">m</a><a href="tel:+46">t</a><a href="#x">f</a><a name=x>n</a><a href="">e</a>',
        '<a href="data:text/html,x">d</a><a href="cid:1@example.com">c</a><a href="/r">r</a><a href="javascript:x()">j</a>',
        '<a data-href="http://example.com" xhref="http://example.com">x</a>',
        '<img src="http://example.com/a.png"><link href="http://example.com/s.css"><area href="http://example.com/">',
        '<abbr href="http://example.com">x</abbr>',
        '<!--[if mso]><a href="http://example.com">vml</a><![endif]-->',
        "<!-- <a href='http://example.com'> -- > <a href='http://example.com'> -->",
        '<style>a[href="http://example.com"]:after{content:"<a href=http://example.com>"}</style>',
        '<script>document.write("<a href=http://example.com>")</script>',
        '<title><a href="http://example.com"></title><textarea><a href="http://example.com"></textarea>',
        '<?xml <a href="http://example.com" ?><!doctype html>',
        "plain <text with 3 < 4 & 5 > 2 </3 >",
        "",
    ],
)
def test_what_is_no_link_stays(html: str) -> None:
    assert rewritten(html) == (html, ())


def test_downlevel_revealed_comment_shows_its_links() -> None:
    html = '<![if !mso]><a href="http://example.com">x</a><![endif]>'
    assert rewritten(html) == (
        '<![if !mso]><a href="https://t.example.com/c/0">x</a><![endif]>',
        ("http://example.com",),
    )


def test_svg_style_does_not_swallow_the_rest() -> None:
    html = '<svg><style/><title/></svg><a href="http://example.com">x</a>'
    assert rewritten(html)[1] == ("http://example.com",)


def test_link_that_is_given_back_is_left_as_it_was_written() -> None:
    html = "<a href=http://own.example.com/?a&amp;b>1</a><a href='http://example.com'>2</a>"
    out, urls = instrument_html(
        html, pixel_url=PIXEL, wrap=lambda position, url: url if "own" in url else tracked(position, url)
    )
    assert "href=http://own.example.com/?a&amp;b>" in out
    assert "href='https://t.example.com/c/1'" in out
    assert urls == ("http://own.example.com/?a&b", "http://example.com")


def test_tracked_address_is_escaped_for_its_quotes() -> None:
    out, _ = instrument_html(
        "<a href='http://example.com'>", pixel_url='https://t/?a&"b', wrap=lambda i, u: "https://t/?'\"&<>"
    )
    assert "<a href='https://t/?&#x27;&quot;&amp;&lt;&gt;'>" in out
    assert 'src="https://t/?a&amp;&quot;b"' in out


@pytest.mark.parametrize(
    ("html", "before"),
    [
        ("<html><body><p>x</p></body></html>", "</body></html>"),
        ("<html><body><p>x</p></BODY  ></html>", "</BODY  ></html>"),
        ("<body>a</body><body>b</body> c", "</body> c"),
        ("<html><p>x</html>", "</html>"),
        ("<p>x</p>", ""),
        ("<body><!-- </body> --><style></body></style>x", ""),
        ("<p>x <!-- never closed", "<!-- never closed"),
        ("<p>x <a href='http://example.com", "<a href='http://example.com"),
        ("<p>x <style> p { }", "<style> p { }"),
        ("<p>x <title>y</title ", "<title>y</title "),
        ("<p>x </", "</"),
    ],
)
def test_picture_comes_where_it_is_shown(html: str, before: str) -> None:
    out, _ = instrument_html(html, pixel_url=PIXEL, wrap=tracked)
    assert out == html[: len(html) - len(before)] + IMAGE + before


def test_a_message_with_links_gets_one_more_that_nobody_sees() -> None:
    html = (
        '<body><p><a href="https://example.com/?a=1&amp;b=2">x</a> <a href="https://example.com/two">y</a></p></body>'
    )
    out, urls = instrument_html(
        html, pixel_url=PIXEL, wrap=tracked, trap=lambda url: f"https://t.example.com/c/trap?{url}"
    )
    assert len(urls) == 2  # it is no link of the message
    (hidden,) = (a for a in lxml_html.fromstring(out).iter("a") if "trap" in a.get("href"))
    assert (
        hidden.get("href") == "https://t.example.com/c/trap?https://example.com/?a=1&b=2"
    )  # it leads where the first one leads
    assert (
        hidden.get("style") == "display:none" and hidden.get("aria-hidden") == "true" and hidden.get("tabindex") == "-1"
    )
    assert not hidden.text and out.index("trap") < out.index(PIXEL)


def test_a_message_without_links_gets_no_hidden_one() -> None:
    out, _ = instrument_html("<p>x</p>", pixel_url=PIXEL, wrap=tracked, trap=lambda url: "https://t.example.com/c/trap")
    assert out == f"<p>x</p>{IMAGE}"


def test_a_whole_newsletter_keeps_every_other_character() -> None:
    html = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN">\r\n<html xmlns:v="urn:schemas-microsoft-com:vml">'
        "<head>\r\n<meta charset='utf-8'><!--[if gte mso 9]><xml><o:x/></xml><![endif]--><style>a{color:red}</style></head>"
        '<body bgcolor=#fff><table><tr><td><a href="https://example.com/a?b=1&amp;c=%20" style="color:red">A &amp; B</a>'
        '<!--[if mso]><v:roundrect href="https://example.com/vml"><![endif]--><br/>\tåäö \U0001f600 &nbsp;</td></tr></table>'
        "</body></html>\r\n"
    )
    out, urls = rewritten(html)
    assert urls == ("https://example.com/a?b=1&c=%20",)
    assert out == html.replace("https://example.com/a?b=1&amp;c=%20", "https://t.example.com/c/0")


PIECES = (
    "<a |<A\n|href|HREF|=|\"|'|http://example.com/?a=1&amp;b|>|/>|</a>|<!--|-->|<!|<?|</|</body>|<style>|</style>|"
    "<script>|</script>|<title>|</title|&copy;| |<svg>|</svg>|<![CDATA[|]]>|<plaintext>|x|<|\x0c|é|"
    "<a href='http://example.com/1'>"
)
MARKUP = st.lists(st.sampled_from(PIECES.split("|")), max_size=30).map("".join)


@given(st.one_of(MARKUP, st.text(max_size=200)))
@example("<a href=http://example.com</")
def test_any_input_keeps_its_characters(html: str) -> None:
    same, urls = instrument_html(html, pixel_url=PIXEL, wrap=lambda position, url: url)
    assert same.replace(IMAGE, "", 1) == html
    out, again = instrument_html(html, pixel_url=PIXEL, wrap=tracked)
    assert again == urls
    # the copy has as many links as the original, and they lead where they should, in order
    _, links = instrument_html(out, pixel_url=PIXEL, wrap=tracked)
    assert links == tuple(tracked(position, url) for position, url in enumerate(urls))


ATTRIBUTE_TEXT = st.text(
    st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp"], blacklist_characters="\xa0"), max_size=20
)


def _element(children: list[str], href: str, quote: str, title: str, tag: str) -> str:
    value = escape(f"https://example.com/{href}", quote=True)
    return (
        f"<{tag} title={quote}{escape(title, quote=True)}{quote} href={quote}{value}{quote}>{''.join(children)}</{tag}>"
    )


TREES = st.recursive(
    st.text(st.characters(whitelist_categories=["L", "N"]), max_size=10).map(escape),
    lambda inner: st.builds(
        _element,
        st.lists(inner, max_size=3),
        ATTRIBUTE_TEXT.map(str.strip),
        st.sampled_from("\"'"),
        ATTRIBUTE_TEXT,
        st.sampled_from(["a", "p", "div", "b", "table", "span"]),
    ),
    max_leaves=12,
)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append(dict(attrs).get("href"))


@given(TREES)
def test_two_other_parsers_see_the_same_document(fragment: str) -> None:
    html = f"<html><body>{fragment}</body></html>"
    out, urls = rewritten(html)
    links = _Links()
    links.feed(html)
    links.close()
    assert urls == tuple(links.found)
    before, after = lxml_html.document_fromstring(html), lxml_html.document_fromstring(out)
    for element in (*before.iter("a"), *after.iter("a")):
        element.attrib.pop("href", None)
    assert lxml_html.tostring(before) == lxml_html.tostring(after)


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<!",
        "<!--",
        "</",
        "<a ",
        "<a href=",
        "<a href='x",
        "<a href=http://example.com>",
        "<style>",
        "&",
        "<svg><![CDATA[",
    ],
)
def test_time_is_linear(piece: str) -> None:
    html = piece * (1_000_000 // len(piece))
    began = time.perf_counter()
    instrument_html(html, pixel_url=PIXEL, wrap=tracked)
    assert time.perf_counter() - began < 5.0
