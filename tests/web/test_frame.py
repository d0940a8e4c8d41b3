import pytest
from django.test import RequestFactory
from django.urls import reverse

from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Person
from cursitor.web import frame, palette
from tests import factories


def names(person: Person, path: str = "/") -> list[str]:
    return [entry["name"] for group in frame.side_bar(person, path) for entry in group["entries"]]


class TestSideBar:
    @pytest.mark.parametrize("role", Role)
    def test_is_drawn_for_every_role_from_places_that_exist(self, world, role):
        site = world.chicago if role in {Role.SUPERVISING_ATTORNEY, Role.LEGAL_OPERATIONS} else world.pune
        person = factories.person("Some Body", role, site)

        entries = [entry for group in frame.side_bar(person, "/") for entry in group["entries"]]

        assert len(entries) <= frame.MOST_ENTRIES
        assert len({entry["url"] for entry in entries}) == len(entries)

    def test_is_empty_for_whoever_holds_no_role(self, db):
        assert names(Person.objects.create_user("gone@x.example", None, name="Gone")) == []

    def test_shows_each_place_once_to_whoever_holds_two_roles(self, world):
        factories.membership(world.attorney, Role.ADMINISTRATOR, world.chicago)

        shown = names(world.attorney)

        assert shown.count("People") == 1
        assert "Organisations" in shown

    def test_marks_the_place_one_is_in(self, world):
        factories.membership(world.attorney, Role.ADMINISTRATOR, world.chicago)
        inside = reverse("people:organisation", args=[world.firm.pk])

        groups = frame.side_bar(world.attorney, inside)

        marked = [entry["name"] for group in groups for entry in group["entries"] if entry.get("is_current")]
        assert marked == ["Organisations"]

    def test_counts_what_waits(self, world, monkeypatch):
        waiting = frame.Entry("People", "users", "people:people", count=lambda person: 3)
        monkeypatch.setitem(frame.SIDE, Role.SUPERVISING_ATTORNEY, (("", (waiting,)),))

        (group,) = frame.side_bar(world.attorney, "/")

        assert group["entries"][0]["count"] == 3

    def test_names_no_icon_that_is_not_there_and_no_key_twice(self):
        entries = {entry for groups in frame.SIDE.values() for _name, group in groups for entry in group}

        for groups in frame.SIDE.values():
            keys = [entry.key for _name, group in groups for entry in group]
            assert len(set(keys)) == len(keys)
        assert all((frame_icons() / f"{entry.icon}.svg").is_file() for entry in entries)


def frame_icons():
    from cursitor.web.parts import marks

    return marks.ICONS


class TestCounts:
    def test_say_how_many_orders_run_and_what_waits(self, world):
        assert world.order

        counts = {
            entry["name"]: (entry["count"], entry["count_words"])
            for group in frame.side_bar(world.attorney, "/")
            for entry in group["entries"]
        }

        assert counts["Work orders"] == (1, "open")
        assert counts["Questions"] == (0, "wait for you")


class TestPalette:
    def test_finds_orders_and_matters_for_those_who_see_them(self, world):
        ref = world.order.ref

        by_ref = dict(palette.found(world.attorney, ref))
        by_caption = dict(palette.found(world.attorney, "Danube"))

        assert by_ref["Orders and questions"][0]["words"].startswith(ref)
        assert by_caption["Matters"]
        assert palette.found(world.outsider, ref) == palette.found(world.outsider, "Danube") == []

    def test_finds_places_and_what_one_may_see(self, world):
        groups = dict(palette.found(world.attorney, "peo"))

        assert [row["words"] for row in groups["Places"]] == ["People"]
        assert "People" not in groups

    def test_answers_alike_for_hidden_and_absent(self, world):
        assert palette.found(world.outsider, "kessling") == palette.found(world.outsider, "nobody at all") == []

    def test_is_a_page_without_script_and_a_fragment_with_it(self, client, world):
        client.force_login(world.attorney)

        page = client.get(reverse("palette"), {"q": "asha"}).content
        fragment = client.get(reverse("palette"), {"q": "asha"}, headers={"HX-Request": "true"}).content

        assert b"<html" in page
        assert b"<html" not in fragment
        assert all(b"Asha Verma" in body for body in (page, fragment))


class TestRefusals:
    def test_become_a_page_a_fragment_or_json(self, client, world):
        client.force_login(world.attorney)

        page = client.get("/people/424242/")
        fragment = client.get("/people/424242/", headers={"HX-Request": "true"})
        data = client.get("/people/424242/", headers={"Accept": "application/json"})

        assert page.status_code == fragment.status_code == data.status_code == 404
        assert b"<html" in page.content
        assert b"<html" not in fragment.content
        assert b"There is nothing here that you may see." in fragment.content
        assert data.json() == {"code": "NotVisible", "detail": "There is nothing here that you may see."}

    def test_send_whoever_must_confirm_back_to_where_they_were(self, client, world):
        client.force_login(world.administrator)
        path = f"/people/organisations/{world.firm.pk}/invite"

        plain = client.get(path)
        live = client.get(path, headers={"HX-Request": "true"})

        assert plain.url == live.headers["HX-Redirect"]
        assert plain.url.endswith(f"?next={path.replace('/', '%2F')}")


class TestContext:
    def test_holds_without_a_person(self, db):
        request = RequestFactory().get("/accounts/login/")

        values = frame.frame(request)

        assert (values["theme"], values["zone"]) == ("system", "UTC")
