import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from tests.factories import NOW

from cursitor.spine.audit import access, words
from cursitor.spine.audit import operations as audit
from cursitor.spine.engagements.models import Engagement, Wall

LOG = reverse("audit:log")
MATTER = "matter:2026-0031"


def record(by, event="work.order.issued", *, subject="order:WO-1187", matter=MATTER, at=NOW, **data):
    with transaction.atomic():
        return audit.record(event=event, at=at, by=by, subject=subject, matter=matter, data=data)


def reads(person, entry):
    return access.entries(person).filter(pk=entry.pk).exists()


class TestReadersOfAMatter:
    def test_are_the_client_side_for_everything(self, world):
        entry = record(world.delivery_manager)

        assert reads(world.attorney, entry)
        assert reads(world.legal_operations, entry)

    @pytest.mark.parametrize("who", ["outsider", "other_attorney", "administrator"])
    def test_are_nobody_for_whom_it_does_not_exist(self, world, who):
        assert not reads(getattr(world, who), record(world.attorney))

    def test_are_a_provider_for_what_its_people_did_and_had_a_hand_in(self, world):
        drafted = record(world.legal_operations, "work.order.drafted", subject="order:WO-1")
        issued = record(world.legal_operations, "work.order.issued", subject="order:WO-1")
        of_another = record(world.legal_operations, "work.order.issued", subject="order:WO-2")
        assert not reads(world.delivery_manager, drafted)

        record(world.delivery_manager, "work.order.accepted", subject="order:WO-1")

        assert reads(world.delivery_manager, issued)
        assert reads(world.qc_lead, issued)
        assert not reads(world.delivery_manager, of_another)

    def test_are_not_a_provider_for_what_another_did(self, world):
        engagement = Engagement.objects.create(
            number="E-77", client=world.firm, provider=world.other_provider, title="Second", signed_date=NOW.date()
        )
        world.matter.openings.create(engagement=engagement, opened_at=NOW)
        record(world.delivery_manager, "engagements.team.joined", subject=MATTER)
        record(world.outsider, "engagements.team.joined", subject=MATTER)

        assert set(access.entries(world.outsider).values_list("actor", flat=True)) == {world.outsider.key}
        assert set(access.entries(world.qc_lead).values_list("actor", flat=True)) == {world.delivery_manager.key}

    def test_are_specialists_for_their_own_acts(self, world):
        own, other = record(world.specialist), record(world.second_specialist)

        assert reads(world.specialist, own)
        assert not reads(world.specialist, other)

    def test_are_not_the_other_party_for_what_is_private(self, world):
        around_client = record(world.attorney, "engagements.wall.raised", subject=MATTER)
        around_provider = record(world.delivery_manager, "engagements.wall.raised", subject=MATTER)

        assert reads(world.legal_operations, around_client)
        assert not reads(world.legal_operations, around_provider)
        assert reads(world.delivery_manager, around_provider)
        assert not reads(world.delivery_manager, around_client)

    def test_are_nobody_behind_a_wall_even_for_their_own_acts(self, world):
        entry = record(world.specialist)
        Wall.objects.create(
            matter=world.matter, person=world.specialist, reason="Conflict", raised_by=world.attorney, raised_at=NOW
        )

        assert not reads(world.specialist, entry)


class TestReadersOutsideMatters:
    def test_are_administrators_for_their_own_people_and_the_log(self, world):
        invited = record(world.administrator, "people.person.invited", subject=world.attorney.key, matter="")
        signed_in = record(world.attorney, "people.person.signed_in", subject=world.attorney.key, matter="")
        elsewhere = record(world.outsider, "people.person.signed_in", subject=world.outsider.key, matter="")
        verified = record(None, "audit.log.verified", subject="log:cursitor", matter="")

        assert [reads(world.administrator, entry) for entry in (invited, signed_in, elsewhere, verified)] == [
            True,
            True,
            False,
            True,
        ]

    def test_are_everybody_for_their_own_acts(self, world):
        entry = record(world.specialist, "people.person.signed_in", subject=world.specialist.key, matter="")

        assert reads(world.specialist, entry)
        assert not reads(world.attorney, entry)


class TestLogPage:
    @pytest.fixture
    def page(self, world, client):
        record(world.attorney, "engagements.matter.opened", subject=MATTER, at=NOW)
        record(world.legal_operations, "engagements.party.added", subject=MATTER, name="Danube", at=NOW)
        record(
            world.attorney,
            "files.file.added",
            subject="file:1",
            name="protocol.docx",
            at=NOW + timedelta(hours=10),
        )
        client.force_login(world.attorney)
        return client

    def test_says_what_happened_in_words(self, page):
        content = page.get(LOG).content.decode()

        assert "Nora Kessling</span> opened the matter" in content
        assert 'added the party <span class="i2">Danube' in content

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ({"event": "engagements"}, [1, 0]),
            ({"event": "engagements.matter.opened"}, [0]),
            ({"actor": "kessling"}, [2, 0]),
            ({"about": "file:"}, [2]),
            ({"day": "2026-11-23"}, [1, 0]),
            ({"day": "2026-11-24"}, []),
            ({"day": "not a day"}, [2, 1, 0]),
            ({"event": "no.such.event"}, [2, 1, 0]),
        ],
    )
    def test_narrows_by_what_is_asked_in_the_address(self, world, page, asked, found):
        # The reader lives in Chicago, where 01:00 UTC of the 24th is 19:00 of the 23rd.
        if asked.get("day") == "2026-11-23":
            found = [2, *found]

        rows = page.get(LOG, asked).context["rows"]

        assert [entry.sequence for entry, _ in rows] == found

    def test_leaves_as_json_lines_and_as_csv_in_the_order_of_the_log(self, page):
        lines = page.get(reverse("audit:export", args=["jsonl"])).getvalue().splitlines()
        csv = page.get(reverse("audit:export", args=["csv"]), {"about": "file:"}).getvalue().decode("utf-8-sig")

        assert [json.loads(line)["sequence"] for line in lines] == [0, 1, 2]
        assert csv.splitlines()[1].startswith("2,2026-11-24T01:00:00.000000Z,files.file.added,")
        assert page.get(reverse("audit:export", args=["xml"])).status_code == 404

    def test_holds_nothing_for_a_stranger(self, page, world):
        page.force_login(world.outsider)

        assert list(page.get(LOG).context["rows"]) == []
        assert page.get(reverse("audit:export", args=["jsonl"])).getvalue() == b""

    def test_asks_the_database_the_same_number_of_times_however_long_it_is(
        self, page, world, django_assert_max_num_queries
    ):
        page.get(LOG)
        for _ in range(30):
            record(world.attorney)

        with django_assert_max_num_queries(20):
            page.get(LOG)


class TestWords:
    def test_exist_for_every_event_that_rooms_of_ours_record(self):
        assert {"audit.log.verified", "engagements.wall.raised", "files.file.added"} <= words.events().keys()
        assert words.of("engagements.wall.raised") == "raised a wall around"
        assert words.private_events() <= words.events().keys()

    def test_fall_back_to_the_type(self):
        assert words.of("no.such.event") == "no.such.event"


class TestReadersOfEngagements:
    @pytest.mark.parametrize(
        ("who", "is_read"),
        [
            ("attorney", True),
            ("delivery_manager", True),
            ("finance", True),
            ("specialist", False),
            ("outsider", False),
            ("other_attorney", False),
        ],
    )
    def test_are_those_who_see_the_engagement(self, world, who, is_read):
        entry = record(world.legal_operations, "engagements.terms.amended", subject="engagement:E-31", matter="")

        assert reads(getattr(world, who), entry) is is_read
