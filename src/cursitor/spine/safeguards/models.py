from django.db import models

from cursitor.spine.engagements.models import Matter
from cursitor.spine.people.models import Person
from cursitor.spine.safeguards.choices import Outcome


class PolicyPack(models.Model):
    """A version of the rules in force from a day. A firm edits by adding a version; decisions name theirs."""

    name = models.CharField(max_length=80)
    version = models.PositiveSmallIntegerField()
    text = models.TextField(help_text="the pack itself, TOML")
    effective_from = models.DateField()
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="policy_pack_version_once")]

    def __str__(self) -> str:
        return f"{self.name} version {self.version}"


class Decision(models.Model):
    """What one rule said of one act, on which facts, under which version; and who overrode it, with what reason."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="decisions")
    pack = models.ForeignKey(PolicyPack, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=40, help_text="e.g. work.issue")
    subject = models.CharField(max_length=120, help_text='"order:WO-1187"')
    rule = models.CharField(max_length=20)
    rule_version = models.CharField(max_length=20)
    title = models.CharField(max_length=300)
    citation = models.CharField(max_length=300)
    outcome = models.CharField(max_length=10, choices=Outcome)
    fact_found = models.CharField(max_length=500)
    cure = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    overridden_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    override_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["subject", "at"], name="decisions_by_subject")]

    def __str__(self) -> str:
        return f"{self.rule} on {self.subject}: {self.outcome}"
