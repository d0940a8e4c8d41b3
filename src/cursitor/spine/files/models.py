from django.db import models
from django.db.models import Q

from cursitor.plumbing.vault.models import Blob
from cursitor.spine.engagements.models import Matter
from cursitor.spine.people.models import Organisation, Person


class File(models.Model):
    """A named file in a matter's room. Its bytes are its versions."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="files")
    provider = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="files",
        help_text="the one provider that sees it besides the client; empty: every provider the matter is open to",
    )
    name = models.CharField(max_length=255)
    order_ref = models.CharField(max_length=20, blank=True, help_text="the order it belongs to, if one: WO-1187")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["matter", "order_ref", "name"],
                condition=Q(provider=None),
                name="file_name_once_per_place",
            ),
            models.UniqueConstraint(
                fields=["matter", "provider", "order_ref", "name"],
                condition=Q(provider__isnull=False),
                name="file_name_once_per_place_and_provider",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        return f"file:{self.pk}"


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
