from datetime import date, timedelta

import pytest
from django.core import mail

from cursitor.plumbing.outbox.models import Message
from cursitor.plumbing.refusal import Invalid, NotPermitted, NotVisible, StepUpNeeded
from cursitor.spine.audit.models import Entry
from cursitor.spine.people import operations, queries, tasks
from cursitor.spine.people.choices import LicenceStatus, Role, SkillKind
from cursitor.spine.people.models import Membership, Notice, Person
from tests import factories
from tests.factories import NOW

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def logged() -> list[str]:
    return list(Entry.objects.order_by("sequence").values_list("type", flat=True))


def invitation(world, **changes):
    values = {
        "site": world.chicago,
        "email": "New.Person@Aldmere.example",
        "name": "New Person",
        "role": Role.LEGAL_OPERATIONS,
        "by": world.administrator,
        "at": NOW,
        "confirmed_at": NOW,
    }
    return operations.invite(**{**values, **changes})


class TestInvite:
    def test_leaves_a_letter_to_be_sent_and_a_row_in_the_log(self, world):
        made = invitation(world)

        assert made.email == "new.person@aldmere.example"
        assert Message.objects.get(topic="people.invitation").payload == {"invitation": made.pk}
        assert logged() == ["people.person.invited"]

    def test_never_stores_what_opens_it(self, world):
        made = invitation(world)

        token = operations.token_of(made)

        assert operations.invitation_of(token=token) == made
        assert token not in str(Message.objects.values()) + str(Entry.objects.values()) + made.token_digest

    def test_refuses_whoever_is_not_administrator_there(self, world):
        with pytest.raises(NotPermitted, match="administrator of Quillfield"):
            invitation(world, site=world.pune, role=Role.SPECIALIST)
        with pytest.raises(NotPermitted):
            invitation(world, by=world.attorney)

    @pytest.mark.parametrize("confirmed_at", [None, NOW - timedelta(minutes=5, seconds=1)])
    def test_refuses_without_a_fresh_confirmation(self, world, confirmed_at):
        with pytest.raises(StepUpNeeded):
            invitation(world, confirmed_at=confirmed_at)

    def test_refuses_a_role_of_the_other_side(self, world):
        with pytest.raises(Invalid, match="Specialist is not a role of a client"):
            invitation(world, role=Role.SPECIALIST)

    def test_refuses_a_second_letter_while_the_first_holds(self, world):
        invitation(world)

        with pytest.raises(operations.AlreadyMember):
            invitation(world, at=NOW + 13 * DAY, confirmed_at=NOW + 13 * DAY)

        assert invitation(world, at=NOW + 14 * DAY, confirmed_at=NOW + 14 * DAY)

    def test_refuses_a_role_somebody_holds_already(self, world):
        with pytest.raises(operations.AlreadyMember):
            invitation(world, email=world.legal_operations.email)


class TestAcceptInvitation:
    def test_makes_a_person_who_can_sign_in_and_holds_the_role(self, world):
        token = operations.token_of(invitation(world))

        person = operations.accept_invitation(token=token, by=None, at=NOW + HOUR, password="a sentence of my own")

        assert person.check_password("a sentence of my own")
        assert person.zone == "America/Chicago"
        assert person.roles_by_organisation == {world.firm.pk: frozenset({Role.LEGAL_OPERATIONS})}
        assert logged() == ["people.person.invited", "people.person.joined"]
        assert Notice.objects.get().person == world.administrator

    def test_adds_a_role_to_whoever_has_an_account_and_is_signed_in(self, world):
        token = operations.token_of(invitation(world, email=world.attorney.email))

        operations.accept_invitation(token=token, by=world.attorney, at=NOW)

        assert world.attorney.memberships.filter(role=Role.LEGAL_OPERATIONS, ended_at=None).exists()

    @pytest.mark.parametrize("by", ["nobody", "somebody else"])
    def test_refuses_a_known_address_unless_its_owner_is_signed_in(self, world, by):
        token = operations.token_of(invitation(world, email=world.attorney.email))
        person = world.legal_operations if by == "somebody else" else None

        with pytest.raises(NotPermitted, match="already has an account"):
            operations.accept_invitation(token=token, by=person, at=NOW, password="a sentence of my own")

    def test_refuses_a_weak_password_and_makes_nobody(self, world):
        token = operations.token_of(invitation(world))

        with pytest.raises(Invalid, match="too short") as refusal:
            operations.accept_invitation(token=token, by=None, at=NOW, password="short")

        assert refusal.value.field == "password"
        assert not Person.objects.filter(email="new.person@aldmere.example").exists()

    def test_refuses_a_second_time_and_after_it_ran_out_or_was_withdrawn(self, world):
        accepted, withdrawn, late = (invitation(world, email=f"{name}@x.example") for name in ("one", "two", "three"))
        accept = {"by": None, "password": "a sentence of my own"}
        operations.accept_invitation(token=operations.token_of(accepted), at=NOW, **accept)
        operations.withdraw_invitation(invitation=withdrawn, by=world.administrator, at=NOW)

        for made, at in ((accepted, NOW), (withdrawn, NOW), (late, NOW + 14 * DAY)):
            with pytest.raises(operations.InvitationOver):
                operations.accept_invitation(token=operations.token_of(made), at=at, **accept)

    def test_knows_no_token_that_was_never_given_out(self, world):
        with pytest.raises(NotVisible):
            operations.accept_invitation(token="0" * 64, by=None, at=NOW, password="a sentence of my own")


class TestEndMembership:
    def end(self, membership, by, **changes):
        values = {"membership": membership, "by": by, "reason": "Left", "at": NOW, "confirmed_at": NOW}
        return operations.end_membership(**{**values, **changes})

    def test_takes_the_right_away_at_once_and_keeps_the_row(self, world):
        membership = world.legal_operations.memberships.get()

        self.end(membership, world.administrator)

        assert Person.objects.get(pk=world.legal_operations.pk).roles_by_organisation == {}
        assert Membership.objects.get(pk=membership.pk).ended_at == NOW
        assert Entry.objects.get().data["reason"] == "Left"

    def test_refuses_without_right_reason_or_confirmation(self, world):
        membership = world.legal_operations.memberships.get()

        with pytest.raises(NotPermitted):
            self.end(membership, world.attorney)
        with pytest.raises(Invalid, match="why"):
            self.end(membership, world.administrator, reason=" ")
        with pytest.raises(StepUpNeeded):
            self.end(membership, world.administrator, confirmed_at=None)
        assert logged() == []

    def test_keeps_the_last_administrator(self, world):
        with pytest.raises(operations.LastAdministrator):
            self.end(world.administrator.memberships.get(), world.administrator)

        factories.membership(world.attorney, Role.ADMINISTRATOR, world.chicago)
        assert self.end(world.administrator.memberships.get(), world.administrator).ended_at == NOW


class TestOrganisations:
    def test_are_entered_by_an_administrator_who_runs_them_until_they_have_one(self, world):
        made = operations.register_organisation(
            name="Tern Legal Services",
            short_name="Tern",
            kind="PROVIDER",
            by=world.administrator,
            within=world.firm,
            at=NOW,
        )
        site = operations.add_site(
            organisation=made,
            name="Cebu",
            country="ph",
            zone="Asia/Manila",
            hours=factories.OFFICE_HOURS,
            by=world.administrator,
            at=NOW,
        )
        assert site.country == "PH"
        assert invitation(world, site=site, role=Role.ADMINISTRATOR)

        factories.person("Liza Dumagat", Role.ADMINISTRATOR, site)
        with pytest.raises(NotPermitted):
            invitation(world, site=site, role=Role.SPECIALIST)

    def test_refuse_a_name_twice_an_unknown_zone_and_those_without_right(self, world):
        register = {"short_name": "Q", "kind": "PROVIDER", "within": world.firm, "at": NOW}

        with pytest.raises(Invalid, match="already"):
            operations.register_organisation(name="QUILLFIELD legal services", by=world.administrator, **register)
        with pytest.raises(NotPermitted):
            operations.register_organisation(name="Tern", by=world.attorney, **register)
        with pytest.raises(Invalid, match="Mars/Olympus"):
            operations.add_site(
                organisation=world.firm,
                name="Olympus",
                country="XX",
                zone="Mars/Olympus",
                hours={},
                by=world.administrator,
                at=NOW,
            )


class TestLicences:
    def add(self, world, **changes):
        values = {
            "person": world.attorney,
            "body": "Supreme Court of Wisconsin",
            "jurisdiction": "us-wi",
            "number": "1100443",
            "admitted_date": date(2012, 5, 1),
            "status": LicenceStatus.ACTIVE,
            "checked_date": NOW.date(),
            "by": world.administrator,
            "at": NOW,
        }
        return operations.add_licence(**{**values, **changes})

    def test_hold_from_admission_until_they_expire_while_active(self, world):
        licence = self.add(world, expires_date=date(2027, 1, 1))

        def found(day):
            return queries.active_licence(person=world.attorney, jurisdiction="US-WI", on=day)

        assert found(date(2012, 4, 30)) is None
        assert found(date(2012, 5, 1)) == licence
        assert found(date(2026, 12, 31)) == licence
        assert found(date(2027, 1, 1)) is None

    def test_end_when_a_look_up_finds_them_suspended(self, world):
        licence = self.add(world)

        operations.check_licence(
            licence=licence, status=LicenceStatus.SUSPENDED, by=world.administrator, at=NOW + 30 * DAY
        )

        assert queries.active_licence(person=world.attorney, jurisdiction="US-WI", on=NOW.date()) is None
        assert logged() == ["people.licence.added", "people.licence.checked"]
        assert Entry.objects.last().data["status"] == "SUSPENDED"

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"expires_date": date(2012, 5, 1)}, "expires after admission"),
            ({"checked_date": NOW.date() + DAY}, "in the future"),
        ],
    )
    def test_refuse_impossible_dates(self, world, changes, words):
        with pytest.raises(Invalid, match=words):
            self.add(world, **changes)

    def test_refuse_a_number_twice_and_those_without_right(self, world):
        self.add(world)

        with pytest.raises(operations.LicenceKnown):
            self.add(world, person=world.legal_operations)
        with pytest.raises(NotPermitted):
            self.add(world, number="2", by=world.attorney)


class TestSkills:
    def test_are_renewed_under_the_same_name(self, world):
        factories.membership(world.delivery_manager, Role.ADMINISTRATOR, world.pune)
        given = {"person": world.specialist, "kind": SkillKind.LANGUAGE, "by": world.delivery_manager, "at": NOW}

        operations.add_skill(name="mr", evidence="native", **given)
        operations.add_skill(name="hi", evidence="test of 2024", **given)
        operations.add_skill(name="hi", evidence="test of 2026", level="C1", **given)

        assert queries.languages(person=world.specialist) == ["hi", "mr"]
        assert world.specialist.skills.get(name="hi").evidence == "test of 2026"


class TestNotices:
    def test_go_out_in_one_letter_unless_read(self, world):
        operations.notify(person=world.attorney, text="WO-1001 waits for sign-off", link="/orders/WO-1001/", at=NOW)
        operations.notify(person=world.attorney, text="Question 3 was asked", at=NOW + HOUR)
        assert Message.objects.filter(topic="people.digest").count() == 1

        tasks.send_digest(person=world.attorney.pk)
        tasks.send_digest(person=world.attorney.pk)

        (letter,) = mail.outbox
        assert letter.to == [world.attorney.email]
        assert letter.subject == "2 notices wait in Cursitor"
        assert "WO-1001 waits for sign-off" in letter.body
        assert "Mon 23 Nov 2026, 09:00 CST" in letter.body

    @pytest.mark.parametrize("link", ["https://elsewhere.example/", "//elsewhere.example/", "orders/"])
    def test_never_lead_outside(self, world, link):
        with pytest.raises(ValueError, match="inside this installation"):
            operations.notify(person=world.attorney, text="Look", link=link, at=NOW)

    @pytest.mark.parametrize("reason", ["read", "not wanted", "gone"])
    def test_send_nothing_that_is_not_wanted(self, world, reason):
        operations.notify(person=world.attorney, text="WO-1001 waits for sign-off", at=NOW)
        if reason == "read":
            operations.mark_read(person=world.attorney, at=NOW)
        else:
            field = "wants_digest" if reason == "not wanted" else "is_active"
            Person.objects.filter(pk=world.attorney.pk).update(**{field: False})

        tasks.send_digest(person=world.attorney.pk)

        assert mail.outbox == []

    def test_are_marked_read_one_by_one_or_all(self, world):
        first = operations.notify(person=world.attorney, text="One", at=NOW)
        operations.notify(person=world.attorney, text="Two", at=NOW)
        operations.notify(person=world.legal_operations, text="Not theirs", at=NOW)

        assert operations.mark_read(person=world.attorney, notice=first, at=NOW) == 1
        assert queries.unread_notices(person=world.attorney) == 1
        assert operations.mark_read(person=world.attorney, at=NOW) == 1
        assert queries.unread_notices(person=world.legal_operations) == 1


class TestInvitationLetter:
    def test_carries_the_link_that_opens_it(self, world, settings):
        settings.CURSITOR_URL = "https://cursitor.example"
        made = invitation(world)
        made.expires_at = NOW + 3650 * DAY
        made.save()

        tasks.send_invitation(invitation=made.pk)

        (letter,) = mail.outbox
        assert letter.to == ["new.person@aldmere.example"]
        assert f"https://cursitor.example/invitation/{operations.token_of(made)}/" in letter.body

    def test_is_not_sent_once_withdrawn(self, world):
        made = invitation(world)
        operations.withdraw_invitation(invitation=made, by=world.administrator, at=NOW)

        tasks.send_invitation(invitation=made.pk)

        assert mail.outbox == []


class TestPreferences:
    def test_refuse_a_zone_nobody_lives_in(self, world):
        with pytest.raises(Invalid, match="Moon"):
            operations.set_preferences(
                person=world.attorney, name="N", zone="Moon", theme="DARK", has_single_keys=True, wants_digest=True
            )
