import subprocess
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cursitor.lines.entry import operations, queries
from cursitor.lines.entry.choices import Pass
from cursitor.lines.entry.operations import gold
from cursitor.plumbing.refusal import Invalid, NotPermitted
from cursitor.spine.audit.models import Entry
from tests.factories import NOW
from tests.lines.entry import factories
from tests.lines.entry.factories import RIGHT

pytestmark = pytest.mark.django_db

SEED = bytes(range(32))


@pytest.fixture
def records(order):
    batch = factories.batch(order)
    return [factories.record(batch) for _ in range(6)]


def commit(order, by, n=2, seed=SEED):
    return operations.commit_gold(order=order, n=n, seed=seed, by=by, at=NOW)


def tell(gold_set, by, raw=RIGHT):
    """Key the true values of every record of a set."""
    while record := operations.next_record(task=gold_set, by=by, at=NOW):
        operations.save_keying(
            task=gold_set, record=record, values=factories.values(raw), effort={"seconds": 30}, by=by, at=NOW
        )


def key_all(records, first, second, raw=RIGHT):
    for record in records:
        record.refresh_from_db()
        factories.key(record, first, raw)
        factories.key(record, second, raw)


class TestCommitting:
    def test_draws_by_the_seed_from_records_nobody_has_keyed(self, world, order, records, first):
        factories.key(records[0], first, RIGHT)

        made = commit(order, world.qc_lead, n=5)

        assert (made.n_drawn, made.n_from) == (5, 5)
        assert sorted(made.records.values_list("number", flat=True)) == [2, 3, 4, 5, 6]

    def test_publishes_a_commitment_and_neither_seed_nor_records(self, world, order, records):
        made = commit(order, world.qc_lead)

        told = Entry.objects.get(type="entry.gold.committed").data
        assert told == {"set": 1, "n": 2, "from": 6, "commitment": made.commitment}
        assert SEED not in bytes(made.seed)

    def test_refuses_more_than_there_are(self, world, order, records):
        with pytest.raises(Invalid, match="1 to 6"):
            commit(order, world.qc_lead, n=7)

    def test_is_for_qc_leads_alone(self, world, order, records):
        for person in (world.delivery_manager, world.legal_operations):
            with pytest.raises(NotPermitted):
                commit(order, person)


class TestBlindness:
    def test_a_keyer_finds_no_trace_of_which_records_are_gold(self, world, order, records, first):
        made = commit(order, world.qc_lead)
        tell(made, world.qc_lead, RIGHT | {"note": "The one true remark"})
        chosen = made.records.order_by("number").first()
        other = order.records.filter(gold_set=None).order_by("number").first()
        client = Client()
        client.force_login(first.holder)

        def seen(name, *arguments):
            page = client.get(reverse(f"entry:{name}", args=arguments))
            return factories.TOKEN.sub("", page.content.decode())

        pages = {one.number: seen("record", order.ref, one.number) for one in (chosen, other)}

        assert "gold" not in seen("records", order.ref).casefold()
        assert "The one true remark" not in "".join(pages.values())
        assert "gold" not in pages[chosen.number].casefold()
        assert client.get(reverse("entry:gold", args=[order.ref])).status_code == 403

    def test_a_manager_sees_no_true_value_before_it_is_revealed(self, world, order, records):
        made = commit(order, world.qc_lead)
        tell(made, world.qc_lead, RIGHT | {"note": "The one true remark"})
        chosen = made.records.first()

        seen = queries.record_view(record=chosen, person=world.delivery_manager)
        own = queries.record_view(record=chosen, person=world.qc_lead)

        assert seen.keyings == ()
        assert [keying.of_pass for keying in own.keyings] == [Pass.GOLD]

    def test_whoever_set_the_true_values_does_not_key_these_records(self, world, order, records):
        made = commit(order, world.qc_lead)
        tell(made, world.qc_lead)
        task = factories.task(order, world.qc_lead)

        met = []
        while record := operations.next_record(task=task, by=world.qc_lead, at=NOW):
            met.append(record.number)
            factories.key(record, task, RIGHT)

        assert len(met) == 4
        assert not set(met) & set(made.records.values_list("number", flat=True))


class TestRevealing:
    def test_waits_until_no_keyer_is_still_to_meet_a_gold_record(self, world, order, records, first, second):
        made = commit(order, world.qc_lead)
        tell(made, world.qc_lead)

        with pytest.raises(gold.NotToBeRevealed, match="2 of its records wait"):
            operations.reveal_gold(gold_set=made, by=world.qc_lead, at=NOW)

    def test_waits_for_the_true_values(self, world, order, records, first, second):
        made = commit(order, world.qc_lead)
        key_all(records, first, second)

        with pytest.raises(gold.NotToBeRevealed, match="2 of its records have no true values"):
            operations.reveal_gold(gold_set=made, by=world.qc_lead, at=NOW)

    def test_blocks_delivery_until_then(self, world, order, records, first, second):
        made = commit(order, world.qc_lead)
        tell(made, world.qc_lead)
        key_all(records, first, second)
        assert [blocker.code for blocker in queries.blockers(order)] == ["ENTRY_GOLD_SEALED"]

        operations.reveal_gold(gold_set=made, by=world.qc_lead, at=NOW)

        assert queries.blockers(order) == ()

    def test_shows_a_line_that_recomputes_the_commitment(self, world, order, records, first, second):
        made = commit(order, world.qc_lead)
        tell(made, world.qc_lead)
        key_all(records, first, second)
        operations.reveal_gold(gold_set=made, by=world.qc_lead, at=NOW)

        (state,) = queries.gold_states(order=order)
        printed = subprocess.run(["/bin/sh", "-c", state.shell], capture_output=True, text=True, check=True).stdout

        assert printed.split()[0] == made.commitment
        assert SEED.hex() in state.shell

    def test_scores_each_keyer_by_the_true_values(self, world, order, records, first, second):
        made = commit(order, world.qc_lead)
        tell(made, world.qc_lead, RIGHT | {"note": "Stamped three times."})
        key_all(records, first, second)
        assert queries.accuracy(order=order, person=world.qc_lead).sources[1].total.n == 0

        operations.reveal_gold(gold_set=made, by=world.qc_lead, at=NOW)

        source = queries.accuracy(order=order, person=world.qc_lead).sources[1]
        by_keyer = {group.name: (group.rate.n, group.rate.errors) for group in source.groups["keyer"]}
        assert by_keyer == {first.holder.name: (10, 2), second.holder.name: (4, 0)}

    def test_scores_nothing_that_was_keyed_after_it_was_revealed(self, world, order, records, first, second):
        made = commit(order, world.qc_lead)
        tell(made, world.qc_lead)
        key_all(records, first, second)
        operations.reveal_gold(gold_set=made, by=world.qc_lead, at=NOW)
        before = queries.accuracy(order=order, person=world.qc_lead).sources[1].total
        again = made.records.first()
        operations.reopen(order=order, records=[again.number], reason="Lot 1", by=world.qc_lead, at=NOW)
        again.refresh_from_db()

        later = NOW + timedelta(hours=1)
        factories.key(again, first, RIGHT | {"note": "A slip"}, at=later)
        factories.key(again, second, RIGHT, at=later)

        assert queries.accuracy(order=order, person=world.qc_lead).sources[1].total == before


class TestGoldPage:
    def ask(self, person, name, *args, **data):
        client = Client()
        client.force_login(person)
        address = reverse(f"entry:{name}", args=args)
        answer = client.post(address, data, follow=True) if data else client.get(address)
        return answer.content.decode()

    def test_draws_shows_the_commitment_and_leads_to_the_bench(self, world, order, records):
        page = self.ask(world.qc_lead, "commit_gold", order.ref, n=3)

        made = order.gold_sets.get()
        assert made.commitment in page
        assert "3 of 3 without true values" in page
        assert reverse("entry:gold_bench", args=[order.ref, 1]) in page

    def test_says_how_many_can_be_drawn(self, world, order, records):
        assert "Choose 1 to 6 records" in self.ask(world.qc_lead, "commit_gold", order.ref, n=7)

    def test_reveals_seed_and_records_with_the_line_that_checks_them(self, world, order, records, first, second):
        made = commit(order, world.qc_lead)
        tell(made, world.qc_lead)
        key_all(records, first, second)
        assert SEED.hex() not in self.ask(world.qc_lead, "gold", order.ref)

        page = self.ask(world.qc_lead, "reveal_gold", order.ref, 1, sure="yes")

        assert SEED.hex() in page
        assert "sha256sum" in page

    @pytest.mark.parametrize("name", ["delivery_manager", "specialist", "legal_operations"])
    def test_is_for_qc_leads_alone(self, world, order, records, first, name):
        client = Client()
        client.force_login(getattr(world, name))

        assert client.get(reverse("entry:gold", args=[order.ref])).status_code == 403
