from django.db import migrations

from cursitor.spine.audit.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("work", "0001_initial")]

    operations = [
        AppendOnly("work_transition"),
        AppendOnly("work_custody"),
        AppendOnly("work_clockevent"),
    ]
