from django.db import migrations

from cursitor.spine.audit.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("files", "0001_initial")]

    operations = [AppendOnly("files_fileversion")]
