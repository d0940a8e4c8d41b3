"""The API: its gate, its errors, its pages, writes that repeat without harm, and an order's life through it."""

import io
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from cursitor.engines import merkle
from cursitor.plumbing.refusal import Invalid, StepUpNeeded
from cursitor.spine.audit.models import Entry
from cursitor.spine.people import tokens
from cursitor.spine.people.models import ApiToken
from cursitor.spine.work.models import WorkOrder
from cursitor.web import answers
from cursitor.web.models import KeptAnswer
from tests import factories
from tests.web.conftest import SECRET, Program

pytestmark = pytest.mark.django_db
LINE_OF_DRAFT = {
    "work_kind": "translation.certified",
    "title": "Translate the sales contracts",
    "brief": {"source_language": "de", "n_pages": 30},
    "fee_basis": "UNIT",
    "budget_amount": 1_200_00,
}


def draft(world, program, **changes):
    body = {"matter": world.matter.number, "engagement": world.engagement.number, **LINE_OF_DRAFT, **changes}
    return program.post("/orders", body)


class TestGate:
    def test_refuses_without_a_token_and_says_how(self, client, world):
        answer = client.get("/api/v1/orders")

        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "TokenNeeded"

    def test_refuses_a_session_because_only_tokens_open_it(self, client, world):
        client.force_login(world.legal_operations)

        assert client.get("/api/v1/orders").status_code == 401

    def test_refuses_a_token_without_the_scope(self, world):
        program = Program(world.legal_operations, ["orders:read"])

        assert program.get("/orders").status_code == 200
        assert program.get("/invoices").json()["code"] == "ScopeMissing"

    @pytest.mark.parametrize("change", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now()}])
    def test_refuses_a_token_that_was_revoked_or_ran_out(self, world, change):
        program = Program(world.legal_operations)
        ApiToken.objects.filter(pk=program.token.pk).update(made_at=timezone.now() - timedelta(days=2), **change)

        assert program.get("/orders").status_code == 401

    def test_writes_down_when_a_token_was_used(self, world):
        program = Program(world.legal_operations)

        program.get("/orders")

        program.token.refresh_from_db()
        assert program.token.used_at is not None

    def test_describes_itself_to_tokens_and_to_people_who_are_signed_in(self, client, world):
        assert client.get("/api/v1/openapi.json").status_code == 401
        assert Program(world.legal_operations).get("/openapi.json").json()["openapi"].startswith("3.")

        client.force_login(world.legal_operations)

        assert "/api/v1/orders/{ref}" in client.get("/api/v1/openapi.json").json()["paths"]


class TestMakingTokens:
    def test_needs_a_fresh_proof_of_who_one_is(self, world):
        now = timezone.now()
        wanted = {"name": "billing", "scopes": ["invoices:read"], "expires_at": now + timedelta(days=1), "at": now}

        with pytest.raises(StepUpNeeded):
            tokens.make(person=world.finance, secret=SECRET, confirmed_at=None, **wanted)

        made, text = tokens.make(person=world.finance, secret=SECRET, confirmed_at=now, **wanted)
        assert text not in {made.digest, made.start}
        assert tokens.recognise(text=text, at=now) == made

    @pytest.mark.parametrize("change", [{"scopes": ["orders:all"]}, {"scopes": []}, {"name": " "}, {"secret": "short"}])
    def test_refuses_what_is_no_token(self, world, change):
        now = timezone.now()
        wanted = {"name": "x", "scopes": ["orders:read"], "secret": SECRET, "expires_at": now + timedelta(days=1)}

        with pytest.raises(Invalid):
            tokens.make_for(person=world.finance, at=now, **{**wanted, **change})

    def test_shows_the_text_once_on_the_page_and_lets_it_be_revoked(self, client, world):
        client.post("/accounts/login/", {"login": world.finance.email, "password": factories.PASSWORD})

        shown = client.post("/me/tokens/new", {"name": "billing", "scopes": ["invoices:read"], "days": 30})

        token = ApiToken.objects.get()
        assert "cur_" in shown.content.decode()
        assert token.start in client.get("/me/tokens/").content.decode()
        client.post(f"/me/tokens/{token.pk}/revoke")
        token.refresh_from_db()
        assert token.revoked_at is not None

    def test_hides_the_tokens_of_others(self, client, world):
        theirs = Program(world.finance).token
        client.force_login(world.attorney)

        assert client.post(f"/me/tokens/{theirs.pk}/revoke").status_code == 404
        assert theirs.start not in client.get("/me/tokens/").content.decode()


class TestVisibility:
    @pytest.mark.parametrize("path", ["/orders/{ref}", "/questions?order={ref}", "/deliverables?order={ref}"])
    def test_answers_an_outsider_as_if_there_were_nothing(self, world, path):
        path = path.format(ref=world.order.ref)

        answer = Program(world.outsider).get(path)

        assert answer.status_code == 404
        assert answer.json()["code"] == "NotVisible"

    def test_lists_nothing_to_an_outsider(self, world):
        outsider, _order = Program(world.outsider), world.order

        for path in ("/orders", "/tasks", "/questions", "/deliverables", "/invoices", "/matters", "/engagements"):
            assert outsider.get(path).json() == {"items": [], "next": None}

    def test_hides_a_draft_from_the_provider(self, world):
        assert world.order.state == "DRAFT"

        assert Program(world.delivery_manager).get("/orders").json()["items"] == []
        assert len(Program(world.legal_operations).get("/orders").json()["items"]) == 1


class TestPages:
    def test_give_every_row_once_though_rows_come_in_between(self, world):
        made = [factories.order(world).ref for _ in range(5)]
        program = Program(world.legal_operations)

        first = program.get("/orders", limit=2).json()
        late = factories.order(world).ref
        second = program.get("/orders", limit=2, cursor=first["next"]).json()
        third = program.get("/orders", limit=2, cursor=second["next"]).json()

        seen = [item["ref"] for part in (first, second, third) for item in part["items"]]
        assert seen == made[::-1]
        assert late not in seen
        assert third["next"] is None

    @pytest.mark.parametrize("cursor", ["nonsense", "YmVmb3JlOi0x", "é", "YmVmb3JlOjk5OTk5OTk5OTk5OTk5OTk5OTk5OQ"])
    def test_refuse_a_cursor_that_was_not_given_out(self, world, cursor):
        answer = Program(world.legal_operations).get("/orders", cursor=cursor)

        assert answer.status_code == 422
        assert answer.json()["field"] == "cursor"


class TestWrites:
    def test_repeat_with_the_same_key_without_harm(self, translating):
        program = Program(translating.legal_operations)
        body = {"matter": translating.matter.number, "engagement": translating.engagement.number, **LINE_OF_DRAFT}

        first = program.post("/orders", body, key="draft-1")
        again = program.post("/orders", body, key="draft-1")

        assert first.status_code == again.status_code == 201
        assert first.json() == again.json()
        assert again["Idempotency-Replayed"] == "true"
        assert WorkOrder.objects.count() == 1

    def test_refuse_a_key_that_was_used_for_something_else(self, translating):
        program = Program(translating.legal_operations)
        body = {"matter": translating.matter.number, "engagement": translating.engagement.number, **LINE_OF_DRAFT}
        program.post("/orders", body, key="draft-1")

        other = program.post("/orders", {**body, "title": "Translate the leases"}, key="draft-1")

        assert other.status_code == 422
        assert other.json()["code"] == "KeyUsedOtherwise"
        assert WorkOrder.objects.count() == 1

    def test_keep_a_refusal_under_its_key_too(self, translating):
        program = Program(translating.legal_operations)
        ref = draft(translating, program).json()["ref"]

        refused = program.post(f"/orders/{ref}/steps", {"name": "close"}, key="close")
        again = program.post(f"/orders/{ref}/steps", {"name": "close"}, key="close")

        assert refused.status_code == again.status_code == 409
        assert refused.json() == again.json()
        assert refused.json()["code"] == "WrongState"

    def test_keys_of_two_tokens_do_not_meet(self, translating):
        body = {"matter": translating.matter.number, "engagement": translating.engagement.number, **LINE_OF_DRAFT}

        for person in (translating.legal_operations, translating.attorney):
            assert Program(person).post("/orders", body, key="1").status_code == 201

        assert WorkOrder.objects.count() == 2

    def test_keys_are_forgotten_after_a_day(self, translating):
        program = Program(translating.legal_operations)
        program.post("/orders/WO-1/steps", {"name": "close"}, key="k")

        answers.sweep(at=timezone.now() + timedelta(hours=23))
        kept = KeptAnswer.objects.count()
        answers.sweep(at=timezone.now() + timedelta(hours=25))

        assert kept == 1
        assert not KeptAnswer.objects.exists()

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"work_kind": "translation.sung"}, "work_kind"),
            ({"brief": {"source_language": "de"}}, "brief"),
            ({"brief": {"source_language": "de", "n_pages": 3, "colour": "red"}}, "brief"),
        ],
    )
    def test_name_the_entry_that_cannot_be_used(self, translating, change, field):
        answer = draft(translating, Program(translating.legal_operations), **change)

        assert answer.status_code == 422
        assert answer.json()["field"] == field

    def test_name_where_a_body_does_not_fit(self, translating):
        answer = draft(translating, Program(translating.legal_operations), budget_amount=-1)

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["at"].endswith("budget_amount")


class TestLifeOfAnOrder:
    def test_runs_from_draft_to_quality_through_the_api(self, translating):
        world = translating
        client, provider = Program(world.legal_operations), Program(world.delivery_manager)
        specialist = Program(world.specialist)
        ref = draft(world, client).json()["ref"]

        assert client.post(f"/orders/{ref}/steps", {"name": "issue"}).json()["state"] == "ISSUED"
        assert provider.post(f"/orders/{ref}/steps", {"name": "accept"}).json()["state"] == "ACCEPTED"
        assert provider.post(f"/orders/{ref}/steps", {"name": "start"}).json()["state"] == "IN_PROGRESS"
        claimed = specialist.post(f"/orders/{ref}/claims").json()["task"]
        assert claimed["holder"]["name"] == world.specialist.name
        question = provider.post(f"/orders/{ref}/questions", {"text": "Which dialect?", "is_blocking": True})
        assert question.status_code == 201
        answered = client.post(f"/orders/{ref}/questions/1/answer", {"text": "High German."})
        assert answered.json()["answered_by"]["name"] == world.legal_operations.name
        for task in provider.get("/tasks", order=ref).json()["items"]:
            assert provider.post(f"/orders/{ref}/tasks/{task['number']}/complete").status_code == 200
        done = provider.post(f"/orders/{ref}/steps", {"name": "submit_to_quality"}).json()
        assert done["state"] == "IN_QUALITY"
        assert [step["name"] for step in done["transitions"]] == ["issue", "accept", "start", "submit_to_quality"]

    def test_leaves_release_and_sign_off_to_people(self, translating):
        program = Program(translating.legal_operations)
        ref = draft(translating, program).json()["ref"]

        assert program.post(f"/orders/{ref}/steps", {"name": "deliver"}).json()["code"] == "StepTakenElsewhere"

    def test_refuses_a_step_that_is_not_the_persons(self, translating):
        client = Program(translating.legal_operations)
        ref = draft(translating, client).json()["ref"]
        client.post(f"/orders/{ref}/steps", {"name": "issue"})

        assert client.post(f"/orders/{ref}/steps", {"name": "accept"}).status_code == 403

    def test_assigns_a_task_to_a_person(self, translating):
        world, client = translating, Program(translating.legal_operations)
        provider = Program(world.delivery_manager)
        ref = draft(world, client).json()["ref"]
        client.post(f"/orders/{ref}/steps", {"name": "issue"})
        provider.post(f"/orders/{ref}/steps", {"name": "accept"})

        answer = provider.post(f"/orders/{ref}/tasks/1/assign", {"person": world.specialist.pk})

        assert answer.json()["holder"]["id"] == world.specialist.pk
        assert len(Program(world.specialist).get("/tasks", mine=True).json()["items"]) == 1


class TestFiles:
    def test_go_into_the_room_and_come_out_as_they_were(self, world):
        program = Program(world.legal_operations)
        source = io.BytesIO(b"the very bytes")
        source.name = "brief.txt"

        brought = program.client.post(
            f"/api/v1/matters/{world.matter.number}/files", {"file": source}, headers={"Idempotency-Key": "up"}
        )
        source.seek(0)
        again = program.client.post(
            f"/api/v1/matters/{world.matter.number}/files", {"file": source}, headers={"Idempotency-Key": "up"}
        )

        taken = program.get(f"/files/{brought.json()['id']}/content")
        assert brought.status_code == 201
        assert again.json() == brought.json()
        assert b"".join(taken.streaming_content) == b"the very bytes"
        assert taken["X-Content-Type-Options"] == "nosniff"
        assert Entry.objects.filter(type="files.file.downloaded").count() == 1

    def test_do_not_exist_for_an_outsider(self, world):
        assert Program(world.outsider).get(f"/matters/{world.matter.number}/files").status_code == 404


class TestAudit:
    def test_exports_what_may_be_read_and_the_hashes_of_the_rest(self, translating):
        insider, outsider = Program(translating.legal_operations), Program(translating.outsider)
        ref = draft(translating, insider).json()["ref"]

        rows = [json.loads(line) for line in _export(insider)]
        hidden = [json.loads(line) for line in _export(outsider)]

        assert any(row.get("subject") == f"order:{ref}" for row in rows)
        assert not any(row.get("subject") == f"order:{ref}" for row in hidden)
        for found in (rows, hidden):
            report = merkle.verify_export(json.dumps(row).encode() for row in found)
            assert report.is_verified
            assert report.n_entries == Entry.objects.count()

    def test_lists_entries_about_one_thing(self, translating):
        program = Program(translating.legal_operations)
        ref = draft(translating, program).json()["ref"]

        found = program.get("/audit/entries", subject=f"order:{ref}").json()["items"]

        assert [entry["type"] for entry in found] == ["work.order.drafted"]


def _export(program: Program) -> list[bytes]:
    return b"".join(program.get("/audit/export").streaming_content).splitlines()
