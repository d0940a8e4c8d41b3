"""What data entry keeps: form definitions, batches of pages, records, what each person keyed, what was settled."""

from django.db import models
from django.db.models import F, Q

from cursitor.lines.entry.choices import BatchState, How, OcrState, Pass, Split, Stage
from cursitor.plumbing.vault.models import Blob
from cursitor.spine.people.models import Person
from cursitor.spine.work.models import Task, WorkOrder


class Schema(models.Model):
    """A version of a form definition, as data. Never changed: records keep the version they were keyed by."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="schemas")
    version = models.PositiveIntegerField()
    definition = models.JSONField(help_text="as engines.entry.definition writes it")
    prefill = models.BooleanField(default=False, help_text="pages are recognised and the first pass starts from it")
    note = models.CharField(max_length=300, blank=True, help_text="why this version was made")
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "version"], name="schema_version_once_per_order")]

    def __str__(self) -> str:
        return f"{self.order.ref} form definition {self.version}"


class Batch(models.Model):
    """Files that came together, and how their pages become records."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="batches")
    number = models.PositiveIntegerField()
    label = models.CharField(max_length=200)
    folder = models.CharField(max_length=500, blank=True, help_text="folder of the server, where it came from one")
    split = models.CharField(max_length=5, choices=Split, default=Split.FILE)
    every = models.PositiveSmallIntegerField(default=1, help_text="pages a record, where split is EVERY")
    state = models.CharField(max_length=8, choices=BatchState, default=BatchState.READING)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "number"], name="batch_number_once_per_order")]

    def __str__(self) -> str:
        return self.label


class SourceFile(models.Model):
    """
    A file as it came, or one that came out of it (an e-mail attachment, a file of an archive).

    It ends in exactly one of three ways: rendered into pages, opened into further files, or an exception that says why.
    """

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="files")
    position = models.CharField(max_length=100, help_text="place in the batch and in its parents: 0007.2.1")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=1000)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    n_pages = models.PositiveIntegerField(default=0)
    n_children = models.PositiveIntegerField(default=0)
    exception_stage = models.CharField(max_length=30, blank=True)
    exception_class = models.CharField(max_length=40, blank=True)
    exception_message = models.CharField(max_length=500, blank=True)
    disposed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    disposed_at = models.DateTimeField(null=True, blank=True, help_text="an exception that is listed as such")
    disposition_note = models.CharField(max_length=300, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "position"], name="source_file_position_once")]

    def __str__(self) -> str:
        return self.path


class Page(models.Model):
    """A page, rendered once: what keyers see. The words a machine read on it lie apart and never go to a browser."""

    file = models.ForeignKey(SourceFile, on_delete=models.PROTECT, related_name="pages")
    number = models.PositiveIntegerField(help_text="in its file, from 1")
    image = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    mime = models.CharField(max_length=40)
    width = models.PositiveIntegerField(help_text="pixels")
    height = models.PositiveIntegerField(help_text="pixels")
    dpi = models.PositiveIntegerField()
    ocr_state = models.CharField(max_length=8, choices=OcrState, default=OcrState.NONE)
    ocr_words = models.ForeignKey(
        Blob, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Tesseract's TSV"
    )
    ocr_confidence = models.FloatField(null=True, blank=True, help_text="mean over words, 0 to 100")
    ocr_message = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="page_number_once_per_file")]

    def __str__(self) -> str:
        return f"{self.file} page {self.number}"


class GoldSet(models.Model):
    """
    Records whose true values a QC lead keys beforehand: which they are is committed to first and revealed last.

    commitment: SHA-256 of the seed and the record numbers drawn by it, published at once; the seed stays sealed.
    """

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="gold_sets")
    number = models.PositiveIntegerField()
    n_drawn = models.PositiveIntegerField()
    n_from = models.PositiveIntegerField(help_text="records it was drawn from")
    latest_record = models.PositiveIntegerField(help_text="highest record number there was")
    commitment = models.CharField(max_length=64)
    seed = models.BinaryField()
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    revealed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "number"], name="gold_set_number_once_per_order")]

    def __str__(self) -> str:
        return f"{self.order.ref} gold set {self.number}"


class Record(models.Model):
    """
    One form to be keyed: some pages of a file, by one version of the form definition.

    The lease keeps two people from ever holding one record. The second keyer is another person than the first, the
    adjudicator neither; the database refuses what the operations would not do.
    """

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="records")
    number = models.PositiveIntegerField()
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="records")
    file = models.ForeignKey(SourceFile, on_delete=models.PROTECT, related_name="records")
    first_page = models.PositiveIntegerField(help_text="page of the file, from 1")
    last_page = models.PositiveIntegerField()
    schema = models.ForeignKey(Schema, on_delete=models.PROTECT, related_name="records")
    prefill = models.JSONField(
        default=dict, help_text="field -> {value, confidence 0..1, page, region [x, y, w, h] as shares of the page}"
    )
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.FIRST)
    first_doer = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    second_doer = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    adjudicator = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True, help_text="settled, or confirmed as not keyable")
    n_errors = models.PositiveIntegerField(default=0, help_text="rules of the form that its settled values break")
    n_warnings = models.PositiveIntegerField(default=0, help_text="what asks for a second look in them")
    set_aside_reason = models.CharField(max_length=300, blank=True)
    set_aside_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="that it cannot be keyed"
    )
    gold_set = models.ForeignKey(GoldSet, on_delete=models.PROTECT, null=True, blank=True, related_name="records")
    leased_to = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="record_number_once_per_order"),
            models.CheckConstraint(
                condition=Q(first_doer=None) | Q(second_doer=None) | ~Q(first_doer=F("second_doer")),
                name="record_second_keyer_is_another",
            ),
            models.CheckConstraint(
                condition=Q(adjudicator=None)
                | (~Q(adjudicator=F("first_doer")) & (Q(second_doer=None) | ~Q(adjudicator=F("second_doer")))),
                name="record_adjudicator_is_neither_keyer",
            ),
            models.CheckConstraint(
                condition=~Q(stage=Stage.SET_ASIDE) | (~Q(set_aside_reason="") & Q(set_aside_by__isnull=False)),
                name="record_set_aside_says_why_and_by_whom",
            ),
        ]
        indexes = [
            models.Index(fields=["order", "stage", "number"], name="records_by_stage"),
            models.Index(fields=["leased_to"], name="records_by_holder", condition=Q(leased_to__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.order.ref} {self.name}"

    @property
    def name(self) -> str:
        return f"R{self.number:05d}"


class Keying(models.Model):
    """
    What one person typed of one record in one pass. Append-only; the latest of a pass that was not undone counts.

    values: field -> {"raw": as typed, "unreadable": bool, "prefilled": bool, "shown": what the machine had put there}.
    effort: {"seconds", "idle_seconds", "keystrokes", "by_field": {field: {"keystrokes", "seconds"}}}.
    """

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="keyings")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    schema = models.ForeignKey(Schema, on_delete=models.PROTECT, related_name="+")
    of_pass = models.CharField(max_length=10, choices=Pass)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    values = models.JSONField(default=dict)
    effort = models.JSONField(default=dict)
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by")

    class Meta:
        indexes = [
            models.Index(fields=["record", "of_pass", "-id"], name="keyings_of_a_record"),
            models.Index(fields=["by", "-at"], name="keyings_by_keyer"),
        ]

    def __str__(self) -> str:
        return f"{self.record} {self.of_pass} by {self.by}"


class Value(models.Model):
    """
    A settled field of a record, with its lineage. One row a field; made again when the record is settled again.

    first_wrong and second_wrong say whose reading differed from what was settled; None where nobody compared.
    """

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="values")
    field = models.CharField(max_length=60)
    raw = models.TextField(blank=True, help_text="exactly as typed")
    canonical = models.TextField(blank=True)
    is_unreadable = models.BooleanField(default=False)
    how = models.CharField(max_length=12, choices=How)
    first = models.ForeignKey(Keying, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Keying, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    settled = models.ForeignKey(Keying, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    first_wrong = models.BooleanField(null=True, blank=True)
    second_wrong = models.BooleanField(null=True, blank=True)
    was_prefilled = models.BooleanField(default=False)
    prefill_kept = models.BooleanField(null=True, blank=True, help_text="the first keyer left it as it was")
    page = models.PositiveIntegerField(null=True, blank=True)
    region = models.JSONField(null=True, blank=True, help_text="[x, y, w, h] as shares of the page")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "field"], name="value_once_per_record_and_field")]

    def __str__(self) -> str:
        return f"{self.record} {self.field}"
