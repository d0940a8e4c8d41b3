from django.db import models
from django.utils.translation import gettext_lazy as _


class TaskKind(models.TextChoices):
    INTAKE = "INTAKE", _("Intake: form definition and batches")
    FIRST = "FIRST", _("First keying")
    SECOND = "SECOND", _("Second keying")
    ADJUDICATE = "ADJUDICATE", _("Adjudication")


class Pass(models.TextChoices):
    """Which reading of a record a keying is. GOLD is a QC lead's, made before anybody keys."""

    FIRST = "FIRST", _("First pass")
    SECOND = "SECOND", _("Second pass")
    ADJUDICATION = "ADJUDICATE", _("Adjudication")
    GOLD = "GOLD", _("Gold")


PASS_OF_TASK = {
    TaskKind.FIRST: Pass.FIRST,
    TaskKind.SECOND: Pass.SECOND,
    TaskKind.ADJUDICATE: Pass.ADJUDICATION,
}


class Stage(models.TextChoices):
    """What a record waits for. A record is at exactly one stage, so that the counts can be reconciled."""

    FIRST = "FIRST", _("First keying")
    SECOND = "SECOND", _("Second keying")
    ADJUDICATE = "ADJUDICATE", _("Adjudication")
    DONE = "DONE", _("Settled")
    SET_ASIDE = "SET_ASIDE", _("Set aside")


class BatchState(models.TextChoices):
    READING = "READING", _("Pages are being rendered")
    READY = "READY", _("Ready for keying")


class Split(models.TextChoices):
    """How the pages of a file become records."""

    FILE = "FILE", _("One record for each file")
    PAGE = "PAGE", _("One record for each page")
    EVERY = "EVERY", _("One record for every so many pages")


class OcrState(models.TextChoices):
    NONE = "NONE", _("Not wanted")
    WAITING = "WAITING", _("Waiting")
    DONE = "DONE", _("Recognised")
    FAILED = "FAILED", _("Could not be recognised")


class How(models.TextChoices):
    """How a value came to stand. Only AGREED_* is a machine's doing, and only where two people typed the same."""

    SINGLE = "SINGLE", _("Keyed once")
    AGREED_EXACT = "AGREED", _("Two keyers typed the same")
    AGREED_NORMALISED = "SAME", _("Two keyers typed the same in another form")
    ADJUDICATED = "ADJUDICATED", _("Settled by an adjudicator")
    CORRECTED = "CORRECTED", _("Corrected after inspection")


EVENTS = {
    "entry.schema.made": _("Made a version of the form definition"),
    "entry.batch.collected": _("Collected a batch"),
    "entry.batch.ready": _("Made a batch ready for keying"),
    "entry.file.retried": _("Had files read again"),
    "entry.file.replaced": _("Replaced a file that could not be read"),
    "entry.file.kept": _("Let the pages be keyed that could be rendered"),
    "entry.file.disposed": _("Settled files that could not be read"),
    "entry.record.keyed": _("Keyed a record"),
    "entry.record.undone": _("Took back a keyed record"),
    "entry.record.adjudicated": _("Settled the differences of a record"),
    "entry.record.set_aside": _("Set a record aside"),
    "entry.record.confirmed": _("Confirmed that records cannot be keyed"),
    "entry.record.taken_back": _("Took a record back into keying"),
    "entry.record.reopened": _("Opened records again"),
    "entry.record.corrected": _("Corrected a value after inspection"),
    "entry.gold.committed": _("Committed to gold records"),
    "entry.gold.revealed": _("Revealed the gold records"),
}
"""What the log calls each event of this line."""
