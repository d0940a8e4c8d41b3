"""Release and sign-off: what stands in the way, who signs, whether it still holds."""

import hashlib
from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.db import DatabaseError, transaction

from cursitor.plumbing.refusal import NotPermitted, StepUpNeeded
from cursitor.spine.audit.models import Entry
from cursitor.spine.quality import operations as quality
from cursitor.spine.quality import queries
from cursitor.spine.quality.models import SignOff
from cursitor.spine.work import operations as work
from cursitor.spine.work.choices import OrderState


@pytest.fixture
def released(inspecting):
    return inspecting.released()


def damage(file) -> None:
    """Change one byte of the stored file, as somebody with access to the disk could."""
    path = storages["vault"].path(file.blob.stored_as)
    with open(path, "r+b") as stored:
        stored.seek(-1, 2)
        last = stored.read(1)
        stored.seek(-1, 2)
        stored.write(bytes([last[0] ^ 1]))


class TestRelease:
    def test_lays_the_deliverable_before_the_attorney(self, released, world):
        released.order.refresh_from_db()

        assert (released.version, released.order.state) == (1, OrderState.AWAITING_SIGN_OFF)
        assert list(queries.to_sign(world.attorney)) == [released]
        assert not queries.to_sign(world.other_attorney).exists()

    def test_names_everything_that_stands_in_the_way(self, inspecting, life, world):
        order = life.in_quality()
        inspecting.commit(order)

        with pytest.raises(quality.NotReadyForRelease) as refused:
            quality.release(order=order, by=world.qc_lead, at=life.later())

        assert "not decided" in refused.value.sentence
        assert "3 finished units are in no accepted lot" in refused.value.sentence

    def test_names_what_the_line_says(self, life, world):
        order = life.started()

        codes = [blocker.code for blocker in queries.release_blockers(order)]

        assert codes == ["open_pages"]

    def test_refuses_the_client_and_the_specialist(self, inspecting, life, world):
        order = inspecting.accepted().order

        for person in (world.attorney, world.specialist):
            with pytest.raises(NotPermitted):
                quality.release(order=order, by=person, at=life.later())

    def test_refuses_the_same_work_that_was_signed_and_returned(self, inspecting, life, world):
        order = inspecting.returned_after_signing()

        with pytest.raises(quality.NotReadyForRelease, match="Nothing has changed since release 1"):
            quality.release(order=order, by=world.qc_lead, at=life.later())


class TestSignOff:
    def test_signs_the_digest_of_every_file_and_delivers(self, released, inspecting, world):
        signed = inspecting.sign(released)

        file = released.files.get()
        assert f"{file.sha256}  {file.size}  translation.txt" in signed.statement
        assert world.licence.number in signed.statement
        assert signed.statement_digest == hashlib.sha256(signed.statement.encode()).hexdigest()
        assert Entry.objects.get(type="quality.release.signed").data["statement_sha256"] == signed.statement_digest
        released.order.refresh_from_db()
        assert released.order.state == OrderState.DELIVERED
        assert queries.sign_off_state(released).holds

    def test_refuses_everybody_but_the_supervising_attorney(self, released, inspecting, world):
        for person in (world.legal_operations, world.qc_lead, world.other_attorney):
            with pytest.raises(NotPermitted, match="Nora Kessling"):
                inspecting.sign(released, by=person)

    @pytest.mark.parametrize("minutes", [None, 6])
    def test_refuses_without_a_fresh_proof(self, released, inspecting, minutes):
        at = inspecting.life.later()
        confirmed_at = at - timedelta(minutes=minutes) if minutes else None

        with pytest.raises(StepUpNeeded):
            inspecting.sign(released, confirmed_at=confirmed_at, at=at)

    @pytest.mark.parametrize("changes", [{"status": "SUSPENDED"}, {"jurisdiction": "US-NY"}])
    def test_refuses_without_an_active_licence_of_the_jurisdiction(self, released, inspecting, world, changes):
        world.attorney.licences.update(**changes)

        with pytest.raises(quality.NoActiveLicence, match="US-IL"):
            inspecting.sign(released)

    def test_refuses_a_licence_that_has_run_out_that_day(self, released, inspecting, world):
        world.attorney.licences.update(expires_date=inspecting.life.now.date() - timedelta(days=1))

        with pytest.raises(quality.NoActiveLicence):
            inspecting.sign(released)

    def test_refuses_bytes_that_have_changed(self, released, inspecting):
        damage(released.files.get())

        with pytest.raises(quality.BytesHaveChanged, match=r"translation\.txt"):
            inspecting.sign(released)

        assert not SignOff.objects.exists()

    def test_refuses_a_statement_other_than_the_one_that_was_read(self, released, inspecting):
        with pytest.raises(quality.StatementHasChanged):
            inspecting.sign(released, statement_sha256="0" * 64)

    def test_happens_once(self, released, inspecting):
        inspecting.sign(released)

        with pytest.raises(quality.AlreadySignedOff):
            inspecting.sign(released)

    def test_refuses_a_release_that_another_has_replaced(self, released, inspecting, life, world):
        manager = world.delivery_manager
        act = {"order": released.order, "at": life.later()}
        work.return_for_rework(**act, by=world.attorney, reason="Page 3 is missing")
        work.resume(**act, by=manager)
        work.submit_to_quality(**act, by=manager)
        work.add_deliverable(
            order=released.order,
            files=[("better.txt", b"better", "text/plain")],
            inputs_digest="a" * 64,
            summary={},
            by=world.qc_lead,
            at=life.later(),
        )
        work.move(**act, name="to_sign_off", by=world.qc_lead)

        with pytest.raises(quality.NotTheLatestRelease):
            inspecting.sign(released)


class TestState:
    def test_is_none_before_signing(self, released):
        assert queries.sign_off_state(released).sign_off is None

    def test_no_longer_holds_when_a_byte_changes(self, released, inspecting):
        inspecting.sign(released)
        damage(released.files.get())

        state = queries.sign_off_state(released)

        assert not state.holds
        assert state.changed == ("translation.txt",)

    def test_no_longer_holds_when_a_row_of_a_file_is_exchanged_or_missing(self, released, inspecting):
        inspecting.sign(released)
        file = released.files.get()
        file.sha256 = "0" * 64
        file.save()
        assert queries.sign_off_state(released).changed == ("translation.txt",)

        file.delete()

        assert queries.sign_off_state(released).changed == ("translation.txt",)

    def test_the_database_refuses_to_change_a_signature(self, released, inspecting):
        inspecting.sign(released)

        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            SignOff.objects.update(statement="Something else")
