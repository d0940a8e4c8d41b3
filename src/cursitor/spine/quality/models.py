from django.db import models
from django.db.models import F, Q

from cursitor.spine.people.models import Licence, Person
from cursitor.spine.quality.choices import DefectSeverity, LotState, Scheme
from cursitor.spine.work.models import Deliverable, WorkOrder


class Lot(models.Model):
    """
    Units of an order that are accepted or returned together, by sample.

    The seed is committed (its SHA-256 in the log) before the units are fixed and revealed when the sample is drawn,
    so nobody can choose what is looked at. `accept` and `reject` are counts of units with a critical or major defect.
    """

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="lots")
    number = models.PositiveIntegerField()
    scheme = models.CharField(max_length=20, choices=Scheme)
    limiting_quality = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True, help_text="per cent")
    aql = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True, help_text="per cent")
    letter = models.CharField(max_length=2, blank=True)
    size = models.PositiveIntegerField(default=0, help_text="N")
    sample_size = models.PositiveIntegerField(default=0, help_text="n")
    accept = models.PositiveIntegerField(default=0, help_text="Ac")
    state = models.CharField(max_length=10, choices=LotState, default=LotState.COMMITTED)
    seed_commitment = models.CharField(max_length=64)
    seed_sealed = models.BinaryField(help_text="the seed, under the installation's key until the draw")
    seed = models.BinaryField(null=True, help_text="the seed, once drawn")
    defects_version = models.CharField(max_length=20)
    units = models.JSONField(default=list, help_text="keys of the units, fixed at the draw")
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    committed_at = models.DateTimeField()
    drawn_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="lot_number_once_per_order"),
            models.CheckConstraint(
                condition=Q(state=LotState.COMMITTED) | Q(seed__isnull=False),
                name="lot_drawn_has_revealed_its_seed",
            ),
            models.CheckConstraint(condition=Q(sample_size__lte=F("size")), name="lot_sample_is_within_the_lot"),
        ]

    def __str__(self) -> str:
        return f"lot {self.order.number}-{self.number}"

    @property
    def seed_hex(self) -> str:
        """The revealed seed; empty before the draw."""
        return bytes(self.seed).hex() if self.seed else ""

    @property
    def key(self) -> str:
        return f"lot:{self.order.ref}/{self.number}"


class Sample(models.Model):
    """A drawn unit. The doer is kept so that nobody inspects their own work."""

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="samples")
    unit = models.CharField(max_length=120)
    position = models.PositiveIntegerField()
    doer = models.CharField(max_length=80, help_text="person key")
    n_opportunities = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lot", "unit"], name="sample_unit_once_per_lot")]

    def __str__(self) -> str:
        return f"{self.lot} unit {self.unit}"


class Inspection(models.Model):
    """What the inspector read, without having seen the first decision. One per drawn unit, never changed."""

    sample = models.OneToOneField(Sample, on_delete=models.PROTECT, related_name="inspection")
    inspector = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reading = models.JSONField(default=dict)
    seconds = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"inspection of {self.sample}"


class Defect(models.Model):
    """A difference found by an inspection, of a kind on the line's list; upheld unless set aside with a reason."""

    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="defects")
    kind = models.CharField(max_length=60)
    severity = models.CharField(max_length=8, choices=DefectSeverity)
    note = models.CharField(max_length=500, blank=True)
    set_aside_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    set_aside_reason = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.severity} {self.kind}"


class SignOff(models.Model):
    """
    A licensed attorney's personal signature over the digests of a deliverable's files.

    `statement` is the exact text signed, `statement_digest` its SHA-256. It holds while every byte is what it was.
    """

    deliverable = models.OneToOneField(Deliverable, on_delete=models.PROTECT, related_name="sign_off")
    attorney = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="+")
    statement = models.TextField()
    statement_digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"sign-off of {self.deliverable}"
