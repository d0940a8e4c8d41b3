from django.db import models
from django.db.models import F, Q

from cursitor.plumbing.vault.models import Blob
from cursitor.spine.engagements.choices import Milestone, PartySide, RateBasis
from cursitor.spine.engagements.models import Engagement, Matter, Terms
from cursitor.spine.people.models import Organisation, Person, Site
from cursitor.spine.work.choices import ClockEventKind, HandOffState, Lane, OrderState, Severity, TaskState


class WorkOrder(models.Model):
    """
    A piece of legal work that a firm hands out on a matter under the terms it was issued under.

    `holder` carries the work and `duty_holder` the legal duty at this moment: exactly one of each, because neither
    column can be empty or hold two. Custody rows keep how it came to be so.
    """

    number = models.PositiveBigIntegerField(unique=True)
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="orders")
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="orders")
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="orders")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="orders")
    line = models.CharField(max_length=20, help_text="key of the service line")
    work_kind = models.CharField(max_length=60, help_text="key of the work kind, e.g. review.first_level")
    title = models.CharField(max_length=200)
    brief = models.JSONField(default=dict, help_text="what the line's brief form asked")
    instructions = models.TextField(blank=True)
    fee_basis = models.CharField(max_length=5, choices=RateBasis)
    budget_amount = models.PositiveBigIntegerField(help_text="minor units of the terms' currency")
    state = models.CharField(max_length=20, choices=OrderState, default=OrderState.DRAFT)
    holder = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="orders_held")
    duty_holder = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="duties_held")
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(
        null=True, blank=True, help_text="when the work is due; from the terms, fixed at issue"
    )
    settlement = models.TextField(blank=True, help_text="what was agreed when the order was cancelled")

    class Meta:
        indexes = [models.Index(fields=["matter", "state"], name="orders_by_matter_and_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=OrderState.DRAFT) | Q(state=OrderState.CANCELLED) | Q(issued_at__isnull=False),
                name="order_past_draft_has_been_issued",
            ),
            models.CheckConstraint(
                condition=~Q(state=OrderState.CANCELLED) | ~Q(settlement=""),
                name="order_cancelled_has_settlement",
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        return f"WO-{self.number}"

    @property
    def key(self) -> str:
        return f"order:{self.ref}"


class Transition(models.Model):
    """One step of an order's life, with the reason where one was asked for."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="transitions")
    name = models.CharField(max_length=30)
    from_state = models.CharField(max_length=20, choices=OrderState)
    to_state = models.CharField(max_length=20, choices=OrderState)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", help_text="empty: the system")
    at = models.DateTimeField()
    reason = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.order} {self.name}"


class Task(models.Model):
    """A part of an order that one person carries. Made by the line's plan; claimed under a lease that runs out."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="tasks")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=60, help_text="the line's key of the kind of task")
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=TaskState, default=TaskState.OPEN)
    holder = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="tasks_held")
    is_assigned = models.BooleanField(
        default=False, help_text="unassigned: carried by the order's holder, free to be claimed"
    )
    lease_until = models.DateTimeField(
        null=True, blank=True, help_text="a claim that is not renewed by then falls back"
    )
    data = models.JSONField(default=dict, help_text="the line's own keys")
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="task_number_once_per_order"),
            models.CheckConstraint(
                condition=~Q(state=TaskState.DONE) | Q(done_at__isnull=False), name="task_done_has_its_time"
            ),
        ]
        indexes = [models.Index(fields=["holder", "state"], name="tasks_by_holder")]

    def __str__(self) -> str:
        return f"{self.order.ref} task {self.number}"

    @property
    def key(self) -> str:
        return f"task:{self.order.ref}/{self.number}"


class Custody(models.Model):
    """
    Somebody took over an order or a task at this instant.

    Only beginnings are stored: a holding ends where the next begins, so a gap or two holders cannot be written.
    """

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="custody")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, null=True, blank=True, related_name="custody")
    lane = models.CharField(max_length=4, choices=Lane)
    number = models.PositiveIntegerField(help_text="1, 2, 3, ... within the order or task and lane")
    holder = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="+")
    from_at = models.DateTimeField()
    reason = models.CharField(
        max_length=30, help_text="issued, accepted, assigned, claimed, handed off, released, lease ended"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "lane", "number"],
                condition=Q(task=None),
                name="custody_one_holder_per_order_and_lane",
            ),
            models.UniqueConstraint(
                fields=["task", "number"], condition=Q(task__isnull=False), name="custody_one_holder_per_task"
            ),
        ]
        indexes = [models.Index(fields=["order", "from_at"], name="custody_by_order")]

    def __str__(self) -> str:
        return f"{self.holder} from {self.from_at:%Y-%m-%d %H:%M}"


class HandOff(models.Model):
    """Custody on offer, in five written elements (I-PASS). It moves when the receiver has restated and accepted."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="hand_offs")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, null=True, blank=True, related_name="hand_offs")
    giver = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="hand_offs_given")
    receiver = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="hand_offs_received")
    severity = models.CharField(max_length=8, choices=Severity)
    deadline = models.DateTimeField(null=True, blank=True)
    state_of_work = models.TextField(help_text="a few lines: where it stands")
    actions = models.JSONField(default=list, help_text="[{what, owner, by}]")
    what_if = models.TextField(help_text="what may come, and who may decide")
    restatement = models.TextField(blank=True, help_text="the receiver's own words")
    state = models.CharField(max_length=9, choices=HandOffState, default=HandOffState.OFFERED)
    offered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    decline_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=HandOffState.ACCEPTED) | ~Q(restatement=""),
                name="hand_off_accepted_was_restated",
            ),
            models.CheckConstraint(condition=~Q(giver=F("receiver")), name="hand_off_goes_to_somebody_else"),
            models.UniqueConstraint(
                fields=["task"],
                condition=Q(state=HandOffState.OFFERED, task__isnull=False),
                name="hand_off_one_offer_per_task",
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(state=HandOffState.OFFERED, task=None),
                name="hand_off_one_offer_per_order",
            ),
        ]

    def __str__(self) -> str:
        return f"hand-off of {self.task or self.order} to {self.receiver}"

    @property
    def written(self) -> frozenset[str]:
        """Return which of the five elements are written; the receiver writes the last."""
        elements = {
            "severity": self.severity,
            "state": self.state_of_work,
            "actions": self.actions,
            "contingency": self.what_if,
            "restatement": self.restatement,
        }
        return frozenset(name for name, value in elements.items() if value)

    @property
    def n_written(self) -> int:
        return len(self.written)


class Question(models.Model):
    """A question from the provider to the client. A blocking one pauses the provider's clock until it is answered."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="questions")
    number = models.PositiveIntegerField()
    task = models.ForeignKey(Task, on_delete=models.PROTECT, null=True, blank=True, related_name="questions")
    about = models.CharField(max_length=120, blank=True, help_text="the line's unit it is about, e.g. a control number")
    text = models.TextField()
    is_blocking = models.BooleanField(default=False)
    is_blind = models.BooleanField(
        default=False, help_text="asked about a unit that a colleague works on blind, so that colleagues do not read it"
    )
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    reuses = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reused_by")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="question_number_once_per_order"),
            models.CheckConstraint(
                condition=Q(answered_at=None) | (~Q(answer="") & Q(answered_by__isnull=False)),
                name="question_answered_says_what_and_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"question {self.number} on {self.order.ref}"


class ClockEvent(models.Model):
    """An event of a milestone's clock. Times are computed from these rows alone, never stored."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="clock_events")
    milestone = models.CharField(max_length=12, choices=Milestone)
    kind = models.CharField(max_length=6, choices=ClockEventKind)
    at = models.DateTimeField()
    party = models.CharField(max_length=10, choices=PartySide, blank=True, help_text="a pause: for whom it waits")
    reason = models.CharField(max_length=120, blank=True)
    round = models.PositiveSmallIntegerField(default=1, help_text="a milestone runs again after a return for rework")

    class Meta:
        indexes = [models.Index(fields=["order", "at"], name="clock_events_by_order")]

    def __str__(self) -> str:
        return f"{self.milestone} {self.kind} {self.at:%Y-%m-%d %H:%M}"


class Deliverable(models.Model):
    """A version of what goes back: an exact list of files. Never changed; rework makes the next version."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="deliverables")
    version = models.PositiveIntegerField()
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    inputs_digest = models.CharField(
        max_length=64, help_text="digest of what it was made from: the same inputs, the same version"
    )
    summary = models.JSONField(default=dict, help_text="the line's figures")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "version"], name="deliverable_version_once_per_order")]

    def __str__(self) -> str:
        return f"{self.order.ref} release {self.version}"

    @property
    def key(self) -> str:
        return f"deliverable:{self.order.ref}/{self.version}"


class DeliverableFile(models.Model):
    deliverable = models.ForeignKey(Deliverable, on_delete=models.PROTECT, related_name="files")
    path = models.CharField(max_length=400)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    mime = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deliverable", "path"], name="deliverable_path_once")]

    def __str__(self) -> str:
        return self.path
