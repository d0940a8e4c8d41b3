import pytest

from cursitor.plumbing.refusal import NotPermitted, NotVisible
from cursitor.spine.people import access, queries
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Membership
from tests import factories
from tests.factories import NOW


class TestWhoSeesWhom:
    def test_both_sides_of_an_engagement_see_each_other(self, world):
        assert access.person_for(world.attorney, pk=world.delivery_manager.pk) == world.delivery_manager
        assert access.person_for(world.delivery_manager, pk=world.attorney.pk) == world.attorney

    def test_others_do_not_exist_for_them(self, world):
        for stranger in (world.outsider, world.other_attorney):
            with pytest.raises(NotVisible):
                access.person_for(world.attorney, pk=stranger.pk)
            with pytest.raises(NotVisible):
                access.organisation_for(stranger, pk=world.firm.pk)
            assert not access.people(stranger).filter(pk=world.attorney.pk).exists()

    def test_the_palette_finds_only_those(self, world):
        assert queries.find(world.attorney, "lena") == [] == queries.find(world.outsider, "kessling")
        assert [words for words, _note, _url in queries.find(world.outsider, "LENA")] == [world.outsider.name]

    def test_somebody_whose_role_ended_sees_nobody(self, world):
        Membership.objects.filter(person=world.legal_operations).update(ended_at=NOW)
        gone = type(world.legal_operations).objects.get(pk=world.legal_operations.pk)

        assert not access.people(gone).exists()
        assert not queries.members(organisation=world.firm).filter(pk=gone.pk).exists()


class TestWhoMayChange:
    def test_an_administrator_may_only_at_home(self, world):
        administrator = world.administrator

        assert access.person_for(administrator, pk=world.attorney.pk, to="change")
        with pytest.raises(NotPermitted):
            access.person_for(administrator, pk=world.delivery_manager.pk, to="change")
        with pytest.raises(NotPermitted):
            access.organisation_for(administrator, pk=world.provider.pk, to="administer")

    @pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
    def test_no_other_role_may(self, world, role):
        person = factories.person("Somebody Else", role, world.chicago)

        with pytest.raises(NotPermitted):
            access.organisation_for(person, pk=world.firm.pk, to="administer")


class TestQueries:
    def test_name_members_by_role_and_the_site_of_a_person(self, world):
        assert list(queries.members(organisation=world.firm, roles={Role.SUPERVISING_ATTORNEY})) == [world.attorney]
        assert queries.site_of(person=world.attorney, organisation=world.firm) == world.chicago
        assert queries.site_of(person=world.attorney, organisation=world.provider) is None
