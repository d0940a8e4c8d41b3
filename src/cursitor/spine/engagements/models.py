from django.db import models
from django.db.models import F, Q

from cursitor.spine.engagements.choices import (
    EngagementStatus,
    MatterStatus,
    Milestone,
    PartyRole,
    PartySide,
    RateBasis,
)
from cursitor.spine.people.models import Organisation, Person


class Client(models.Model):
    """Whom a firm acts for. A legal department is its own client."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="clients")
    name = models.CharField(max_length=200)
    number = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="client_number_once_per_organisation")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        return f"client:{self.pk}"


class Matter(models.Model):
    """A piece of legal business of a client. Its number is also its address; its caption is how lawyers know it."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="matters")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="matters")
    number = models.CharField(max_length=20, unique=True)
    caption = models.CharField(max_length=300)
    short_name = models.CharField(max_length=60)
    jurisdiction = models.CharField(
        max_length=20, help_text="where the supervising attorney must be licensed, e.g. US-IL"
    )
    forum = models.CharField(max_length=80, blank=True, help_text="court or agency, e.g. N.D. Ill.")
    practice_area = models.CharField(max_length=80)
    status = models.CharField(max_length=10, choices=MatterStatus, default=MatterStatus.OPEN)
    supervising_attorney = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="supervised_matters")
    client_matter_id = models.CharField(max_length=20, blank=True, help_text="CLIENT_MATTER_ID of LEDES")
    opened_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.number} {self.short_name}"

    @property
    def key(self) -> str:
        return f"matter:{self.number}"


class Party(models.Model):
    matter = models.ForeignKey(Matter, on_delete=models.CASCADE, related_name="parties")
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=20, choices=PartyRole)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["matter", "name", "role"], name="party_once_per_matter_and_role")
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.get_role_display()}"


class Engagement(models.Model):
    """What joins a client organisation and a provider. Everything agreed stands in its dated terms."""

    number = models.CharField(max_length=20, unique=True, help_text="e.g. E-31")
    client = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="engagements_as_client")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="engagements_as_provider")
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=EngagementStatus, default=EngagementStatus.ACTIVE)
    signed_date = models.DateField()

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def key(self) -> str:
        return f"engagement:{self.number}"


class Terms(models.Model):
    """One version of what was agreed, in force from a day to before another. An amendment adds a version."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="terms")
    version = models.PositiveSmallIntegerField()
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True, help_text="first day no longer in force")
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    permitted_lines = models.JSONField(default=list, help_text="keys of service lines")
    permitted_countries = models.JSONField(default=list, help_text="ISO 3166-1 alpha-2: where the work may be read")
    supervising_attorney = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    budget_amount = models.PositiveBigIntegerField(help_text="minor units, for the whole engagement")
    payment_days = models.PositiveSmallIntegerField(default=30)
    calendar = models.JSONField(help_text="business calendar of the clocks: {zone, hours, closed, version}")
    reason = models.CharField(max_length=300, blank=True, help_text="why this version was made")
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["engagement", "version"], name="terms_version_once_per_engagement"),
            models.UniqueConstraint(
                fields=["engagement"],
                condition=Q(effective_to=None),
                name="terms_one_open_version_per_engagement",
            ),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gt=F("effective_from")),
                name="terms_end_after_they_begin",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.engagement.number} version {self.version}"


class MilestoneTerm(models.Model):
    """How much business time a milestone may take, and whose clock it is."""

    terms = models.ForeignKey(Terms, on_delete=models.CASCADE, related_name="milestones")
    milestone = models.CharField(max_length=12, choices=Milestone)
    party = models.CharField(max_length=10, choices=PartySide)
    business_minutes = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["terms", "milestone"], name="milestone_once_per_terms")]

    def __str__(self) -> str:
        return f"{self.get_milestone_display()} within {self.business_minutes} business minutes"


class Rate(models.Model):
    """A line of the rate card. `item` is a timekeeper class for an hour and a work kind for a unit or a fixed price."""

    terms = models.ForeignKey(Terms, on_delete=models.CASCADE, related_name="rates")
    basis = models.CharField(max_length=5, choices=RateBasis)
    item = models.CharField(max_length=60)
    amount = models.PositiveBigIntegerField(help_text="minor units of the terms' currency")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["terms", "basis", "item"], name="rate_once_per_terms")]

    def __str__(self) -> str:
        return f"{self.item} {self.get_basis_display()}: {self.amount}"


class MatterEngagement(models.Model):
    """Opens a matter to the provider of an engagement. Without it the provider does not know the matter exists."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="openings")
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="openings")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["matter", "engagement"],
                condition=Q(closed_at=None),
                name="matter_open_once_per_engagement",
            )
        ]

    def __str__(self) -> str:
        return f"{self.matter} under {self.engagement.number}"


class TeamMember(models.Model):
    """A provider's specialist who works on a matter. Managers need no row; specialists see nothing without one."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="team")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="teams")
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["matter", "person"], condition=Q(left_at=None), name="team_member_once")
        ]

    def __str__(self) -> str:
        return f"{self.person} on {self.matter}"


class Wall(models.Model):
    """An ethical wall: excludes a person from a matter, whatever their role. To them the matter does not exist."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="walls")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="walls")
    reason = models.CharField(max_length=300)
    raised_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["matter", "person"], condition=Q(lifted_at=None), name="wall_once_while_it_stands"
            )
        ]

    def __str__(self) -> str:
        return f"wall between {self.person} and {self.matter}"
