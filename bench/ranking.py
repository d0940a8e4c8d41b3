"""
Effort to find 80 and 95 % of what is relevant: Cursitor's ranker beside plain TF-IDF + logistic regression.

    python bench/ranking.py DATA_FOLDER [--seeds 3] [--json]

DATA_FOLDER holds `email-enron-topics`, `tar-systematic-reviews` and `tar-cuad-passages`. Both rankers go through the
same replay, from the same seeds, in one run: one random relevant document first, batches growing by a tenth. Figures
are shares of the collection reviewed, in per cent, means over the seeds (the large passages: one seed). `floor` is the
published bar of the project for the same topics, taken from other draws of the first document.
"""

import argparse
import email
import gzip
import json
import time
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from cursitor.engines.ranking import algorithms, replay
from cursitor.engines.ranking.features import Record

MAIL = "email-enron-topics/messages.jsonl.gz"
PASSAGES = "tar-cuad-passages/passages.jsonl.gz"
KITCHENHAM = "tar-systematic-reviews/Kitchenham_2010.jsonl.gz"
BANNACH = "tar-systematic-reviews/Bannach-Brown_2019.jsonl.gz"

# (file, label, floor at 80 %, floor at 95 %)
TOPICS = [
    (KITCHENHAM, "included", 12.7, 48.4),
    (BANNACH, "included", 16.9, 46.9),
    (MAIL, "3.10", 25.1, 56.0),
    (MAIL, "3.6", 21.1, 49.4),
    (MAIL, "4.10", 38.7, 68.9),
    (MAIL, "3.1", 26.9, 69.8),
    (PASSAGES, "Cap On Liability", 2.8, 9.5),
    (PASSAGES, "Audit Rights", 1.6, 4.2),
    (PASSAGES, "Non-Compete", 6.1, 24.5),
]


class Plain:
    """TF-IDF and logistic regression as scikit-learn gives them, with the same presumed negatives."""

    def __init__(self, records: list[Record]) -> None:
        self.matrix = TfidfVectorizer().fit_transform(f"{record.subject}\n{record.text}" for record in records)

    def fit_rank(self, labels: dict[int, bool], *, seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        unknown = np.setdiff1d(np.arange(self.matrix.shape[0]), list(labels))
        presumed = rng.choice(unknown, size=min(100, unknown.size), replace=False)
        rows = [*labels, *presumed]
        relevant = [*labels.values(), *([False] * presumed.size)]
        return LogisticRegression().fit(self.matrix[rows], relevant).predict_proba(self.matrix)[:, 1]


def main() -> None:
    arguments = read_arguments()
    rows, rankers = [], {}
    for path, label, *floor in TOPICS:
        records, labels = read(arguments.data_folder / path)
        if path not in rankers:
            rankers = {path: (prepared(Plain, records), prepared(algorithms.ranker().of, records))}
        truth = np.array([label in names for names in labels])
        seeds = 1 if path == PASSAGES else arguments.seeds
        rows.append({"topic": f"{Path(path).parts[0]} {label}", "n": len(truth), "relevant": int(truth.sum())})
        rows[-1]["floor"] = floor
        for name, (ranker, seconds) in zip(("plain", "ours"), rankers[path], strict=True):
            rows[-1][name] = effort(ranker, truth, seeds)
            rows[-1][f"{name}_prepare_seconds"] = round(seconds, 2)
        if not arguments.json:
            show(rows[-1])
    summary = {
        f"ratio_{recall}": round(float(np.mean([row["ours"][at] / row["plain"][at] for row in rows])), 3)
        for at, recall in enumerate((80, 95))
    }
    print(json.dumps({"topics": rows, **summary}) if arguments.json else summary)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def read(path: Path) -> tuple[list[Record], list[set[str]]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines]
    return [as_record(entry) for entry in entries], [set(entry["labels"]) for entry in entries]


def as_record(entry: dict) -> Record:
    if "sender" not in entry:
        return Record(entry["text"])
    message = email.message_from_string(entry["text"])
    body = message.get_payload()
    people = (entry["sender"], entry["to"], entry["cc"], message["x-from"], message["x-to"], message["x-cc"])
    return Record(
        body if isinstance(body, str) else entry["text"],
        entry["subject"] or "",
        tuple(person for person in people if person),
    )


def prepared(make, records):
    started = time.perf_counter()
    return make(records), time.perf_counter() - started


def effort(ranker, truth: np.ndarray, seeds: int) -> list[float]:
    runs = [replay.simulate(ranker, truth, seed=seed, until=0.95) for seed in range(seeds)]
    return [round(100 * float(np.mean([run.effort(recall) for run in runs])) / len(truth), 1) for recall in (0.8, 0.95)]


def show(row: dict) -> None:
    figures = "  ".join(f"{name} {row[name][0]:5.1f} {row[name][1]:5.1f}" for name in ("floor", "plain", "ours"))
    print(f"{row['topic'][:44]:44} {row['n']:6} {row['relevant']:4}  {figures}", flush=True)


if __name__ == "__main__":
    main()
