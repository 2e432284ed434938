"""A web page reduced to its article, by trafilatura (lxml underneath). It gets a parsed tree and never the network.

Hidden text is taken out before: a reader does not see it, and it is where keywords and prompts for machines are put.

Parsing takes up to 60 µs and 2 KB a tag, and time that grows with the square of a tag's attributes: pages beyond what any news site
sends are rejected before they are parsed, since a page that takes minutes takes the rest of its batch along.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from model.records import RejectedInput, Span

if TYPE_CHECKING:
    from lxml.html import HtmlElement  # type: ignore[import-untyped]  # lxml ships no types

_UNSEEN: Final = (
    "script style noscript template svg math iframe object form button select nav footer dialog".split()  # noqa: SIM905  reads better
)
_HIDDEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])", re.I)
# lxml refuses a str that names an encoding, and shows the end of a document type's own entities as text.
_PROLOG: Final = re.compile(r"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!doctype[^>\[]*\[.*?\]\s*>)?", re.I | re.S)

# The largest pages of news (live blogs of a whole day) have some 30,000 tags, their tags some 30 attributes.
MAX_TAGS: Final = 100_000
MAX_ATTRIBUTES: Final = 5_000  # in one tag; code in scripts is counted too, and in it a "tag" (a<b …) ends with the next ">"
_MAX_SCANNED: Final = 20_000_000  # characters; what looks like a tag within a tag is counted again, and a page may be full of that
_MANY_ATTRIBUTES: Final = 100  # none of these is worth what trafilatura would spend on them
_TAG: Final = re.compile(r"<[A-Za-z]")
_TAG_NAME: Final = re.compile(r"[^\s/>]*")
# As a browser reads it (WHATWG HTML, "Tokenization"): quotes only bind after "=", and a value without quotes ends at a blank.
_ATTRIBUTE: Final = re.compile(r"""[\s/]*(?:[^\s/>][^\s/>=]*(?:\s*=\s*(?:"[^"]*"?|'[^']*'?|[^\s>]*))?)""")


@dataclass(frozen=True, slots=True)
class Page:
    """The article of a page. Paragraphs stand apart by a blank line; `date` is as the page gives it, in ISO 8601."""

    text: str
    title: str | None
    title_span: Span | None
    date: str | None
    source: str | None
    language: str | None
    url: str | None


def reduce_page(markup: str) -> Page:
    """The article in HTML `markup` (a page or a fragment). Raises RejectedInput: "empty" where there is none, "too-large"."""
    _check_size(markup)
    from trafilatura import bare_extraction  # noqa: PLC0415  0.1 s and 20 MB, which plain text need not pay
    from trafilatura.settings import Document  # noqa: PLC0415  as above

    # Its warnings tell of broken pages, sometimes by quoting them; bodies are not to be logged.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    tree = _visible(markup)
    language = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang")
    # Only dates that the page states: a date guessed from its body (extensive search) is worse than none.
    dates = {"original_date": True, "extensive_search": False, "outputformat": "%Y-%m-%dT%H:%M:%S%z"}
    try:
        found = bare_extraction(tree, include_comments=False, include_tables=False, with_metadata=True, date_extraction_params=dates)
    except RecursionError:
        found = None
    lines = (found.text or "").splitlines() if isinstance(found, Document) else []
    text = "\n\n".join(bare for line in lines if (bare := line.strip().removeprefix("- ")))
    if not isinstance(found, Document) or not text:
        raise RejectedInput("empty", "no article was found in the page")
    title = found.title or None
    return Page(
        text=text,
        title=title,
        title_span=Span(0, len(title)) if title and text.startswith(title + "\n") else None,
        date=found.date or None,
        source=found.sitename or None,
        language=language or None,
        url=found.url or None,
    )


def load_parsers() -> None:
    """Import what pages are read with now, and not when the first one comes."""
    reduce_page("<html><body><article><p>The minister defended the plan on Monday, after a long debate.</p></article></body></html>")


def _check_size(markup: str) -> None:
    """Raises RejectedInput("too-large"). Every tag counts, also one in a comment, a script or a value: none can be hidden."""
    scanned = 0
    for tags, tag in enumerate(_TAG.finditer(markup), start=1):
        name = _TAG_NAME.match(markup, tag.end())
        at, attributes = name.end() if name else tag.end(), 0
        while attributes <= MAX_ATTRIBUTES and (attribute := _ATTRIBUTE.match(markup, at)):
            attributes += 1
            at = attribute.end()
        scanned += at - tag.start()
        if tags > MAX_TAGS or attributes > MAX_ATTRIBUTES or scanned > _MAX_SCANNED:
            raise RejectedInput("too-large", f"the page has more than {MAX_TAGS} tags or {MAX_ATTRIBUTES} attributes in one")


def _visible(markup: str) -> HtmlElement:
    """The parsed page without what no reader sees. Raises RejectedInput("empty") where there is no markup at all."""
    from lxml import etree, html  # type: ignore[import-untyped]  # noqa: PLC0415  as above

    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(_PROLOG.sub("", markup, count=1), parser=parser)
    except (etree.ParserError, ValueError):
        raise RejectedInput("empty", "the page holds no markup that can be parsed") from None
    for element in list(tree.iter(etree.Element)):
        if element.tag in _UNSEEN or _is_hidden(element):
            element.drop_tree()
        elif len(element.attrib) > _MANY_ATTRIBUTES:
            element.attrib.clear()
    return tree


def _is_hidden(element: HtmlElement) -> bool:
    return (
        "hidden" in element.attrib
        or element.get("aria-hidden", "").strip().lower() == "true"
        or _HIDDEN.search(element.get("style", "")) is not None
    )
