"""Words out of HTML and XML: no script runs, no style counts, nothing is fetched."""

from __future__ import annotations

import re
from typing import Any

import lxml.etree
import lxml.html

_SILENT = frozenset(("script", "style", "template", "noscript", "head"))
_BLOCK_NAMES = """
    address article aside blockquote br caption center dd div dl dt fieldset figcaption figure footer form h1 h2 h3
    h4 h5 h6 header hr legend li main nav ol option p pre section table tbody tfoot thead title tr ul
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_CELLS = frozenset(("td", "th"))
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_SPACES = re.compile(r"[ \t\f\v\r\n]+")
_MANY_BREAKS = re.compile(r"\n{3,}")


def html_text(html: str) -> str:
    """
    Return the words of an HTML page in reading order; the title first, then the body, alternative texts included.

    >>> html_text("<title>Q3</title><p>Dear <b>Ann</b>,</p><script>alert(1)</script><img src='http://x' alt='logo'>")
    'Q3\\n\\nDear Ann,\\nlogo'
    """
    parser = lxml.html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        root = lxml.html.document_fromstring(
            _DECLARATION.sub("", html).replace("\x00", "").encode("utf-8", "replace"), parser=parser
        )
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError):
        return ""
    pieces = [root.findtext(".//head/title") or "", "\n"]
    _collect(root, pieces)
    return tidy("".join(pieces))


def _collect(root: Any, pieces: list[str]) -> None:
    silent: Any = None
    for event, element in lxml.etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if silent is None and tag in _SILENT:
                silent = element
            if silent is None:
                pieces.append("\n" if tag in _BLOCKS else "\t" if tag in _CELLS else "")
                pieces.append(_SPACES.sub(" ", element.get("alt") or "") if tag == "img" else "")
                pieces.append(_SPACES.sub(" ", element.text or "") if tag != "pre" else element.text or "")
            continue
        if silent is element:
            silent = None
        if silent is None:
            pieces.append("\n" if tag in _BLOCKS else "")
            pieces.append(_SPACES.sub(" ", element.tail or ""))


def tidy(text: str) -> str:
    """Return text without spaces around line breaks and with at most one empty line in a row."""
    return _MANY_BREAKS.sub("\n\n", "\n".join(line.strip(" ") for line in text.split("\n"))).strip()


def xml_root(data: bytes) -> Any:
    """
    Return the root element of some XML, with entities left alone and nothing fetched.

    :raises lxml.etree.XMLSyntaxError: if the XML is not well-formed.
    """
    parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    return lxml.etree.fromstring(data, parser=parser)
