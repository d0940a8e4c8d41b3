"""What document review keeps: collections, documents in families, coding, queues, searches."""

from django.db import models
from django.db.models import Q

from cursitor.lines.review.choices import CollectionState, Disposition, DocumentStatus, SourceKind, Stage
from cursitor.plumbing.vault.models import Blob
from cursitor.spine.people.models import Person
from cursitor.spine.work.models import Task, WorkOrder


class Collection(models.Model):
    """A source of documents of one custodian, and how far its processing has come."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="collections")
    number = models.PositiveIntegerField()
    label = models.CharField(max_length=200)
    custodian = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=SourceKind)
    folder = models.CharField(max_length=500, blank=True)
    load_file = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    volume = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    mapping = models.JSONField(default=dict, help_text="load file: field -> column")
    findings = models.JSONField(default=list, help_text="load file: [{code, severity, row, column, value, sentence}]")
    state = models.CharField(max_length=10, choices=CollectionState, default=CollectionState.WAITING)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "number"], name="collection_number_once_per_order")]

    def __str__(self) -> str:
        return self.label


class CollectedInput(models.Model):
    """A source file as it came, before anything was read. Processed all at once, in one transaction, or not yet."""

    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="inputs")
    position = models.PositiveIntegerField()
    path = models.CharField(max_length=1000)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    text = models.ForeignKey(
        Blob,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="load file: the text it came with",
    )
    data = models.JSONField(default=dict, help_text="load file: control, parent, family, recorded hash, metadata")
    trouble = models.JSONField(default=dict, help_text="why it could not be taken over: {class, message}")
    processed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["collection", "position"], name="input_position_once")]

    def __str__(self) -> str:
        return self.path


class Family(models.Model):
    """
    A head and what is attached to it: read, coded and produced together.

    The lease is what keeps two people from ever holding one family; it is taken by one conditional update.
    """

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="families")
    number = models.PositiveIntegerField()
    dedupe_hash = models.CharField(max_length=64, blank=True)
    sort_at = models.DateTimeField(null=True, blank=True)
    n_documents = models.PositiveIntegerField(default=1)
    rank = models.FloatField(default=0, help_text="of the last ranking; the highest is read first")
    needs_privilege = models.BooleanField(default=False, help_text="waits for the second-level privilege reading")
    is_elusion = models.BooleanField(default=False, help_text="drawn into the elusion sample")
    first_done_at = models.DateTimeField(null=True, blank=True)
    privilege_done_at = models.DateTimeField(null=True, blank=True)
    first_doer = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    stage = models.CharField(max_length=10, choices=Stage, blank=True, help_text="what it is leased for")
    leased_to = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "number"], name="family_number_once_per_order")]
        indexes = [
            models.Index(fields=["order", "-rank", "number"], name="families_by_rank", condition=Q(first_done_at=None)),
            models.Index(
                fields=["order", "number"],
                name="families_for_second_reading",
                condition=Q(needs_privilege=True, privilege_done_at=None),
            ),
            models.Index(fields=["leased_to"], name="families_by_holder", condition=Q(leased_to__isnull=False)),
            models.Index(fields=["order", "dedupe_hash"], name="families_by_dedupe_hash"),
        ]

    def __str__(self) -> str:
        return f"{self.order.ref} family {self.number}"

    def is_done_at(self, stage: str) -> bool:
        """Tell whether every document has been decided on at the stage."""
        return (self.privilege_done_at if stage == Stage.PRIVILEGE else self.first_done_at) is not None


class Document(models.Model):
    """
    An item of a collection: a message, an attachment or a file, with its metadata and where it ended.

    Native and text lie in the vault. `path_in_source` and `walk` tell exactly which bytes of which input it is.
    """

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="documents")
    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="documents")
    source = models.ForeignKey(CollectedInput, on_delete=models.PROTECT, related_name="documents")
    walk = models.CharField(max_length=200, help_text="position in its parents: 7.2.1")
    family_walk = models.CharField(max_length=200, help_text="walk of its family's head in the same source")
    n_children = models.PositiveIntegerField(default=0, help_text="how many items came out of it")
    family = models.ForeignKey(Family, on_delete=models.PROTECT, null=True, blank=True, related_name="documents")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    position = models.PositiveIntegerField(default=0, help_text="in its family: the head is 0")
    depth = models.PositiveSmallIntegerField(default=0)
    control_number = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=10, choices=DocumentStatus)
    duplicate_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="copies")
    exception_stage = models.CharField(max_length=30, blank=True)
    exception_class = models.CharField(max_length=40, blank=True)
    exception_message = models.CharField(max_length=500, blank=True)
    exception_tries = models.PositiveSmallIntegerField(default=0)
    disposition = models.CharField(max_length=10, choices=Disposition, blank=True)
    disposition_note = models.CharField(max_length=300, blank=True)
    disposed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    disposed_at = models.DateTimeField(null=True, blank=True)
    custodian = models.CharField(max_length=120)
    all_custodians = models.JSONField(default=list)
    path = models.CharField(max_length=1000)
    all_paths = models.JSONField(default=list)
    name = models.CharField(max_length=400, blank=True)
    kind = models.CharField(max_length=20)
    mime = models.CharField(max_length=120, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    dedupe_hash = models.CharField(max_length=64, blank=True)
    dedupe_parts = models.JSONField(default=dict)
    mih = models.CharField(max_length=32, blank=True)
    native = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    text = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    n_characters = models.PositiveIntegerField(default=0)
    n_pages = models.PositiveIntegerField(default=0)
    language = models.CharField(max_length=12, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    sender = models.CharField(max_length=300, blank=True)
    recipients = models.JSONField(
        default=dict, help_text='{"to": [...], "cc": [...], "bcc": [...]} as "Name <address>"'
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_raw = models.CharField(max_length=120, blank=True)
    message_id = models.CharField(max_length=300, blank=True)
    thread = models.CharField(max_length=64, blank=True)
    has_privilege_terms = models.BooleanField(default=False, help_text="a highlight set for privilege hits it")
    metadata = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "walk"], name="document_once_per_source_and_walk"),
            models.UniqueConstraint(
                fields=["order", "control_number"],
                condition=~Q(control_number=""),
                name="control_number_once_per_order",
            ),
            models.CheckConstraint(
                condition=~Q(status=DocumentStatus.EXCEPTION) | ~Q(exception_class=""), name="exception_has_a_class"
            ),
            models.CheckConstraint(
                condition=~Q(status=DocumentStatus.DUPLICATE) | Q(duplicate_of__isnull=False),
                name="duplicate_names_its_original",
            ),
            models.CheckConstraint(
                condition=Q(disposition="") | (~Q(disposition_note="") & Q(disposed_by__isnull=False)),
                name="disposition_says_why_and_by_whom",
            ),
        ]
        indexes = [
            models.Index(fields=["order", "status"], name="documents_by_status"),
            models.Index(fields=["family", "position"], name="documents_by_family"),
            models.Index(fields=["order", "sha256"], name="documents_by_digest"),
            models.Index(fields=["order", "thread"], name="documents_by_thread", condition=~Q(thread="")),
        ]

    def __str__(self) -> str:
        return self.control_number or f"{self.source_id}/{self.walk}"


class Layout(models.Model):
    """
    A version of a coding layout: fields, choices, keys and rules, as data.

    `fields`: [{"key", "label", "kind", "required", "choices": [{"key", "label", "shortcut"}], "required_when": {...}}].
    """

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="layouts")
    version = models.PositiveIntegerField()
    fields = models.JSONField()
    guidance = models.TextField(blank=True, help_text="the protocol, shown beside the document")
    highlights = models.JSONField(default=list, help_text='[{"name", "style": TERM|PRIVILEGE|NAME, "query"}]')
    pace = models.JSONField(default=dict, help_text='documents per hour: {"low": 40, "high": 95}')
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "version"], name="layout_version_once_per_order")]

    def __str__(self) -> str:
        return f"{self.order.ref} layout {self.version}"


class Coding(models.Model):
    """How a document stands coded now. Every step to it is a CodingChange."""

    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="coding")
    values = models.JSONField(default=dict)
    stage = models.CharField(max_length=10, choices=Stage)
    coder = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    coded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"coding of {self.document}"


class CodingSave(models.Model):
    """
    One press of Save: what was on the screen, by whom, for how long. The unit of undo and of the log.

    `documents` are the keys of every document decided on, those whose codes did not change among them.
    """

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="saves")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="+")
    family = models.ForeignKey(Family, on_delete=models.PROTECT, related_name="saves")
    layout = models.ForeignKey(Layout, on_delete=models.PROTECT, related_name="+")
    stage = models.CharField(max_length=10, choices=Stage)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    seconds = models.PositiveIntegerField()
    documents = models.JSONField(default=list)
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by")

    class Meta:
        indexes = [models.Index(fields=["order", "by", "-at"], name="saves_by_coder")]

    def __str__(self) -> str:
        return f"save {self.pk} on {self.order.ref}"


class CodingChange(models.Model):
    """A field of a document went from one value to another. Append-only: the database refuses to change it."""

    save_of = models.ForeignKey(CodingSave, on_delete=models.PROTECT, related_name="changes")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="changes")
    field = models.CharField(max_length=60)
    from_value = models.JSONField(null=True)
    to_value = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["document", "id"], name="changes_of_a_document")]

    def __str__(self) -> str:
        return f"{self.document} {self.field}"


class Ranking(models.Model):
    """A run of active learning: what it learnt from and what it found. Scores stand on the families."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="rankings")
    algorithm = models.CharField(max_length=20)
    n_labels = models.PositiveIntegerField()
    n_relevant = models.PositiveIntegerField()
    knee_reached = models.BooleanField(default=False)
    seconds = models.FloatField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"ranking of {self.order.ref} on {self.n_labels} labels"


class ElusionSample(models.Model):
    """A random sample of the documents that nobody was going to read. The seed repeats the draw."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="elusion_samples")
    n_null_set = models.PositiveIntegerField(help_text="documents not reviewed when it was drawn")
    n_sampled = models.PositiveIntegerField(help_text="documents")
    latest_document = models.PositiveBigIntegerField(help_text="highest document key there was when it was drawn")
    seed = models.BinaryField()
    drawn_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField()
    documents = models.JSONField(help_text="primary keys of the drawn documents")

    def __str__(self) -> str:
        return f"elusion sample of {self.order.ref}"


class IndexShard(models.Model):
    """A published search index of an order: immutable, encrypted, always rebuildable."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="shards")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    features = models.ForeignKey(
        Blob, on_delete=models.PROTECT, related_name="+", help_text="what ranking needs of the same documents"
    )
    algorithm = models.CharField(max_length=20, help_text="version of the ranking that the features are of")
    n_documents = models.PositiveIntegerField()
    latest_document = models.PositiveBigIntegerField(help_text="highest document key inside")
    built_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"index of {self.order.ref}, {self.n_documents} documents"


class SavedSearch(models.Model):
    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="searches")
    name = models.CharField(max_length=120)
    query = models.CharField(max_length=1000)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "name"], name="saved_search_name_once_per_order")]

    def __str__(self) -> str:
        return self.name
