import io
from datetime import date

import openpyxl
import pytest
from django.urls import reverse
from tests import factories
from tests.factories import NOW

from cursitor.spine.audit.models import Entry
from cursitor.spine.engagements import terms as agreed
from cursitor.spine.engagements.models import Client, Engagement, Matter, Party, TeamMember, Terms, Wall


@pytest.fixture
def browse(client):
    def signed_in(person):
        client.force_login(person)
        return client

    return signed_in


def address(name, *args):
    return reverse(f"engagements:{name}", args=args)


class TestMatterPages:
    def test_list_only_matters_that_exist_for_the_reader(self, world, browse):
        assert b"Corbel v. Danube" in browse(world.attorney).get(address("matters")).content
        assert b"Corbel v. Danube" not in browse(world.outsider).get(address("matters")).content

    def test_find_by_words_of_caption_and_client(self, world, browse):
        page = browse(world.attorney)

        assert b"2026-0031" in page.get(address("matters"), {"text": "danube corbel"}).content
        assert b"2026-0031" not in page.get(address("matters"), {"text": "halden"}).content

    @pytest.mark.parametrize(
        "who", ["attorney", "legal_operations", "delivery_manager", "qc_lead", "finance", "specialist"]
    )
    def test_show_the_caption_to_everybody_on_the_matter(self, world, browse, who):
        answer = browse(getattr(world, who)).get(address("matter", "2026-0031"))

        assert answer.status_code == 200
        assert "Corbel Freight, Inc. v. Danube Polymers LLC" in answer.content.decode()

    @pytest.mark.parametrize("who", ["administrator", "outsider", "other_attorney"])
    def test_do_not_exist_for_others(self, world, browse, who):
        assert browse(getattr(world, who)).get(address("matter", "2026-0031")).status_code == 404

    def test_name_no_other_provider_to_a_provider(self, world, browse):
        engagement = Engagement.objects.create(
            number="E-77", client=world.firm, provider=world.other_provider, title="Second", signed_date=NOW.date()
        )
        world.matter.openings.create(engagement=engagement, opened_at=NOW)
        TeamMember.objects.create(matter=world.matter, person=world.outsider, joined_at=NOW)

        seen_by_client = browse(world.attorney).get(address("matter", "2026-0031")).content
        seen_by_provider = browse(world.delivery_manager).get(address("matter", "2026-0031")).content

        assert b"Tamarind" in seen_by_client
        assert b"Lena Odum" in seen_by_client
        assert b"Tamarind" not in seen_by_provider
        assert b"Lena Odum" not in seen_by_provider

    def test_open_a_matter_for_a_client_just_added(self, world, browse):
        page = browse(world.legal_operations)
        page.post(address("make_client"), {"organisation": world.firm.pk, "name": "Ostler Mills", "number": "0500"})
        made = Client.objects.get(number="0500")

        answer = page.post(
            address("open_matter"),
            {
                "client": made.pk,
                "caption": "In re Ostler Mills",
                "short_name": "Ostler",
                "jurisdiction": "US-IL",
                "practice_area": "Insolvency",
                "supervising_attorney": world.attorney.pk,
            },
        )

        matter = Matter.objects.get(client=made)
        assert answer.headers["Location"] == address("matter", matter.number)
        assert (matter.organisation, matter.supervising_attorney) == (world.firm, world.attorney)

    def test_say_in_the_form_why_a_matter_cannot_be_opened(self, world, browse):
        answer = browse(world.legal_operations).post(address("open_matter"), {"caption": ""})

        assert answer.status_code == 200
        assert not Matter.objects.exclude(pk=world.matter.pk).exists()
        assert b"This field is required" in answer.content

    def test_refuse_the_provider_what_belongs_to_the_client(self, world, browse):
        answer = browse(world.delivery_manager).post(
            address("add_party", "2026-0031"), {"name": "X", "role": "WITNESS"}
        )

        assert answer.status_code == 403
        assert not Party.objects.exists()

    def test_name_parties_and_take_them_off(self, world, browse):
        page = browse(world.attorney)
        page.post(address("add_party", "2026-0031"), {"name": "Danube Polymers LLC", "role": "DEFENDANT"})
        party = Party.objects.get()
        assert b"Danube Polymers LLC" in page.get(address("matter", "2026-0031")).content

        page.post(address("remove_party", "2026-0031", party.pk))

        assert not Party.objects.exists()
        assert Entry.objects.get(type="engagements.party.removed").data["name"] == "Danube Polymers LLC"

    def test_put_people_on_the_team_and_take_them_off(self, world, browse):
        newcomer = factories.person("Ravi Menon", factories.Role.SPECIALIST, world.pune)
        page = browse(world.delivery_manager)

        page.post(address("join_team", "2026-0031"), {"person": newcomer.pk})
        member = TeamMember.objects.get(person=newcomer)
        page.post(address("leave_team", "2026-0031", member.pk))

        member.refresh_from_db()
        assert member.left_at is not None

    def test_raise_and_lift_a_wall(self, world, browse):
        page = browse(world.attorney)
        page.post(address("raise_wall", "2026-0031"), {"person": world.specialist.pk, "reason": "Acted for Danube"})
        wall = Wall.objects.get()
        assert b"Acted for Danube" in page.get(address("walls")).content

        page.post(address("lift_wall", "2026-0031", wall.pk), {"reason": "Raised in error"})

        wall.refresh_from_db()
        assert wall.lifted_at is not None

    def test_tell_an_administrator_of_walls_but_not_of_the_matter(self, world, browse):
        Wall.objects.create(
            matter=world.matter, person=world.legal_operations, reason="Secret", raised_by=world.attorney, raised_at=NOW
        )

        content = browse(world.administrator).get(address("walls")).content

        assert b"Owen Marsh" in content
        assert b"Secret" not in content
        assert b"Corbel" not in content

    def test_leave_as_csv_and_xlsx(self, world, browse):
        page = browse(world.attorney)

        text = page.get(address("export_matters", "csv")).getvalue().decode("utf-8-sig")
        sheet = openpyxl.load_workbook(io.BytesIO(page.get(address("export_matters", "xlsx")).content)).active

        assert text.splitlines()[1].startswith('2026-0031,"Corbel Freight, Inc. v. Danube')
        assert sheet["A2"].value == "2026-0031"
        assert page.get(address("export_matters", "doc")).status_code == 404


def typed(given, **changes):
    """What a browser sends back for the form of these terms."""
    from cursitor.spine.engagements import forms

    form = forms.TermsForm([given.supervising_attorney.memberships.first().organisation], given=given)
    values = {name: value for name, value in form.initial.items() if value is not None}
    values["supervising_attorney"] = given.supervising_attorney.pk
    return {**values, **changes}


class TestEngagementPages:
    def test_list_and_show_to_those_who_deal_with_terms(self, world, browse):
        assert b"E-31" in browse(world.finance).get(address("engagements")).content
        assert b"DSCANS" in browse(world.finance).get(address("engagement", "E-31")).content
        assert browse(world.qc_lead).get(address("engagement", "E-31")).status_code == 404

    def test_amend_what_was_changed_in_the_form_and_nothing_else(self, world, browse):
        given = agreed.draft_of(world.terms)
        changes = {"budget": "60000.00", "effective_from": "2099-01-01", "reason": "Second set of custodians"}

        answer = browse(world.attorney).post(address("amend_terms", "E-31"), typed(given, **changes))

        assert answer.status_code == 302
        amended = Terms.objects.get(version=2)
        assert amended.budget_amount == 60_000_00
        assert agreed.draft_of(amended) == agreed.TermsDraft(**{**given.__dict__, "budget_amount": 60_000_00})

    def test_show_two_versions_side_by_side(self, world, browse):
        Terms.objects.update(effective_to=date(2026, 7, 1))
        second = factories.terms(
            world.engagement,
            world.attorney,
            world.legal_operations,
            version=2,
            effective_from=date(2026, 7, 1),
            permitted_countries=["US", "IN"],
        )

        content = browse(world.attorney).get(address("engagement", "E-31")).content.decode()

        assert "Version 1 beside version 2" in content
        assert '<del class="i2">US, IN, PH</del>' in content
        assert '<ins class="b">US, IN</ins>' in content
        assert "1 of 18 points differ" in content
        assert second.version == 2

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"hours_1": "9-18"}, "is not a span such as 09:00-18:00"),
            ({"hours_1": "09:00-13:00, 12:00-18:00"}, "two openings of weekday 0 overlap"),
            ({"budget": "10.005"}, "USD has 2 decimals"),
            ({"permitted_countries": "USA"}, "not a country code of two letters"),
            ({"closed": "26 November"}, "is not a day such as"),
            ({"amount_0": ""}, "Row 1 of the rate card needs basis, item and amount"),
            ({"reason": ""}, "This field is required"),
        ],
    )
    def test_say_what_cannot_be_agreed(self, world, browse, changes, says):
        usual = {"effective_from": "2099-01-01", "reason": "New budget", "budget": "60000.00"}

        answer = browse(world.attorney).post(
            address("amend_terms", "E-31"), typed(agreed.draft_of(world.terms), **{**usual, **changes})
        )

        assert answer.status_code == 200
        assert says in answer.content.decode().replace("&#x27;", "'")
        assert Terms.objects.count() == 1

    def test_make_an_engagement_with_its_first_terms(self, world, browse):
        parties = {
            "client": world.firm.pk,
            "provider": world.other_provider.pk,
            "title": "Privilege review",
            "signed_date": "2026-11-20",
            "effective_from": "2026-12-01",
        }

        answer = browse(world.legal_operations).post(
            address("make_engagement"), {**typed(agreed.draft_of(world.terms)), **parties}
        )

        made = Engagement.objects.get(title="Privilege review")
        assert answer.headers["Location"] == address("engagement", made.number)
        assert agreed.draft_of(made.terms.get()) == agreed.draft_of(world.terms)

    def test_suspend_an_engagement(self, world, browse):
        page = browse(world.attorney)
        assert b"Suspended" in page.get(address("set_status", "E-31")).content

        page.post(address("set_status", "E-31"), {"status": "SUSPENDED", "reason": "Review of the provider"})

        world.engagement.refresh_from_db()
        assert world.engagement.status == "SUSPENDED"
        assert b"suspended" in page.get(address("engagement", "E-31")).content

    def test_refuse_the_provider_to_amend(self, world, browse):
        assert browse(world.delivery_manager).get(address("amend_terms", "E-31")).status_code == 403

    def test_export_every_version_of_the_rate_card(self, world, browse):
        text = browse(world.finance).get(address("export_rates", "E-31", "csv")).getvalue().decode("utf-8-sig")

        assert "1,2026-01-01,,per unit,review.first_level,0.95,USD" in text
