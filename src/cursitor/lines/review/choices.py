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
