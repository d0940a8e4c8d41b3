"""What was coded stays on record: saves and their changes are never altered or removed."""

from django.db import migrations

from cursitor.spine.audit.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("review", "0001_initial")]

    operations = [AppendOnly("review_codingsave"), AppendOnly("review_codingchange")]
