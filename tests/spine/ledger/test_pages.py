"""The pages of the ledger over HTTP: who reaches which, what they show, what they do."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from cursitor.spine.ledger import operations as ledger
from cursitor.spine.ledger.models import Expense, Invoice, InvoiceLine, TimeEntry
from cursitor.spine.people.models import Person

BUDGET = 25
LISTS = ("time", "expenses", "invoices", "disputes", "spend", "rates")
EXPORTS = tuple(f"export_{name}" for name in LISTS)


@pytest.fixture
def visit(client, django_assert_max_num_queries):
    def get(person: Person, page: str, *args, query=None, status=200):
        client.force_login(person)
        client.get("/parts/")  # the first request of a session writes it down
        with django_assert_max_num_queries(BUDGET):
            response = client.get(reverse(f"ledger:{page}", args=args), query or {})
        assert response.status_code == status, response.content[:2000]
        return response

    return get


@pytest.fixture
def send(client):
    def post(person: Person, page: str, *args, status=302, **data):
        client.force_login(person)
        response = client.post(reverse(f"ledger:{page}", args=args), data)
        assert response.status_code == status, response.content[:2000]
        return response

    return post


def rows(response) -> list[tuple]:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))


class TestReach:
    @pytest.mark.parametrize("page", LISTS)
    def test_of_the_lists_is_for_everybody_and_shows_strangers_nothing(self, billing, world, visit, page):
        issued = billing.issued()
        billing.dispute(issued)

        for person in (world.finance, world.delivery_manager, world.legal_operations, world.attorney):
            visit(person, page)
        for person in (world.outsider, world.other_attorney, world.administrator):
            shown = visit(person, page).content.decode()
            assert issued.number not in shown
            assert "Compared the annexes" not in shown
            assert "E-31" not in shown

    @pytest.mark.parametrize("page", EXPORTS)
    def test_of_exports_is_the_same_as_of_the_lists(self, billing, world, visit, page):
        billing.dispute(billing.issued())

        for person in (world.outsider, world.other_attorney, world.administrator):
            assert len(rows(visit(person, page, "xlsx"))) == 1
        people = (world.finance,) if page in ("export_time", "export_expenses") else (world.finance, world.attorney)
        for person in people:
            assert len(rows(visit(person, page, "xlsx"))) > 1

    def test_of_an_invoice_is_for_its_parties(self, billing, world, visit):
        issued = billing.issued()

        for page in ("invoice", "export_lines"):
            args = [issued.pk] if page == "invoice" else [issued.pk, "xlsx"]
            for person in (world.finance, world.delivery_manager, world.legal_operations, world.attorney):
                visit(person, page, *args)
            for person in (world.outsider, world.other_attorney, world.qc_lead, world.specialist):
                visit(person, page, *args, status=404)

    def test_of_the_money_of_an_order_is_not_for_specialists(self, billing, world, visit):
        order = billing.issued().lines.first().order

        for person in (world.finance, world.delivery_manager, world.legal_operations, world.attorney):
            visit(person, "order", order.ref)
        visit(world.qc_lead, "order", order.ref, status=403)
        visit(world.outsider, "order", order.ref, status=404)


class TestTime:
    def test_runs_a_timer_from_start_to_stop(self, billing, world, visit, send):
        order = billing.hourly_order()
        send(world.delivery_manager, "start", order=order.number)
        assert f"Your timer runs on {order.ref}" in visit(world.delivery_manager, "time").content.decode()
        TimeEntry.objects.update(began_at=timezone.now() - timedelta(minutes=5))

        send(world.delivery_manager, "stop", narrative="Read the brief", activity="A104")

        entry = TimeEntry.objects.get()
        assert (entry.minutes, entry.narrative) == (6, "Read the brief")

    def test_takes_a_span_in_the_persons_own_zone(self, billing, world, send):
        order = billing.hourly_order()

        send(
            world.delivery_manager,
            "enter_time",
            order=order.number,
            day="2026-11-20",
            begins="23:30",
            ends="00:30",
            narrative="Read the brief",
        )

        entry = TimeEntry.objects.get()
        assert (entry.began_at.isoformat(), entry.minutes) == ("2026-11-20T18:00:00+00:00", 60)

    def test_says_what_overlaps_and_keeps_what_was_typed(self, billing, world, send):
        order = billing.hourly_order()
        span = {"order": order.number, "day": "2026-11-20", "begins": "10:00", "ends": "11:00"}
        send(world.delivery_manager, "enter_time", **span, narrative="Read the brief")

        refused = send(world.delivery_manager, "enter_time", **span, narrative="Read it again", status=409)

        assert b"overlaps" in refused.content

    def test_offers_no_order_of_another_provider(self, billing, world, send):
        order = billing.hourly_order()

        shown = send(world.outsider, "start", order=order.number, status=200)

        assert order.title not in shown.content.decode()
        assert not TimeEntry.objects.exists()

    def test_is_withdrawn_by_its_own_person(self, billing, world, send):
        entry = billing.time(billing.hourly_order())

        send(world.finance, "withdraw_time", entry.pk, status=403)
        send(world.delivery_manager, "withdraw_time", entry.pk)

        entry.refresh_from_db()
        assert entry.withdrawn_at is not None


class TestExpense:
    def test_is_entered_in_major_units(self, billing, world, send):
        order = billing.hourly_order()
        data = {"order": order.number, "day": "2026-11-20", "code": "E102", "description": "Binding", "units": "3"}

        shown = send(world.delivery_manager, "enter_expense", **data, unit_amount="12.505", status=200)
        send(world.delivery_manager, "enter_expense", **data, unit_amount="12.50")

        assert b"An amount in USD, as in 12.50." in shown.content
        assert Expense.objects.get().unit_amount == 12_50


class TestInvoice:
    def test_goes_from_draft_to_approval_by_clicking(self, billing, world, visit, send):
        billing.time(billing.hourly_order())
        period = {"engagement": "E-31", "period_from": "2026-11-01", "last_day": "2026-11-30"}
        send(world.finance, "draft", **period)
        draft = Invoice.objects.get()
        send(world.finance, "adjust", draft.lines.get().pk, amount="-4.80", reason="Agreed")
        send(world.finance, "discount", draft.pk, amount="10", reason="Volume")
        send(world.finance, "issue", draft.pk)

        assert "waits for approval" in visit(world.legal_operations, "invoice", draft.pk).content.decode()
        send(world.legal_operations, "approve", draft.pk)

        draft.refresh_from_db()
        assert (draft.state, draft.total_amount, draft.period_to.isoformat()) == ("APPROVED", 50_00, "2026-12-01")

    def test_is_disputed_answered_and_settled_by_clicking(self, billing, world, visit, send):
        issued = billing.issued()
        line = issued.lines.get(position=1)
        send(world.legal_operations, "dispute", line.pk, reason="Not in scope")
        assert "One line is disputed" in visit(world.finance, "disputes").content.decode()

        send(world.finance, "answer", line.pk, text="Agreed to a part", credit_amount="20.00")
        shown = visit(world.legal_operations, "invoice", issued.pk).content.decode()
        send(world.legal_operations, "approve_line", line.pk)

        assert "Agreed to a part, credit $20.00 on the next invoice" in shown
        assert InvoiceLine.objects.get(pk=line.pk).verdict == "APPROVED"

    def test_shows_no_button_that_is_not_theirs(self, billing, world, visit):
        issued = billing.issued()

        client, finance = (visit(p, "invoice", issued.pk).content.decode() for p in (world.attorney, world.finance))

        assert "Approve all" in client
        assert "Make void" not in client
        assert "Make void" in finance
        assert "Approve all" not in finance

    def test_keeps_its_page_short_of_queries_however_many_lines(self, billing, world, visit):
        order = billing.hourly_order()
        for _ in range(12):
            billing.time(order, 6)
        draft = billing.draft()

        assert draft.lines.count() == 12
        visit(world.finance, "invoice", draft.pk)

    def test_gives_both_papers_to_both_parties_as_attachments(self, billing, world, visit):
        issued = billing.issued()

        for person in (world.finance, world.attorney):
            pdf = visit(person, "paper", issued.pk, "pdf")
            text = visit(person, "paper", issued.pk, "ledes")
            assert b"".join(pdf.streaming_content).startswith(b"%PDF")
            assert b"".join(text.streaming_content).startswith(b"LEDES1998B[]")
            assert "attachment" in pdf["Content-Disposition"]
        visit(world.outsider, "paper", issued.pk, "pdf", status=404)

    def test_of_another_is_not_there_whatever_is_asked(self, billing, world, send):
        issued = billing.issued()
        line = issued.lines.first()

        for page in ("issue", "discard", "void", "approve", "discount"):
            send(world.outsider, page, issued.pk, status=404)
        for page in ("adjust", "approve_line", "dispute", "answer"):
            send(world.outsider, page, line.pk, status=404)
        for page in ("void", "discard"):
            send(world.legal_operations, page, issued.pk, status=403)
        send(world.finance, "approve", issued.pk, status=403)

    def test_says_why_it_cannot_be_made_void(self, billing, world, send):
        issued = billing.issued()
        ledger.approve_invoice(invoice=issued, by=world.attorney, at=billing.life.later())

        refused = send(world.finance, "void", issued.pk, reason="Wrong matter", status=409)

        assert b"is approved and cannot be made void" in refused.content


class TestSpend:
    def test_shows_budget_and_what_was_spent(self, billing, world, visit):
        billing.issued()
        billing.time(billing.hourly_order(), 60)

        shown = visit(world.legal_operations, "spend").content.decode()

        assert "$174.30" in shown
        table = rows(visit(world.legal_operations, "export_spend", "xlsx"))
        assert [(row[5], row[6]) for row in table[1:]] == [(102.3, 0), (0, 72)]
