import io
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cursitor.lines.entry import operations, queries
from cursitor.lines.entry.choices import Stage
from cursitor.spine.work.choices import OrderState
from tests.factories import NOW
from tests.lines.entry import factories

HTMX = {"HX-Request": "true"}
MOST_QUERIES = 30


@pytest.fixture
def bare(world):
    return factories.bare_order(world)


@pytest.fixture
def manager(client, world):
    client.force_login(world.delivery_manager)
    return client


def address(name, order, *rest):
    return reverse(f"entry:{name}", args=[order.ref, *rest])


def begin(client, order, /, **source):
    return client.post(address("draft_start", order), source)


def press(client, order, act, /, **typed):
    """Press a button of the draft, the form's own inputs as they stand."""
    return client.post(address("draft", order), {"title": "Slip", "act": act, **typed})


def text(answer):
    return answer.content.decode()


class TestOrderPage:
    def page(self, client, order):
        return text(client.get(address("order", order)))

    def test_says_that_the_form_comes_first_and_who_may_make_it(self, client, world, manager, bare):
        to_manager = self.page(manager, bare)
        client.force_login(world.qc_lead)
        to_qc_lead = self.page(client, bare)

        assert "The form is still to be defined" in to_manager
        assert address("definition", bare) in to_manager.partition("<h2>Next</h2>")[2]
        assert "Asha Verma, who carries the order" in to_qc_lead

    def test_says_that_pages_come_next(self, manager, order):
        assert "The form is defined; no pages have been collected yet" in self.page(manager, order)

    def test_says_that_pages_are_being_rendered(self, manager, order):
        factories.batch(order, state="READING", ready_at=None)

        assert "The pages are being rendered" in self.page(manager, order)

    def test_counts_every_record_once_and_names_the_rarest_wait(self, manager, world, order):
        batch = factories.batch(order)
        for stage, n in ((Stage.FIRST, 3), (Stage.SECOND, 2), (Stage.ADJUDICATE, 1), (Stage.DONE, 4)):
            for _ in range(n):
                factories.record(batch, stage=stage)
        factories.record(batch, stage=Stage.SET_ASIDE, set_aside_reason="Blank", set_aside_by=world.specialist)

        standing = queries.standing(order, at=NOW)

        assert "4 of 11 records are settled; 1 waits for an adjudicator" in self.page(manager, order)
        assert [queue.n_waiting for queue in standing.queues] == [3, 2, 1]
        assert standing.n_records == standing.n_done + standing.n_set_aside + 6
        assert "1 record was set aside and waits" in self.page(manager, order)

    def test_says_when_nobody_assigned_may_key_what_waits(self, manager, world, order):
        factories.task(order, world.specialist, "SECOND")
        factories.record(factories.batch(order), stage=Stage.SECOND, first_doer=world.specialist)

        page = self.page(manager, order)

        assert "Second keying: 1 record waits for another person; everybody assigned keyed them before." in page

    def test_shows_the_bench_to_who_keys_and_no_name_of_a_colleague(self, client, world, order):
        task = factories.task(order, world.second_specialist, "SECOND")
        factories.task(order, world.specialist, "FIRST")
        factories.record(factories.batch(order), stage=Stage.SECOND, first_doer=world.specialist)
        client.force_login(world.second_specialist)

        page = self.page(client, order)

        assert reverse("work:task", args=[order.ref, task.number]) in page
        assert world.specialist.name not in page

    def test_says_that_all_is_settled_and_what_else_stands_in_the_way(self, manager, order):
        factories.record(factories.batch(order), stage=Stage.DONE, done_at=NOW, n_errors=1)

        page = self.page(manager, order)

        assert "The one record is settled" in page
        assert "1 settled record breaks a rule of the form." in page

    def test_holds_a_lease_for_open_only_as_long_as_it_lasts(self, world, order):
        factories.record(factories.batch(order), leased_to=world.specialist, lease_until=NOW + timedelta(minutes=5))

        assert queries.standing(order, at=NOW).queues[0].n_held == 1
        assert queries.standing(order, at=NOW + timedelta(minutes=6)).queues[0].n_held == 0


class TestDefinitionPage:
    def test_shows_the_current_version_to_all_on_the_order(self, client, world, order):
        factories.task(order, world.specialist)
        for person in (world.delivery_manager, world.qc_lead, world.specialist, world.attorney):
            client.force_login(person)

            assert "The form has 5 fields, 2 of them keyed twice" in text(client.get(address("definition", order)))

    def test_does_not_exist_for_others(self, client, world, order):
        for person in (world.outsider, world.finance, world.other_attorney, world.administrator):
            client.force_login(person)
            for page in (
                client.get(address("definition", order)),
                client.get(address("definition_version", order, 1)),
                client.get(address("definition_export", order, 1)),
                client.get(address("draft", order)),
                begin(client, order, source="empty"),
            ):
                assert page.status_code == 404

    def test_is_changed_by_those_who_define_alone(self, client, world, order):
        factories.task(order, world.specialist)
        client.force_login(world.specialist)

        assert "Change the form" not in text(client.get(address("definition", order)))
        assert begin(client, order, source="current").status_code == 403
        assert press(client, order, "make:1").status_code == 403

    def test_offers_beginnings_where_there_is_no_form(self, manager, world, bare):
        factories.order(world, title="Boxes 5 to 9")

        page = text(manager.get(address("definition", bare)))

        assert "Contract cover sheet" in page
        assert "Corbel v. Danube: Registration statement" in page

    def test_hands_out_json_schema_that_it_takes_back(self, manager, order, bare):
        answer = manager.get(address("definition_export", order, 1))
        file = io.BytesIO(b"".join(answer.streaming_content))
        file.name = "form.json"

        begin(manager, bare, source="json", file=file)
        press(manager, bare, "make:0", title="Registration statement")

        assert "attachment" in answer.headers["Content-Disposition"]
        assert bare.schemas.get().definition == order.schemas.get().definition

    def test_tells_what_a_version_changed_and_how_many_records_keep_it(self, manager, world, order):
        factories.record(factories.batch(order))
        factories.schema(order, factories.SINGLE_FORM, note="Less is asked")

        versions = text(manager.get(address("definition", order)))
        second = text(manager.get(address("definition_version", order, 2)))
        first = text(manager.get(address("definition_version", order, 1)))

        assert "Less is asked" in versions
        assert "Version 2 changed 4 things" in second
        assert "removed" in second
        assert "1 record (R00001) keeps it, 1 still to settle" in first

    def test_asks_little_of_the_database(self, manager, world, order):
        batch = factories.batch(order)
        for version in range(2, 6):
            factories.record(batch)
            factories.schema(order, note=f"Number {version}")
        begin(manager, order, source="current")

        for page in ("order", "definition", "draft"):
            with CaptureQueriesContext(connection) as made:
                assert manager.get(address(page, order)).status_code == 200
            assert len(made) < MOST_QUERIES, page


class TestDraft:
    def test_makes_a_version_without_any_script(self, manager, bare):
        begin(manager, bare, source="empty")
        press(manager, bare, "add")
        press(manager, bare, "add", entry="1", label="Date filed", type="DATE", is_critical="on")
        press(manager, bare, "up:2", entry="2", label="Name", type="NAME")
        answer = press(manager, bare, "make:0", entry="2", label="Full name", key="name", type="NAME", note="The first")

        made = bare.schemas.get()
        form = queries.definition(made)
        assert answer.status_code == 302
        assert [(field.key, field.label) for field in form.fields] == [
            ("name", "Full name"),
            ("date_filed", "Date filed"),
        ]
        assert form.field("date_filed").is_double_keyed
        assert made.note == "The first"

    def test_keeps_what_was_typed_with_every_button(self, manager, bare):
        begin(manager, bare, source="empty")
        press(manager, bare, "add")
        press(manager, bare, "open:1", entry="1", label="Half a pattern", pattern="(a")

        page = text(manager.get(address("draft", bare)))

        assert "Half a pattern" in page
        assert "(a" in page
        assert "1 thing must be mended" in page

    def test_is_made_only_once_it_is_mended_and_says_what_is_wrong_beside_the_input(self, manager, bare):
        begin(manager, bare, source="empty")
        press(manager, bare, "add")
        answer = press(manager, bare, "make:0", entry="1", label="Fee", type="MONEY", currency="US$")

        assert not bare.schemas.exists()
        assert '<a href="#field-currency">Fee</a>' in text(answer)
        assert 'id="field-currency_error"' in text(answer)

    def test_tells_that_an_empty_form_is_none_only_when_it_is_made(self, manager, bare):
        begin(manager, bare, source="empty")

        before = text(manager.get(address("draft", bare)))
        after = text(press(manager, bare, "make:0"))

        assert "at least one field" not in before
        assert "A form needs at least one field." in after

    def test_answers_a_script_with_the_part_that_changed(self, manager, order):
        begin(manager, order, source="current")

        answer = manager.post(address("draft", order), {"act": "open:3"}, headers=HTMX)

        assert "<html" not in text(answer)
        assert 'id="field-label"' in text(answer)
        assert "autofocus" in text(answer)
        assert 'hx-swap-oob="true"' in text(answer)

    def test_sends_a_script_to_the_page_once_the_version_is_made(self, manager, order):
        begin(manager, order, source="current")

        answer = manager.post(address("draft", order), {"act": "make:1", "title": "Slip"}, headers=HTMX)

        assert answer.headers["HX-Redirect"] == address("definition", order)
        assert order.schemas.count() == 2

    def test_previews_what_is_being_typed_and_keeps_none_of_it(self, manager, order):
        begin(manager, order, source="current")
        press(manager, order, "open:1")

        typed = {"entry": "1", "label": "Filer", "type": "TEXT", "key": "registrant", "region_x": "10"}
        answer = manager.post(address("draft_preview", order), typed, headers=HTMX)

        assert "Filer" in text(answer)
        assert "Filer" not in text(manager.get(address("draft", order)))

    def test_shows_the_place_on_a_page_of_the_batch(self, manager, order):
        page = factories.page(factories.file(factories.batch(order)))
        begin(manager, order, source="current")
        place = {"region_page": "1", "region_x": "10", "region_y": "20", "region_w": "50", "region_h": "5"}
        press(manager, order, "open:1")

        shown = text(
            manager.post(
                address("draft_preview", order), {"entry": "1", "label": "A", "key": "a", **place}, headers=HTMX
            )
        )

        assert address("page_image", order, page.pk) in shown
        assert 'x="6.0" y="16.0" width="30.0" height="4.0"' in shown

    def test_makes_nothing_over_a_version_its_maker_has_not_seen(self, manager, world, order):
        begin(manager, order, source="current")
        factories.schema(order, factories.SINGLE_FORM, made_by=world.delivery_manager)

        refused = press(manager, order, "make:1")
        agreed = press(manager, order, "make:2")

        assert "Version 2 was made by Asha Verma" in text(refused)
        assert agreed.status_code == 302
        assert order.schemas.count() == 3

    def test_says_that_no_version_was_made_where_nothing_differs(self, manager, order):
        begin(manager, order, source="current")
        press(manager, order, "make:1", title="Registration statement")

        assert "Nothing differs from version 1" in text(manager.get(address("definition", order)))
        assert order.schemas.count() == 1

    def test_says_which_records_keep_which_version(self, manager, order):
        batch = factories.batch(order)
        for stage in (Stage.FIRST, Stage.SECOND, Stage.DONE):
            factories.record(batch, stage=stage)

        begin(manager, order, source="current")

        assert "3 records (R00001 to R00003) keep version 1; 2 of them are still keyed by it." in text(
            manager.get(address("draft", order))
        )

    def test_is_of_the_person_who_makes_it_and_can_be_dropped(self, manager, client, world, order):
        begin(manager, order, source="current")
        press(manager, order, "discard")
        dropped = manager.get(address("draft", order))

        assert dropped.status_code == 302
        assert "You have a draft" not in text(manager.get(address("definition", order)))

    def test_begins_with_another_orders_form_or_says_why_not(self, manager, world, bare, order):
        begin(manager, bare, source="order", order=order.ref)
        refused = begin(manager, bare, source="order", order="WO-9999999")

        assert "The form of " + order.ref in text(manager.get(address("draft", bare)))
        assert refused.status_code == 422

    def test_lists_what_an_import_did_not_understand(self, manager, bare):
        file = io.BytesIO(json.dumps({"properties": {"a": {"type": "string", "oddly": 1}}}).encode())
        file.name = "s.json"

        begin(manager, bare, source="json", file=file)

        assert "oddly" in text(manager.get(address("draft", bare)))

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({}, "Choose a file, or paste the JSON."),
            ({"text": "{"}, "This is not JSON"),
            ({"text": "[]"}, "JSON object"),
        ],
    )
    def test_says_why_an_import_is_refused_and_where(self, manager, bare, given, told):
        answer = begin(manager, bare, source="json", **given)

        assert told in text(answer)
        assert "data-errors" in text(answer)

    @pytest.mark.parametrize("act", ["", "up", "up:x", "remove:99", "add-rule:none", "open:", "fly:1"])
    def test_minds_no_button_that_is_not_there(self, manager, order, act):
        begin(manager, order, source="current")
        press(manager, order, act, title="Registration statement", parts=["x"])
        press(manager, order, "make:1", title="Registration statement")

        assert order.schemas.count() == 1

    def test_is_refused_where_the_order_has_ended(self, manager, order):
        begin(manager, order, source="empty")
        press(manager, order, "add")
        order.state = OrderState.CLOSED
        order.save()

        assert press(manager, order, "make:1", entry="1", label="A", type="TEXT").status_code == 422
        assert order.schemas.count() == 1


class TestWorkbench:
    def test_of_the_intake_is_the_form_and_then_the_batches(self, manager, world, bare):
        task = factories.task(bare, world.delivery_manager, "INTAKE")
        door = reverse("work:task", args=[bare.ref, task.number])

        before = manager.get(door, follow=True).redirect_chain
        operations.make_schema(
            order=bare,
            definition={"properties": {"a": {"type": "string"}}},
            prefill=False,
            note="",
            by=world.delivery_manager,
            at=NOW,
        )
        after = manager.get(door, follow=True).redirect_chain

        assert (address("definition", bare), 302) in before
        assert (address("batches", bare), 302) in after
