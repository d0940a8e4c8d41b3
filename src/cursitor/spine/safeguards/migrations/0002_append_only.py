from django.db import migrations

from cursitor.spine.audit.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("safeguards", "0001_initial")]

    operations = [AppendOnly("safeguards_policypack")]
