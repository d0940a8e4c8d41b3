from django.db import models
from django.utils.translation import gettext_lazy as _


class Outcome(models.TextChoices):
    PASS = "PASS", _("Passed")
    WARN = "WARN", _("Warning")
    OVERRIDE = "OVERRIDE", _("Needs an override")
    BLOCK = "BLOCK", _("Blocked")
