"""Every kind of query answers as a reader would who tries everything in every document."""

import math
import random
from datetime import UTC, datetime

import numpy as np
import pytest

from cursitor.engines.search import costs, evaluation, frequent, hits, inversion, nearness, parser, postings, reading
from cursitor.engines.search.schema import ITEMS
from tests.engines.search import brute


def as_document(one):
    sent = one["sent"] and datetime(one["sent"].year, one["sent"].month, one["sent"].day, 12, tzinfo=UTC)
    return reading.Document(
        one["id"],
        text=one["fields"],
        dates={"sent": sent} if sent else {},
        numbers={"size": one["size"]},
        flags=frozenset(one["flags"]),
        related={name: one[name] for name in ("family", "thread") if one[name]},
    )


def collection_of(documents, *, n_segments=1):
    segments = []
    for portion in np.array_split(np.arange(len(documents)), n_segments):
        segment = inversion.Inverter(ITEMS)
        for at in portion:
            segment.add(as_document(documents[at]))
        segments.append(postings.Segment(segment.arrays(), ITEMS, n_documents=len(portion)))
    return evaluation.Collection(segments)


def agrees(seed, *, n_documents, n_queries):
    """Ask random queries of random documents; return how many found some documents and not all."""
    rng = random.Random(seed)
    documents = [brute.random_document(rng, number) for number in range(n_documents)]
    collection = collection_of(documents, n_segments=rng.choice([1, 2, 3]))
    n_selective = 0
    for _ in range(n_queries):
        tree = brute.random_query(rng, 2)
        node = parser.parse(brute.text_of(tree), ITEMS)

        flags = collection.matching(node)

        found = {documents[at]["id"] for at in np.flatnonzero(flags)}
        assert found == brute.matching(tree, documents), brute.text_of(tree)
        assert collection.occurrences(node, flags) == brute.occurrences(tree, documents), brute.text_of(tree)
        n_selective += 0 < len(found) < n_documents
    return n_selective


class TestMatching:
    @pytest.mark.parametrize("seed", range(3))
    def test_equals_a_reader_who_tries_everything(self, seed):
        assert agrees(seed, n_documents=20, n_queries=30) > 5

    @pytest.mark.parametrize(
        ("module", "name", "value"),
        [
            (postings, "_DEARER_TO_READ", 0),
            (postings, "_DEARER_TO_READ", 1_000_000),
            (postings, "_CHEAPER_AROUND", 0),
            (postings, "_CHEAPER_AROUND", 1_000_000),
            (postings, "_LONG_RUN", 0),
            (postings, "_LONG_RUN", 1_000_000),
            (nearness, "MERGED", 0),
            (nearness, "MERGED", 1_000_000),
            (nearness, "PAIRS_AT_ONCE", 10_000),
            (costs, "of_marks", lambda field, part, is_group: -1),
            (costs, "of_marks", lambda field, part, is_group: math.inf),
            (frequent, "_FARTHEST", 0),
        ],
    )
    def test_equals_that_reader_whichever_way_is_taken(self, monkeypatch, module, name, value):
        monkeypatch.setattr(module, name, value)

        assert agrees(7, n_documents=16, n_queries=20) > 3

    @pytest.mark.parametrize("cheapest", ["_TO_SCATTER", "_TO_COMPARE", "_TO_LOOK_UP"])
    def test_equals_that_reader_however_words_are_marked(self, monkeypatch, cheapest):
        monkeypatch.setattr(costs, "of_marks", lambda field, part, is_group: -1)
        monkeypatch.setattr(postings, cheapest, 0)
        for name, value in {"_MANY": -1, "_OFTEN": 0, "_BROAD": 1_000_000}.items():
            monkeypatch.setattr(postings, name, value)

        assert agrees(7, n_documents=16, n_queries=20) > 3

    @pytest.mark.slow
    @pytest.mark.parametrize("seed", range(100, 140))
    def test_equals_a_reader_who_tries_everything_on_two_thousand_queries(self, monkeypatch, seed):
        if seed % 2:  # what is asked of so few documents would never be marked
            monkeypatch.setattr(costs, "of_marks", lambda field, part, is_group: -1)
        assert agrees(seed, n_documents=24, n_queries=50) > 10


class TestReport:
    def test_equals_counting_by_hand_on_random_lists_of_terms(self):
        rng = random.Random(5)
        documents = [brute.random_document(rng, number) for number in range(40)]
        collection = collection_of(documents, n_segments=2)
        trees = [brute.random_query(rng, 1) for _ in range(20)]

        nodes = [parser.parse(brute.text_of(tree), ITEMS) for tree in trees]
        report = hits.report(collection, [hits.find(collection, node) for node in nodes])

        matches = [brute.matching(tree, documents) for tree in trees]
        families = [brute.related_to(documents, "family", found) for found in matches]
        for at, (tree, counts) in enumerate(zip(trees, report.terms, strict=True)):
            others = set().union(*matches[:at], *matches[at + 1 :])
            other_families = set().union(*families[:at], *families[at + 1 :])
            expected = (len(matches[at]), len(families[at]), len(matches[at] - others))
            assert (counts.hits, counts.with_family, counts.unique) == expected
            assert counts.unique_with_family == len(families[at] - other_families)
            assert counts.occurrences == brute.occurrences(tree, documents)
        assert (report.hits, report.with_family) == (len(set().union(*matches)), len(set().union(*families)))
