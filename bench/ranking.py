"""
Effort to find 80 and 95 % of what is relevant, and the time that learning from one decision takes.

    python bench/ranking.py DATA_FOLDER [--seeds 3] [--only mail] [--all-topics] [--json]
    python bench/ranking.py --documents 300000

DATA_FOLDER holds `email-enron-topics`, `tar-systematic-reviews` and `tar-cuad-passages`. Cursitor's ranker stands
beside plain TF-IDF + logistic regression of scikit-learn over the same texts, from the same first documents, in one
run: `plain` and `rounds` learn in batches that grow by a tenth, `ours` after every decision, as the command does.
Figures are shares of the collection reviewed, in per cent, means over the seeds (the large passages: one seed). `floor`
is the published bar of the project for the same topic, taken from other draws of the first document. `--all-topics`
takes every label of 15 documents or more, also those that no weight was chosen on.

With --documents it draws that many documents of 200 terms (Zipf) instead, codes 5,000, and then times each further
decision until all documents are ranked again, beside a refit of scikit-learn's logistic regression to the same labels.
`cpu` is the time of the processor, which a busy machine does not stretch. Bar: 0.5 s at 300,000, 95th percentile.
"""

import argparse
import gzip
import json
import time
from collections import Counter
from pathlib import Path

import numpy as np
import scipy.sparse as sparse
from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from cursitor.engines.ranking import algorithms, records, replay

MAIL = "email-enron-topics/messages.jsonl.gz"
PASSAGES = "tar-cuad-passages/passages.jsonl.gz"
KITCHENHAM = "tar-systematic-reviews/Kitchenham_2010.jsonl.gz"
BANNACH = "tar-systematic-reviews/Bannach-Brown_2019.jsonl.gz"

# (file, label): floor at 80 and at 95 %
FLOORS = {
    (KITCHENHAM, "included"): (12.7, 48.4),
    (BANNACH, "included"): (16.9, 46.9),
    (MAIL, "3.10"): (25.1, 56.0),
    (MAIL, "3.6"): (21.1, 49.4),
    (MAIL, "4.10"): (38.7, 68.9),
    (MAIL, "3.1"): (26.9, 69.8),
    (PASSAGES, "Cap On Liability"): (2.8, 9.5),
    (PASSAGES, "Audit Rights"): (1.6, 4.2),
    (PASSAGES, "Non-Compete"): (6.1, 24.5),
}
FEWEST = 15
CODED, DECISIONS = 5_000, 100
RICHNESS, TERMS, PER_DOCUMENT = 0.01, 500_000, 200


class Plain:
    """TF-IDF and logistic regression as scikit-learn gives them, with the same presumed negatives."""

    def __init__(self, texts: list[str]) -> None:
        self.matrix = TfidfVectorizer().fit_transform(texts)

    def fit_rank(self, labels: dict[int, bool], *, seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        unknown = np.setdiff1d(np.arange(self.matrix.shape[0]), list(labels))
        presumed = rng.choice(unknown, size=min(100, unknown.size), replace=False)
        rows = [*labels, *presumed]
        relevant = [*labels.values(), *([False] * presumed.size)]
        return LogisticRegression(max_iter=1000).fit(self.matrix[rows], relevant).predict_proba(self.matrix)[:, 1]


def main() -> None:
    arguments = read_arguments()
    told = time_decisions(arguments.documents) if arguments.documents else compare(arguments)
    print(json.dumps(told))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_folder", type=Path, nargs="?")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="", help="files whose path holds this")
    parser.add_argument("--all-topics", action="store_true")
    parser.add_argument("--documents", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="the summary alone")
    arguments = parser.parse_args()
    if not arguments.documents and not arguments.data_folder:
        parser.error("DATA_FOLDER or --documents")
    return arguments


def compare(arguments: argparse.Namespace) -> dict:
    rows = []
    for path in dict.fromkeys(path for path, _ in FLOORS if arguments.only in path):
        labelled = read(arguments.data_folder / path)
        plain = Plain([f"{record.subject}\n{record.text}" for record in labelled.records])
        ours = algorithms.ranker().of(labelled.records)
        for label in labels_of(path, labelled, arguments.all_topics):
            row = measure(labelled.truth(label), plain, ours, 1 if path == PASSAGES else arguments.seeds)
            rows.append(
                {"topic": f"{Path(path).name.split('.')[0]} {label}", **row, "floor": FLOORS.get((path, label))}
            )
            if not arguments.json:
                show(rows[-1])
    return {"topics": rows, **ratios(rows)}


def read(path: Path) -> records.Labelled:
    with gzip.open(path, "rb") as lines:
        return records.read(lines)


def labels_of(path: str, labelled: records.Labelled, is_all: bool) -> list[str]:
    counted = Counter(name for names in labelled.labels for name in names)
    named = [label for file, label in FLOORS if file == path]
    return [label for label, n in sorted(counted.items()) if n >= FEWEST] if is_all else named


def measure(truth: np.ndarray, plain: Plain, ours, n_seeds: int) -> dict:
    alone = np.arange(len(truth))
    found: dict[str, list] = {"plain": [], "rounds": [], "ours": []}
    for seed in range(n_seeds):
        found["plain"].append(replay.simulate(plain, truth, seed=seed, until=0.95))
        found["rounds"].append(replay.simulate(ours, truth, seed=seed, until=0.95))
        learner = algorithms.learner(ours, seed=seed)
        order = list(replay.decisions(learner, truth, alone, seed=seed, until=0.95))
        found["ours"].append(replay.of_order(np.array(order), truth))
    shares = {name: effort(runs, len(truth)) for name, runs in found.items()}
    return {"n": len(truth), "relevant": int(truth.sum()), **shares}


def effort(runs: list[replay.Replay], n: int) -> list[float]:
    return [round(100 * float(np.mean([run.effort(recall) for run in runs])) / n, 2) for recall in (0.8, 0.95)]


def ratios(rows: list[dict]) -> dict[str, float]:
    """Return the mean over topics of effort over plain effort, and the ratio of the mean efforts (shares)."""
    told = {}
    for name in ("rounds", "ours"):
        for at, recall in enumerate((80, 95)):
            own, peer = (np.array([row[kind][at] for row in rows]) for kind in (name, "plain"))
            told[f"{name}_{recall}"] = round(float((own / peer).mean()), 3)
            told[f"{name}_{recall}_of_means"] = round(float(own.mean() / peer.mean()), 3)
    return told


def show(row: dict) -> None:
    kinds = ("plain", "rounds", "ours")
    figures = "  ".join(f"{kind} {row[kind][0]:6.2f} {row[kind][1]:6.2f}" for kind in kinds)
    print(f"{row['topic'][:40]:40} {row['n']:6} {row['relevant']:4}  {figures}  floor {row['floor']}", flush=True)


def time_decisions(n: int) -> dict:
    rng = np.random.default_rng(0)
    counts, truth = drawn(n, rng)
    matrix = TfidfTransformer(sublinear_tf=True).fit_transform(counts).astype(np.float32).tocsr()
    ranker = algorithms.ranker()((), matrix)
    learner = ranker.learner(seed=0)
    order = np.concatenate([np.flatnonzero(truth)[:500], rng.permutation(np.flatnonzero(~truth))]).tolist()
    for at in order[:CODED]:
        learner.note(at, is_relevant=bool(truth[at]))
    learner.decide(order[CODED], is_relevant=bool(truth[order[CODED]]))
    ours = [
        timed(lambda at=at: np.argsort(-learner.decide(at, is_relevant=bool(truth[at]))))
        for at in order[CODED + 1 :][:DECISIONS]
    ]
    rows = order[: CODED + 1]
    peer = [timed(lambda: refit(matrix, rows, truth)) for _ in range(5)]
    return {"documents": n, "entries": int(matrix.nnz), "ours": percentiles(ours), "scikit_learn": percentiles(peer)}


def drawn(n: int, rng: np.random.Generator) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Return counts of terms (Zipf; a tenth of what the relevant hold is from fifty of their own), and the relevant."""
    truth = rng.random(n) < RICHNESS
    odds = np.cumsum(1 / np.arange(10, TERMS + 10))
    columns = np.searchsorted(odds, rng.random((n, PER_DOCUMENT), np.float32) * odds[-1]).astype(np.int32)
    columns[truth, : PER_DOCUMENT // 10] = TERMS // 2 + rng.integers(0, 50, (truth.sum(), PER_DOCUMENT // 10))
    ends = np.arange(0, n * PER_DOCUMENT + 1, PER_DOCUMENT)
    counts = sparse.csr_matrix((np.ones(columns.size, np.float32), columns.ravel(), ends), shape=(n, TERMS))
    counts.sum_duplicates()
    return counts, truth


def refit(matrix, rows: list[int], truth: np.ndarray) -> np.ndarray:
    model = LogisticRegression(max_iter=1000).fit(matrix[rows], truth[rows])
    return np.argsort(-model.decision_function(matrix))


def timed(run) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - cpu


def percentiles(seconds: list[tuple[float, float]]) -> dict[str, float]:
    found = np.quantile(np.array(seconds), [0.5, 0.95], axis=0).round(3)
    names = ("seconds_median", "cpu_median", "seconds_p95", "cpu_p95")
    return dict(zip(names, found.ravel().tolist(), strict=True))


if __name__ == "__main__":
    main()
