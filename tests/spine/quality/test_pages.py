"""The pages of quality over HTTP: who reaches which, what they show, what they never show."""

import io
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from cursitor.spine.people.models import Person
from cursitor.spine.quality.models import Inspection, Lot, SignOff
from cursitor.spine.work.choices import OrderState
from tests.factories import PASSWORD
from tests.spine.quality.test_release import damage

BUDGET = 25


@pytest.fixture
def visit(client, django_assert_max_num_queries):
    def get(person: Person, page: str, *args, query=None, status=200, **headers):
        client.force_login(person)
        client.get("/parts/")  # the first request of a session writes it down
        with django_assert_max_num_queries(BUDGET):
            response = client.get(reverse(f"quality:{page}", args=args), query or {}, headers=headers)
        assert response.status_code == status, response.content[:2000]
        return response

    return get


@pytest.fixture
def send(client):
    def post(person: Person, page: str, *args, status=302, **data):
        client.force_login(person)
        response = client.post(reverse(f"quality:{page}", args=args), data)
        assert response.status_code == status, response.content[:2000]
        return response

    return post


class TestReach:
    @pytest.mark.parametrize("page", ["order", "lot"])
    def test_is_for_both_parties_but_not_for_specialists(self, inspecting, world, visit, page):
        lot = inspecting.drawn()
        args = [lot.order.ref, lot.number] if page == "lot" else [lot.order.ref]

        for person in (world.qc_lead, world.delivery_manager, world.attorney, world.legal_operations):
            visit(person, page, *args)
        for person in (world.specialist, world.finance, world.outsider, world.other_attorney, world.administrator):
            visit(person, page, *args, status=404)

    def test_of_what_changes_is_for_the_qc_lead(self, inspecting, world, visit, send):
        lot = inspecting.drawn()

        for person in (world.delivery_manager, world.attorney):
            visit(person, "commit", lot.order.ref, status=403)
            send(person, "decide", lot.order.ref, lot.number, status=403)
        visit(world.outsider, "commit", lot.order.ref, status=404)


class TestLots:
    def test_shows_letter_n_ac_defects_result_and_interval_in_one_row(self, inspecting, world, visit):
        inspecting.accepted()

        shown = visit(world.qc_lead, "lots").content.decode()

        assert "Every lot is decided" in shown
        assert "every unit read, no sampling error" in shown

    def test_shows_that_the_seed_is_committed(self, inspecting, life, world, visit):
        lot = inspecting.commit(life.in_quality())

        shown = visit(world.qc_lead, "lots").content.decode()

        assert "One lot is not decided" in shown
        assert f'title="{lot.seed_commitment}"' in shown

    def test_exports_every_row(self, inspecting, world, visit):
        lot = inspecting.accepted()

        sheet = openpyxl.load_workbook(io.BytesIO(visit(world.qc_lead, "export_lots", "xlsx").content)).active

        rows = list(sheet.iter_rows(values_only=True))
        assert rows[0][:3] == ("Order", "Lot", "Title")
        assert (rows[1][0], rows[1][8], rows[1][15]) == (lot.order.ref, 3, "Accepted")

    def test_narrows_by_words_and_result(self, inspecting, world, visit):
        inspecting.accepted()

        assert b"No lot is shown" in visit(world.qc_lead, "lots", query={"state": "OPEN"}).content
        assert b"No lot is shown" in visit(world.qc_lead, "lots", query={"text": "nonsense"}).content
        assert b"No lot is shown" not in visit(world.qc_lead, "lots", query={"text": "translate"}).content


class TestCommit:
    def test_previews_the_plan_and_how_often_it_accepts(self, inspecting, life, world, visit):
        order = life.in_quality()
        query = {"scheme": "ZERO_ACCEPTANCE", "limiting_quality": "60"}

        shown = visit(world.qc_lead, "commit", order.ref, query=query).content.decode()

        # Two of three: a lot with two bad units of three then never passes. One bad unit passes at 1 in 3.
        assert "Drawn now: 2 of 3 units, accepted with at most 0 defective" in shown
        assert shown.count("33.3 %") == 2

    def test_opens_a_lot_with_a_seed_of_its_own(self, life, world, send):
        order = life.in_quality()

        send(world.qc_lead, "commit", order.ref, scheme="NORMAL_SINGLE", aql="1.0")

        lot = Lot.objects.get()
        assert (lot.aql, lot.limiting_quality, lot.state) == (Decimal("1.0"), None, "COMMITTED")

    def test_says_at_the_field_what_is_missing(self, life, world, send):
        order = life.in_quality()

        shown = send(world.qc_lead, "commit", order.ref, status=200, scheme="NORMAL_SINGLE", aql="")

        assert b"The scheme needs this." in shown.content


class TestInspect:
    def open(self, visit, world, lot):
        return visit(world.qc_lead, "inspect", lot.order.ref, lot.number)

    def save(self, send, world, lot, page, status=302, **reading):
        sample, clock = page.context["sample"], page.context["clock"]
        fields = {f"reading-{name}": value for name, value in reading.items()}
        args = (lot.order.ref, lot.number)
        return send(world.qc_lead, "inspect", *args, status=status, sample=sample.pk, clock=clock, **fields)

    def test_never_holds_the_first_decision(self, inspecting, world, visit):
        lot = inspecting.drawn()
        task = lot.order.tasks.get(number=int(lot.samples.first().unit.removeprefix("task-")))
        task.data |= {"decision": "THE-FIRST-DECISION"}
        task.save()

        page = self.open(visit, world, lot)

        source = page.content.decode()
        assert page.context["sample"].unit in source
        assert "THE-FIRST-DECISION" not in source
        assert world.delivery_manager.name not in source

    def test_goes_to_the_next_unit_until_none_is_left(self, inspecting, world, visit, send):
        lot = inspecting.drawn()
        for _ in range(lot.sample_size):
            self.save(send, world, lot, self.open(visit, world, lot), omissions="0")

        assert self.open(visit, world, lot).context["sample"] is None
        assert Inspection.objects.count() == 3

    def test_measures_the_time_itself(self, inspecting, world, visit, send):
        lot = inspecting.drawn()
        page = self.open(visit, world, lot)

        send(
            world.qc_lead,
            "inspect",
            lot.order.ref,
            lot.number,
            status=422,
            sample=page.context["sample"].pk,
            clock="2020-01-01",
        )

        assert not Inspection.objects.exists()

    def test_is_for_inspectors_of_the_provider(self, inspecting, world, visit):
        lot = inspecting.drawn()

        for person in (world.attorney, world.delivery_manager, world.outsider, world.finance):
            visit(person, "inspect", lot.order.ref, lot.number, status=404)


class TestRelease:
    def test_lists_all_that_stands_in_the_way(self, inspecting, life, world, visit):
        order = life.in_quality()
        inspecting.commit(order)

        shown = visit(world.qc_lead, "release", order.ref).content.decode()

        assert "2 things stand in the way" in shown
        assert "3 finished units are in no accepted lot." in shown
        assert "disabled" in shown

    def test_lays_the_work_before_the_attorney(self, inspecting, world, send):
        order = inspecting.accepted().order

        send(world.qc_lead, "release", order.ref)

        order.refresh_from_db()
        assert order.state == OrderState.AWAITING_SIGN_OFF


class TestSignOff:
    @pytest.fixture
    def released(self, inspecting, world):
        inspecting.life.now = timezone.now()
        world.attorney.licences.update(checked_date=timezone.now().date())
        return inspecting.released()

    @pytest.fixture
    def signed_in(self, client, world):
        """The attorney, who signed in with the password a moment ago: without a second factor that is the proof."""
        client.post("/accounts/login/", {"login": world.attorney.email, "password": PASSWORD})
        return client

    def address(self, released, page="sign_off"):
        return reverse(f"quality:{page}", args=[released.order.ref, released.version])

    def test_shows_files_digests_and_the_exact_statement(self, released, world, visit):
        page = visit(world.attorney, "sign_off", released.order.ref, 1)

        source = page.content.decode()
        assert page.context["statement"] in source.replace("&#x27;", "'")
        assert page.context["statement_sha256"] in source
        assert source.count("button seal") == 1

    def test_shows_no_button_to_anybody_else(self, released, world, visit):
        for person in (world.legal_operations, world.qc_lead):
            source = visit(person, "sign_off", released.order.ref, 1).content.decode()
            assert "button seal" not in source
            assert "What you sign" not in source

    def test_signs_what_was_shown(self, released, signed_in):
        page = signed_in.get(self.address(released))
        data = {"has_read": "on", "statement_sha256": page.context["statement_sha256"]}

        assert signed_in.post(self.address(released), data).status_code == 302

        assert SignOff.objects.get().statement == page.context["statement"]

    def test_asks_for_a_declaration(self, released, signed_in):
        page = signed_in.get(self.address(released))

        answer = signed_in.post(self.address(released), {"statement_sha256": page.context["statement_sha256"]})

        assert answer.status_code == 200
        assert not SignOff.objects.exists()

    def test_asks_first_who_it_is(self, released, world, client):
        client.force_login(world.attorney)
        page = client.get(self.address(released))
        data = {"has_read": "on", "statement_sha256": page.context["statement_sha256"]}

        answer = client.post(
            self.address(released), data, headers={"referer": f"http://testserver{page.request['PATH_INFO']}"}
        )

        assert answer.status_code == 302
        assert answer.url.startswith("/accounts/reauthenticate/?next=%2Fquality%2Fsign-off")
        assert not SignOff.objects.exists()

    def test_says_when_a_byte_has_changed(self, released, inspecting, world, visit):
        inspecting.sign(released)
        before = visit(world.qc_lead, "sign_off_state", released.order.ref, 1).content.decode()

        damage(released.files.get())

        shown = visit(world.qc_lead, "sign_off_state", released.order.ref, 1).content.decode()
        assert "what was signed is what is here" in before
        assert "Does not verify" in shown
        assert "translation.txt" in shown
        assert "what was signed is what is here" not in shown

    def test_lists_what_waits_for_the_attorney(self, released, world, visit):
        assert b"One release waits for your signature" in visit(world.attorney, "sign_offs").content
        assert b"No release waits" in visit(world.other_attorney, "sign_offs").content
