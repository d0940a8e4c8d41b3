"""Issued invoices: number, papers, immutability in the database, the client's word, credits."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from cursitor.engines.money import ledes
from cursitor.plumbing.refusal import Invalid, NotPermitted, NotVisible
from cursitor.plumbing.series.models import Series
from cursitor.plumbing.vault import operations as vault
from cursitor.spine.audit.models import Entry
from cursitor.spine.ledger import access, papers, queries
from cursitor.spine.ledger import operations as ledger
from cursitor.spine.ledger.models import BilledUnit, DisputeAnswer, Invoice, InvoiceLine
from cursitor.spine.people.models import Notice


@pytest.fixture
def issued(billing) -> Invoice:
    return billing.issued()


class TestIssue:
    def test_gives_number_due_date_and_both_papers(self, issued, world):
        assert (issued.state, issued.number) == ("ISSUED", "2026-00001")
        assert issued.due_date == issued.issued_at.date() + timedelta(days=30)
        assert vault.read(issued.pdf).startswith(b"%PDF-1.")
        entry = Entry.objects.get(type="ledger.invoice.issued")
        assert (entry.data["pdf_sha256"], entry.data["total"]) == (issued.pdf.sha256, 102_30)

    def test_writes_ledes_that_receivers_take(self, issued):
        text = vault.read(issued.ledes).decode("ascii")

        assert [f for f in ledes.validate_1998b(text, currency="USD") if f.severity == ledes.ERROR] == []
        fee, expense = ledes.read_1998b(text)
        assert fee.values["INVOICE_TOTAL"] == "102.30"
        assert (fee.values["LINE_ITEM_NUMBER_OF_UNITS"], fee.values["LINE_ITEM_UNIT_COST"]) == ("0.9", "72.00")
        assert fee.values["TIMEKEEPER_NAME"] == "Verma, Asha"
        assert fee.values["CLIENT_MATTER_ID"] == "CF-77"
        assert (expense.values["EXP/FEE/INV_ADJ_TYPE"], expense.values["LINE_ITEM_EXPENSE_CODE"]) == ("E", "E102")

    def test_numbers_without_gaps_per_provider(self, billing):
        numbers = []
        for _ in range(3):
            billing.time(billing.hourly_order())
            numbers.append(billing.issue(billing.draft()).number)

        assert numbers == ["2026-00001", "2026-00002", "2026-00003"]

    def test_gives_the_number_back_when_a_paper_cannot_be_made(self, billing, world):
        billing.time(billing.hourly_order())
        draft = billing.draft()
        draft.lines.update(units=2)

        with pytest.raises(papers.PaperRefused, match="LINE_ITEM_TOTAL"):
            billing.issue(draft)

        assert not Series.objects.filter(name__startswith="invoice:", latest__gt=0).exists()

    def test_tells_the_clients_legal_operations(self, issued, world):
        notice = Notice.objects.get(person=world.legal_operations, text__contains=issued.number)

        assert notice.link == f"/ledger/invoices/{issued.pk}/"

    def test_refuses_the_delivery_manager_and_the_client(self, billing, world):
        billing.time(billing.hourly_order())
        draft = billing.draft()

        for person in (world.delivery_manager, world.legal_operations):
            with pytest.raises(NotPermitted):
                ledger.issue_invoice(invoice=draft, by=person, at=billing.life.later())

    def test_refuses_twice(self, issued, billing):
        with pytest.raises(ledger.NotADraft):
            billing.issue(issued)


FROZEN = [
    (Invoice, {"total_amount": 1}),
    (Invoice, {"number": "2026-00009"}),
    (Invoice, {"state": "DRAFT"}),
    (InvoiceLine, {"total_amount": 1}),
    (InvoiceLine, {"description": "Something else"}),
    (BilledUnit, {"key": "another"}),
    (DisputeAnswer, {"credit_amount": 1}),
]


class TestFrozen:
    """An invoice over units, disputed and answered, so that every table holds a row."""

    @pytest.fixture(autouse=True)
    def _answered(self, billing, world):
        order = billing.life.started()
        billing.finish_task(order, 1)
        self.invoice = billing.issue(billing.draft())
        line = billing.dispute(self.invoice)
        ledger.answer_dispute(line=line, text="Agreed", credit_amount=5_00, by=world.finance, at=billing.life.later())

    @pytest.mark.parametrize(("model", "changes"), FROZEN)
    def test_the_database_refuses_to_change_what_was_issued(self, model, changes):
        assert model.objects.exists()

        with pytest.raises((IntegrityError, DatabaseError), match=r"frozen|append-only"), transaction.atomic():
            model.objects.update(**changes)

    @pytest.mark.parametrize("table", ["ledger_disputeanswer", "ledger_billedunit", "ledger_invoiceline"])
    def test_the_database_refuses_to_delete(self, table):
        with (
            pytest.raises(DatabaseError, match=r"frozen|append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"DELETE FROM {table}")

    def test_the_database_refuses_another_line(self):
        line = self.invoice.lines.get()
        line.pk, line.position, line.source = None, 2, "time:999"

        with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
            line.save(force_insert=True)

    def test_a_void_invoice_stays_void(self, world, billing):
        ledger.void_invoice(invoice=self.invoice, reason="Wrong matter", by=world.finance, at=billing.life.later())

        with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
            Invoice.objects.update(state="ISSUED")


class TestVoid:
    def void(self, invoice, world, billing, reason="Wrong period"):
        return ledger.void_invoice(invoice=invoice, reason=reason, by=world.finance, at=billing.life.later())

    def test_keeps_the_number_and_lets_the_work_be_billed_again(self, issued, world, billing):
        void = self.void(issued, world, billing)

        again = billing.issue(billing.draft())
        assert (void.state, void.void_reason, void.number) == ("VOID", "Wrong period", "2026-00001")
        assert (again.number, again.total_amount) == ("2026-00002", 102_30)

    def test_refuses_without_a_reason_and_once_approved(self, issued, world, billing):
        with pytest.raises(Invalid):
            self.void(issued, world, billing, reason=" ")
        ledger.approve_invoice(invoice=issued, by=world.legal_operations, at=billing.life.later())
        with pytest.raises(ledger.NotPayable, match="approved"):
            self.void(issued, world, billing)


class TestJudge:
    def judge(self, invoice, world, billing, **changes):
        given = {"line": invoice.lines.get(position=1), "verdict": "APPROVED", "reason": ""}
        return ledger.judge_line(**given | {"by": world.legal_operations, "at": billing.life.later()} | changes)

    def test_approves_the_invoice_with_its_last_line(self, issued, world, billing):
        self.judge(issued, world, billing)
        issued.refresh_from_db()
        assert issued.state == "ISSUED"

        self.judge(issued, world, billing, line=issued.lines.get(position=2))

        issued.refresh_from_db()
        assert issued.state == "APPROVED"

    def test_disputes_the_invoice_until_the_dispute_is_withdrawn(self, issued, world, billing):
        billing.dispute(issued)
        with pytest.raises(ledger.NotPayable, match="One line is disputed"):
            ledger.approve_invoice(invoice=issued, by=world.attorney, at=billing.life.later())

        self.judge(issued, world, billing)

        assert ledger.approve_invoice(invoice=issued, by=world.attorney, at=billing.life.later()).state == "APPROVED"

    def test_tells_who_made_the_invoice_of_a_dispute(self, issued, world, billing):
        billing.dispute(issued)

        assert Notice.objects.filter(person=world.finance, text__contains="is disputed").exists()

    def test_refuses_a_dispute_without_reason_and_any_other_verdict(self, issued, world, billing):
        for changes in ({"verdict": "DISPUTED"}, {"verdict": "PENDING"}, {"verdict": "MAYBE"}):
            with pytest.raises(Invalid):
                self.judge(issued, world, billing, **changes)

    def test_refuses_the_provider(self, issued, world, billing):
        with pytest.raises(NotPermitted):
            self.judge(issued, world, billing, by=world.finance)

    def test_refuses_a_draft(self, world, billing):
        billing.time(billing.hourly_order())

        with pytest.raises(NotPermitted, match="draft"):
            self.judge(billing.draft(), world, billing)


class TestAnswer:
    def answer(self, line, world, billing, **changes):
        given = {"line": line, "text": "We agree to a part", "credit_amount": 20_00}
        return ledger.answer_dispute(**given | {"by": world.finance, "at": billing.life.later()} | changes)

    def test_puts_the_credit_on_the_next_draft_and_leaves_the_invoice(self, issued, world, billing):
        line = billing.dispute(issued)
        self.answer(line, world, billing)
        billing.time(line.order, 60)

        following = billing.issue(billing.draft())

        credit = following.lines.get(source__startswith="credit:")
        assert (credit.total_amount, credit.units, credit.unit_amount) == (-20_00, 1, 0)
        assert (credit.description, credit.adjustment_reason) == (
            "Credit for line 1 of invoice 2026-00001",
            "We agree to a part",
        )
        assert following.total_amount == 72_00 - 20_00
        issued.refresh_from_db()
        assert issued.total_amount == 102_30
        assert queries.spend_of([line.order]) == {line.order_id: 102_30 + 72_00 - 20_00}

    def test_gives_a_credit_once(self, issued, world, billing):
        self.answer(billing.dispute(issued), world, billing)
        billing.draft()

        with pytest.raises(ledger.NothingToBill):
            billing.draft()

    def test_keeps_an_invoice_of_nothing_but_credit_from_being_issued(self, issued, world, billing):
        self.answer(billing.dispute(issued), world, billing)

        with pytest.raises(ledger.NotPayable, match="credits are more"):
            billing.issue(billing.draft())

    def test_keeps_the_credited_invoice_from_becoming_void(self, issued, world, billing):
        self.answer(billing.dispute(issued), world, billing)
        billing.draft()

        with pytest.raises(ledger.NotPayable, match="stays"):
            TestVoid().void(issued, world, billing)

    def test_leaves_the_last_word_to_the_client(self, issued, world, billing):
        line = billing.dispute(issued)
        self.answer(line, world, billing, credit_amount=0)
        assert Notice.objects.filter(person=world.legal_operations, text__contains="answered").exists()

        TestJudge().judge(issued, world, billing)

        assert ledger.approve_invoice(invoice=issued, by=world.attorney, at=billing.life.later()).state == "APPROVED"

    def test_refuses_more_credit_than_is_left_of_the_line(self, issued, world, billing):
        line = billing.dispute(issued)
        self.answer(line, world, billing, credit_amount=60_00)

        with pytest.raises(Invalid, match="left of the line"):
            self.answer(line, world, billing, credit_amount=4_81)

    def test_refuses_a_line_nobody_disputes_and_the_client(self, issued, world, billing):
        line = issued.lines.get(position=1)
        with pytest.raises(ledger.NotDisputed):
            self.answer(line, world, billing)
        billing.dispute(issued)
        with pytest.raises(NotPermitted):
            self.answer(line, world, billing, by=world.legal_operations)


class TestAccess:
    def test_the_client_sees_an_invoice_once_it_is_issued(self, billing, world):
        billing.time(billing.hourly_order())
        draft = billing.draft()
        with pytest.raises(NotVisible):
            access.invoice_for(world.legal_operations, draft.pk)

        billing.issue(draft)

        assert access.invoice_for(world.legal_operations, draft.pk).number == "2026-00001"

    def test_nobody_else_sees_it(self, issued, world):
        for stranger in (world.specialist, world.qc_lead, world.administrator, world.outsider, world.other_attorney):
            with pytest.raises(NotVisible):
                access.invoice_for(stranger, issued.pk)


class TestPapers:
    def test_downloads_are_on_the_log(self, issued, world, billing):
        taken = ledger.download_paper(invoice=issued, paper="ledes", by=world.legal_operations, at=billing.life.later())

        assert b"".join(taken).startswith(b"LEDES1998B[]")
        assert Entry.objects.get(type="ledger.invoice.downloaded").data["sha256"] == issued.ledes.sha256

    def test_there_are_none_of_a_draft(self, world, billing):
        billing.time(billing.hourly_order())

        with pytest.raises(NotVisible):
            ledger.download_paper(invoice=billing.draft(), paper="pdf", by=world.finance, at=billing.life.later())
