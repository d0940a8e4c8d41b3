from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderState(models.TextChoices):
    DRAFT = "DRAFT", _("Draft")
    ISSUED = "ISSUED", _("Issued")
    DECLINED = "DECLINED", _("Declined")
    ACCEPTED = "ACCEPTED", _("Accepted by the provider")
    IN_PROGRESS = "IN_PROGRESS", _("In progress")
    IN_QUALITY = "IN_QUALITY", _("In quality")
    AWAITING_SIGN_OFF = "AWAITING_SIGN_OFF", _("Awaiting sign-off")
    DELIVERED = "DELIVERED", _("Delivered")
    RETURNED = "RETURNED", _("Returned for rework")
    APPROVED = "APPROVED", _("Accepted by the client")
    CLOSED = "CLOSED", _("Closed")
    CANCELLED = "CANCELLED", _("Cancelled")


ENDED_STATES = frozenset({OrderState.DECLINED, OrderState.CLOSED, OrderState.CANCELLED})


class TaskState(models.TextChoices):
    OPEN = "OPEN", _("Open")
    DONE = "DONE", _("Done")
    CANCELLED = "CANCELLED", _("Cancelled")


class Lane(models.TextChoices):
    DUTY = "DUTY", _("Legal duty")
    WORK = "WORK", _("Work")


class ClockEventKind(models.TextChoices):
    START = "START", _("Start")
    PAUSE = "PAUSE", _("Pause")
    RESUME = "RESUME", _("Resume")
    STOP = "STOP", _("Stop")


class HandOffState(models.TextChoices):
    OFFERED = "OFFERED", _("Offered")
    ACCEPTED = "ACCEPTED", _("Accepted")
    DECLINED = "DECLINED", _("Declined")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


class Severity(models.TextChoices):
    ROUTINE = "ROUTINE", _("Routine")
    WATCH = "WATCH", _("Watch")
    URGENT = "URGENT", _("Urgent")
