from django.db import models

from cursitor.plumbing.vault.models import Blob
from cursitor.spine.engagements.models import Matter
from cursitor.spine.people.models import Person


class File(models.Model):
    """A named file in a matter's room. Its bytes are its versions."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=255)
    order_ref = models.CharField(max_length=20, blank=True, help_text="the order it belongs to, if one: WO-1187")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "order_ref", "name"], name="file_name_once_per_place")]

    def __str__(self) -> str:
        return self.name


class FileVersion(models.Model):
    """Exact bytes, who brought them and when. Never replaced: a change is the next version."""

    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    mime = models.CharField(max_length=120)
    added_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="file_version_number_once")]

    def __str__(self) -> str:
        return f"{self.file}, version {self.number}"
