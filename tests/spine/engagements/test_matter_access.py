from datetime import timedelta

import pytest
from tests import factories
from tests.factories import NOW

from cursitor.plumbing.refusal import NotPermitted, NotVisible
from cursitor.spine.engagements import access
from cursitor.spine.engagements.models import MatterEngagement, TeamMember, Wall
from cursitor.spine.people.choices import Role


def wall(world, person):
    return Wall.objects.create(
        matter=world.matter, person=person, reason="Acted for Danube", raised_by=world.attorney, raised_at=NOW
    )


def sees(person, world):
    return access.matters(person).filter(pk=world.matter.pk).exists()


class TestMatters:
    @pytest.mark.parametrize(
        "who",
        ["attorney", "legal_operations", "delivery_manager", "qc_lead", "finance", "specialist"],
    )
    def test_exist_for_everybody_whose_role_reaches_them(self, world, who):
        assert sees(getattr(world, who), world)

    @pytest.mark.parametrize("who", ["administrator", "outsider", "other_attorney"])
    def test_do_not_exist_for_anybody_else(self, world, who):
        person = getattr(world, who)

        assert not sees(person, world)
        with pytest.raises(NotVisible):
            access.matter_for(person, world.matter.number)

    @pytest.mark.parametrize("who", ["attorney", "legal_operations", "delivery_manager", "qc_lead", "specialist"])
    def test_do_not_exist_behind_a_wall(self, world, who):
        person = getattr(world, who)
        standing = wall(world, person)

        assert not sees(person, world)

        standing.lifted_at = NOW
        standing.save()
        assert sees(person, world)

    @pytest.mark.parametrize("who", ["delivery_manager", "qc_lead", "finance", "specialist"])
    def test_do_not_exist_for_a_provider_to_which_they_are_closed(self, world, who):
        person = getattr(world, who)

        MatterEngagement.objects.update(closed_at=NOW)

        assert not sees(person, world)

    def test_do_not_exist_for_a_specialist_who_left_the_team(self, world):
        specialist = world.specialist
        TeamMember.objects.filter(person=specialist).update(left_at=NOW)

        assert not sees(specialist, world)

    def test_do_not_exist_for_a_specialist_who_left_the_provider(self, world):
        specialist = world.specialist
        specialist.memberships.update(ended_at=NOW - timedelta(days=1))

        assert not sees(specialist, world)

    def test_are_listed_once_for_a_person_with_several_ways_to_them(self, world):
        manager = world.delivery_manager
        factories.membership(manager, Role.SPECIALIST, world.pune)
        factories.membership(manager, Role.QC_LEAD, world.pune)
        TeamMember.objects.create(matter=world.matter, person=manager, joined_at=NOW)

        assert list(access.matters(manager)) == [world.matter]


class TestMatterFor:
    @pytest.mark.parametrize(
        ("who", "verb", "is_permitted"),
        [
            ("attorney", "instruct", True),
            ("legal_operations", "instruct", True),
            ("delivery_manager", "instruct", False),
            ("delivery_manager", "staff", True),
            ("attorney", "staff", False),
            ("qc_lead", "staff", False),
            ("specialist", "staff", False),
            ("legal_operations", "wall", True),
            ("delivery_manager", "wall", True),
            ("qc_lead", "wall", False),
            ("specialist", "view", True),
        ],
    )
    def test_gives_the_matter_only_for_verbs_of_the_role(self, world, who, verb, is_permitted):
        person = getattr(world, who)

        if is_permitted:
            assert access.matter_for(person, world.matter.number, to=verb) == world.matter
        else:
            with pytest.raises(NotPermitted):
                access.matter_for(person, world.matter.number, to=verb)


class TestEngagements:
    @pytest.mark.parametrize(
        ("who", "is_seen"),
        [
            ("attorney", True),
            ("legal_operations", True),
            ("delivery_manager", True),
            ("finance", True),
            ("qc_lead", False),
            ("specialist", False),
            ("administrator", False),
            ("outsider", False),
            ("other_attorney", False),
        ],
    )
    def test_exist_for_those_who_deal_with_what_was_agreed(self, world, who, is_seen):
        assert access.engagements(getattr(world, who)).exists() is is_seen

    def test_are_amended_by_the_client_only(self, world):
        assert access.engagement_for(world.attorney, "E-31", to="amend") == world.engagement
        with pytest.raises(NotPermitted):
            access.engagement_for(world.delivery_manager, "E-31", to="amend")


class TestWalls:
    def test_are_seen_by_the_client_and_by_the_manager_whose_people_they_are_around(self, world):
        around_client = wall(world, world.legal_operations)
        around_provider = wall(world, world.specialist)

        assert set(access.walls(world.attorney, matter=world.matter)) == {around_client, around_provider}
        assert list(access.walls(world.delivery_manager, matter=world.matter)) == [around_provider]
        with pytest.raises(NotVisible):
            access.wall_for(world.delivery_manager, world.matter.number, around_client.pk)
