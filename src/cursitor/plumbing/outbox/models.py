from django.db import models
from django.db.models import Q


class Message(models.Model):
    """
    Work to be done after a commit, or at a time: written in the transaction that decided it.

    A worker leases a message, runs its handler and marks it done. A worker that dies loses its lease and the
    message is taken again, so a handler must do no harm when it runs twice. The payload carries ids only.
    """

    topic = models.CharField(max_length=80)
    payload = models.JSONField(default=dict)
    key = models.CharField(
        max_length=200,
        blank=True,
        help_text="While a message with this topic and key waits, another is not added.",
    )
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_token = models.CharField(max_length=36, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="outbox_waiting", condition=Q(done_at=None, dead_at=None)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "key"],
                condition=Q(done_at=None, dead_at=None, lease_until=None) & ~Q(key=""),
                name="outbox_one_waiting_message_per_key",
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.pk}"
