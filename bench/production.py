"""
A production volume of many pages, from a processed folder to TIFFs that were read back, beside bare Pillow in one run.

    .venv/bin/python bench/production.py DATA_FOLDER [--pages 1000] [--workers 2] [--json]

DATA_FOLDER is searched for messages and plain texts; their words make documents of five pages each, half of them text
and half PDF (set by typst), which are processed as anybody's files are. `product` is `volumes.produce`, whole: texts
set or PDF rendered at 300 dpi, stamped with number and designation, saved as single-page Group IV TIFF in killable
workers, load files, manifest. `peer` is Pillow (for PDF pypdfium2 and Pillow) in this process, as their documentation
has it: the same pages drawn or rendered, saved as Group IV; no stamp, no check of what stands in the foot, no limits,
no load file. Seconds are wall time; `processor_seconds` are those of all processes together, which a busy machine
changes little: `quiet` is pages a second that two cores would give at that cost. Every TIFF is verified afterwards.
Bar: 15 pages a second on two quiet cores.
"""

import argparse
import io
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pypdfium2
import typst
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.table import Table

from cursitor.engines.production import protocol, sheets, tiff
from cursitor.plumbing.corpus import running
from cursitor.plumbing.producing import leaves, verifying, volumes

BAR = 15.0
PAGES_A_DOCUMENT = 5
LINES_A_PAGE = 45
WORDS_A_LINE = 11
TYPST = """
#set page(paper: "us-letter", margin: 1in)
#set par(leading: 5pt)
#set text(size: 10pt)
#raw(block: true, sys.inputs.text)
"""
FIGURES = ("seconds", "pages_per_second", "processor_seconds", "milliseconds_a_page", "quiet")


def main() -> None:
    arguments = read_arguments()
    with tempfile.TemporaryDirectory(prefix="cursitor-bench-") as place:
        told = run(arguments.folder, Path(place), arguments.pages, arguments.workers)
    if arguments.json:
        print(json.dumps(told))
    else:
        show(told)
    if told["product"]["quiet"] < BAR or told["unsound"]:
        raise SystemExit(f"Below the bar of {BAR:g} pages a second on two quiet cores, or a TIFF is not sound.")


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def run(data: Path, place: Path, n_pages: int, workers: int) -> dict:
    source, folder, out = place / "source", place / "folder", place / "out"
    write_documents(data, source, n_pages)
    running.run(running.Settings((str(source),)), folder)
    items = [json.loads(line) for line in (folder / "items.jsonl").read_text().splitlines()]
    coding = place / "coding.csv"
    ids = [item["id"] for item in items if item["status"] == "published"]
    coding.write_text("id,decision,designation\n" + "".join(f"{name},produce,CONFIDENTIAL\n" for name in ids))
    told, clock = volumes.Told(), Clock()
    form = protocol.read({"prefix": "BENCH", "digits": 9})
    made = volumes.produce(folder, coding, form, out, at=datetime.now(UTC), workers=workers, told=told)
    product = clock.stop(made["pages"])
    peer = peer_over(source, place / "peer")
    began = time.perf_counter()
    checked = verifying.verify(out, folder)
    return {
        "pages": made["pages"],
        "documents": made["documents"],
        "product": product | {"by_stage": made["by_stage"]},
        "peer": peer,
        "ratio_quiet": round(product["quiet"] / peer["quiet"], 2),
        "verified": checked["verified"],
        "findings": checked["findings"][:5],
        "verify_seconds": round(time.perf_counter() - began, 1),
        "unsound": n_unsound(out),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
    }


def write_documents(data: Path, source: Path, n_pages: int) -> None:
    """Write documents of five pages, every other one a PDF, out of the words of a folder."""
    source.mkdir()
    words = words_of(data)
    for number in range(max(2, n_pages // PAGES_A_DOCUMENT)):
        lines = [" ".join(next(words) for _ in range(WORDS_A_LINE)) for _ in range(LINES_A_PAGE * PAGES_A_DOCUMENT)]
        pages = [
            "\n".join(line[:95] for line in lines[at : at + LINES_A_PAGE]) for at in range(0, len(lines), LINES_A_PAGE)
        ]
        if number % 2:
            (source / f"{number:05}.txt").write_text("\f".join(pages))
            continue
        written = typst.compile(TYPST.encode(), format="pdf", sys_inputs={"text": "\n".join(pages)})
        (source / f"{number:05}.pdf").write_bytes(written)


def words_of(data: Path) -> Iterator[str]:
    """Yield the printable words of the messages and texts of a folder, over and over."""
    while True:
        n_words = 0
        for path in sorted([*data.rglob("*.eml"), *data.rglob("*.txt")]):
            for word in text_of(path).split():
                if word.isascii() and word.isprintable() and len(word) < 30:
                    n_words += 1
                    yield word
        if not n_words:
            raise SystemExit(f"There are no words in messages or texts below {data}.")


def text_of(path: Path) -> str:
    if path.suffix != ".eml":
        return path.read_text(errors="replace")
    try:
        body = message_from_bytes(path.read_bytes(), policy=default).get_body(("plain",))
        return str(body.get_content()) if body else ""
    except (LookupError, ValueError, TypeError, AttributeError, IndexError):
        return ""


class Clock:
    """Wall time and the processor time of this process and all below it, from when it is made."""

    def __init__(self) -> None:
        self._seen: dict[int, float] = {}
        self._first = dict(spent_below(os.getpid()))
        self._began = time.perf_counter()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._is_over.wait(0.1):
            self._seen.update(spent_below(os.getpid()))

    def stop(self, n_pages: int) -> dict[str, float]:
        wall = time.perf_counter() - self._began
        self._is_over.set()
        self._thread.join()
        self._seen.update(spent_below(os.getpid()))
        spent = sum(seconds - self._first.get(process, 0.0) for process, seconds in self._seen.items())
        return {
            "seconds": round(wall, 1),
            "pages_per_second": round(n_pages / wall, 1),
            "processor_seconds": round(spent, 1),
            "milliseconds_a_page": round(spent / n_pages * 1000, 1),
            "quiet": round(2 * n_pages / spent, 1),
        }


def spent_below(root: int) -> list[tuple[int, float]]:
    """Return the processor seconds of a process and of all that descend from it, as Linux tells them."""
    told = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        told[int(path.parent.name)] = (int(fields[1]), (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))
    family = {root}
    while more := {process for process, (parent, _) in told.items() if parent in family} - family:
        family |= more
    return [(process, told[process][1]) for process in family if process in told]


def peer_over(source: Path, out: Path) -> dict[str, float]:
    out.mkdir()
    face = ImageFont.truetype(io.BytesIO(leaves.font()), round(sheets.POINTS * sheets.DPI / 72))
    clock, n_pages = Clock(), 0
    for path in sorted(source.iterdir()):
        for number, image in enumerate(peer_pages(path, face)):
            image.save(out / f"{path.stem}-{number}.tif", compression="group4", dpi=(300, 300))
            n_pages += 1
    return clock.stop(n_pages)


def peer_pages(path: Path, face: ImageFont.FreeTypeFont) -> Iterator[Image.Image]:
    if path.suffix == ".pdf":
        for page in pypdfium2.PdfDocument(path):
            yield page.render(scale=300 / 72, grayscale=True).to_pil().convert("1", dither=Image.Dither.NONE)
        return
    for text in path.read_text().split("\f"):
        image = Image.new("1", sheets.LETTER, 1)
        ImageDraw.Draw(image).multiline_text((300, 300), text, fill=0, font=face)
        yield image


def n_unsound(out: Path) -> int:
    """Return how many TIFFs are not one page of one bit in Group IV at 300 dpi."""
    sound = 0
    paths = list((out / "IMAGES").rglob("*.tif"))
    for path in paths:
        pages = tiff.pages(path.read_bytes())
        told = [(page.bits, page.samples, page.compression, page.dpi) for page in pages]
        sound += told == [(1, 1, tiff.GROUP_IV, (300.0, 300.0))]
    return len(paths) - sound


def show(told: dict) -> None:
    table = Table("", "s", "pages/s", "processor s", "ms a page", "pages/s, two quiet cores")
    for name in ("product", "peer"):
        one = told[name]
        table.add_row(name, *(f"{one[key]:,}" for key in FIGURES))
    console = Console()
    console.print(f"{told['pages']:,} pages in {told['documents']:,} documents, {told['product']['by_stage']}")
    console.print(table)
    console.print(f"{told['ratio_quiet']} of the peer; verified: {told['verified']}; unsound TIFFs: {told['unsound']}")
    console.print(f"{told['cores']} cores, load {told['load']:.1f}")


if __name__ == "__main__":
    main()
