"""
Time to answer each kind of query over 300,000 messages, beside SQLite FTS5 and tantivy where they have the operator.

    python bench/search.py [DATA_FOLDER] [--documents 300000] [--queries 40] [--seed 1] [--no-peers] [--json]

Without DATA_FOLDER the messages are made from a seed: 74 to 200 words each, one in a hundred up to 3,000, by the law
of Zipf and Mandelbrot (exponent 1.07, shift 2.7: the commonest word is one in twenty, as in English mail). DATA_FOLDER
is an output folder of `cursitor process`, whose documents are repeated under new ids until there are enough.
Queries are drawn from the documents: a third of the words among the 100 commonest, a third as often as they occur, a
third evenly among those of five documents or more; words beside w/N and in phrases come from one place of one document.
Times are of the engine, warm, from the text of a query to every id; ours answers segments on all cores. Of each kind
the time on the clock is given and, since other work on the machine slows the clock, the time of all cores together.
"""

import argparse
import json
import resource
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import tantivy

from cursitor.engines.search import reading, tokens
from cursitor.engines.search.schema import ITEMS
from cursitor.plumbing.shards import building, items, opening, searching

ONSETS = ["b", "c", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "tr", "pr", "st", "v", "w", "qu"]
VOWELS = ["a", "e", "i", "o", "u", "ea", "er", "on", "an", "en"]
SYLLABLES = [onset + vowel for onset in ONSETS for vowel in VOWELS]
ENDINGS = ["", "", "", "s", "ed", "ing", "tion", "ment", "er", "ly", "al"]
WORDS = 150_000
COLUMNS = ("text", "subject", "from", "to")


def made(n_documents: int, seed: int) -> Iterator[reading.Document]:
    """Yield messages with people, dates, families and threads."""
    rng = np.random.default_rng(seed)
    words = made_words(rng)
    weights = (np.arange(len(words)) + 2.7) ** -1.07
    shares = np.cumsum(weights / weights.sum())
    people = [f"{words[500 + n]}.{words[900 + n]}@{words[50 + n % 40]}.example" for n in range(3000)]
    began = datetime(1999, 1, 1, tzinfo=UTC)
    for number in range(n_documents):
        length = int(rng.integers(74, 201)) if rng.random() > 0.01 else int(rng.integers(300, 3000))
        body = [words[at] for at in np.searchsorted(shares, rng.random(length)).tolist()]
        receivers = (rng.random(int(rng.integers(1, 4))) ** 2 * len(people)).astype(int).tolist()
        yield reading.Document(
            f"D{number:07}",
            text={"text": " ".join(body), "subject": " ".join(body[3:8]), "from": people[number % 997]}
            | {"to": "; ".join(people[at] for at in receivers)},
            dates={"sent": began + timedelta(minutes=int(rng.integers(0, 3_000_000)))},
            numbers={"size": length * 6, "pages": 1 + length // 300},
            flags=frozenset({"attachment"}) if number % 5 == 0 else frozenset(),
            related={"family": f"D{number - number % 3:07}", "thread": f"T{number // 7}"},
        )


def made_words(rng: np.random.Generator) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < WORDS:
        n_syllables = int(rng.integers(1, 5))
        found["".join(rng.choice(SYLLABLES, n_syllables)) + str(rng.choice(ENDINGS))] = None
    return list(found)


def repeated(folder: Path, n_documents: int) -> Iterator[reading.Document]:
    """Yield the documents of a processed folder again and again, each time under new ids and ties."""
    plan = items.plan(folder)
    found = [
        items.document(item, text, plan.parents) for part in plan.slices for item, text in items.texts(folder, part)
    ]
    for number in range(n_documents):
        one, turn = found[number % len(found)], number // len(found)
        ties = {name: f"{turn}-{key}" for name, key in one.related.items()}
        yield reading.Document(f"{turn}-{one.id}", one.text, one.dates, one.numbers, one.flags, ties)


def plain_words(text: str) -> list[str]:
    """Return the words of a text without those that are operators of a query."""
    return [word for word in tokens.words(text) if word not in {"and", "or", "not"}]


class Drawing:
    """Draws words, places and people from a sample of the documents."""

    def __init__(self, sample: list[reading.Document], seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.texts = [found for one in sample if len(found := plain_words(one.text.get("text", ""))) > 30]
        self.people = [address for one in sample if "@" in (address := one.text.get("from", ""))]
        counts = Counter(word for text in self.texts for word in text)
        self.common = [word for word, _ in counts.most_common(100)]
        held = Counter(word for text in self.texts for word in dict.fromkeys(text))
        self.rare = [word for word, n in held.items() if n >= 5]

    def word(self) -> str:
        kind = self.rng.integers(3)
        if kind == 0:
            return self.one(self.common)
        return self.one(self.rare) if kind == 1 else self.one(self.one(self.texts))

    def one(self, values: list):
        return values[int(self.rng.integers(len(values)))]

    def run(self, n_words: int) -> list[str]:
        text = self.one(self.texts)
        at = int(self.rng.integers(len(text) - n_words))
        return text[at : at + n_words]

    def stem(self, word: str) -> str:
        return word[: max(3, len(word) - 2)] + "*"

    def tail(self, word: str) -> str:
        return "*" + word[-max(3, len(word) - 2) :]

    def nested(self) -> str:
        a, _, c, d = self.run(4)
        return f"({a} OR {self.word()}) w/10 ({c} w/3 {d})"

    def nested_wild(self) -> str:
        a, _, c, d = self.run(4)
        return f"({self.stem(a)} OR {self.tail(self.word())}) w/10 ({self.stem(c)} pre/3 {self.tail(d)})"

    def letter(self) -> str:
        return self.one("abcdefghklmnprstv") + "*"

    def letters_nested(self) -> str:
        return f"({self.letter()} OR {self.letter()}) w/10 ({self.letter()} pre/3 {self.letter()})"

    def deep_stems(self) -> str:
        a, b, c = (self.stem(self.word()) for _ in range(3))
        return f"(({a} w/5 {b}) w/10 {c}) w/25 {self.tail(self.word())}"

    def deep(self) -> str:
        a, b, c, d = self.run(4)
        return f"(({self.stem(a)} w/5 {b}) w/10 ({c} AND {self.tail(d)})) w/25 {self.stem(self.word())}"


KINDS: dict[str, Callable[[Drawing], str]] = {
    "word": lambda draw: draw.word(),
    "AND": lambda draw: f"{draw.word()} AND {draw.word()}",
    "OR": lambda draw: " OR ".join(draw.word() for _ in range(5)),
    "NOT": lambda draw: f"{draw.word()} NOT {draw.word()}",
    "phrase": lambda draw: '"' + " ".join(draw.run(3)) + '"',
    "phrase with *": lambda draw: '"{} {} {}"'.format(*draw.run(2), draw.stem(draw.word())),
    "w/N": lambda draw: "{0} w/{n} {3}".format(*draw.run(4), n=draw.one([2, 5, 10, 25, 50])),
    "pre/N": lambda draw: "{0} pre/5 {3}".format(*draw.run(4)),
    "NOT w/N": lambda draw: "{0} NOT w/5 {3}".format(*draw.run(4)),
    "w/N with *": lambda draw: f"{draw.stem(draw.word())} w/10 {draw.tail(draw.word())}",
    "nested w/N": Drawing.nested,
    "nested w/N with *": Drawing.nested_wild,
    "deep w/N, AND inside": Drawing.deep,
    "three deep with *": Drawing.deep_stems,
    "common w/N": lambda draw: f"{draw.one(draw.common)} w/3 {draw.one(draw.common)}",
    "common NOT w/N": lambda draw: f"{draw.one(draw.common)} NOT w/5 {draw.one(draw.common)}",
    "common phrase": lambda draw: '"{} {} {}"'.format(*(draw.one(draw.common[:30]) for _ in range(3))),
    "a*": lambda draw: draw.letter(),
    "*ab*": lambda draw: "*" + draw.one(draw.common)[:2] + "*",
    "a* w/5 b*": lambda draw: f"{draw.letter()} w/5 {draw.letter()}",
    "a* NOT w/5 b*": lambda draw: f"{draw.letter()} NOT w/5 {draw.letter()}",
    "(a* OR b*) w/10 (c* pre/3 d*)": Drawing.letters_nested,
    '"a* b*"': lambda draw: f'"{draw.letter()} {draw.letter()}"',
    "*abc* w/N *abc*": lambda draw: f"*{draw.one(draw.rare)[1:4]}* w/10 *{draw.one(draw.rare)[1:4]}*",
    "NOT with *": lambda draw: f"{draw.stem(draw.word())} NOT {draw.tail(draw.word())}",
    "trailing *": lambda draw: draw.stem(draw.word()),
    "leading *": lambda draw: draw.tail(draw.word()),
    "both *": lambda draw: "*" + draw.one(draw.rare)[1:4] + "*",
    "? inside": lambda draw: (lambda word: word[:2] + "?" + word[3:] + "*")(draw.word()),
    "fuzzy 1": lambda draw: draw.word() + "~1",
    "fuzzy 2": lambda draw: draw.one(draw.rare) + "~2",
    "field": lambda draw: f"subject:{draw.word()}",
    "participants": lambda draw: f"participants:({draw.one(draw.people).split('@')[0]} OR {draw.word()})",
    "address with *": lambda draw: "*@" + draw.one(draw.people).split("@")[1].split(";")[0].rstrip(">"),
    "range of dates": lambda draw: f"sent:2000-0{draw.rng.integers(1, 10)}..2001-0{draw.rng.integers(1, 10)}",
    "range of numbers": lambda draw: f"size:>{draw.rng.integers(500, 1500)} pages:1",
    "has:": lambda draw: f"has:attachment {draw.word()}",
    "family:": lambda draw: f"family:({draw.word()} {draw.word()})",
    "family: of many": lambda draw: f"family:{draw.one(draw.common)} thread:{draw.one(draw.common)}",
    "thread:": lambda draw: f"thread:({draw.word()} w/5 {draw.word()})",
}

FTS5: dict[str, Callable[[str], str]] = {
    "word": lambda query: f'"{query}"',
    "AND": lambda query: query,
    "OR": lambda query: query,
    "NOT": lambda query: query,
    "phrase": lambda query: query,
    "w/N": lambda query: "NEAR({0} {2}, {n})".format(*query.split(" "), n=int(query.split(" ")[1][2:]) - 1),
    "trailing *": lambda query: f'"{query[:-1]}"*',
    "field": lambda query: query,
}
TANTIVY = {"word", "AND", "OR", "NOT", "phrase", "trailing *", "leading *", "both *", "fuzzy 1", "fuzzy 2", "field"}


def main() -> None:
    arguments = read_arguments()
    with tempfile.TemporaryDirectory(prefix="search-bench-") as folder:
        source = list_of(arguments)
        shard, figures = built(source, Path(folder, "shard"))
        drawing = Drawing(source[:: max(1, len(source) // 20_000)], arguments.seed)
        figures["first_broad_ms"] = first_broad(shard)
        queries = {kind: [draw(drawing) for _ in range(arguments.queries)] for kind, draw in KINDS.items()}
        rows = {kind: {"ours": timed(lambda query: searching.search([shard], query, limit=None).total, asked)}
                for kind, asked in queries.items()}  # fmt: skip
        if not arguments.no_peers:
            beside_fts5(source, Path(folder, "fts5.db"), queries, rows, figures)
            beside_tantivy(source, Path(folder, "tantivy"), queries, rows, figures)
    for name in ("p95_ms", "p95_cpu_ms"):
        figures[f"worst_{name}"] = max(row["ours"][name] for row in rows.values())
    tell(rows, figures, as_json=arguments.json)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_folder", type=Path, nargs="?")
    parser.add_argument("--documents", type=int, default=300_000)
    parser.add_argument("--queries", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def list_of(arguments: argparse.Namespace) -> list[reading.Document]:
    if arguments.data_folder:
        return list(repeated(arguments.data_folder, arguments.documents))
    return list(made(arguments.documents, arguments.seed))


def built(source: list[reading.Document], folder: Path) -> tuple[opening.Shard, dict]:
    before, started = peak_bytes(), time.perf_counter()
    building.build(source, folder, schema=ITEMS)
    seconds = time.perf_counter() - started
    n_bytes = sum(path.stat().st_size for path in folder.iterdir())
    shard = opening.open_folder(folder)
    n_words = sum(len(field.words.places) for one in shard.segments for field in one.fields.values())
    return shard, {
        "documents": len(source),
        "words": n_words,
        "index_seconds": round(seconds, 1),
        "index_documents_per_second": round(len(source) / seconds),
        "index_bytes": n_bytes,
        "index_peak_bytes_above_source": peak_bytes() - before,
    }


def first_broad(shard: opening.Shard) -> float:
    """Return how long the first query of very common words takes: what is compiled is loaded for it, once a process."""
    started = time.perf_counter()
    searching.search([shard], "*e* w/2 *a*", limit=None)
    return round(1000 * (time.perf_counter() - started))


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def timed(ask: Callable[[str], int], queries: list[str]) -> dict:
    """Return percentiles in milliseconds, the slowest query, and how many documents the queries found in the middle."""
    spent, worked, totals = [], [], []
    ask(queries[0])
    for query in queries:
        started, began = time.perf_counter(), time.process_time()
        totals.append(ask(query))
        spent.append(1000 * (time.perf_counter() - started))
        worked.append(1000 * (time.process_time() - began))
    return {
        "p50_ms": round(float(np.percentile(spent, 50)), 2),
        "p95_ms": round(float(np.percentile(spent, 95)), 2),
        "max_ms": round(max(spent), 2),
        "p95_cpu_ms": round(float(np.percentile(worked, 95)), 2),
        "slowest": queries[int(np.argmax(spent))],
        "median_total": int(np.median(totals)),
        "totals": totals,
    }


def beside_fts5(source, path, queries, rows, figures) -> None:
    database = sqlite3.connect(path)
    database.executescript(
        'PRAGMA journal_mode=OFF; CREATE VIRTUAL TABLE mail USING fts5("text", subject, "from", "to")'
    )
    started = time.perf_counter()
    fields = ([one.text.get(name, "") for name in COLUMNS] for one in source)
    database.executemany("INSERT INTO mail VALUES (?, ?, ?, ?)", fields)
    database.commit()
    figures["fts5_documents_per_second"] = round(len(source) / (time.perf_counter() - started))
    for kind, translate in FTS5.items():
        asked = [translate(query) for query in queries[kind]]
        rows[kind]["fts5"] = timed(lambda query: len(fts5_ids(database, query)), asked)


def fts5_ids(database: sqlite3.Connection, query: str) -> list:
    return database.execute("SELECT rowid FROM mail WHERE mail MATCH ?", (query,)).fetchall()


def beside_tantivy(source, path, queries, rows, figures) -> None:
    builder = tantivy.SchemaBuilder()
    for name in COLUMNS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    builder.add_unsigned_field("ordinal", fast=True)
    path.mkdir()
    index = tantivy.Index(builder.build(), path=str(path))
    started = time.perf_counter()
    with index.writer(heap_size=128 << 20, num_threads=1) as writer:
        for ordinal, one in enumerate(source):
            entry = tantivy.Document()
            for name in COLUMNS:
                entry.add_text(name, " ".join(tokens.words(one.text.get(name, ""))))
            entry.add_unsigned("ordinal", ordinal)
            writer.add_document(entry)
        writer.commit()
        writer.wait_merging_threads()
    figures["tantivy_documents_per_second"] = round(len(source) / (time.perf_counter() - started))
    index.reload()
    searcher = index.searcher()
    for kind in TANTIVY:
        ask = tantivy_asking(index, searcher, kind, len(source))
        rows[kind]["tantivy"] = timed(ask, queries[kind])


def tantivy_asking(index, searcher, kind: str, n_documents: int) -> Callable[[str], int]:
    schema, should = index.schema, tantivy.Occur.Should

    def everywhere(make):
        return tantivy.Query.boolean_query([(should, make(name)) for name in COLUMNS])

    def query_of(text: str):
        if "*" in text:
            return everywhere(lambda name: tantivy.Query.regex_query(schema, name, text.replace("*", ".*")))
        if "~" in text:
            word, _, distance = text.partition("~")
            return everywhere(lambda name: tantivy.Query.fuzzy_term_query(schema, name, word, int(distance)))
        wanted, _, unwanted = text.partition(" NOT ")
        return index.parse_query(f"+{wanted} -{unwanted}" if unwanted else text, list(COLUMNS))

    def ask(text: str) -> int:
        hits = searcher.search(query_of(text), limit=n_documents, count=False).hits
        return len(searcher.fast_field_values("ordinal", [address for _, address in hits]))

    return ask


def tell(rows: dict, figures: dict, *, as_json: bool) -> None:
    for row in rows.values():
        agreeing = {name: figure.pop("totals") for name, figure in row.items()}
        row["same_totals"] = {
            name: sum(map(int.__eq__, agreeing["ours"], totals)) for name, totals in agreeing.items() if name != "ours"
        }
    if as_json:
        print(json.dumps({**figures, "kinds": rows}))
        return
    print(f"{'milliseconds':22} {'p50':>8} {'p95':>8} {'cpu p95':>8} {'found':>8}   fts5 p95  tantivy p95")
    for kind, row in rows.items():
        ours = row["ours"]
        peers = "  ".join(f"{row[name]['p95_ms']:9.2f}" if name in row else " " * 9 for name in ("fts5", "tantivy"))
        head = (
            f"{kind:22} {ours['p50_ms']:8.2f} {ours['p95_ms']:8.2f} {ours['p95_cpu_ms']:8.2f} {ours['median_total']:8}"
        )
        print(f"{head}  {peers}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
