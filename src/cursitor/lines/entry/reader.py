"""The one way the files of a batch are read: in a killable worker without network, by path, under limits."""

import atexit
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

from cursitor.engines.imaging import RasterLimits
from cursitor.engines.processing.exceptions import Class, LimitHit, ProcessingException, Stage
from cursitor.engines.processing.items import Place
from cursitor.engines.processing.limits import Budget, Limits
from cursitor.plumbing.sandbox import paging, spool
from cursitor.plumbing.sandbox.paging import SpooledPage
from cursitor.plumbing.sandbox.pool import Sandbox

LIMITS = Limits(depth=8, children=5_000, seconds=60)
RASTER = RasterLimits()
DPI = 200
"""What keyers see. Typed and stamped forms are legible at it when they fill the screen, at about 150 kB a page."""
RECOGNITION_DPI = 300
PAGES_A_CALL = 8
CALLS_LOST = 3
_BREACHES = frozenset({Class.TIMEOUT, Class.MEMORY, Class.CRASHED, Class.OUTPUT})


@dataclass(frozen=True)
class ReadFile:
    """
    A file as it was read: rendered into pages, opened into children, or not.

    position: its place in the batch; parent: the place of what it came out of, empty for a file as it came. path: its
    label, with those of its parents. source: where its bytes lie, None where there are none. exception: why it is
    not keyed as it is; with some pages beside it, those could be rendered.
    """

    position: str
    parent: str
    path: str
    source: Path | None
    pages: tuple[SpooledPage, ...] = ()
    n_children: int = 0
    exception: ProcessingException | None = None


@dataclass(frozen=True)
class _Waiting:
    position: str
    parent: str
    path: str
    depth: int
    source: Path | None
    exception: ProcessingException | None = None


class Reader:
    """Reads files inside a sandbox. May be shared between threads."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def read(self, source: Path, *, path: str, position: str, folder: Path) -> Iterator[ReadFile]:
        """
        Yield the file and everything that comes out of it, children after their parents.

        source: where its bytes lie. folder: where the bytes of pages and children are put; the caller removes it.
        The limits on children and total bytes hold for the whole tree; what lies beyond them is not opened.
        """
        budget = Budget(LIMITS)
        stack = [_Waiting(position, "", path, position.count("."), source)]
        while stack:
            waiting = stack.pop()
            found, children = self._one(waiting, folder)
            yield found
            opened = []
            for number, child in enumerate(children, 1):
                failure = child.exception or _over(budget, child.size)
                opened.append(
                    _Waiting(
                        position=f"{waiting.position}.{number:04d}",
                        parent=waiting.position,
                        path=f"{waiting.path}/{child.name}",
                        depth=waiting.depth + 1,
                        source=Path(child.path) if child.path and failure is None else None,
                        exception=failure,
                    )
                )
            stack.extend(reversed(opened))

    def image_for_recognition(self, source: Path, *, path: str, number: int, folder: Path) -> tuple[bytes, int]:
        """
        Return one page as a grey image and its resolution. path: the file's label.

        :raises ProcessingException: what stands for the page.
        """
        found = self._sandbox.run(paging.look, str(source), _name(path), LIMITS, RASTER)
        target = folder / "recognition"
        asked = (str(source), found.kind, RECOGNITION_DPI, number, str(target), LIMITS, RASTER)
        dpi = self._sandbox.run(paging.render_for_recognition, *asked)
        return target.read_bytes(), dpi

    def _one(self, waiting: _Waiting, folder: Path) -> tuple[ReadFile, tuple[spool.SpooledChild, ...]]:
        about = {"position": waiting.position, "parent": waiting.parent, "path": waiting.path, "source": waiting.source}
        if waiting.source is None or waiting.exception is not None:
            return ReadFile(**about, exception=waiting.exception), ()
        own = Path(mkdtemp(prefix="file-", dir=folder))
        try:
            found = self._sandbox.run(paging.look, str(waiting.source), _name(waiting.path), LIMITS, RASTER)
            if not found.kind:
                return self._opened(waiting, own, about)
            pages = tuple(self._rendered(waiting.source, found, own))
        except ProcessingException as failure:
            return ReadFile(**about, exception=failure), ()
        good = tuple(page for page in pages if page.exception is None)
        return ReadFile(**about, pages=good, exception=_in_part(pages, found.n_pages)), ()

    def _opened(self, waiting: _Waiting, folder: Path, about: dict) -> tuple[ReadFile, tuple[spool.SpooledChild, ...]]:
        place = Place(waiting.position, waiting.parent or None, depth=waiting.depth)
        asked = (str(waiting.source), _name(waiting.path), LIMITS, place, str(folder))
        item, children = self._sandbox.run(spool.process_file, *asked)
        # That a long text was cut is nothing to somebody who wants what is attached.
        exception = None if item.exception is None or item.exception.stage is Stage.TEXT else item.exception
        if exception is None and not children:
            message = "Nothing is attached to it or packed in it that could be keyed."
            exception = ProcessingException(Stage.EXPAND, Class.UNSUPPORTED, message)
        return ReadFile(**about, n_children=len(children), exception=exception), children

    def _rendered(self, source: Path, found: paging.Look, folder: Path) -> Iterator[SpooledPage]:
        """Yield every page; where a call is lost, its pages are tried one by one, so that only the culprit is lost."""
        ranges = [
            (first, min(first + PAGES_A_CALL - 1, found.n_pages)) for first in range(1, found.n_pages + 1, PAGES_A_CALL)
        ]
        n_lost = 0
        ranges.reverse()
        while ranges:
            first, last = ranges.pop()
            try:
                asked = (str(source), found.kind, DPI, first, last, str(folder), LIMITS, RASTER)
                yield from self._sandbox.run(paging.render, *asked)
            except ProcessingException as failure:
                if failure.class_ not in _BREACHES:
                    raise
                if last > first:
                    ranges.extend((number, number) for number in range(last, first - 1, -1))
                    continue
                n_lost += 1
                message = f"Page {first} cannot be rendered: {failure.message}"
                yield SpooledPage(first, exception=ProcessingException(failure.stage, failure.class_, message))
            if n_lost >= CALLS_LOST and ranges:
                rest = f"Pages from {ranges[-1][0]} were not tried: {n_lost} pages before them brought the reader down."
                yield SpooledPage(ranges[-1][0], exception=LimitHit(Stage.SANDBOX, Class.LIMIT_HIT, rest))
                return


@lru_cache(maxsize=1)
def shared() -> Reader:
    """Return the reader of this process; its sandbox starts with the first file and ends with the process."""
    sandbox = Sandbox(LIMITS)
    atexit.register(sandbox.close)
    return Reader(sandbox)


def _in_part(pages: tuple[SpooledPage, ...], total: int) -> ProcessingException | None:
    """Return what stands for the pages of a file that could not be rendered, naming each; None where all could."""
    lost = [page.exception for page in pages if page.exception is not None]
    if not lost:
        return None
    sentences = " ".join(failure.message for failure in lost)
    n_good = len(pages) - len(lost)
    message = f"{n_good} of {total} pages could be rendered. {sentences}" if n_good else sentences
    return ProcessingException(lost[0].stage, lost[0].class_, message)


def _over(budget: Budget, size: int) -> LimitHit | None:
    try:
        budget.count_child()
        budget.count_bytes(size)
    except LimitHit as failure:
        return failure
    return None


def _name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]
