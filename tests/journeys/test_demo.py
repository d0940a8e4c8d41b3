"""The demo: made by the operations, once, in every state, with nothing out of order; and its pages open."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth import authenticate
from django.utils import timezone

from cursitor.spine.audit import operations as audit
from cursitor.spine.audit.models import Entry
from cursitor.spine.ledger.models import Invoice
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Organisation, Person
from cursitor.spine.quality import queries as quality
from cursitor.spine.quality.models import SignOff
from cursitor.spine.work import queries as work
from cursitor.spine.work.choices import OrderState
from cursitor.spine.work.models import Custody, WorkOrder
from cursitor.web.demo import cast, letters, story, times

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture(scope="module")
def _made(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demo, made once for this module in a transaction that is taken back at its end."""
    from django.conf import settings
    from django.db import transaction
    from django.test.utils import override_settings

    folder = tmp_path_factory.mktemp("demo")
    vault = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(folder / "vault")}}
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    storages = {**settings.STORAGES, "vault": vault}
    kept = override_settings(STORAGES=storages, CURSITOR_DATA=folder, PASSWORD_HASHERS=hashers)
    with django_db_blocker.unblock(), kept:
        outer = transaction.atomic()
        outer.__enter__()
        try:
            story.make_if_empty(say=lambda words: None)
            yield storages
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)


@pytest.fixture
def demo(_made, settings):
    settings.STORAGES = {**settings.STORAGES, "vault": _made["vault"]}


@pytest.mark.usefixtures("demo")
class TestDemo:
    def test_holds_an_order_in_every_state(self):
        states = set(WorkOrder.objects.values_list("state", flat=True))

        assert states == set(OrderState.values)
        assert WorkOrder.objects.count() >= 12

    def test_holds_people_of_every_role_who_can_sign_in(self, rf):
        roles = set(Person.objects.values_list("memberships__role", flat=True))

        assert roles == set(Role.values)
        for row in story.who():
            request = rf.post("/accounts/login/")
            assert authenticate(request, email=row["email"], password=story.PASSWORD) is not None
            assert row["email"] in story.sign_ins()

    def test_joins_a_firm_with_two_providers_on_two_continents(self):
        countries = set(Organisation.objects.filter(kind="PROVIDER").values_list("sites__country", flat=True))

        assert {"IN", "PL", "ZA"} <= countries

    def test_is_proved_by_its_log(self):
        assert audit.verify(at=timezone.now(), by=None).is_verified
        assert Entry.objects.filter(type="quality.release.signed").count() >= 4

    def test_lies_wholly_in_the_past(self):
        assert not Entry.objects.filter(at__gt=timezone.now()).exists()
        assert not Custody.objects.filter(from_at__gt=timezone.now()).exists()

    def test_has_signatures_that_hold(self):
        for signed in SignOff.objects.select_related("deliverable"):
            assert quality.sign_off_state(signed.deliverable).holds

    def test_has_an_invoice_in_each_state_a_client_meets(self):
        assert set(Invoice.objects.values_list("state", flat=True)) >= {"DRAFT", "APPROVED", "DISPUTED"}

    def test_shows_a_lot_that_was_returned_and_one_that_followed(self):
        first = WorkOrder.objects.get(title=story.SET_A)

        assert list(first.lots.order_by("number").values_list("state", flat=True)) == ["RETURNED", "ACCEPTED"]

    def test_leaves_something_for_the_attorney_to_sign_and_to_answer(self):
        nora = Person.objects.get(name="Nora Kessling")

        kinds = {item.kind for item in work.waiting_for(nora, timezone.now())}

        assert {"deliver", "answer"} <= kinds

    def test_shows_records_of_data_entry_at_every_stage_but_the_first(self):
        stages = sorted(WorkOrder.objects.get(line="entry").records.values_list("stage", flat=True))

        assert stages == ["ADJUDICATE", "DONE", "DONE", "SECOND", "SET_ASIDE"]

    def test_is_not_made_twice(self):
        before = WorkOrder.objects.count()

        assert not story.make_if_empty(say=lambda words: pytest.fail("it was made again"))
        assert WorkOrder.objects.count() == before

    @pytest.mark.parametrize("row", story.who(), ids=lambda row: row["name"])
    def test_opens_the_first_page_and_every_place_of_the_side_bar(self, client, row):
        from cursitor.web import frame

        person = Person.objects.get(email=row["email"])
        client.force_login(person)

        for group in frame.side_bar(person, "/"):
            for entry in group["entries"]:
                assert client.get(entry["url"]).status_code == 200, entry["url"]

    def test_opens_every_order_to_those_who_see_it(self, client):
        client.force_login(Person.objects.get(name="Owen Marsh"))

        for order in WorkOrder.objects.order_by("number"):
            assert client.get(f"/orders/{order.ref}/").status_code == 200


class TestLetters:
    def test_each_has_codes_and_each_code_its_letter(self):
        numbers = {
            path.name[:3] for key in letters.CUSTODIANS for _, path in letters.files(letters.numbers(1, 42), key)
        }

        coded = {message_id.partition(".")[2].partition("@")[0] for message_id in letters._codes()}

        assert numbers == coded == set(letters.numbers(1, 42))

    def test_name_nobody_who_could_be_reached(self):
        for key in letters.CUSTODIANS:
            for _, path in letters.files(letters.numbers(1, 42), key):
                addresses = [word for word in path.read_text().split() if "@" in word and "<7719." not in word]
                assert all(".example" in address for address in addresses)

    def test_addresses_of_the_cast_are_plain(self):
        assert cast.address("Zofia Brzeska", "quillfield.example") == "zofia.brzeska@quillfield.example"


class TestTimes:
    def test_count_business_days_back(self):
        monday = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

        assert times.days_ago(monday, 1, "14:05") == datetime(2026, 11, 20, 14, 5, tzinfo=UTC)

    def test_let_events_of_several_stories_happen_in_their_order(self):
        happened = []

        def tale(*hours):
            for hour in hours:
                at = yield datetime(2026, 11, 23, hour, tzinfo=UTC)
                happened.append(at.hour)

        times.play([tale(1, 4, 9), tale(2, 3), tale(5)])

        assert happened == [1, 2, 3, 4, 5, 9]
