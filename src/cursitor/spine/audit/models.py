"""The append-only log. It knows nobody: actors and subjects are plain keys, so the record outlives them."""

from django.db import models


class Entry(models.Model):
    """One thing that happened: a leaf of the log's Merkle tree (RFC 6962). The database refuses to change it."""

    sequence = models.PositiveBigIntegerField(primary_key=True, help_text="0, 1, 2, ... without gaps")
    at = models.DateTimeField()
    type = models.CharField(max_length=80, help_text="dotted, e.g. work.order.issued")
    actor = models.CharField(max_length=80, help_text='"person:12", or "system"')
    actor_name = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=120, help_text='"order:WO-1187"')
    matter = models.CharField(max_length=80, blank=True, help_text='"matter:2026-014"; empty outside a matter')
    data = models.JSONField(default=dict)
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "sequence"], name="audit_by_subject"),
            models.Index(fields=["matter", "sequence"], name="audit_by_matter"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.type} {self.subject}"


class Checkpoint(models.Model):
    """The signed root of the first `size` entries. The compact range lets the next one be made without a re-read."""

    size = models.PositiveBigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    frontier = models.JSONField(help_text="compact range of the tree, hex")
    at = models.DateTimeField()
    note = models.TextField(help_text="the signed statement")
    signature = models.BinaryField(help_text="Ed25519 over the note")
    public_key = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"checkpoint of {self.size} entries"
