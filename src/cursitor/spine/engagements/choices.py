from django.db import models
from django.utils.translation import gettext_lazy as _


class MatterStatus(models.TextChoices):
    OPEN = "OPEN", _("Open")
    CLOSED = "CLOSED", _("Closed")


class PartyRole(models.TextChoices):
    CLIENT = "CLIENT", _("Client")
    PLAINTIFF = "PLAINTIFF", _("Plaintiff")
    DEFENDANT = "DEFENDANT", _("Defendant")
    THIRD_PARTY = "THIRD_PARTY", _("Third party")
    OPPOSING_COUNSEL = "OPPOSING_COUNSEL", _("Opposing counsel")
    COUNSEL = "COUNSEL", _("Counsel for the client")
    WITNESS = "WITNESS", _("Witness")
    EXPERT = "EXPERT", _("Expert")
    JUDGE = "JUDGE", _("Judge")


class EngagementStatus(models.TextChoices):
    ACTIVE = "ACTIVE", _("Active")
    SUSPENDED = "SUSPENDED", _("Suspended")
    ENDED = "ENDED", _("Ended")


class Milestone(models.TextChoices):
    ACKNOWLEDGE = "ACKNOWLEDGE", _("Acknowledge")
    ANSWER = "ANSWER", _("Answer questions")
    DELIVER = "DELIVER", _("Complete the work")
    SIGN_OFF = "SIGN_OFF", _("Sign off")
    ACCEPT = "ACCEPT", _("Accept the delivery")


class PartySide(models.TextChoices):
    CLIENT = "CLIENT", _("Client")
    PROVIDER = "PROVIDER", _("Provider")
    ATTORNEY = "ATTORNEY", _("Supervising attorney")


class RateBasis(models.TextChoices):
    HOUR = "HOUR", _("per hour")
    UNIT = "UNIT", _("per unit")
    FIXED = "FIXED", _("fixed price")
