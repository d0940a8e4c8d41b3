from django.db import models
from django.db.models import Q

from cursitor.spine.engagements.models import Matter
from cursitor.spine.people.models import Organisation, Person
from cursitor.spine.safeguards.choices import Outcome


class PolicyPack(models.Model):
    """A version of the rules in force from a day. A firm edits by adding a version; decisions name theirs."""

    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="policy_packs",
        help_text="whose rules these are; empty: those the installation began with",
    )
    name = models.CharField(max_length=80)
    version = models.PositiveSmallIntegerField()
    text = models.TextField(help_text="the pack itself, TOML")
    effective_from = models.DateField()
    reason = models.CharField(max_length=300, blank=True, help_text="why this version was made")
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "version"], name="policy_pack_version_once"),
            models.UniqueConstraint(
                fields=["version"], condition=Q(organisation=None), name="policy_default_pack_version_once"
            ),
        ]

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
    facts = models.JSONField(default=dict, help_text="the facts the rule looked at, by name")
    fact_found = models.CharField(max_length=500)
    cure = models.CharField(max_length=300, blank=True)
    overridable_by = models.JSONField(default=list, help_text="roles that may override")
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    overridden_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    overridden_at = models.DateTimeField(null=True, blank=True)
    override_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["subject", "at"], name="decisions_by_subject")]
        constraints = [
            models.CheckConstraint(
                condition=Q(overridden_by=None, overridden_at=None, override_reason="")
                | (
                    Q(outcome=Outcome.OVERRIDE, overridden_by__isnull=False, overridden_at__isnull=False)
                    & ~Q(override_reason="")
                ),
                name="decision_override_has_person_time_and_reason",
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule} on {self.subject}: {self.outcome}"

    @property
    def stands_in_the_way(self) -> bool:
        return self.outcome == Outcome.BLOCK or (self.outcome == Outcome.OVERRIDE and self.overridden_by_id is None)
