"""Bytes of a page -> its tree: which charset it really is in, and what no parser can bear taken out."""

from __future__ import annotations

import codecs
import re

import lxml.html
from lxml.etree import ElementDefaultClassLookup, ParserError, _Element
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, resolve_encoding

# Neither XML nor trafilatura knows them: one of these, raw or as a reference, would cost a page its whole text.
_NO_XML = re.compile("[\x00-\x08\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ALL_XML = re.compile("[\t-\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
"""All other characters: that a page has no other is told twice as fast as that it has none of those."""
_NO_XML_REFERENCE = re.compile(
    r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01]|6553[45])(?!\d)"
    r"|[xX]0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]|[fF]{3}[efEF])(?![0-9a-fA-F]));?"
)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,300}\?>")
_FOREIGN_CHARSETS = frozenset("cp1252 iso8859-1 latin-1 ascii cp1251 cp1254 iso8859-15 iso8859-9".split())
"""What servers and templates declare by default; an Arabic page in them is a wrong declaration."""
_WORDS_OF_HIGH_BYTES = re.compile(rb"[\xc1-\xf2]{4}")
"""Letters with accents stand alone; Arabic ones stand in rows."""

# lxml.html asks a Python function for the class of each element, each time it is met; we need no form's methods.
_PLAIN = ElementDefaultClassLookup(element=lxml.html.HtmlElement)


def parse(body: bytes, content_type: str, encoding: str | None) -> _Element | None:
    """The tree of a page; None where there is no element in it. `encoding`: as the transport has told it."""
    text = decoded(body, content_type, encoding)
    try:
        return lxml.html.document_fromstring(text, parser=_parser())
    except (ParserError, ValueError):
        return None


def _parser() -> lxml.html.HTMLParser:
    parser = lxml.html.HTMLParser(remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(_PLAIN)
    return parser


def decoded(body: bytes, content_type: str, encoding: str | None) -> str:
    """`body` as text that lxml can parse."""
    text = _text(body, content_type, encoding)
    text = _NO_XML_REFERENCE.sub("", text)
    if _ALL_XML.fullmatch(text) is None:
        text = _NO_XML.sub("", text)
    text = text.replace("\x0b", " ").replace("\x0c", " ")
    # lxml refuses text that declares an encoding in an XML declaration.
    return _XML_DECLARATION.sub("", text)


def _text(body: bytes, content_type: str, encoding: str | None) -> str:
    """By the byte order mark, else UTF-8 wherever it decodes, else what is declared, where that gives Arabic."""
    bom, mark = read_bom(body)
    if bom is not None and mark is not None:
        return body[len(mark) :].decode(bom, "replace")
    declared = _declared(body, content_type, encoding)
    try:
        # Bytes above 127 are valid UTF-8 by design, hardly ever by accident: whatever else is declared is wrong.
        if declared is None or not declared.startswith(("utf-16", "utf-32", "iso2022")):
            return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    text = body.decode("utf-8", "replace")
    if text.count("\ufffd") <= len(text) // 1000 + 1:
        # A few broken bytes, or an end in the middle of a letter.
        return text
    if declared is None or declared == "utf-8" or declared in _FOREIGN_CHARSETS or declared in ("cp1256", "iso8859-6"):
        declared = _arabic_charset(body) or declared or "cp1256"
    return body.decode(declared, "replace")


def _declared(body: bytes, content_type: str, encoding: str | None) -> str | None:
    """Python's name of the charset that the transport declares, else the page itself."""
    for name in (encoding, http_content_type_encoding(content_type), html_body_declared_encoding(body)):
        resolved = resolve_encoding(name) if name else None
        if resolved:
            return codecs.lookup(resolved).name
    return None


def _arabic_charset(body: bytes) -> str | None:
    """Which of the Arabic charsets of one byte a letter this is, None where it is neither.

    They share the letters from alef to dad and differ in lam, the most frequent one after an alef.
    """
    windows, iso = body.count(b"\xc7\xe1"), body.count(b"\xc7\xe4")
    if not (windows or iso) or not _WORDS_OF_HIGH_BYTES.search(body):
        return None
    return "cp1256" if windows >= iso else "iso8859-6"
