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


EVENTS = {
    "engagements.client.made": _("added the client"),
    "engagements.matter.opened": _("opened the matter"),
    "engagements.matter.corrected": _("corrected the matter"),
    "engagements.matter.closed": _("closed the matter"),
    "engagements.matter.reopened": _("reopened the matter"),
    "engagements.matter.shown": _("opened the matter to the provider"),
    "engagements.matter.withheld": _("closed the matter to the provider"),
    "engagements.party.added": _("added the party"),
    "engagements.party.removed": _("removed the party"),
    "engagements.engagement.made": _("made the engagement"),
    "engagements.engagement.suspended": _("suspended the engagement"),
    "engagements.engagement.resumed": _("resumed the engagement"),
    "engagements.engagement.ended": _("ended the engagement"),
    "engagements.terms.amended": _("amended the terms"),
    "engagements.team.joined": _("put on the team"),
    "engagements.team.left": _("took off the team"),
    "engagements.wall.raised": _("raised a wall around"),
    "engagements.wall.lifted": _("lifted the wall around"),
}

PRIVATE_EVENTS = frozenset({"engagements.wall.raised", "engagements.wall.lifted"})
"""Read by the organisation of whoever did it, not by the other party to the matter."""
