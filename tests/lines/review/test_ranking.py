import pytest

from cursitor.lines.review import index, operations, queries
from cursitor.lines.review.models import Family, IndexShard
from cursitor.lines.review.queries import searching
from tests.factories import NOW
from tests.lines.review import factories

SEALS = [f"The seal of car {n} failed under load and leaked." for n in range(6)]
LUNCHES = [f"Lunch on Thursday at noon, table {n}, bring cake." for n in range(12)]


@pytest.fixture
def order(world):
    return factories.order(world)


@pytest.fixture
def families(order):
    collection = factories.collection(order)
    return [factories.family(collection, text) for text in (*LUNCHES, *SEALS)]


def code(task, family, values):
    Family.objects.filter(pk=family.pk).update(leased_to=task.holder, stage="FIRST", lease_until=NOW)
    coded = factories.values(family, values)
    operations.save_family(task=task, family=family, values=coded, seconds=3, by=task.holder, at=NOW)


class TestRanking:
    def test_puts_what_is_like_the_responsive_first(self, world, order, families):
        operations.build_index(order=order.pk, at=NOW)
        task = factories.task(order, world.specialist)
        code(task, families[-1], factories.RESPONSIVE)
        code(task, families[0], factories.NOT_RESPONSIVE)

        ranking = operations.rank(order=order.pk, at=NOW)

        assert (ranking.n_labels, ranking.n_relevant) == (2, 1)
        best = Family.objects.filter(first_done_at=None).order_by("-rank", "number")[:5]
        assert set(best) == set(families[-6:-1])
        assert operations.next_family(task=task, by=task.holder, at=NOW) in families[-6:-1]

    def test_begins_with_what_the_brief_seeks(self, order, families):
        order.brief = {"prefix": "CF", "sought": "seal failed leaked"}
        order.save()
        operations.build_index(order=order.pk, at=NOW)

        operations.rank(order=order.pk, at=NOW)

        assert Family.objects.order_by("-rank", "number").first() in families[-6:]

    def test_waits_until_there_is_something_to_learn_from(self, order, families):
        operations.build_index(order=order.pk, at=NOW)

        assert operations.rank(order=order.pk, at=NOW) is None

    def test_is_asked_for_by_every_save_and_done_by_the_worker(self, world, order, families):
        operations.build_index(order=order.pk, at=NOW)
        code(factories.task(order, world.specialist), families[-1], factories.RESPONSIVE)

        factories.drain()

        assert order.rankings.count() == 1


class TestIndex:
    def test_replaces_the_one_before_and_its_words_on_disk(self, order, families):
        operations.build_index(order=order.pk, at=NOW)
        queries.search(order=order, query="seal")

        second = operations.build_index(order=order.pk, at=NOW)
        queries.search(order=order, query="seal")

        assert list(IndexShard.objects.filter(replaced_at=None)) == [second]
        assert [folder.name for folder in index.cache_folder().iterdir()] == [second.blob.sha256]

    def test_marks_what_the_privilege_highlights_hit(self, order):
        hit = factories.family(factories.collection(order), "I asked counsel.")
        factories.family(order.collections.get(), "Lunch.")

        operations.build_index(order=order.pk, at=NOW)

        assert list(order.documents.filter(has_privilege_terms=True)) == list(hit.documents.all())

    def test_asks_for_a_second_reading_where_a_new_term_hits_what_was_coded_responsive(self, world, order):
        family = factories.family(factories.collection(order), "I asked Brandvold.")
        code(factories.task(order, world.specialist), family, factories.RESPONSIVE)
        factories.layout(order, highlights=[{"name": "B", "style": "PRIVILEGE", "query": "brandvold"}])

        operations.build_index(order=order.pk, at=NOW)

        family.refresh_from_db()
        assert family.needs_privilege

    def test_is_missed_in_words_before_there_is_one(self, order):
        with pytest.raises(searching.NoIndexYet):
            queries.search(order=order, query="seal")


class TestFind:
    def test_finds_by_number_and_by_digest_for_those_who_may_read(self, world, order):
        factories.family(factories.collection(order), "Seal.", sha256="ab12cd" + "0" * 58)

        for text in ("cf-0000", "AB12CD"):
            assert len(queries.find(person=world.delivery_manager, text=text)) == 1
            assert not queries.find(person=world.outsider, text=text)
        assert not queries.find(person=world.delivery_manager, text="ab12")


class TestStatistics:
    def test_show_all_to_who_manages_and_their_own_to_others(self, world, order, families):
        for person, family in ((world.specialist, families[0]), (world.second_specialist, families[1])):
            code(factories.task(order, person), family, factories.NOT_RESPONSIVE)

        assert len(queries.statistics(order=order, person=world.qc_lead)) == 2
        (own,) = queries.statistics(order=order, person=world.specialist)
        assert (own.person, own.n_documents, own.per_hour) == (world.specialist, 1, None)
        assert 0 <= own.low <= own.responsive <= own.high <= 1
