import re

import pytest
from django.core import mail
from django.urls import reverse

from cursitor.spine.audit.models import Entry
from cursitor.spine.people import operations
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Invitation, Person
from tests import factories
from tests.factories import NOW, PASSWORD


@pytest.fixture
def as_administrator(client, world):
    return signed_in(client, world.administrator)


def signed_in(client, person):
    """Sign in by the form, as a browser would, so that the session knows when and how."""
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    return client


class TestPeoplePages:
    def test_are_closed_to_whoever_has_not_signed_in(self, client, world):
        for path in ("/people/", "/me/", "/me/notices/", f"/people/{world.attorney.pk}/", "/parts/", "/search"):
            response = client.get(path)

            assert response.status_code == 302
            assert response.url.startswith("/accounts/login/")

    def test_answer_the_same_for_hidden_and_absent_people(self, client, world):
        signed_in(client, world.outsider)

        hidden = client.get(f"/people/{world.attorney.pk}/")
        absent = client.get("/people/424242/")

        assert hidden.status_code == absent.status_code == 404
        assert b"Kessling" not in hidden.content

    def test_list_filter_sort_and_export_what_one_sees(self, client, world):
        signed_in(client, world.attorney)

        page = client.get("/people/?role=DELIVERY_MANAGER&sort=-name").content.decode()
        export = client.get("/people/export.csv?role=DELIVERY_MANAGER").getvalue().decode()

        assert world.delivery_manager.name in page
        assert world.legal_operations.name not in page
        assert world.delivery_manager.email in export
        assert world.legal_operations.email not in export

    def test_export_a_workbook_and_no_other_kind(self, client, world):
        signed_in(client, world.attorney)

        assert client.get("/people/export.xlsx").content.startswith(b"PK")
        assert client.get("/people/export.exe").status_code == 404

    def test_take_a_constant_number_of_queries(self, client, world, django_assert_max_num_queries):
        signed_in(client, world.attorney)
        for i in range(20):
            factories.person(f"Reader {i}", Role.SPECIALIST, world.pune)

        with django_assert_max_num_queries(25):
            client.get("/people/")


class TestInviting:
    def test_goes_from_form_to_letter_to_a_person_who_signs_in(self, as_administrator, client, world):
        form = {
            "name": "Ada Quist",
            "email": "ada@aldmere.example",
            "site": world.chicago.pk,
            "role": "LEGAL_OPERATIONS",
        }
        as_administrator.post(f"/people/organisations/{world.firm.pk}/invite", form)
        address = reverse("people:invitation", args=[operations.token_of(Invitation.objects.get())])
        client.logout()

        weak = client.post(address, {"password": "short"})
        joined = client.post(address, {"password": "a sentence of my own"})

        assert b"too short" in weak.content
        assert joined.url == reverse("account_login")
        ada = Person.objects.get(email="ada@aldmere.example")
        response = client.post(reverse("account_login"), {"login": ada.email, "password": "a sentence of my own"})
        assert response.status_code == 302
        assert client.session["_auth_user_id"] == str(ada.pk)

    def test_asks_for_a_fresh_confirmation_first(self, client, world):
        client.force_login(world.administrator)

        response = client.get(f"/people/organisations/{world.firm.pk}/invite")

        assert response.status_code == 302
        assert response.url.startswith(reverse("account_reauthenticate"))

    def test_is_refused_in_words_to_anybody_else(self, client, world):
        signed_in(client, world.attorney)

        response = client.get(f"/people/organisations/{world.firm.pk}/invite")

        assert response.status_code == 403
        assert b"Only administrator may do this." in response.content
        assert b"<nav" in response.content

    def test_shows_a_wrong_role_beside_its_field(self, as_administrator, world):
        form = {"name": "Ada", "email": "ada@aldmere.example", "site": world.chicago.pk, "role": "SPECIALIST"}

        response = as_administrator.post(f"/people/organisations/{world.firm.pk}/invite", form)

        assert response.status_code == 200
        assert response.context["form"].errors["role"]
        assert not Invitation.objects.exists()

    def test_says_so_when_the_letter_has_run_out(self, client, world):
        client.force_login(world.attorney)

        response = client.post("/invitation/" + "0" * 64 + "/", {"password": "a sentence of my own"})

        assert response.status_code == 404
        assert b"not known here" in response.content


class TestPasswordForgotten:
    def test_sends_a_link_that_works_once(self, client, world):
        client.post(reverse("account_reset_password"), {"email": world.attorney.email})
        (letter,) = mail.outbox
        assert letter.subject == "Choose a new password in Cursitor"
        path = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", letter.body).group(1)
        new = {"password1": "quite another sentence", "password2": "quite another sentence"}

        form = client.get(path, follow=True)
        client.post(form.redirect_chain[-1][0], new)
        again = client.get(path, follow=True)

        assert Person.objects.get(pk=world.attorney.pk).check_password("quite another sentence")
        assert b"This link is used up" in again.content

    def test_answers_alike_for_an_unknown_address_and_writes_to_nobody(self, client, world):
        known = client.post(reverse("account_reset_password"), {"email": world.attorney.email})
        unknown = client.post(reverse("account_reset_password"), {"email": "nobody@nowhere.example"})

        assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
        assert [letter.to for letter in mail.outbox] == [[world.attorney.email]]


class TestEndingAMembership:
    def test_asks_to_confirm_before_anything_is_typed_and_then_ends_it(self, client, world):
        path = f"/people/memberships/{world.legal_operations.memberships.get().pk}/end"
        client.force_login(world.administrator)
        assert client.get(path).url.startswith(reverse("account_reauthenticate"))

        client.logout()
        signed_in(client, world.administrator)
        page = client.get(path)
        client.post(path, {"reason": "Left the firm"})

        assert b"End Owen Marsh as legal operations" in page.content
        assert world.legal_operations.memberships.get().ended_at is not None

    def test_is_not_found_by_those_outside_and_refused_to_the_others(self, client, world):
        path = f"/people/memberships/{world.legal_operations.memberships.get().pk}/end"

        assert signed_in(client, world.outsider).get(path).status_code == 404
        client.logout()
        assert signed_in(client, world.attorney).get(path).status_code == 403


class TestNoticesPage:
    def test_opens_a_notice_and_marks_it_read(self, client, world):
        client.force_login(world.attorney)
        notice = operations.notify(person=world.attorney, text="Question 3 was asked", link="/orders/", at=NOW)
        assert b"1 notice unread" in client.get("/me/notices/").content

        response = client.post(f"/me/notices/{notice.pk}/open")

        assert response.url == "/orders/"
        assert b"All notices are read" in client.get("/me/notices/").content

    def test_does_not_know_the_notices_of_others(self, client, world):
        client.force_login(world.attorney)
        notice = operations.notify(person=world.legal_operations, text="Not theirs", at=NOW)

        assert client.post(f"/me/notices/{notice.pk}/open").status_code == 404


class TestAccountPage:
    def test_keeps_zone_theme_and_keys(self, client, world):
        client.force_login(world.attorney)

        client.post("/me/", {"name": "Nora Kessling", "zone": "Europe/Warsaw", "theme": "DARK"})

        page = client.get("/people/").content.decode()
        assert 'data-theme="dark"' in page
        assert 'data-single-keys="off"' in page
        assert 'data-clock="Europe/Warsaw"' in page


class TestSignIn:
    def test_is_in_the_log_with_its_refusals_and_without_what_was_typed(self, client, world):
        client.post(reverse("account_login"), {"login": world.attorney.email, "password": "a guess of mine"})
        client.post(reverse("account_login"), {"login": "nobody@nowhere.example", "password": "a guess of mine"})
        signed_in(client, world.attorney)

        assert [entry.type for entry in Entry.objects.order_by("sequence")] == [
            "people.session.refused",
            "people.session.opened",
        ]
        assert "guess" not in str(list(Entry.objects.values("data", "subject")))

    def test_is_by_invitation_only(self, client, db):
        response = client.post("/accounts/signup/", {"email": "me@x.example", "password1": "a sentence of my own"})

        assert b"By invitation only" in response.content
        assert not Person.objects.exists()
