"""Shards answer as a reader of every document would."""

import random
import shutil
from datetime import UTC, datetime

import pytest

from cursitor.engines.search import parser, positions, reading
from cursitor.engines.search.schema import MAIL
from cursitor.plumbing.shards import building, opening, searching

WORDS = ["seal", "seals", "sealed", "fail", "failed", "failing", "failure", "gasket", "surveyor"]
WORDS += ["advice", "counsel", "was", "well-known", "naïve", "don't"]
PEOPLE = ["pella.ostrander@corbel.test", "emil@danube.test", "Hugo Brandvold <hugo.brandvold@corbel.test>"]
PATTERNS = ["seal*", "*ed", "f*l*", "fail??", "*a*", "?eal", "na?ve", "w*"]


def random_document(rng: random.Random, number: int) -> reading.Document:
    text = {"text": " ".join(rng.choice([*WORDS, "the", "a", "\n"]) for _ in range(rng.randint(0, 25)))}
    if rng.random() < 0.7:
        text["subject"] = " ".join(rng.choices(WORDS, k=rng.randint(0, 4)))
    if rng.random() < 0.6:
        text["from"], text["to"] = rng.choice(PEOPLE), ", ".join(rng.sample(PEOPLE, k=2))
    dates = {"sent": datetime(rng.choice([2, 1999, 2001]), rng.randint(1, 12), 28, tzinfo=UTC)}
    return reading.Document(
        id=f"CF-{number:04d}",
        text=text,
        dates=dates if rng.random() < 0.8 else {},
        numbers={"size": rng.randint(0, 20)},
        flags=frozenset({"attachment"}) if rng.random() < 0.3 else frozenset(),
    )


def random_place(rng: random.Random, depth: int) -> str:
    """Return a random expression that may stand beside w/N."""
    kind = rng.randrange(9 if depth else 6)
    if kind < 2:
        return rng.choice(WORDS)
    if kind == 2:
        return rng.choice(PATTERNS)
    if kind == 3:
        return rng.choice(["seel~1", "fale~2", "gaskt~", "survyeor~1"])
    if kind == 4:
        middle = rng.choice(["", "", "* ", "?a* "])
        return f'"{rng.choice([*WORDS, "s*"])} {middle}{rng.choice([*WORDS, "*", "fail*"])}"'
    if kind == 5:
        return f"({random_place(rng, 0)} OR {random_place(rng, 0)})"
    operator = rng.choice(["w", "w", "pre", "NOT w"]) + f"/{rng.choice([1, 2, 3, 5, 40])}"
    if kind == 6:
        return f"({random_place(rng, 0)} {operator.removeprefix('NOT ')} ({rng.choice(WORDS)} AND {rng.choice(WORDS)}))"
    return f"({random_place(rng, depth - 1)} {operator} {random_place(rng, depth - 1)})"


def random_query(rng: random.Random, depth: int) -> str:
    kind = rng.randrange(11 if depth else 7)
    if kind < 3:
        return random_place(rng, 2)
    if kind == 3:
        return f"{rng.choice(['subject', 'participants', 'text'])}:{random_place(rng, 1)}"
    if kind == 4:
        return rng.choice(
            ["sent:1999..2001-06", "sent:<1999", "size:>10", "size:3..5", "sent:0002", "sent:>=2001-06-28"]
        )
    if kind == 5:
        return rng.choice(["has:attachment", "has:subject", "subject:*", "*", "has:participants"])
    if kind == 6:
        return rng.choice(["emil@danube.test", "*@corbel.test", "from:pella*@*", "@danube.test", "hu*@corbel.test"])
    if kind < 9:
        return f"{random_query(rng, depth - 1)} {rng.choice(['AND ', '', 'OR '])}{random_query(rng, depth - 1)}"
    return f"NOT ({random_query(rng, depth - 1)})"


def open_built(documents, tmp_path, name="shard"):
    folder = tmp_path / name
    building.build(documents, folder, schema=MAIL)
    return opening.open_shard(building.publish(folder), tmp_path / "cache")


class TestSearch:
    @pytest.mark.parametrize("seed", range(4))
    def test_equals_a_reader_of_every_document(self, tmp_path, seed):
        rng = random.Random(seed)
        documents = [random_document(rng, number) for number in range(150)]
        shards = [open_built(documents[:90], tmp_path, "first"), open_built(documents[90:], tmp_path, "second")]
        readings = {document.id: reading.read(document, MAIL) for document in documents}

        n_selective = 0
        for _ in range(150):
            query = random_query(rng, 2)
            node = parser.parse(query, MAIL)
            expected = tuple(key for key, read in readings.items() if positions.matches(node, read))
            hits = searching.search(shards, query, limit=None)

            assert hits == searching.Hits(len(expected), expected), query
            n_selective += 0 < len(expected) < len(documents)

        assert n_selective > 50

    def test_finds_a_pattern_of_more_words_than_the_index_places_in_a_phrase(self, tmp_path):
        many = " ".join(f"a{number}" for number in range(20_000))
        shard = open_built(
            [reading.Document(1, {"text": f"seal {many}"}), reading.Document(2, {"text": many})], tmp_path
        )

        assert searching.search([shard], "seal w/3 a*").ids == (1,)
        assert searching.search([shard], '"seal a*"').ids == (1,)

    def test_counts_and_finds_only_what_is_allowed(self, tmp_path):
        shard = open_built([reading.Document(number, {"text": "seal"}) for number in range(10)], tmp_path)

        hits = searching.search([shard], "seal", allowed={2, 3, 5, 7, 99}, limit=2, offset=1)

        assert hits == searching.Hits(total=4, ids=(3, 5))

    def test_refuses_a_mistaken_query_with_a_caret(self, tmp_path):
        shard = open_built([reading.Document(1, {"text": "seal"})], tmp_path)

        with pytest.raises(searching.QueryNotUnderstood, match="never closed") as caught:
            searching.search([shard], "seal w/5 (fail")

        assert caught.value.position == 9
        assert caught.value.sentence.splitlines()[1].index("^") == 9

    def test_finds_nothing_in_an_empty_shard_or_in_none(self, tmp_path):
        empty = open_built([], tmp_path)

        assert searching.search([empty], "NOT seal").total == 0
        assert searching.search([], "seal").total == 0


class TestBuild:
    def test_refuses_an_id_that_comes_twice(self, tmp_path):
        with pytest.raises(building.DuplicateDocument, match="CF-1"):
            building.build([reading.Document("CF-1"), reading.Document("CF-1")], tmp_path / "shard", schema=MAIL)

    def test_refuses_a_field_that_the_schema_does_not_know(self, tmp_path):
        with pytest.raises(reading.UnknownField, match="colour"):
            building.build([reading.Document(1, {"colour": "red"})], tmp_path / "shard", schema=MAIL)

    def test_keeps_words_longer_than_an_index_term_may_be(self, tmp_path):
        endless = "x" * 100_000

        shard = open_built([reading.Document(1, {"text": f"before {endless} after"})], tmp_path)

        assert searching.search([shard], "before w/500 after").total == 1
        assert searching.search([shard], "xxx*").total == 1


class TestOpen:
    def test_fetches_only_what_the_cache_lacks(self, tmp_path):
        folder = tmp_path / "shard"
        building.build([reading.Document(1, {"text": "seal"})], folder, schema=MAIL)
        packed = building.publish(folder)
        opened = opening.open_shard(packed, tmp_path / "cache")
        (digest,) = (entry.name for entry in (tmp_path / "cache").iterdir())

        def fetch():
            raise AssertionError("the cache has it")

        again = opening.open_published(digest, tmp_path / "cache", fetch=fetch)

        assert again is opened

    def test_refuses_bytes_that_do_not_have_the_digest(self, tmp_path):
        folder = tmp_path / "shard"
        building.build([reading.Document(1, {"text": "seal"})], folder, schema=MAIL)
        packed = building.publish(folder)

        with pytest.raises(opening.UnreadableShard, match="damaged"):
            opening.open_published("0" * 64, tmp_path / "cache", fetch=lambda: packed.open("rb"))

        assert not list((tmp_path / "cache").iterdir())

    def test_refuses_a_file_that_is_no_shard(self, tmp_path):
        letter = tmp_path / "letter.txt"
        letter.write_text("Dear Sir")

        with pytest.raises(opening.UnreadableShard, match="not a search index"):
            opening.open_shard(letter, tmp_path / "cache")

    def test_finds_again_after_the_cache_was_emptied(self, tmp_path):
        folder = tmp_path / "shard"
        building.build([reading.Document(1, {"text": "seal"})], folder, schema=MAIL)
        packed = building.publish(folder)
        opening.open_shard(packed, tmp_path / "cache")
        shutil.rmtree(tmp_path / "cache")

        shard = opening.open_shard(packed, tmp_path / "cache")

        assert searching.search([shard], "seal").ids == (1,)
