"""A page that takes without end costs its own picture; a file that brings the reader down over and over is given up."""

import io
from collections.abc import Iterator

import pikepdf
import pytest

from cursitor.engines.processing.limits import Limits
from cursitor.lines.entry.reader import Reader
from cursitor.plumbing.sandbox.pool import Sandbox

pytestmark = pytest.mark.slow


def with_a_page_without_end() -> bytes:
    """A PDF of three pages; to draw the second would take minutes."""
    out = io.BytesIO()
    with pikepdf.new() as document:
        for content in (
            b"0 g 0 0 9 9 re f",
            b"0 0 612 792 re f 1 0 0 RG 0 0 m 612 792 l S " * 400_000,
            b"0 g 0 0 9 9 re f",
        ):
            document.add_blank_page(page_size=(612, 792))
            document.pages[-1].contents_add(content)
        document.save(out, compress_streams=True)
    return out.getvalue()


@pytest.fixture
def hurried() -> Iterator[Reader]:
    with Sandbox(Limits(seconds=4)) as sandbox:
        yield Reader(sandbox)


def test_loses_only_the_page_that_cannot_be_drawn_in_time(hurried, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(with_a_page_without_end())

    (found,) = list(hurried.read(source, path="endless.pdf", position="0001", folder=tmp_path))

    assert [page.number for page in found.pages] == [1, 3]
    assert found.exception.class_ == "timeout"
    assert found.exception.message.startswith("2 of 3 pages could be rendered. Page 2 cannot be rendered")


def test_gives_a_file_up_that_brings_it_down_again_and_again(hurried, tmp_path, monkeypatch):
    monkeypatch.setattr("cursitor.lines.entry.reader.CALLS_LOST", 1)
    source = tmp_path / "source"
    source.write_bytes(with_a_page_without_end())

    (found,) = list(hurried.read(source, path="endless.pdf", position="0001", folder=tmp_path))

    assert [page.number for page in found.pages] == [1]
    assert "Pages from 3 were not tried" in found.exception.message
