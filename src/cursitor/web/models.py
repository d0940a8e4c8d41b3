from django.db import models

from cursitor.spine.people.models import ApiToken


class KeptAnswer(models.Model):
    """
    What the API answered to a write that carried an Idempotency-Key: the same key gets the same answer for a day.

    It commits with the change it answers for, so a key that is known tells of a change that happened.
    """

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    request_digest = models.CharField(max_length=64, help_text="SHA-256 of method, address and body")
    status = models.PositiveSmallIntegerField(default=0, help_text="0: not answered yet")
    mime = models.CharField(max_length=60, blank=True)
    body = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="answer_kept_once_per_token_and_key")]
        indexes = [models.Index(fields=["at"], name="kept_answers_by_age")]

    def __str__(self) -> str:
        return f"{self.key}: {self.status}"
