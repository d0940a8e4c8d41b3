import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from tests.factories import NOW
from tests.spine.safeguards.test_safeguards import GOOD_TO_ISSUE

from cursitor.spine.safeguards import operations as safeguards
from cursitor.spine.safeguards import queries
from cursitor.spine.safeguards.models import Decision, PolicyPack


@pytest.fixture
def page(world, client):
    client.force_login(world.attorney)
    return client


@pytest.fixture
def over_budget(world):
    facts = {**GOOD_TO_ISSUE, "committed_amount": 6_000_000, "licence_age_days": 45}
    with pytest.raises(safeguards.PolicyBlocks) as caught:
        safeguards.check(
            act="work.issue",
            matter=world.matter,
            subject="order:WO-1187",
            facts=facts,
            by=world.legal_operations,
            at=NOW,
        )
    return caught.value.decisions[0]


def fragment(person, **more):
    decisions = queries.decisions_for("order:WO-1187")
    return render_to_string("safeguards/decisions.html", {"decisions": decisions, "user": person, "now": NOW, **more})


class TestPolicyPage:
    @pytest.mark.parametrize("who", ["attorney", "administrator", "delivery_manager", "specialist"])
    def test_shows_the_rules_and_their_sources_to_everybody(self, page, world, who):
        page.force_login(getattr(world, who))

        content = page.get(reverse("safeguards:policy")).content.decode()

        assert "ABA Formal Opinion 08-451" in content
        assert ("Change the rules" in content) is (who == "attorney")

    def test_leaves_as_csv_and_xlsx(self, page, world):
        text = page.get(reverse("safeguards:export_of", args=[world.firm.pk, "csv"])).getvalue().decode("utf-8-sig")

        assert "SUP-1" in text
        assert page.get(reverse("safeguards:export", args=["xlsx"])).status_code == 200

    def test_hides_a_firms_own_rules_from_others(self, page, world):
        page.force_login(world.other_attorney)

        assert page.get(reverse("safeguards:policy_of", args=[world.firm.pk])).status_code == 404
        assert page.get(reverse("safeguards:change", args=[world.firm.pk])).status_code == 404


class TestChange:
    def address(self, world):
        return reverse("safeguards:change", args=[world.firm.pk])

    def test_shows_the_change_before_it_is_stored(self, page, world):
        _, text = queries.text_to_change(world.firm, on=NOW.date())
        values = {"text": text.replace("value = 30", "value = 7"), "effective_from": "2099-01-01", "reason": "Stricter"}

        looked = page.post(self.address(world), {**values, "look": "1"})
        assert "value = 7" in looked.content.decode()
        assert not PolicyPack.objects.filter(organisation=world.firm).exists()

        stored = page.post(self.address(world), values)
        pack = PolicyPack.objects.get(organisation=world.firm)
        assert stored.headers["Location"] == reverse("safeguards:pack", args=[pack.pk])
        assert b"Stricter" in page.get(stored.headers["Location"]).content

    def test_names_rule_and_key_of_what_cannot_be_used(self, page, world):
        _, text = queries.text_to_change(world.firm, on=NOW.date())
        values = {"effective_from": "2099-01-01", "reason": "Slip"}

        answer = page.post(self.address(world), {**values, "text": text.replace('"BLOCK"', '"BLOK"', 1)})

        assert answer.status_code == 200
        assert "rule ENG-1, key severity" in answer.content.decode()

    def test_keeps_line_ends_of_one_kind_whatever_the_browser_sends(self, page, world):
        _, text = queries.text_to_change(world.firm, on=NOW.date())
        values = {"effective_from": "2099-01-01", "reason": "No change but name"}

        page.post(self.address(world), {**values, "text": text.replace("\n", "\r\n")})

        assert PolicyPack.objects.get(organisation=world.firm).text == text

    def test_is_refused_to_an_administrator(self, page, world):
        page.force_login(world.administrator)

        assert page.get(self.address(world)).status_code == 403


class TestOverride:
    def test_sets_a_rule_aside_with_a_reason(self, page, over_budget):
        address = reverse("safeguards:override", args=[over_budget.pk])
        assert "Found: Committed with this order: $60,000.00" in page.get(address).content.decode()

        answer = page.post(f"{address}?back=/orders/WO-1187/", {"reason": "Agreed by mail"})

        assert answer.headers["Location"] == "/orders/WO-1187/"
        assert Decision.objects.get(pk=over_budget.pk).override_reason == "Agreed by mail"

    def test_never_leads_to_another_site(self, page, over_budget, world):
        address = reverse("safeguards:override", args=[over_budget.pk])

        answer = page.post(f"{address}?back=//evil.example/", {"reason": "Agreed by mail"})

        assert answer.headers["Location"] == reverse("engagements:matter", args=[world.matter.number])

    @pytest.mark.parametrize(
        ("who", "status"), [("specialist", 404), ("outsider", 404), ("administrator", 404), ("delivery_manager", 404)]
    )
    def test_is_refused_to_others(self, page, over_budget, world, who, status):
        page.force_login(getattr(world, who))

        assert page.get(reverse("safeguards:override", args=[over_budget.pk])).status_code == status


class TestDecisionsFragment:
    def test_shows_found_rule_citation_and_who_may_override(self, world, over_budget):
        html = fragment(world.attorney)

        assert "Not met: The order fits what is left of the engagement&#x27;s budget" in html
        assert "Found: Committed with this order: $60,000.00, which is above $50,000.00." in html
        assert "Supervising attorney or legal operations may override." in html
        assert reverse("safeguards:override", args=[over_budget.pk]) in html
        assert "4 rules passed" in html
        assert html.index("ENG-3") < html.index("SUP-5") < html.index("GEO-1")

    def test_offers_the_override_only_to_the_named_roles(self, world, over_budget):
        assert reverse("safeguards:override", args=[over_budget.pk]) not in fragment(world.delivery_manager)

    def test_counts_what_passed_when_it_is_short(self, world, over_budget):
        html = fragment(world.attorney, is_short=True)

        assert "4 rules passed" in html
        assert "GEO-1" not in html

    def test_names_who_overrode_and_why(self, world, over_budget):
        safeguards.override(decision=over_budget, by=world.attorney, reason="Agreed by mail", at=NOW)

        html = fragment(world.attorney)

        assert "Overridden: The order fits" in html
        assert "Nora Kessling: Agreed by mail" in html
