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


WORKABLE_STATES = frozenset({OrderState.ACCEPTED, OrderState.IN_PROGRESS})
ASKABLE_STATES = frozenset(
    {
        OrderState.ISSUED,
        OrderState.ACCEPTED,
        OrderState.IN_PROGRESS,
        OrderState.IN_QUALITY,
        OrderState.RETURNED,
    }
)

EVENTS = {
    "work.order.drafted": _("drafted the order"),
    "work.order.revised": _("revised the draft"),
    "work.order.issued": _("issued the order"),
    "work.order.declined": _("declined the order"),
    "work.order.accepted": _("accepted the order"),
    "work.order.started": _("started the work"),
    "work.order.submitted_to_quality": _("submitted the work to quality"),
    "work.order.sent_back_to_work": _("sent the order back to work"),
    "work.order.released": _("released the deliverable for sign-off"),
    "work.order.delivered": _("signed off; the order is delivered"),
    "work.order.returned": _("returned the order for rework"),
    "work.order.resumed": _("took up the rework"),
    "work.order.approved": _("accepted the delivery"),
    "work.order.closed": _("closed the order"),
    "work.order.cancelled": _("cancelled the order"),
    "work.task.planned": _("planned the tasks"),
    "work.task.assigned": _("assigned the task"),
    "work.task.claimed": _("claimed the task"),
    "work.task.released": _("gave the task back"),
    "work.task.lease_ended": _("let the task fall back: its lease had ended"),
    "work.task.completed": _("completed the task"),
    "work.task.reopened": _("reopened the task"),
    "work.hand_off.offered": _("offered a hand-off"),
    "work.hand_off.accepted": _("accepted the hand-off"),
    "work.hand_off.declined": _("declined the hand-off"),
    "work.hand_off.withdrawn": _("withdrew the hand-off"),
    "work.question.asked": _("asked a question"),
    "work.question.answered": _("answered the question"),
    "work.deliverable.made": _("made a deliverable"),
    "work.deliverable.downloaded": _("downloaded the deliverable"),
    "work.deliverable.file_downloaded": _("downloaded a file of the deliverable"),
}

PRIVATE_EVENTS = frozenset({"work.order.drafted", "work.order.revised"})
