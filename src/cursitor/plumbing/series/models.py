from django.db import models


class Series(models.Model):
    """A run of numbers without gaps. The row is locked until the transaction that took a number ends."""

    name = models.CharField(max_length=120, unique=True)
    latest = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.latest}"
