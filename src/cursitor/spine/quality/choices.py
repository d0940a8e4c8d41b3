from django.db import models
from django.utils.translation import gettext_lazy as _


class Scheme(models.TextChoices):
    ZERO_ACCEPTANCE = "ZERO_ACCEPTANCE", _("Zero acceptance, by limiting quality")
    NORMAL_SINGLE = "NORMAL_SINGLE", _("Single normal sampling, by lot size and AQL")


class LotState(models.TextChoices):
    COMMITTED = "COMMITTED", _("Seed committed")
    DRAWN = "DRAWN", _("Drawn")
    ACCEPTED = "ACCEPTED", _("Accepted")
    RETURNED = "RETURNED", _("Returned")


class DefectSeverity(models.TextChoices):
    CRITICAL = "CRITICAL", _("Critical")
    MAJOR = "MAJOR", _("Major")
    MINOR = "MINOR", _("Minor")


EVENTS = {
    "quality.lot.committed": _("opened a lot and committed its seed"),
    "quality.lot.drawn": _("drew the sample of a lot"),
    "quality.unit.inspected": _("inspected a unit"),
    "quality.defect.set_aside": _("set a finding aside"),
    "quality.lot.decided": _("decided a lot"),
    "quality.release.signed": _("signed off a release"),
}
