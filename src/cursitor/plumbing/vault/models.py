from django.db import models


class DataKey(models.Model):
    """The key of one scope (a matter), wrapped by the installation's master key. Destroy it to shred the scope."""

    scope = models.CharField(max_length=120, unique=True)
    wrapped = models.BinaryField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"key of {self.scope}"


class Blob(models.Model):
    """Encrypted bytes, named by the SHA-256 of their plain text within one scope. Never changed."""

    scope = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(help_text="bytes of plain text")
    stored_as = models.CharField(max_length=200)
    stored_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "sha256"], name="vault_one_blob_per_scope_and_digest")]

    def __str__(self) -> str:
        return f"{self.scope}/{self.sha256[:12]}"
