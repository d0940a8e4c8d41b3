"""
Pages of a batch, from stored files to pages in the vault, beside the bare renderer in the same run.

    python bench/render_pages.py DATA_FOLDER [--pages 100] [--profile]

DATA_FOLDER is searched for PDF files; scanned forms are what it is meant for. `product` is all that the worker does:
files taken out of the vault, opened and rendered in killable workers without network, encoded, encrypted into the
vault, rows committed file by file, records numbered. `renderer` is pypdfium2 in this process, as its documentation
has it: open, render in colour, hand out the picture. `renderer_and_encoder` also makes the same small images. The two
take turns, a few files each, so that both meet the same machine. Times are wall seconds. The bar: the product takes at
most twice as long as the bare renderer. What starts the workers is done before, and reported.
"""

import argparse
import cProfile
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
BAR = 2.0
FILES_A_TURN = 8


def main() -> None:
    arguments = read_arguments()
    files = chosen(arguments.folder, arguments.pages)
    with tempfile.TemporaryDirectory(prefix="cursitor-bench-") as folder:
        set_up(folder)
        profile = cProfile.Profile() if arguments.profile else None
        figures = run(files, profile)
    print(json.dumps(figures, indent=1))
    if profile:
        profile.print_stats("cumulative")
    if figures["times_the_renderer"] > BAR:
        raise SystemExit(f"Above the bar of {BAR:g} times the bare renderer.")


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--profile", action="store_true")
    return parser.parse_args()


def chosen(folder: Path, n_pages: int) -> list[bytes]:
    """Return PDF files with so many pages together, or a few more; the same ones again where there are not enough."""
    import pypdfium2

    found, n_found = [], 0
    files = [path.read_bytes() for path in sorted(folder.rglob("*.pdf"))]
    if not files:
        raise SystemExit(f"There is no PDF below {folder}.")
    while n_found < n_pages:
        before = n_found
        for data in files:
            if n_found >= n_pages:
                break
            try:
                n_found += len(pypdfium2.PdfDocument(data))
            except pypdfium2.PdfiumError:
                continue
            found.append(data)
        if n_found == before:
            raise SystemExit(f"No PDF below {folder} can be opened.")
    return found


def set_up(folder: str) -> None:
    """Start Django on an empty database of its own, with the settings of the product."""
    os.environ |= {"CURSITOR_DATA": folder, "DJANGO_SETTINGS_MODULE": "cursitor.web.settings"}
    os.environ.pop("CURSITOR_DATABASE_URL", None)
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def run(files: list[bytes], profile: cProfile.Profile | None) -> dict[str, float]:
    """Return the wall seconds of both, turn by turn, and what the product made."""
    from tests.factories import NOW, World
    from tests.lines.entry import factories

    from cursitor.lines.entry import operations, reader
    from cursitor.lines.entry.models import Page, Record
    from cursitor.plumbing.sandbox.pool import Sandbox

    order = factories.order(World())
    asked = {"order": order, "label": "", "split": "FILE", "every": 1, "by": order.holder, "at": NOW}
    taken = dict.fromkeys(("product", "renderer", "renderer_and_encoder", "start"), 0.0)
    with Sandbox(reader.LIMITS) as sandbox:
        reading = reader.Reader(sandbox)
        with timed(taken, "start"):
            warm = operations.collect_upload(files=[("warm.pdf", io.BytesIO(files[0]))], **asked)
            operations.read_files(files=list(warm.files.values_list("pk", flat=True)), reader=reading, at=NOW)
        for some in turns(files):
            with timed(taken, "renderer"):
                n_bare = sum(1 for _ in rendered(some))
            with timed(taken, "renderer_and_encoder"):
                encode_all(some)
            streams = [(f"{number}.pdf", io.BytesIO(data)) for number, data in enumerate(some)]
            batch = operations.collect_upload(files=streams, **asked)
            with timed(taken, "product", profile):
                operations.read_files(files=list(batch.files.values_list("pk", flat=True)), reader=reading, at=NOW)
                operations.publish(batch=batch.pk, at=NOW)
            assert Page.objects.filter(file__batch=batch).count() == n_bare
            assert Record.objects.filter(batch=batch).count() == len(some)
    n_pages = Page.objects.exclude(file__batch=warm).count()
    return {
        "pages": n_pages,
        "files": len(files),
        **{f"{name}_s": round(seconds, 2) for name, seconds in taken.items()},
        "product_ms_a_page": round(1000 * taken["product"] / n_pages, 1),
        "times_the_renderer": round(taken["product"] / taken["renderer"], 2),
        "times_the_renderer_and_encoder": round(taken["product"] / taken["renderer_and_encoder"], 2),
    }


def turns(files: list[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(files), FILES_A_TURN):
        yield files[start : start + FILES_A_TURN]


def rendered(files: list[bytes]) -> Iterator[object]:
    """Yield every page as a picture, by pypdfium2 alone, at the resolution of the product."""
    import pypdfium2

    from cursitor.lines.entry import reader

    for data in files:
        document = pypdfium2.PdfDocument(data)
        for number in range(len(document)):
            yield document[number].render(scale=reader.DPI / 72).to_pil()


def encode_all(files: list[bytes]) -> None:
    from cursitor.engines import imaging
    from cursitor.lines.entry import reader

    for picture in rendered(files):
        imaging.encode(imaging.PageBitmap(1, picture, reader.DPI))


@contextmanager
def timed(taken: dict[str, float], name: str, profile: cProfile.Profile | None = None) -> Iterator[None]:
    if profile:
        profile.enable()
    began = time.perf_counter()
    yield
    taken[name] += time.perf_counter() - began
    if profile:
        profile.disable()


if __name__ == "__main__":
    main()
