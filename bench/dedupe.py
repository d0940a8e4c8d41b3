"""
Duplicates, threads and near-duplicates: how right and how fast, in one run.

    python bench/dedupe.py [DATA_FOLDER] [--texts 30000]

Copies: real messages (email-enron-topics of the data folder, made-up ones without it) are planted again with recipients
in another order, another zone, other display names and other white space, which must be found; and with another date or
another attached byte, which must not. Threads: made-up conversations without threading headers. Near-duplicates: texts
per second beside plain MinHash of scikit-learn's kind in numpy, and recall against every pair compared by sets.
"""

import argparse
import gzip
import hashlib
import json
import random
import sys
import time
from collections import Counter
from datetime import timedelta, timezone
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.engines.dedupe import conversations

from cursitor.engines.dedupe import hashes, nearness, shingles, threads


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path)
    parser.add_argument("--texts", type=int, default=30_000)
    options = parser.parse_args()
    figures = {
        "copies": copies(options.data),
        "threads": threading(),
        "near_duplicates": near_duplicates(options.texts),
    }
    for name, told in figures.items():
        print(f"{name:16}", *(f"{key} {value}" for key, value in told.items()), sep="  ")
    print(json.dumps(figures))


def copies(data: Path | None) -> dict[str, float]:
    chance = random.Random(1)
    found = wanted = merged = others = 0
    for fields in _messages(data):
        key = hashes.fingerprint(**fields).hash
        for change in (_reordered, _rezoned, _renamed, _respaced):
            wanted += 1
            found += hashes.fingerprint(**change(fields, chance)).hash == key
        for change in (_redated, _reattached):
            others += 1
            merged += hashes.fingerprint(**change(fields, chance)).hash == key
    return {"planted": wanted, "recall": found / wanted, "changed": others, "merged_wrongly": merged}


def _messages(data: Path | None):
    path = data / "email-enron-topics" / "messages.jsonl.gz" if data else None
    if path is None or not path.exists():
        for one in conversations.conversations(200, 1):
            yield _fields(one.letter.sent, one.letter.sender, one.letter.recipients, "", one.letter.subject, one.body)
        return
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            body = row["text"].partition("\r\n\r\n")[2]
            sent = parsedate_to_datetime(row["date"])
            to = [address for _, address in getaddresses([row["to"]])]
            yield _fields(sent, row["sender"], to, row["cc"], row["subject"], body)


def _fields(sent, sender, to, cc, subject, body):
    return {
        "sent": sent,
        "sender": [("", sender)],
        "to": [("", one) for one in to],
        "cc": getaddresses([cc]),
        "bcc": [],
        "subject": subject,
        "body": body,
        "attachment_hashes": [hashlib.sha256(subject.encode()).hexdigest()],
    }


def _reordered(fields, chance):
    return fields | {"to": chance.sample(fields["to"], len(fields["to"]))}


def _rezoned(fields, chance):
    return fields | {"sent": fields["sent"].astimezone(timezone(timedelta(hours=chance.randint(-11, 12))))}


def _renamed(fields, chance):
    return fields | {"to": [(f"Name {chance.random()}", address.upper()) for _, address in fields["to"]]}


def _respaced(fields, chance):
    return fields | {"body": "\n\n  ".join(fields["body"].split())}


def _redated(fields, chance):
    return fields | {"sent": fields["sent"] + timedelta(seconds=chance.randint(1, 10**6))}


def _reattached(fields, chance):
    return fields | {"attachment_hashes": [hashlib.sha256(str(chance.random()).encode()).hexdigest()]}


def threading() -> dict[str, float]:
    told = conversations.conversations(600, 1)
    letters = [conversations.stripped(one) for one in told]
    began = time.perf_counter()
    placed = {letters[position].id: one for position, one in threads.place(letters)}
    seconds = time.perf_counter() - began
    counts = (
        Counter((one.conversation, placed[one.letter.id].thread) for one in told),
        Counter(placed[one.letter.id].thread for one in told),
        Counter(one.conversation for one in told),
    )
    right, found, true = (sum(n * (n - 1) // 2 for n in each.values()) for each in counts)
    return {
        "messages": len(told),
        "precision": round(right / found, 4),
        "recall": round(right / true, 4),
        "f1": round(2 * right / (found + true), 4),
        "messages_per_second": round(len(told) / seconds),
    }


def near_duplicates(n: int) -> dict[str, float]:
    texts, planted = _texts(n)
    nearness.signatures(texts[:10])
    began = time.perf_counter()
    rows = np.concatenate([nearness.signatures(texts[at : at + 4096]) for at in range(0, n, 4096)])
    lengths = [len(text) for text in texts]
    found = dict(nearness.groups(rows, lengths, lambda chosen: nearness.word_pairs([texts[one] for one in chosen])))
    ours = time.perf_counter() - began
    began = time.perf_counter()
    _plain_signatures(texts[: n // 10])
    peer = (time.perf_counter() - began) * 10
    alike = [(one, other) for one, other in planted if _by_words(texts[one], texts[other]) >= 0.9]
    hits = [one in found and other in found and found[one].pivot == found[other].pivot for one, other in alike]
    return {
        "texts": n,
        "texts_per_second": round(n / ours),
        "planted_at_0.9": len(alike),
        "recall_at_0.9": round(sum(hits) / len(hits), 4),
        "times_plain_signatures_alone": round(peer / ours, 1),
    }


def _texts(n: int) -> tuple[list[str], list[tuple[int, int]]]:
    """Return texts of 50 to 150 words, and the pairs of which one is an edited copy: one text in ten."""
    chance = random.Random(1)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 10))) for _ in range(20_000)]
    texts, planted = [], []
    while len(texts) < n:
        text = chance.choices(words, k=chance.randint(50, 150))
        if len(texts) % 10 == 9:
            planted.append((len(texts) - 9, len(texts)))
            text = texts[-9].split()
            for _ in range(chance.randint(1, max(1, len(text) // 15))):
                text[chance.randrange(len(text))] = chance.choice(words)
        texts.append(" ".join(text))
    return texts, planted


def _by_words(one: str, other: str) -> float:
    some, more = set(one.split()), set(other.split())
    return len(some & more) / len(some | more)


def _plain_signatures(texts: list[str]) -> None:
    """The peer: the same number of MinHash values a text, one text at a time in numpy over the same shingles."""
    weights = np.random.default_rng(1).integers(1, 2**63, nearness.N_HASHES, dtype=np.uint64) | np.uint64(1)
    for text in texts:
        own, _ = shingles.shingles(*shingles.words([text]))
        (np.outer(weights, own) >> np.uint64(32)).min(axis=1)


if __name__ == "__main__":
    main()
