"""
The second keyer never meets what the first one typed, what a machine read, or who the first one was.

Every page and answer that a second keyer can reach is fetched: the bench in all its forms, every address of the line,
the spine's pages by following their links, the log, the API. What was typed first and what was read by machine carries
marks that nothing else on the site carries.
"""

import re
from collections import deque
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import get_resolver, reverse
from django.utils import timezone

from cursitor.lines.entry import operations, queries
from cursitor.lines.entry.choices import Stage, TaskKind
from cursitor.lines.entry.models import Keying, Record
from cursitor.spine.work import operations as work
from tests.lines.entry import factories
from tests.web.conftest import Program

JSON = {"HTTP_ACCEPT": "application/json"}
FIRST_NAME = "Kavya"
TYPED = {
    "registrant": "Qwzxfirstname",
    "number": "QWZX-4711",
    "filed": "July 19, 1957",
    "kind": "AMENDMENT",
    "note": "Qwzxremark stands here",
}
GUESSED = {"registrant": "Qwzxguessname", "number": "QWZX-0815", "note": "Qwzxguessremark"}
CONFIDENCE = 0.8372641
# The year stands alone: a shortened digest may hold any four digits.
MARKS = re.compile(r"qwzx|july 19|(?<![0-9a-z])1957(?![0-9a-z])|8372641|0\.837|84 %")
OUT_OF_BOUNDS = ("/static/", "/accounts/", "/me/theme")
MOST_PAGES = 250


@pytest.fixture
def order(world):
    made = factories.order(world)
    factories.schema(made, prefill=True)
    return made


@pytest.fixture
def records(order, first):
    """Five records, each keyed by the first keyer, with what the machine had read; a question was asked on one."""
    batch, now = factories.batch(order), timezone.now()
    guesses = {
        key: {"value": value, "confidence": CONFIDENCE, "page": 1, "region": [0.1, 0.2, 0.3, 0.05]}
        for key, value in GUESSED.items()
    }
    made = []
    for _ in range(5):
        source = factories.file(batch)
        factories.page(source)
        made.append(factories.record(batch, file=source, prefill=guesses))
    for record in made:
        factories.key(record, first, TYPED, at=now)
    asked = {"text": f"Does it read {TYPED['registrant']}?", "is_blocking": False, "about": made[0].name}
    work.ask(order=order, task=first, **asked, by=first.holder, at=now)
    return made


@pytest.fixture
def second_keyer(client, second, records):
    client.force_login(second.holder)
    return client


def address(task, name="bench"):
    return reverse(f"entry:{name}", args=[task.order.ref, task.number])


def assert_blind(text, where):
    assert MARKS.findall(factories.TOKEN.sub("", text).lower()) == [], where


def addresses_of_the_line(order):
    """Return every address of the line that can be asked for, its numbers filled in with those there are."""
    prefix = f"/entry/{order.ref}/"
    found = set()
    for pattern in _patterns(get_resolver("cursitor.lines.entry.urls").url_patterns, ""):
        path = pattern.replace("<str:ref>/", "", 1)
        for number in ("1", "2", "5"):
            filled = re.sub(r"<int:\w+>", number, path)
            for table in ("records", "fields", "keyings", "accuracy", "exceptions"):
                for form in ("csv", "json", "xlsx"):
                    found.add(prefix + filled.replace("<str:table>", table).replace("<str:form>", form))
    return sorted(found)


def _patterns(patterns, prefix):
    for each in patterns:
        route = prefix + str(each.pattern)
        if hasattr(each, "url_patterns"):
            yield from _patterns(each.url_patterns, route)
        else:
            yield route


def crawl(client, starts):
    """Yield (address, text) of whatever can be reached by links from the starts, each once."""
    waiting, seen = deque(starts), set(starts)
    while waiting:
        path = waiting.popleft()
        answer = client.get(path)
        text = answer.getvalue().decode("utf-8", "replace")
        yield path, answer.status_code, text
        for link in re.findall(r'(?:href|src|data-here|data-ahead)="([^"#]+)', text):
            found = urlsplit(urljoin(path, link.replace("&amp;", "&")))
            onward = found.path + (f"?{found.query}" if found.query else "")
            is_ours = not found.netloc and found.scheme in ("", "http")
            if is_ours and onward not in seen and not onward.startswith(OUT_OF_BOUNDS) and len(seen) < MOST_PAGES:
                seen.add(onward)
                waiting.append(onward)


class TestTheSecondKeyersBench:
    def test_holds_only_the_fields_keyed_twice_and_they_are_empty(self, second_keyer, second):
        page = second_keyer.get(address(second)).content.decode()

        assert re.findall(r'data-field="(\w+)"', page) == ["registrant", "number"]
        assert set(re.findall(r'<input id="value-\d+" name="raw-\w+" value="(.*?)"', page)) == {""}
        assert "read by machine" not in page
        assert_blind(page, "the bench")
        assert FIRST_NAME not in page

    @pytest.mark.parametrize("name", ["bench", "bench_ahead"])
    def test_is_sent_nothing_of_the_first_pass_as_json(self, second_keyer, second, records, name):
        second_keyer.get(address(second))

        answer = second_keyer.get(address(second, name), {"record": records[0].pk, "have": ""}, **JSON)

        assert answer.status_code == 200
        assert records[0].name in answer.content.decode() or answer.json()["records"]
        assert_blind(answer.content.decode(), name)
        assert FIRST_NAME not in answer.content.decode()

    def test_is_sent_nothing_of_the_first_pass_with_a_save_a_refusal_or_an_undo(self, second_keyer, second, records):
        second_keyer.get(address(second))
        typed = {"record": records[0].pk, "raw-registrant": "Jetro", "raw-number": "4069", "effort": "{}"}

        refused = second_keyer.post(address(second, "bench_save"), typed | {"raw-registrant": ""}, **JSON)
        unequal = second_keyer.post(address(second, "bench_save"), typed, **JSON)
        undone = second_keyer.post(address(second, "bench_undo"), **JSON)

        assert [answer.status_code for answer in (refused, unequal, undone)] == [422, 200, 200]
        assert undone.json()["typed"]["number"]["raw"] == "4069"
        for answer in (refused, unequal, undone):
            assert_blind(answer.content.decode(), answer.request["PATH_INFO"])
            assert FIRST_NAME not in answer.content.decode()

    def test_is_told_the_same_whether_the_keyings_agree_or_not(self, second_keyer, second, records):
        answers = []
        for record, number in zip(records, (TYPED["number"], "4069"), strict=False):
            second_keyer.get(address(second))
            typed = {"record": record.pk, "raw-registrant": TYPED["registrant"], "raw-number": number}
            saved = second_keyer.post(address(second, "bench_save"), typed, **JSON).json()
            asked = {"record": saved["shown"]["record"], "have": ""}
            answers.append(saved | second_keyer.get(address(second, "bench_ahead"), asked, **JSON).json())

        assert [record.stage for record in Record.objects.order_by("number")[:2]] == [Stage.DONE, Stage.ADJUDICATE]
        told = [re.sub(r"\d+", "9", answer["bar"]) for answer in answers]
        assert told[0] == told[1]
        assert answers[0].keys() == answers[1].keys()

    def test_does_not_let_a_first_keyer_in(self, client, world, order, records):
        own = factories.task(order, world.specialist, TaskKind.SECOND)
        client.force_login(world.specialist)

        page = client.get(address(own)).content.decode()

        assert "Nothing is left to key for you" in page
        assert not Record.objects.exclude(leased_to=None).exists()


class TestEveryPageASecondKeyerReaches:
    def test_of_the_line(self, second_keyer, order, second):
        opened = []
        for path in addresses_of_the_line(order):
            answer = second_keyer.get(path)
            text = answer.getvalue().decode("utf-8", "replace")
            opened += [path] * (answer.status_code == 200)
            assert_blind(text, path)
            assert FIRST_NAME not in text, path

        assert f"/entry/{order.ref}/records/" in opened
        assert address(second) in opened

    def test_by_following_links_from_the_first_page_and_the_order(self, second_keyer, order, second):
        starts = ["/", f"/orders/{order.ref}/", "/questions/", "/log/", f"/entry/{order.ref}/", "/palette?q=R00001"]
        starts += [reverse("work:order_log", args=[order.ref]), reverse("work:order_questions", args=[order.ref])]
        opened = []

        for path, status, text in crawl(second_keyer, starts):
            opened += [path] * (status == 200)
            assert_blind(text, path)
            # Who carries a task is known to everybody on the order; who keyed a record is known to nobody who keys.
            assert not (FIRST_NAME in text and re.search(r"R0000\d", text)), path

        assert len(opened) > 25
        assert reverse("work:order_questions", args=[order.ref]) in opened

    def test_of_the_api(self, second_keyer, order, second):
        program = Program(second.holder)
        opened = []
        for path, verbs in second_keyer.get("/api/v1/openapi.json").json()["paths"].items():
            if "get" not in verbs:
                continue
            filled = re.sub(r"\{\w+\}", "1", path.removeprefix("/api/v1").replace("{ref}", order.ref))
            answer = program.get(filled)
            text = answer.getvalue().decode("utf-8", "replace")
            opened += [filled] * (answer.status_code == 200)
            assert_blind(text, filled)
            assert not (FIRST_NAME in text and re.search(r"R0000\d", text)), filled

        assert f"/orders/{order.ref}/tasks/1" in opened
        assert "/questions" in opened
        assert "/audit/entries" in opened


class TestWhoMayRead:
    def test_the_question_is_read_by_those_who_manage_and_by_the_client(self, client, world, order, records):
        page = reverse("work:order_questions", args=[order.ref])
        found = {}
        for reader in (world.specialist, world.second_specialist, world.delivery_manager, world.attorney):
            client.force_login(reader)
            found[reader.name] = TYPED["registrant"] in client.get(page).content.decode()

        assert found == {"Kavya Rindani": True, "Joel Matibag": False, "Asha Verma": True, "Nora Kessling": True}

    def test_the_marks_would_be_found(self, client, world, order, records):
        """The manager, who may see values, is shown them: what the tests above look for can be found."""
        client.force_login(world.delivery_manager)

        page = client.get(f"/entry/{order.ref}/records/1/").content.decode()

        assert Keying.objects.filter(values__registrant__raw=TYPED["registrant"]).count() == 5
        with pytest.raises(AssertionError):
            assert_blind(page, "the record as its manager sees it")

    def test_the_first_keyer_is_shown_what_the_machine_read(self, client, world, order, first, records):
        operations.undo_keying(task=first, by=first.holder, at=timezone.now())
        record = Record.objects.get(pk=records[-1].pk)
        shown = queries.bench(task=first, record=record, by=first.holder)

        assert shown.prefill["registrant"]["value"] == GUESSED["registrant"]
