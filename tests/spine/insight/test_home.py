"""Home pages: each role lands on its own, sees only what is theirs, and asks a bounded number of queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cursitor.spine.insight.queries import client as client_pages
from cursitor.spine.insight.queries import orders as shown_orders
from cursitor.spine.insight.queries import provider as provider_pages
from cursitor.spine.people.choices import Role
from cursitor.spine.work import operations as work
from cursitor.spine.work import registry
from cursitor.spine.work.choices import Severity
from tests import factories
from tests.spine.work.conftest import Life

pytestmark = pytest.mark.django_db
HEADS = {
    "attorney": "Orders on your matters",
    "legal_operations": "Promises kept",
    "delivery_manager": "Sites around the clock",
    "specialist": "Offered to you",
    "qc_lead": "Defect rate by lot",
    "finance": "Not billed yet",
    "administrator": "Licences to look up",
}
MOST_QUERIES = 40
QUERIES_PER_RUNNING_ORDER = 3


@pytest.fixture(autouse=True)
def _translation_line(settings):
    settings.CURSITOR_LINES = ("tests.spine.work.line.LINE",)
    registry.lines.cache_clear()
    yield
    registry.lines.cache_clear()


@pytest.fixture
def life(world) -> Life:
    return Life(world)


class TestHome:
    @pytest.mark.parametrize(("who", "heading"), HEADS.items())
    def test_is_that_of_the_role(self, client, world, who, heading):
        client.force_login(getattr(world, who))

        page = client.get("/").content.decode()

        assert heading in page
        assert not [other for other in HEADS.values() if other != heading and other in page]

    def test_gives_htmx_the_part_that_is_looked_at_again(self, client, world):
        client.force_login(world.attorney)

        fragment = client.get("/", headers={"HX-Request": "true"}).content.decode()

        assert "<html" not in fragment
        assert "Orders on your matters" in fragment

    def test_lets_somebody_with_two_roles_choose(self, client, world):
        factories.membership(world.attorney, Role.ADMINISTRATOR, world.chicago)
        client.force_login(world.attorney)

        chosen = client.get("/", {"role": Role.ADMINISTRATOR}).content.decode()
        foreign = client.get("/", {"role": Role.QC_LEAD}).content.decode()

        assert HEADS["administrator"] in chosen
        assert HEADS["attorney"] in foreign

    def test_tells_somebody_without_a_role_why_nothing_is_here(self, client, world):
        world.attorney.memberships.update(ended_at=factories.NOW)
        client.force_login(world.attorney)

        assert "You belong to no organisation now" in client.get("/").content.decode()

    def test_of_an_outsider_names_no_order_of_others(self, client, life):
        order = life.started()
        client.force_login(life.world.outsider)

        assert order.ref not in client.get("/").content.decode()

    @pytest.mark.parametrize("who", HEADS)
    def test_asks_a_number_of_queries_that_hardly_grows(self, client, life, who):
        person = getattr(life.world, who)
        client.force_login(person)
        client.get("/")
        few = _queries_of(client)

        for _ in range(4):
            life.started()
        many = _queries_of(client)

        assert many <= MOST_QUERIES
        assert many - few <= 4 * QUERIES_PER_RUNNING_ORDER + 12


class TestAttorney:
    def test_is_told_what_waits_by_their_own_clock(self, life):
        signing, asked = life.awaiting_sign_off(), life.started()
        world = life.world
        work.ask(order=asked, text="Which dialect?", is_blocking=True, by=world.delivery_manager, at=life.now)

        home = client_pages.attorney_home(world.attorney, life.later())

        assert [wait.item.kind for wait in home.waiting.shown] == ["answer", "deliver"]
        (sealed,) = [wait for wait in home.waiting.shown if wait.is_first]
        assert sealed.address == f"/quality/sign-off/{signing.ref}/1/"

    def test_sees_one_carrier_an_order_and_themselves_on_a_release(self, life):
        signing, running = life.awaiting_sign_off(), life.started()
        world = life.world

        home = client_pages.attorney_home(world.attorney, life.later())

        carried = {(one.side, one.name): one.refs for one in home.carriers}
        assert carried == {
            ("ATTORNEY", world.attorney.name): (signing.ref,),
            ("PROVIDER", world.delivery_manager.name): (running.ref,),
        }

    def test_reads_what_happened_in_the_last_day_in_words(self, life):
        life.in_quality()

        told = client_pages.happened(life.world.attorney, factories.NOW)

        assert told == ["3 tasks finished"]


class TestOverview:
    def test_counts_promises_that_ended_with_their_interval(self, life):
        life.started()

        overview = client_pages.overview(life.world.legal_operations, life.later())

        (kept,) = overview.promises
        assert (kept.label, kept.party, kept.met, kept.n) == ("Acknowledge", "Quillfield", 1, 1)
        assert kept.low == pytest.approx(0.025)
        assert kept.high == 1

    def test_sets_spend_and_what_may_still_come_against_the_budget(self, life):
        order = life.started()

        (spend,) = client_pages.overview(life.world.legal_operations, life.later()).spend

        assert (spend.spent, spend.planned, spend.budget) == (0, order.budget_amount, 50_000_00)


class TestOperations:
    def test_lays_opening_hours_of_sites_on_one_axis(self, world):
        board = provider_pages.operations(world.delivery_manager, factories.NOW)

        (pune,) = board.shifts
        hours = [(begin.strftime("%d %H:%M"), end.strftime("%d %H:%M")) for begin, end in _utc(pune.spans)]
        assert hours == [("23 09:00", "23 12:30"), ("24 03:30", "24 09:00")]
        assert pune.n_people == 1
        assert not pune.is_open_at(factories.NOW)

    def test_shows_hand_offs_that_wait(self, life):
        order, world = life.started(), life.world
        task = order.tasks.order_by("number").first()
        work.assign(task=task, to=world.specialist, by=world.delivery_manager, at=life.now)
        offer = work.offer_hand_off(
            order=order,
            task=task,
            receiver=world.second_specialist,
            severity=Severity.WATCH,
            state_of_work="Ten pages are translated.",
            actions=[{"what": "Read on", "owner": "Joel Matibag", "by": "noon"}],
            what_if="If the glossary comes, apply it.",
            by=world.specialist,
            at=life.now,
        )

        board = provider_pages.operations(world.delivery_manager, life.later())

        assert board.hand_offs == [offer]
        assert provider_pages.queue(world.second_specialist, life.now).offers == [offer]


class TestScale:
    def test_is_common_to_a_column_and_holds_every_interval(self, life):
        life.started()
        board = client_pages.overview(life.world.legal_operations, life.later())

        assert shown_orders.scale_of(board.orders) == 0.05


def _utc(spans):
    from datetime import UTC

    return [(begin.astimezone(UTC), end.astimezone(UTC)) for begin, end in spans]


def _queries_of(client) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/").status_code == 200
    return len(asked)
