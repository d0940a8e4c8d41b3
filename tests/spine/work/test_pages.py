"""The pages of work over HTTP: who reaches which, what they show, what they do."""

import io
import re
import zipfile

import openpyxl
import pytest
from django.urls import reverse

from cursitor.spine.people.models import Person
from cursitor.spine.work import operations as work
from cursitor.spine.work.choices import HandOffState, OrderState
from cursitor.spine.work.models import WorkOrder
from tests.spine.work.test_hand_offs import ELEMENTS, RESTATEMENT

OF_AN_ORDER = ("order", "order_clocks", "order_log", "order_tasks")
READ = ("order_questions", "order_hand_offs", "order_files")


@pytest.fixture
def visit(client):
    def get(person: Person, page: str, *args, query=None, status=200, **posted):
        client.force_login(person)
        address = reverse(f"work:{page}", args=args)
        response = client.post(address, posted) if posted else client.get(address, query or {})
        assert response.status_code == status, response.content[:2000]
        return response

    return get


@pytest.fixture
def send(client):
    def post(person: Person, page: str, *args, status=302, **data):
        client.force_login(person)
        response = client.post(reverse(f"work:{page}", args=args), data)
        assert response.status_code == status, response.content[:2000]
        return response

    return post


def said(response, ref: str) -> str:
    return re.sub(r"(?i)csrf[^>]*|\d\d:\d\d", "", response.content.decode().replace(ref, "REF"))


class TestReach:
    @pytest.mark.parametrize("page", OF_AN_ORDER)
    def test_is_for_both_parties_and_nobody_else(self, life, world, visit, page):
        order = life.started()

        for person in (world.attorney, world.legal_operations, world.delivery_manager, world.qc_lead, world.finance):
            visit(person, page, order.ref)
        for person in (world.outsider, world.other_attorney, world.administrator, world.specialist):
            visit(person, page, order.ref, status=404)

    @pytest.mark.parametrize("page", READ)
    def test_of_what_was_written_is_not_for_finance(self, life, world, visit, page):
        order = life.started()

        for person in (world.attorney, world.legal_operations, world.delivery_manager, world.qc_lead):
            visit(person, page, order.ref)
        visit(world.finance, page, order.ref, status=403)
        visit(world.outsider, page, order.ref, status=404)

    def test_begins_for_a_specialist_with_a_task_and_does_not_end_with_it(self, life, world, visit):
        order = life.started()
        visit(world.specialist, "order", order.ref, status=404)

        task = work.claim_next(order=order, by=world.specialist, at=life.now)
        visit(world.specialist, "order", order.ref)

        work.release(task=task, by=world.specialist, at=life.later())
        visit(world.specialist, "order", order.ref)

    def test_of_a_draft_is_for_the_client_alone(self, life, world, visit):
        draft = life.draft()

        visit(world.attorney, "order", draft.ref)
        visit(world.delivery_manager, "order", draft.ref, status=404)

    def test_answers_alike_for_a_hidden_and_an_absent_order(self, life, world, visit):
        order = life.started()

        hidden = visit(world.outsider, "order", order.ref, status=404)
        absent = visit(world.outsider, "order", "WO-999999", status=404)

        assert said(hidden, order.ref) == said(absent, "WO-999999")

    @pytest.mark.parametrize("ref", ["WO-", "WO-x", "WO-１", "WO-99999999999999999999", "1 or 1"])
    def test_answers_a_reference_that_is_none_like_an_absent_order(self, world, visit, ref):
        visit(world.attorney, "order", ref, status=404)


class TestList:
    def test_shows_what_runs_and_what_it_waits_for(self, life, world, visit):
        order = life.started()
        work.ask(order=order, text="Which glossary?", is_blocking=True, by=world.delivery_manager, at=life.now)

        page = visit(world.attorney, "orders").content.decode()

        assert order.ref in page
        assert order.title in page

    def test_is_narrowed_by_words_and_state(self, life, world, visit):
        order = life.started()

        for query, found in (
            ({"text": "sales contracts"}, True),
            ({"text": order.ref}, True),
            ({"text": "patent"}, False),
            ({"state": "DRAFT"}, False),
            ({"state": ""}, True),
            ({"line": "review"}, False),
            ({"sort": "-due"}, True),
        ):
            assert (order.ref in visit(world.attorney, "orders", query=query).content.decode()) is found, query

    def test_leaves_as_csv_and_xlsx_with_what_is_shown(self, life, world, visit):
        order = life.started()

        csv = visit(world.attorney, "export_orders", "csv").getvalue().decode()
        workbook = openpyxl.load_workbook(io.BytesIO(visit(world.attorney, "export_orders", "xlsx").content))

        assert order.title in csv
        assert workbook.active.cell(2, 1).value == order.ref
        assert order.title not in visit(world.outsider, "export_orders", "csv").getvalue().decode()

    def test_leaves_the_budget_out_for_specialists(self, life, world, visit):
        work.claim_next(order=life.started(), by=world.specialist, at=life.now)

        assert "1200" in visit(world.delivery_manager, "export_orders", "csv").getvalue().decode()
        assert "1200" not in visit(world.specialist, "export_orders", "csv").getvalue().decode()
        assert "$1,200" not in visit(world.specialist, "order", "WO-1").content.decode()

    def test_costs_no_more_queries_for_orders_that_only_wait(self, life, world, client, django_assert_max_num_queries):
        life.started()
        client.force_login(world.attorney)
        client.get(reverse("work:orders"))
        for _ in range(4):
            life.issued()

        with django_assert_max_num_queries(18):
            client.get(reverse("work:orders"))


class TestNewOrder:
    def test_goes_from_choice_to_draft_to_policy_to_issue(self, life, world, visit, send, client):
        chosen = {"matter": world.matter.pk, "engagement": world.engagement.pk, "work_kind": "translation.certified"}
        assert "German" in visit(world.legal_operations, "new_order", query=chosen).content.decode()
        query = "&".join(f"{name}={value}" for name, value in chosen.items())
        written = {
            "title": "Translate the minutes",
            "fee_basis": "UNIT",
            "budget": "1250.50",
            "brief-source_language": "pl",
            "brief-n_pages": "12",
        }

        drafted = client.post(f"{reverse('work:new_order')}?{query}", written)

        order = WorkOrder.objects.get()
        assert drafted.url == reverse("work:preflight", args=[order.ref])
        assert (order.budget_amount, order.brief["n_pages"]) == (1_250_50, 12)
        assert "Issue WO-1" in client.get(drafted.url).content.decode()
        send(world.legal_operations, "issue", order.ref)
        order.refresh_from_db()
        assert order.state == OrderState.ISSUED

    def test_shows_what_was_wrong_beside_the_entry(self, life, world, client):
        client.force_login(world.legal_operations)
        query = f"matter={world.matter.pk}&engagement={world.engagement.pk}&work_kind=translation.certified"

        page = client.post(f"{reverse('work:new_order')}?{query}", {"title": "", "brief-n_pages": "0"})

        assert page.status_code == 200
        assert "This field is required." in page.content.decode()
        assert not WorkOrder.objects.exists()

    def test_offers_no_issue_while_a_rule_blocks(self, life, world, visit):
        world.terms.permitted_countries = ["US"]
        world.terms.save()
        draft = life.draft()
        work.ask_policy(order=draft, by=world.legal_operations, at=life.now)

        page = visit(world.legal_operations, "preflight", draft.ref).content.decode()

        assert "One block stands in the way" in page
        assert "Issue WO-1" not in page

    def test_is_not_offered_to_a_provider(self, life, world, visit):
        page = visit(world.delivery_manager, "new_order").content.decode()

        assert world.matter.caption not in page


class TestSteps:
    def test_are_taken_by_their_button(self, life, world, send):
        order = life.issued()

        send(world.delivery_manager, "step", order.ref, "accept", reason="")

        order.refresh_from_db()
        assert order.state == OrderState.ACCEPTED

    def test_ask_for_a_reason_on_a_page_of_their_own(self, life, world, visit, send):
        order = life.issued()

        assert (
            "Why the order is declined" in visit(world.delivery_manager, "step", order.ref, "decline").content.decode()
        )
        send(world.delivery_manager, "step", order.ref, "decline", reason="", status=200)
        send(world.delivery_manager, "step", order.ref, "decline", reason="no capacity")

        order.refresh_from_db()
        assert order.state == OrderState.DECLINED

    def test_of_another_room_are_not_taken_here(self, life, world, send):
        order = life.awaiting_sign_off()

        send(world.attorney, "step", order.ref, "deliver", reason="", status=404)

        order.refresh_from_db()
        assert order.state == OrderState.AWAITING_SIGN_OFF

    def test_refuse_in_words_what_the_state_does_not_allow(self, life, world, send):
        order = life.started()

        page = send(world.delivery_manager, "step", order.ref, "submit_to_quality", reason="", status=409)

        assert "3 tasks are still open" in page.content.decode()


class TestTaskPages:
    def test_let_a_specialist_claim_work_and_give_it_back(self, life, world, visit, send):
        order = life.started()
        assert "Claim next" in visit(world.specialist, "tasks").content.decode()

        claimed = send(world.specialist, "claim_next", order.ref)

        assert claimed.url == reverse("work:task", args=[order.ref, 1])
        assert b"Bench of Pages 1 to 10" in visit(world.specialist, "task", order.ref, 1).content
        send(world.specialist, "act_on_task", order.ref, 1, "release")
        assert not order.tasks.get(number=1).is_assigned

    def test_let_a_manager_assign_complete_and_reopen(self, life, world, send):
        order = life.started()

        send(world.delivery_manager, "assign", order.ref, 1, to=world.specialist.pk)
        send(world.delivery_manager, "act_on_task", order.ref, 1, "complete")
        send(world.delivery_manager, "act_on_task", order.ref, 1, "reopen")

        task = order.tasks.get(number=1)
        assert (task.holder, task.state) == (world.specialist, "OPEN")

    def test_keep_the_form_and_say_which_rule_is_in_the_way(self, life, world, send):
        order = life.started(work_kind="translation.sworn")

        page = send(world.delivery_manager, "assign", order.ref, 1, status=200, to=world.specialist.pk)

        assert "Skills missing or expired: Sworn translator." in page.content.decode()
        assert page.context["form"].fields["to"].queryset.filter(pk=world.specialist.pk).exists()
        assert not order.tasks.get(number=1).is_assigned

    def test_say_so_when_the_last_task_is_gone(self, life, world, send):
        order = life.started(brief={"source_language": "pl", "n_pages": 5})
        work.claim_next(order=order, by=world.second_specialist, at=life.now)

        send(world.specialist, "claim_next", order.ref, status=404)


class TestQuestionPages:
    def test_ask_answer_and_use_again(self, life, world, visit, send):
        order = life.started()
        send(world.delivery_manager, "ask", order.ref, text="Are annexes in scope?", is_blocking="on")
        assert "Are annexes in scope?" in visit(world.attorney, "questions").content.decode()

        send(world.attorney, "question", order.ref, 1, text="No, the body only.")
        assert not visit(world.attorney, "question", order.ref, 1).context["answered"]
        send(world.delivery_manager, "ask", order.ref, text="And schedules?")
        earlier = order.questions.get(number=1)
        found = visit(world.attorney, "question", order.ref, 2, query={"text": "body", "reuse": earlier.pk})

        assert "No, the body only.</textarea>" in found.content.decode()
        send(world.attorney, "question", order.ref, 2, text="The same.", reuses=earlier.pk)
        assert order.questions.get(number=2).reuses == earlier

    def test_lead_to_what_a_question_is_about(self, life, world, visit):
        order = life.started()
        asked = {"text": "Is page 2 in scope?", "about": "CF-000002", "is_blocking": False}
        work.ask(order=order, by=world.delivery_manager, at=life.now, **asked)

        for page in (("question", order.ref, 1), ("order_questions", order.ref)):
            assert 'href="/search?q=CF-000002"' in visit(world.attorney, *page).content.decode()

    def test_let_nobody_of_the_provider_answer(self, life, world, send):
        order = life.started()
        work.ask(order=order, text="Which glossary?", is_blocking=False, by=world.delivery_manager, at=life.now)

        send(world.delivery_manager, "question", order.ref, 1, text="Mine.", status=403)


class TestHandOffPages:
    def test_carry_an_offer_to_its_acceptance(self, life, world, visit, send):
        order = life.started()
        work.claim_next(order=order, by=world.specialist, at=life.now)
        written = {**{key: ELEMENTS[key] for key in ("severity", "state_of_work", "what_if")}}
        written |= {"receiver": world.second_specialist.pk, "what_1": "Retype", "owner_1": "Joel", "by_1": "noon"}
        world_address = reverse("work:offer_hand_off", args=[order.ref]) + "?task=1"
        visit(world.specialist, "offer_hand_off", order.ref, query={"task": 1})

        from django.test import Client

        client = Client()
        client.force_login(world.specialist)
        assert client.post(world_address, written).status_code == 302

        offer = order.hand_offs.get()
        assert "4 of 5 written" in visit(world.second_specialist, "hand_offs").content.decode()
        send(world.second_specialist, "hand_off", offer.pk, restatement="ok", status=200)
        send(world.second_specialist, "hand_off", offer.pk, restatement=RESTATEMENT)
        offer.refresh_from_db()
        assert offer.state == HandOffState.ACCEPTED
        assert order.tasks.get(number=1).holder == world.second_specialist

    def test_are_hidden_from_people_who_do_not_see_the_order(self, life, world, visit):
        order = life.started()
        task = work.claim_next(order=order, by=world.specialist, at=life.now)
        offer = work.offer_hand_off(
            order=order, task=task, receiver=world.second_specialist, by=world.specialist, at=life.now, **ELEMENTS
        )

        visit(world.outsider, "hand_off", offer.pk, status=404)


class TestDownloads:
    def test_come_as_attachments_that_nothing_opens(self, life, world, visit):
        order = life.awaiting_sign_off()
        file = order.deliverables.get().files.get()

        single = visit(world.attorney, "download_file", file.pk)
        archive = visit(world.attorney, "download_all", order.ref, 1)

        assert single["Content-Disposition"].startswith("attachment")
        assert (single["X-Content-Type-Options"], single["Content-Type"]) == ("nosniff", "application/octet-stream")
        assert b"Pages 1 to 10" in b"".join(single.streaming_content)
        assert zipfile.ZipFile(io.BytesIO(b"".join(archive.streaming_content))).namelist() == ["translation.txt"]

    def test_are_closed_to_others(self, life, world, visit):
        order = life.awaiting_sign_off()
        file = order.deliverables.get().files.get()

        visit(world.outsider, "download_file", file.pk, status=404)
        visit(world.finance, "download_file", file.pk, status=404)
