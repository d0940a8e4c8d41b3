"""
What recognition fills in on real scanned forms and invoices, and how much of that a keyer would have to correct.

    python bench/entry_prefill.py DATA_FOLDER [--pages 2] [--dpi 300] [--keep FOLDER] [--json]

DATA_FOLDER holds `forms-fara` (PDFs and labels.jsonl) and `forms-invoices-court` (invoices with their fields as JSON).
Each page is rendered to an image, so the hidden text layer of the forms is never seen, and read by Tesseract. `n`:
values the truth has; `prefilled`: of those, the fields with a guess; `right`: guesses that say what the truth says, by
the type of the field; `variant`: other guesses whose words are all in the truth's name or the other way round;
`guessed`: all guesses, with or without a truth beside them. The forms' truth is the Department's register, which names
registrants as they are called today, not as they signed. --keep holds Tesseract's tables for a second run.
"""

import argparse
import collections
import io
import json
import time
from pathlib import Path

import pypdfium2

from cursitor.engines.entry import accuracy, alignment, names, schemas, words
from cursitor.engines.entry.definition import Field, FormDefinition
from cursitor.plumbing import ocr

FORMS = Path(__file__).parents[1] / "src/cursitor/lines/entry/data"
RENAMED = {
    "amount_untaxed": "net_amount",
    "amount_tax": "tax_amount",
    "date_due": "due_date",
    "order_id": "order_number",
    "booking_id": "order_number",
}


def main() -> None:
    arguments = read_arguments()
    sets = {"fara": fara(arguments.data_folder), "invoice": invoices(arguments.data_folder)}
    found = {}
    for name, documents in sets.items():
        form = schemas.from_json_schema(json.loads((FORMS / f"{name}.json").read_text()))
        found[name] = measured(form, documents, arguments)
        if not arguments.json:
            show(name, found[name])
    if arguments.json:
        print(json.dumps(found))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_folder", type=Path)
    parser.add_argument("--pages", type=int, default=2, help="read of each document")
    parser.add_argument("--dpi", type=int, default=300)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def fara(folder: Path) -> list[tuple[Path, dict[str, str]]]:
    """Return the forms with what the register says; a file name writes & as _."""
    entries = [json.loads(line) for line in (folder / "forms-fara/labels.jsonl").read_text().splitlines()]
    documents = [(folder / "forms-fara" / entry.pop("file"), entry) for entry in entries]
    return [(path, {key: text.replace(" _ ", " & ") for key, text in truth.items()}) for path, truth in documents]


def invoices(folder: Path) -> list[tuple[Path, dict[str, str]]]:
    """Return the invoices that are PDFs with their fields under the names of our form."""
    documents = []
    for path in sorted((folder / "forms-invoices-court/invoices").glob("*.json")):
        if path.with_suffix(".pdf").exists():
            entry = json.loads(path.read_text())[0]
            documents.append((path.with_suffix(".pdf"), {RENAMED.get(key, key): text(entry[key]) for key in entry}))
    return documents


def text(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def measured(form: FormDefinition, documents: list, arguments: argparse.Namespace) -> dict:
    counts: dict[str, collections.Counter] = {field.key: collections.Counter() for field in form.fields}
    seconds = 0.0
    for path, truth in documents:
        found = [word for number in range(arguments.pages) for word in recognised(path, number, arguments)]
        started = time.perf_counter()
        guesses = alignment.align(form, found)
        seconds += time.perf_counter() - started
        for field in form.fields:
            guess = guesses[field.key]
            counts[field.key]["guessed"] += guess is not None
            if field.key in truth:
                counts[field.key].update(verdict(field, truth[field.key], guess))
    fields = {key: dict(count) for key, count in counts.items()}
    total = sum(counts.values(), collections.Counter())
    return {
        "documents": len(documents),
        "fields": fields,
        "prefilled_share": round(total["prefilled"] / total["n"], 3),
        "right_share": round(total["right"] / total["prefilled"], 3),
        "right_or_variant_share": round((total["right"] + total["variant"]) / total["prefilled"], 3),
        "alignment_ms_per_document": round(1000 * seconds / len(documents), 1),
    }


def recognised(path: Path, number: int, arguments: argparse.Namespace) -> tuple[words.Word, ...]:
    """Return the words of one page, none where the document has no such page."""
    kept = arguments.keep and arguments.keep / f"{path.stem}-{number}-{arguments.dpi}.tsv"
    if kept and kept.exists():
        return words.words_from_tsv(kept.read_text(), page=number + 1)
    document = pypdfium2.PdfDocument(path)
    if number >= len(document):
        return ()
    image, stream = document[number].render(scale=arguments.dpi / 72, grayscale=True).to_pil(), io.BytesIO()
    image.save(stream, "PNG", compress_level=1)
    tsv = ocr.recognise(stream.getvalue(), dpi=arguments.dpi).tsv
    if kept:
        kept.write_text(tsv)
    return words.words_from_tsv(tsv, page=number + 1)


def verdict(field: Field, truth: str, guess: alignment.Guess | None) -> dict[str, int]:
    if guess is None:
        return {"n": 1}
    if not accuracy.is_error(field, truth, guess.value):
        return {"n": 1, "prefilled": 1, "right": 1}
    told, said = (set(names.canonical(value).split()) for value in (truth, guess.value))
    return {"n": 1, "prefilled": 1, "variant": int(told <= said or said <= told)}


def show(name: str, found: dict) -> None:
    print(f"{name}: {found['documents']} documents, {found['alignment_ms_per_document']} ms each to align")
    for key, count in found["fields"].items():
        figures = "  ".join(
            f"{what} {count.get(what, 0):3}" for what in ("n", "prefilled", "right", "variant", "guessed")
        )
        print(f"  {key:20} {figures}")
    shares = ("prefilled_share", "right_share", "right_or_variant_share")
    print("  " + ", ".join(f"{share.removesuffix('_share')} {found[share]:.1%}" for share in shares), flush=True)


if __name__ == "__main__":
    main()
