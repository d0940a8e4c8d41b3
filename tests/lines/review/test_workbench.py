from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cursitor.lines.review import operations
from cursitor.lines.review.choices import TaskKind
from cursitor.lines.review.models import Coding, CodingSave, Family
from cursitor.plumbing.vault import operations as vault
from cursitor.spine.audit.models import Entry
from tests.factories import NOW
from tests.lines.review import factories

JSON = {"HTTP_ACCEPT": "application/json"}
SECRET = "Seal failure. I asked counsel.\nHis <b>advice</b> follows."


@pytest.fixture
def order(world):
    return factories.order(world)


@pytest.fixture
def task(world, order):
    return factories.task(order, world.specialist)


@pytest.fixture
def collection(order):
    return factories.collection(order)


@pytest.fixture
def reader(client, world):
    client.force_login(world.specialist)
    return client


def address(task, name="bench", *more):
    return reverse(f"review:{name}", args=[task.order.ref, task.number, *more])


def head_of(family):
    return family.documents.get(position=0)


def save(client, task, family, *, json=True, **codes):
    body = {"family": family.pk, "document": head_of(family).pk, "seconds": 34, **codes}
    return client.post(address(task, "bench_save"), body, **(JSON if json else {}))


def read_by(person, task, family, coded):
    now = timezone.now()
    operations.next_family(task=task, by=person, at=now)
    values = factories.values(family, coded)
    operations.save_family(task=task, family=family, values=values, seconds=5, by=person, at=now)


class TestBenchPage:
    def test_shows_the_document_its_hits_and_the_keys_of_the_layout(self, reader, task, collection):
        factories.family(collection, SECRET, "Survey report")

        page = reader.get(address(task)).content.decode()

        assert '<mark class="priv" data-hit="1" title="counsel">counsel</mark>' in page
        assert "His &lt;b&gt;<mark" in page
        assert 'data-key="a" data-key-words="Attorney-client"' in page
        assert "Possible privilege." in page
        assert "1 of 2" in page

    def test_folds_lines_without_a_hit(self, reader, task, collection):
        factories.family(collection, "\n".join(["Seal."] * 9 + ["Ask counsel."]))

        page = reader.get(address(task)).content.decode()

        assert "7 lines folded, no hit" in page
        assert page.count('class="line"') == 10

    def test_shows_every_line_when_nothing_hits(self, reader, task, collection):
        factories.family(collection, "\n".join(["Seal."] * 9))

        page = reader.get(address(task)).content.decode()

        assert page.count('class="line"') == 9
        assert "folded" not in page

    def test_writes_down_that_the_document_was_opened(self, reader, task, collection):
        factories.family(collection, SECRET)

        reader.get(address(task))

        assert Entry.objects.get(type="review.document.viewed").data["document"] == "CF-000001"

    def test_opens_another_document_of_the_family(self, reader, task, collection):
        family = factories.family(collection, SECRET, "Survey report")
        attached = family.documents.get(position=1)

        answer = reader.get(address(task), {"document": attached.pk}, **JSON).json()

        assert answer["shown"]["document"] == attached.pk
        assert "Survey report" in answer["shown"]["reader"]

    def test_says_so_when_nothing_is_left(self, reader, task, collection):
        assert "Nothing is left to read" in reader.get(address(task)).content.decode()

    def test_is_nothing_for_people_who_do_not_hold_the_task(self, client, world, task, collection):
        factories.family(collection, SECRET)
        found = {}
        for person in (world.delivery_manager, world.finance, world.administrator, world.outsider, world.attorney):
            client.force_login(person)
            response = client.get(address(task))
            found[person.name] = response.status_code
            assert "counsel" not in response.content.decode()

        assert set(found.values()) <= {403, 404}
        assert not Family.objects.exclude(leased_to=None).exists()


class TestSaveAndNext:
    def test_saves_and_returns_the_next_document_in_one_request(self, reader, task, collection):
        first, second = factories.family(collection, SECRET), factories.family(collection, "Survey.")
        reader.get(address(task))

        answer = save(reader, task, first, **{"code-responsiveness": "NOT_RESPONSIVE"}).json()

        assert Coding.objects.get().values == factories.NOT_RESPONSIVE
        assert CodingSave.objects.get().seconds == 34
        assert answer["shown"]["document"] == head_of(second).pk
        assert "Survey." in answer["shown"]["reader"]
        assert ">1</b>" in answer["bar"]

    def test_works_as_a_plain_form(self, reader, task, collection):
        first = factories.family(collection, SECRET)
        factories.family(collection, "Survey.")
        reader.get(address(task))

        response = save(reader, task, first, json=False, **{"code-responsiveness": "NOT_RESPONSIVE"})

        assert response.status_code == 302
        assert "Survey." in reader.get(response.url).content.decode()

    def test_codes_the_whole_family_when_asked(self, reader, task, collection):
        family = factories.family(collection, SECRET, "Survey report")
        reader.get(address(task))

        save(reader, task, family, whole_family="1", **{"code-responsiveness": "NOT_RESPONSIVE"})

        assert [coding.values for coding in Coding.objects.all()] == [factories.NOT_RESPONSIVE] * 2

    def test_stays_in_the_family_while_a_document_is_undecided(self, reader, task, collection):
        family = factories.family(collection, SECRET, "Survey report")
        factories.family(collection, "Other.")
        reader.get(address(task))

        answer = save(reader, task, family, **{"code-responsiveness": "NOT_RESPONSIVE"}).json()

        assert answer["shown"]["document"] == family.documents.get(position=1).pk

    def test_takes_every_kind_of_field(self, reader, task, collection):
        family = factories.family(collection, SECRET)
        reader.get(address(task))
        codes = {
            "code-responsiveness": "RESPONSIVE",
            "code-privilege": "NOT_PRIVILEGED",
            "code-issues": ["NOTICE", "DAMAGES"],
            "code-hot": "1",
            "code-notes": " See line 2. ",
        }

        save(reader, task, family, **codes)

        kept = {"issues": ["DAMAGES", "NOTICE"], "hot": True, "notes": "See line 2."}
        assert Coding.objects.get().values == factories.RESPONSIVE | kept

    def test_names_the_required_group_that_is_empty(self, reader, task, collection):
        family = factories.family(collection, SECRET)
        reader.get(address(task))

        refused = save(reader, task, family, **{"code-responsiveness": "RESPONSIVE"})

        assert refused.status_code == 422
        assert refused.json()["detail"] == "CF-000001: Privilege is required."
        assert not Coding.objects.exists()

    def test_refuses_a_family_that_somebody_else_holds_by_now(self, reader, world, order, task, collection):
        family = factories.family(collection, SECRET)
        other = factories.task(order, world.second_specialist)
        reader.get(address(task))
        late = timezone.now() + timedelta(minutes=11)
        operations.next_family(task=other, by=world.second_specialist, at=late)

        refused = save(reader, task, family, **{"code-responsiveness": "NOT_RESPONSIVE"})

        assert refused.status_code == 409
        assert not Coding.objects.exists()

    @pytest.mark.parametrize("body", [{}, {"family": "x", "document": "1", "seconds": "1"}])
    def test_names_what_is_wrong_with_a_body_of_another_making(self, reader, task, collection, body):
        assert reader.post(address(task, "bench_save"), body, **JSON).status_code == 422

    def test_stays_within_its_query_budget(self, reader, task, collection, django_assert_max_num_queries):
        families = [factories.family(collection, f"Seal failure {number}.") for number in range(4)]
        reader.get(address(task))
        save(reader, task, families[0], **{"code-responsiveness": "NOT_RESPONSIVE"})

        with django_assert_max_num_queries(42):
            save(reader, task, families[1], **{"code-responsiveness": "NOT_RESPONSIVE"})


class TestUndo:
    def test_returns_the_document_of_the_save_it_took_back(self, reader, task, collection):
        first, _ = factories.family(collection, SECRET), factories.family(collection, "Survey.")
        reader.get(address(task))
        save(reader, task, first, **{"code-responsiveness": "NOT_RESPONSIVE"})

        answer = reader.post(address(task, "bench_undo"), **JSON).json()

        assert answer["shown"]["document"] == head_of(first).pk
        assert not Coding.objects.exists()

    def test_shows_what_was_taken_back_whatever_else_is_held(self, world, reader, task, collection):
        taken_back, shown = factories.family(collection, "Seal failure."), factories.family(collection, "Lunch.")
        read_by(world.specialist, task, taken_back, factories.NOT_RESPONSIVE)
        held = {"leased_to": world.specialist, "lease_until": timezone.now() + timedelta(hours=1), "stage": "FIRST"}
        Family.objects.filter(pk=shown.pk).update(**held)

        answer = reader.post(address(task, "bench_undo"), **JSON).json()

        assert answer["shown"]["family"] == taken_back.pk

    def test_says_when_nothing_is_left_to_take_back(self, reader, task, collection):
        factories.family(collection, SECRET)

        assert reader.post(address(task, "bench_undo"), **JSON).status_code == 409


class TestFetchingAhead:
    def test_brings_the_next_documents_once_and_counts_none_as_seen(self, reader, task, collection):
        families = [factories.family(collection, f"Seal failure {number}.") for number in range(13)]
        shown = reader.get(address(task), **JSON).json()["shown"]
        asked = {"family": shown["family"], "document": shown["document"]}

        answer = reader.get(address(task, "bench_ahead"), asked, **JSON).json()
        again = reader.get(
            address(task, "bench_ahead"), asked | {"have": ",".join(map(str, answer["order"]))}, **JSON
        ).json()

        assert answer["order"] == [head_of(family).pk for family in families[1:4]]
        assert [each["number"] for each in answer["documents"]] == ["CF-000002", "CF-000003", "CF-000004"]
        assert again["documents"] == []
        assert Entry.objects.filter(type="review.document.viewed").count() == 1
        assert Entry.objects.filter(type="review.document.fetched_ahead").count() == 1

    def test_brings_the_family_s_other_documents_first(self, reader, task, collection):
        family = factories.family(collection, SECRET, "Survey report")
        shown = reader.get(address(task), **JSON).json()["shown"]

        answer = reader.get(
            address(task, "bench_ahead"), {"family": shown["family"], "document": shown["document"]}, **JSON
        ).json()

        assert answer["order"] == shown["siblings"] == [family.documents.get(position=1).pk]


class TestSecondReading:
    def test_shows_who_read_first_and_asks_for_privilege_anew(self, reader, world, order, task, collection):
        family = factories.family(collection, SECRET)
        first = factories.task(order, world.second_specialist)
        second = factories.task(order, world.specialist, TaskKind.PRIVILEGE)
        read_by(world.second_specialist, first, family, factories.PRIVILEGED)

        answer = reader.get(address(second), **JSON).json()["shown"]

        assert "Read first by Joel Matibag: relevance responsive, privilege attorney-client" in answer["reader"]
        assert answer["values"] == {"responsiveness": "RESPONSIVE"}
        page = reader.get(address(second)).content.decode()
        assert "second reader follows" not in page
        assert "a second reader must confirm" not in page

    def test_names_the_elusion_sample(self, reader, world, order, collection):
        family = factories.family(collection, SECRET)
        Family.objects.filter(pk=family.pk).update(is_elusion=True)
        sample = factories.task(order, world.specialist, TaskKind.ELUSION)

        assert "Elusion sample." in reader.get(address(sample)).content.decode()


class TestAsk:
    def test_asks_about_the_document(self, reader, order, task, collection):
        factories.family(collection, SECRET)

        answer = reader.post(address(task, "bench_ask"), {"about": "CF-000001", "text": "Is he counsel?"}, **JSON)

        asked = order.questions.get()
        assert answer.json() == {"said": "Question 1 is asked."}
        assert (asked.about, asked.task) == ("CF-000001", task)

    def test_needs_a_text(self, reader, order, task, collection):
        assert reader.post(address(task, "bench_ask"), {"about": "CF-000001"}, **JSON).status_code == 422
        assert not order.questions.exists()


class TestLeave:
    def test_gives_back_what_is_held(self, reader, task, collection):
        factories.family(collection, SECRET)
        reader.get(address(task))

        reader.post(address(task, "bench_leave"))

        assert not Family.objects.exclude(leased_to=None).exists()


class TestPage:
    def test_takes_everything_out_of_a_web_page_that_could_run_or_fetch(self, reader, order, task, collection):
        html = (
            b'<p onclick="x()">Kept</p><script>x()</script><img src="http://x.example/a.png"><a href="http://x">y</a>'
        )
        native = vault.put(scope=order.matter.key, source=html, at=NOW)
        factories.family(collection, "Kept", mime="text/html", native=native)

        response = reader.get(address(task, "bench_page", "CF-000001"))

        assert response.content == b"<p>Kept</p>y"
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert Entry.objects.get(type="review.document.viewed").data["form"] == "PAGE"

    def test_refuses_what_a_browser_cannot_show(self, reader, task, collection):
        factories.family(collection, SECRET)

        assert reader.get(address(task, "bench_page", "CF-000001"), **JSON).status_code == 404
