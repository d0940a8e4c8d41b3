from django.db import models
from django.utils.translation import gettext_lazy as _


class CollectionState(models.TextChoices):
    WAITING = "WAITING", _("Waiting")
    RUNNING = "RUNNING", _("Running")
    PUBLISHED = "PUBLISHED", _("Published")


class SourceKind(models.TextChoices):
    UPLOAD = "UPLOAD", _("Upload")
    FOLDER = "FOLDER", _("Server folder")
    LOAD_FILE = "LOAD_FILE", _("Load file with volume")


class DocumentStatus(models.TextChoices):
    PUBLISHED = "PUBLISHED", _("Published")
    DUPLICATE = "DUPLICATE", _("Duplicate")
    EXCLUDED = "EXCLUDED", _("Excluded")
    EXCEPTION = "EXCEPTION", _("Exception")


class Stage(models.TextChoices):
    """Why somebody reads a document."""

    FIRST = "FIRST", _("First level")
    PRIVILEGE = "PRIVILEGE", _("Privilege, second level")
    ELUSION = "ELUSION", _("Elusion sample")


class FieldKind(models.TextChoices):
    CHOICE = "CHOICE", _("One of")
    MULTIPLE = "MULTIPLE", _("Any of")
    FLAG = "FLAG", _("Yes or no")
    TEXT = "TEXT", _("Text")


class HighlightStyle(models.TextChoices):
    TERM = "TERM", _("Term")
    PRIVILEGE = "PRIVILEGE", _("Privilege")
    NAME = "NAME", _("Name")


class Disposition(models.TextChoices):
    """What a person decided about an exception that stays one."""

    LISTED = "LISTED", _("Listed as unreadable, not produced")


class TaskKind(models.TextChoices):
    """The kinds of task that the plan of a review makes."""

    COLLECT = "review.collect", _("Collect and process")
    FIRST = "review.first_level", _("First-level review")
    PRIVILEGE = "review.privilege", _("Privilege, second level")
    ELUSION = "review.elusion", _("Elusion sample")
    PRODUCTION = "review.production", _("Production")


STAGE_OF_TASK = {
    TaskKind.FIRST: Stage.FIRST,
    TaskKind.PRIVILEGE: Stage.PRIVILEGE,
    TaskKind.ELUSION: Stage.ELUSION,
}

RESPONSIVENESS, PRIVILEGE, CONFIDENTIALITY, ISSUES, HOT, NOTES = (
    "responsiveness",
    "privilege",
    "confidentiality",
    "issues",
    "hot",
    "notes",
)
"""Field keys with a meaning of their own; every layout has the first two."""

RESPONSIVE, NOT_RESPONSIVE, UNREADABLE = "RESPONSIVE", "NOT_RESPONSIVE", "UNREADABLE"
NOT_PRIVILEGED = "NOT_PRIVILEGED"

EVENTS = {
    "review.collection.made": _("Collected documents"),
    "review.collection.published": _("Published a collection"),
    "review.exception.retried": _("Tried exceptions again"),
    "review.exception.published": _("Published an exception as it is"),
    "review.exception.listed": _("Listed an exception as unreadable"),
    "review.layout.made": _("Made a version of the coding layout"),
    "review.family.coded": _("Coded a family"),
    "review.family.undone": _("Took back a save"),
    "review.family.reopened": _("Opened families again"),
    "review.elusion.drawn": _("Drew an elusion sample"),
    "review.search.saved": _("Saved a search"),
    "review.search.removed": _("Removed a saved search"),
    "review.document.viewed": _("Opened a document"),
    "review.document.fetched_ahead": _("Fetched documents ahead, not yet seen"),
    "review.document.downloaded": _("Downloaded a native"),
}
"""What the log calls each event of this line."""
