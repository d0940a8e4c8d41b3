from django.utils.translation import gettext_lazy as _

EVENTS = {
    "files.file.added": _("added the file"),
    "files.file.downloaded": _("downloaded the file"),
}

LARGEST_FILE = 4 * 1024**3
"""Bytes of one upload. More comes in as a collection."""

LONGEST_NAME = 255
