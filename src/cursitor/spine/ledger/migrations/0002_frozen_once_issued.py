from django.db import migrations

from cursitor.spine.audit.triggers import AppendOnly, Frozen

INVOICE_IS_ISSUED = "EXISTS (SELECT 1 FROM ledger_invoice i WHERE i.id = row.invoice_id AND i.state <> 'DRAFT')"
LINE_IS_ISSUED = (
    "EXISTS (SELECT 1 FROM ledger_invoiceline l JOIN ledger_invoice i ON i.id = l.invoice_id"
    " WHERE l.id = row.line_id AND i.state <> 'DRAFT')"
)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        Frozen(
            "ledger_invoice",
            when="row.state <> 'DRAFT'",
            but=("state", "void_reason"),
            never="NEW.state = 'DRAFT' OR (OLD.state = 'VOID' AND NEW.state <> 'VOID')",
        ),
        Frozen(
            "ledger_invoiceline",
            when=INVOICE_IS_ISSUED,
            but=("is_live", "verdict", "verdict_reason", "verdict_by_id", "verdict_at"),
            guards_insert=True,
        ),
        Frozen("ledger_billedunit", when=LINE_IS_ISSUED, but=("is_live",), guards_insert=True),
        AppendOnly("ledger_disputeanswer"),
    ]
