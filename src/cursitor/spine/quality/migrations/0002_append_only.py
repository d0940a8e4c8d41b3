from django.db import migrations

from cursitor.spine.audit.triggers import AppendOnly, Frozen


class Migration(migrations.Migration):
    dependencies = [("quality", "0001_initial")]

    operations = [
        Frozen(
            "quality_lot",
            when="1 = 1",
            but=(
                "letter",
                "size",
                "sample_size",
                "accept",
                "state",
                "seed",
                "units",
                "drawn_at",
                "decided_at",
                "decided_by_id",
            ),
            never="OLD.state IN ('ACCEPTED', 'RETURNED')",
        ),
        Frozen("quality_defect", when="1 = 1", but=("set_aside_by_id", "set_aside_reason")),
        AppendOnly("quality_sample"),
        AppendOnly("quality_inspection"),
        AppendOnly("quality_signoff"),
    ]
