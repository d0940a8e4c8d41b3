"""What was keyed stays on record: keyings and form definitions are never altered or removed."""

from django.db import migrations

from cursitor.spine.audit.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("entry", "0001_initial")]

    operations = [AppendOnly("entry_keying"), AppendOnly("entry_schema")]
