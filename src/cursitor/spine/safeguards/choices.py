from django.db import models
from django.utils.translation import gettext_lazy as _


class Outcome(models.TextChoices):
    PASS = "PASS", _("Passed")
    WARN = "WARN", _("Warning")
    OVERRIDE = "OVERRIDE", _("Needs an override")
    BLOCK = "BLOCK", _("Blocked")


ACTS = {
    "work.issue": _("Issuing an order"),
    "work.assign": _("Giving work to a person"),
    "quality.sign_off": _("Signing off a deliverable"),
}

EVENTS = {
    "safeguards.policy.asked": _("asked the rules about"),
    "safeguards.decision.overridden": _("overrode a rule on"),
    "safeguards.pack.installed": _("installed the rules"),
    "safeguards.pack.changed": _("changed the rules"),
}
