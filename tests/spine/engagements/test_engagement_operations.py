import itertools
import threading
from datetime import date, timedelta

import pytest
from django.db import connection
from tests import factories
from tests.factories import NOW

from cursitor.engines import clocks
from cursitor.plumbing.refusal import Invalid, NotPermitted, NotVisible
from cursitor.spine.audit.models import Entry
from cursitor.spine.engagements import access, queries
from cursitor.spine.engagements import operations as engagements
from cursitor.spine.engagements import terms as agreed
from cursitor.spine.engagements.choices import MatterStatus
from cursitor.spine.engagements.models import Client, Matter, MatterEngagement, TeamMember, Terms
from cursitor.spine.people.choices import LicenceStatus, Role

TODAY = NOW.date()
SOON = TODAY + timedelta(days=10)


def draft(world, **changes):
    values = {
        "caption": "In re Ostler Mills",
        "short_name": "Ostler",
        "jurisdiction": "US-IL",
        "practice_area": "Insolvency",
        "supervising_attorney": world.attorney,
    }
    return engagements.MatterDraft(**{**values, **changes})


def open_matter(world, by=None, number="", **changes):
    person = by or world.legal_operations
    return engagements.open_matter(client=world.client, draft=draft(world, **changes), by=person, at=NOW, number=number)


def amended(world, **changes):
    return agreed.TermsDraft(**{**agreed.draft_of(world.terms).__dict__, **changes})


def amend(world, terms=None, by=None, effective_from=SOON, reason="More custodians"):
    return engagements.amend_terms(
        engagement=world.engagement,
        draft=terms or amended(world, budget_amount=60_000_00),
        effective_from=effective_from,
        reason=reason,
        by=by or world.legal_operations,
        at=NOW,
    )


class TestOpenMatter:
    def test_takes_the_next_number_of_the_year_and_says_so_in_the_log(self, world):
        numbers = [open_matter(world).number, open_matter(world, number="2026-0002").number, open_matter(world).number]

        assert numbers == ["2026-0001", "2026-0002", "2026-0003"]
        entry = Entry.objects.filter(type="engagements.matter.opened").order_by("sequence").first()
        assert (entry.subject, entry.actor) == ("matter:2026-0001", world.legal_operations.key)
        assert entry.data["supervising_attorney"] == world.attorney.key

    @pytest.mark.parametrize("who", ["delivery_manager", "administrator", "other_attorney", "specialist"])
    def test_is_for_those_who_instruct_for_the_firm(self, world, who):
        with pytest.raises(NotPermitted):
            open_matter(world, by=getattr(world, who))

    def test_refuses_a_number_that_is_taken(self, world):
        with pytest.raises(engagements.NumberTaken):
            open_matter(world, number="2026-0031")

    def test_refuses_an_attorney_without_an_active_licence_there(self, world):
        with pytest.raises(engagements.AttorneyNotLicensed, match="US-NY"):
            open_matter(world, jurisdiction="US-NY")
        world.licence.status = LicenceStatus.SUSPENDED
        world.licence.save()
        with pytest.raises(engagements.AttorneyNotLicensed, match="US-IL"):
            open_matter(world)

    def test_refuses_a_supervisor_who_is_no_attorney_of_the_firm(self, world):
        with pytest.raises(engagements.AttorneyNotLicensed, match="not a supervising attorney"):
            open_matter(world, supervising_attorney=world.legal_operations)

    def test_refuses_an_empty_caption_and_names_the_entry(self, world):
        with pytest.raises(Invalid) as caught:
            open_matter(world, caption=" ")

        assert caught.value.field == "caption"


class TestMakeClient:
    def test_refuses_a_number_the_firm_has_used(self, world):
        with pytest.raises(engagements.NumberTaken):
            engagements.make_client(organisation=world.firm, name="Other", number="0431", by=world.attorney, at=NOW)

        assert Client.objects.count() == 1

    def test_is_for_those_who_instruct_for_the_firm(self, world):
        with pytest.raises(NotPermitted):
            engagements.make_client(
                organisation=world.firm, name="Other", number="1", by=world.delivery_manager, at=NOW
            )


class TestCorrectMatter:
    def test_keeps_in_the_log_what_was_said_before(self, world):
        kept = {name: getattr(world.matter, name) for name in engagements.MatterDraft.__dataclass_fields__}
        corrected = engagements.MatterDraft(**{**kept, "forum": "S.D. Ill."})

        engagements.correct_matter(matter=world.matter, draft=corrected, by=world.attorney, at=NOW)

        assert Matter.objects.get(pk=world.matter.pk).forum == "S.D. Ill."
        assert Entry.objects.get().data == {"forum": ["N.D. Ill.", "S.D. Ill."]}


class TestCloseMatter:
    def test_can_be_undone_and_not_done_twice(self, world):
        closed = engagements.close_matter(matter=world.matter, by=world.attorney, at=NOW)
        with pytest.raises(engagements.MatterStatusRefused):
            engagements.close_matter(matter=world.matter, by=world.attorney, at=NOW)

        reopened = engagements.reopen_matter(matter=world.matter, by=world.attorney, at=NOW)

        assert (closed.status, reopened.status) == (MatterStatus.CLOSED, MatterStatus.OPEN)


class TestAmendTerms:
    def test_ends_the_version_before_on_the_day_the_new_one_begins(self, world):
        second = amend(world)

        first = Terms.objects.get(version=1)
        assert (first.effective_to, second.effective_from, second.effective_to) == (SOON, SOON, None)
        assert queries.terms_on(engagement=world.engagement, day=SOON - timedelta(days=1)) == first
        assert queries.terms_on(engagement=world.engagement, day=SOON) == second
        assert second.rates.count() == first.rates.count() == 4

    def test_tells_those_of_the_provider_who_deal_with_terms(self, world):
        told, not_told = [world.delivery_manager, world.finance], world.qc_lead

        amend(world)

        assert [person.notices.get().text for person in told] == ["E-31 is amended from Thu 3 Dec 2026"] * 2
        assert not not_told.notices.exists()

    def test_leaves_an_order_the_terms_it_was_issued_under(self, world):
        order = world.order

        amend(world)

        order.refresh_from_db()
        assert order.terms.version == 1

    @pytest.mark.parametrize("days", [-1, -400])
    def test_refuses_to_change_days_already_gone(self, world, days):
        with pytest.raises(engagements.AmendmentTooEarly):
            amend(world, effective_from=TODAY + timedelta(days=days))

        assert Terms.objects.count() == 1

    def test_refuses_to_begin_before_the_version_it_follows(self, world):
        amend(world)

        with pytest.raises(engagements.AmendmentTooEarly):
            amend(world, terms=amended(world, budget_amount=1), effective_from=SOON)

    def test_refuses_what_is_agreed_already(self, world):
        with pytest.raises(engagements.NothingAmended):
            amend(world, terms=amended(world))

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"currency": "XYZ"}, "currency"),
            ({"permitted_lines": ()}, "permitted_lines"),
            ({"permitted_countries": ("usa",)}, "permitted_countries"),
            ({"permitted_countries": ()}, "permitted_countries"),
            ({"budget_amount": -1}, "budget_amount"),
            ({"payment_days": 400}, "payment_days"),
            ({"milestones": ()}, "milestones"),
            ({"rates": ()}, "rates"),
            ({"rates": (agreed.RateDraft("HOUR", "DSCANS", 1),) * 2}, "rates"),
            ({"rates": (agreed.RateDraft("DAY", "DSCANS", 1),)}, "rates"),
            ({"calendar": {"zone": "Mars/Olympus", "hours": {"1": [["09:00", "18:00"]]}}}, "calendar"),
            ({"calendar": {"zone": "UTC", "hours": {}}}, "calendar"),
            ({"calendar": {"zone": "UTC", "hours": {"8": [["09:00", "18:00"]]}}}, "calendar"),
            ({"calendar": {"zone": "UTC"}}, "calendar"),
        ],
    )
    def test_refuses_what_cannot_be_agreed_and_names_the_entry(self, world, changes, field):
        with pytest.raises(Invalid) as caught:
            amend(world, terms=amended(world, **changes))

        assert caught.value.field == field

    @pytest.mark.parametrize("who", ["delivery_manager", "finance", "administrator", "other_attorney"])
    def test_is_for_the_client(self, world, who):
        with pytest.raises(NotPermitted):
            amend(world, by=getattr(world, who))

    def test_writes_the_whole_agreement_into_the_log(self, world):
        amend(world)

        data = Entry.objects.get(type="engagements.terms.amended").data
        assert (data["version"], data["effective_from"], data["budget_amount"]) == (2, SOON.isoformat(), 60_000_00)
        assert ["UNIT", "review.first_level", 95] in data["rates"]


class TestSetStatus:
    def set_status(self, world, status, by=None, reason="Review of the provider"):
        return engagements.set_status(
            engagement=world.engagement, status=status, reason=reason, by=by or world.attorney, at=NOW
        )

    def test_suspends_and_resumes_with_a_reason(self, world):
        assert self.set_status(world, "SUSPENDED").status == "SUSPENDED"
        assert self.set_status(world, "ACTIVE", reason="Review passed").status == "ACTIVE"

        events = Entry.objects.order_by("sequence").values_list("type", flat=True)
        assert list(events) == ["engagements.engagement.suspended", "engagements.engagement.resumed"]

    def test_never_revives_one_that_ended(self, world):
        self.set_status(world, "ENDED")

        with pytest.raises(engagements.StatusRefused, match="E-31 is ended"):
            self.set_status(world, "ACTIVE")

    def test_is_for_the_client_and_needs_a_reason(self, world):
        with pytest.raises(NotPermitted):
            self.set_status(world, "ENDED", by=world.delivery_manager)
        with pytest.raises(Invalid):
            self.set_status(world, "ENDED", reason=" ")


class TestTermsQueries:
    def test_say_loudly_that_no_terms_are_in_force(self, world):
        with pytest.raises(queries.NoTermsInForce, match="E-31 has no terms in force on Wed 31 Dec 2025"):
            queries.terms_on(engagement=world.engagement, day=date(2025, 12, 31))

    def test_find_the_line_of_the_rate_card(self, world):
        assert queries.rate(terms=world.terms, basis="UNIT", item="review.first_level").amount == 95
        assert queries.rate(terms=world.terms, basis="UNIT", item="review.other") is None

    def test_read_the_calendar_the_clocks_run_on(self, world):
        calendar = queries.business_calendar(world.terms)

        # Monday 23 November 2026, 09:00 in Chicago, ten business hours on: Tuesday 10:00. Thanksgiving is closed.
        opens = NOW.replace(hour=15)
        assert clocks.deadline(calendar, opens, timedelta(hours=10)) == NOW.replace(day=24, hour=16)
        closed = clocks.business_time(calendar, NOW.replace(day=26, hour=6), NOW.replace(day=27, hour=5))
        assert closed == timedelta(0)


class TestOpenToProvider:
    def test_lets_the_provider_know_the_matter_and_takes_it_away_again(self, world):
        matter = open_matter(world)
        manager = world.delivery_manager
        assert not access.matters(manager).filter(pk=matter.pk).exists()

        engagements.open_to_provider(matter=matter, engagement=world.engagement, by=world.attorney, at=NOW)
        assert access.matters(manager).filter(pk=matter.pk).exists()

        engagements.close_to_provider(matter=matter, engagement=world.engagement, by=world.attorney, at=NOW)
        assert not access.matters(manager).filter(pk=matter.pk).exists()

    def test_ends_the_places_of_the_providers_people_when_it_is_taken_away(self, world):
        specialist = world.specialist

        engagements.close_to_provider(matter=world.matter, engagement=world.engagement, by=world.attorney, at=NOW)
        engagements.open_to_provider(matter=world.matter, engagement=world.engagement, by=world.attorney, at=NOW)

        assert TeamMember.objects.get(person=specialist).left_at == NOW
        assert not access.matters(specialist).exists()

    def test_is_refused_twice_and_to_the_provider(self, world):
        with pytest.raises(engagements.AlreadyOpen):
            engagements.open_to_provider(matter=world.matter, engagement=world.engagement, by=world.attorney, at=NOW)
        with pytest.raises(NotPermitted):
            engagements.open_to_provider(
                matter=world.matter, engagement=world.engagement, by=world.delivery_manager, at=NOW
            )


class TestJoinTeam:
    def join(self, world, person, by=None):
        return engagements.join_team(matter=world.matter, person=person, by=by or world.delivery_manager, at=NOW)

    def test_puts_a_person_on_the_team_once(self, world):
        newcomer = factories.person("Ravi Menon", Role.SPECIALIST, world.pune)

        first, again = self.join(world, newcomer), self.join(world, newcomer)

        assert first == again
        assert Entry.objects.filter(type="engagements.team.joined").count() == 1
        assert newcomer.notices.get().text == "You are on the team of 2026-0031"
        assert access.matters(newcomer).exists()

    def test_refuses_behind_a_wall(self, world):
        newcomer = factories.person("Ravi Menon", Role.SPECIALIST, world.pune)
        engagements.raise_wall(matter=world.matter, person=newcomer, reason="Conflict", by=world.attorney, at=NOW)

        with pytest.raises(engagements.Walled):
            self.join(world, newcomer)

    def test_refuses_people_who_do_no_work_there(self, world):
        with pytest.raises(engagements.CannotJoin):
            self.join(world, world.finance)
        with pytest.raises(engagements.CannotJoin):
            self.join(world, world.outsider)

    @pytest.mark.parametrize(("who", "refusal"), [("attorney", NotPermitted), ("outsider", NotVisible)])
    def test_is_for_the_delivery_manager(self, world, who, refusal):
        with pytest.raises(refusal):
            self.join(world, world.specialist, by=getattr(world, who))


class TestWalls:
    def raise_wall(self, world, person, by=None, reason="Acted for Danube"):
        return engagements.raise_wall(
            matter=world.matter, person=person, reason=reason, by=by or world.attorney, at=NOW
        )

    def test_take_the_matter_away_at_once_and_the_place_on_the_team_with_it(self, world):
        specialist = world.specialist

        self.raise_wall(world, specialist)

        assert not access.matters(specialist).exists()
        assert TeamMember.objects.get(person=specialist).left_at == NOW

    def test_are_not_lifted_by_the_provider_when_the_client_raised_them(self, world):
        wall = self.raise_wall(world, world.specialist)

        with pytest.raises(NotPermitted, match="Aldmere Vance"):
            engagements.lift_wall(wall=wall, reason="Needed", by=world.delivery_manager, at=NOW)
        assert engagements.lift_wall(wall=wall, reason="Cleared", by=world.attorney, at=NOW).lifted_at == NOW

    def test_are_raised_by_a_manager_around_own_people_only(self, world):
        self.raise_wall(world, world.specialist, by=world.delivery_manager)

        with pytest.raises(NotPermitted):
            self.raise_wall(world, world.legal_operations, by=world.delivery_manager)

    def test_do_not_leave_a_matter_without_its_attorney(self, world):
        with pytest.raises(engagements.CannotWall, match="supervises"):
            self.raise_wall(world, world.attorney, by=world.legal_operations)

    def test_stand_once_and_need_a_reason(self, world):
        self.raise_wall(world, world.specialist)
        with pytest.raises(engagements.CannotWall):
            self.raise_wall(world, world.specialist)
        with pytest.raises(Invalid, match="Say why"):
            self.raise_wall(world, world.qc_lead, reason="")


@pytest.mark.django_db(transaction=True)
class TestParallel:
    def test_two_amendments_at_once_give_two_versions_in_turn(self):
        world = factories.World()
        refusals, lock = [], threading.Lock()

        def work(number):
            try:
                amend(world, terms=amended(world, budget_amount=number), effective_from=TODAY + timedelta(days=number))
            except engagements.AmendmentTooEarly as refusal:
                with lock:
                    refusals.append(refusal)
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=[number]) for number in range(1, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        versions = list(Terms.objects.order_by("version"))
        assert [terms.version for terms in versions] == list(range(1, len(versions) + 1))
        assert len(versions) + len(refusals) == 9
        assert all(a.effective_to == b.effective_from for a, b in itertools.pairwise(versions))
        assert MatterEngagement.objects.count() == 1
