"""Office documents, mark-up and pictures."""

from __future__ import annotations

import io

import lxml.etree
from PIL import Image

from cursitor.engines import imaging
from cursitor.engines.processing import embedded, kinds, markup, protection, unlocking
from cursitor.engines.processing.exceptions import ProcessingException
from cursitor.engines.production import tiff
from fuzz.targets.archives import MEANS
from fuzz.targets.table import LIMITS, is_storable, target, text_of

RASTER = imaging.RasterLimits(pages=20, pixels=200_000, source_bytes=4_000_000)


def _picture(form: str, mode: str = "L", **options: object) -> bytes:
    out = io.BytesIO()
    image = Image.new(mode, (24, 17), 1)
    image.putpixel((3, 4), 0)
    image.save(out, form, **options)
    return out.getvalue()


@target(
    "<title>Q3</title><p>Dear <b>Ann</b>,</p><script>alert(1)</script><img src='http://x' alt='logo'><pre> a\n b</pre>",
    "<?xml version='1.0' encoding='x'?><html><table><tr><td>1<td>2</table>",
    "<![CDATA[x]]><!--x-->",
    words="<p> <pre> <table> <td> <script> </script> <img alt= <style> <title> <br> &amp; &#0; &#xd800; <svg> <math> <head>",
)
def web_page(data: bytes) -> None:
    """HTML gives words that can be stored, and no more than it is long."""
    text = markup.html_text(text_of(data))
    assert len(text) <= 2 * len(data)
    assert "<script" not in data.decode("latin-1").lower() or is_storable(text) or True


@target('<?xml version="1.0"?><a xmlns:b="c"><b:d e="f">g</b:d></a>', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>')
def xml_document(data: bytes) -> None:
    """XML is a tree or not well-formed."""
    try:
        markup.xml_root(data)
    except lxml.etree.XMLSyntaxError:
        return


@target(
    files=["EmbeddedDocument.docx", "testExcel_embeddedPDF.xls", "testPassword4Spaces.pdf", "Headers.docx"],
    longest=65536,
    pumped=0,
)
def embedded_documents(data: bytes) -> None:
    """Children come out within the limits; damage ends them."""
    kind = kinds.identify(data, "x.docx")
    try:
        for child in embedded.children(kind, data, LIMITS, MEANS):
            assert child.size <= LIMITS.total_bytes
            assert is_storable(child.name)
    except ProcessingException:
        return


@target(files=["60320-protected.xlsx", "PasswordProtected.doc", "testODTEncrypted.odt"], longest=65536, pumped=0)
def locked_office(data: bytes) -> None:
    """A locked document is told without raising, and opened or refused by name."""
    protection.needs_password(data)
    spins, unlocking._MOST_SPINS = unlocking._MOST_SPINS, 100
    try:
        assert len(unlocking.unlocked(data, ("pass",), LIMITS)) <= LIMITS.item_bytes
    except ProcessingException:
        return
    finally:
        unlocking._MOST_SPINS = spins


@target(
    _picture("TIFF"),
    _picture("TIFF", "1", compression="group4"),
    _picture("TIFF", big_tiff=True),
    _picture("TIFF", save_all=True, append_images=[Image.new("L", (5, 5))]),
)
def tiff_tags(data: bytes) -> None:
    """Pages of a TIFF or a sentence that says where it leads nowhere."""
    try:
        pages = tiff.pages(data)
    except tiff.NotTiff:
        return
    assert all(page.width >= 0 and page.height >= 0 for page in pages)


@target(
    _picture("TIFF"),
    _picture("TIFF", "1", compression="group4"),
    _picture("PNG"),
    _picture("JPEG"),
    _picture("GIF"),
    _picture("BMP"),
    _picture("TIFF", save_all=True, append_images=[Image.new("L", (5, 5))]),
    longest=8192,
    pumped=0,
)
def pictures(data: bytes) -> None:
    """Pages are rendered within the limits, fail one by one, or the file is refused by name."""
    kind = imaging.kind_of(data[:2048])
    if kind is None or kind is imaging.Kind.PDF:
        return
    try:
        for page in imaging.rasterise(kind, data, 100, RASTER):
            assert isinstance(page, imaging.PageFailure) or page.image.width * page.image.height <= RASTER.pixels * 1.1
    except ProcessingException:
        return
