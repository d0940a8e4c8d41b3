"""
How often a QBCB certificate keeps its promise, what it costs, and where the knee signal comes, over real rankings.

    python bench/certificates.py DATA_FOLDER [--runs 1000] [--rankings 4] [--only mail] [--json]

DATA_FOLDER as for bench/ranking.py. For each topic the review is replayed from `rankings` first documents as `cursitor
simulate` does, then `runs` random samples are drawn, spread over those replays. Per target and r (relevant documents
to be known first): the share of runs whose recall reached the target, mean recall, mean share of the collection
reviewed with the sample counted, and of it the sample. Bar: 0.95 of the runs reach the target.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import ranking as efforts

from cursitor.engines.ranking import algorithms, replay, stopping

TARGETS = (0.7, 0.8, 0.9)
KNOWN = (30, 60, 100)


def main() -> None:
    arguments = read_arguments()
    rows = []
    for path in dict.fromkeys(path for path, _ in efforts.FLOORS if arguments.only in path):
        labelled = efforts.read(arguments.data_folder / path)
        ranker = algorithms.ranker().of(labelled.records)
        for label in efforts.labels_of(path, labelled, is_all=False):
            topic = {"topic": f"{Path(path).name.split('.')[0]} {label}"}
            runs = replays(ranker, labelled.truth(label), arguments.rankings)
            rows.extend({**topic, **row} for row in measure(runs, labelled.truth(label), arguments.runs))
            if not arguments.json:
                print(*(json.dumps(row) for row in rows if row["topic"] == topic["topic"]), sep="\n", flush=True)
    kept = [row["reached"] for row in rows if "reached" in row]
    knees = [row for row in rows if "knee_recall" in row]
    print(
        json.dumps(
            {
                "certificates": len(kept),
                "reached_least": min(kept),
                "reached_mean": round(float(np.mean(kept)), 4),
                "knee_recall_mean": round(float(np.mean([row["knee_recall"] for row in knees])), 4),
                "knee_effort_mean": round(float(np.mean([row["knee_effort"] for row in knees])), 4),
            }
        )
    )


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_folder", type=Path)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--rankings", type=int, default=4)
    parser.add_argument("--only", default="", help="files whose path holds this")
    parser.add_argument("--json", action="store_true", help="the summary alone")
    return parser.parse_args()


def replays(ranker, truth: np.ndarray, n_rankings: int) -> list[replay.Replay]:
    alone = np.arange(len(truth))
    orders = (
        replay.decisions(algorithms.learner(ranker, seed=seed), truth, alone, seed=seed) for seed in range(n_rankings)
    )
    return [replay.of_order(np.array(list(order)), truth) for order in orders]


def measure(runs: list[replay.Replay], truth: np.ndarray, n_runs: int):
    whole = [run.to_the_end(truth) for run in runs]
    knees = [run.knee() or (len(truth), 1.0) for run in whole]
    yield {
        "relevant": int(truth.sum()),
        "knee_effort": round(float(np.mean([effort for effort, _ in knees])) / len(truth), 4),
        "knee_recall": round(float(np.mean([recall for _, recall in knees])), 4),
    }
    for target in TARGETS:
        for r in (stopping.smallest_r(target), *KNOWN):
            if stopping.smallest_r(target) <= r <= truth.sum():
                yield {"target": target, "r": r, **certificates(runs, truth, r, target, n_runs)}


def certificates(runs: list[replay.Replay], truth: np.ndarray, r: int, target: float, n_runs: int) -> dict:
    made = [replay.certified(runs[seed % len(runs)], truth, r=r, target=target, seed=seed) for seed in range(n_runs)]
    recalls = np.array([found.recall for found in made])
    return {
        "j": stopping.qbcb_j(r, target),
        "reached": round(float((recalls >= target).mean()), 4),
        "recall": round(float(recalls.mean()), 4),
        "effort": round(float(np.mean([found.effort for found in made])) / len(truth), 4),
        "sample": round(float(np.mean([found.sample for found in made])) / len(truth), 4),
    }


if __name__ == "__main__":
    main()
