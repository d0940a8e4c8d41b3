from datetime import date, datetime

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property

from cursitor.spine.people.choices import LicenceStatus, OrganisationKind, Role, SkillKind, Theme


class Organisation(models.Model):
    """A client (law firm or legal department) or a provider. One installation holds several of each."""

    name = models.CharField(max_length=200, unique=True)
    short_name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=OrganisationKind)
    tax_id = models.CharField(max_length=20, blank=True, help_text="LAW_FIRM_ID of LEDES; US: federal tax id")
    address = models.TextField(blank=True)
    is_demo = models.BooleanField(default=False)
    registered_by = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="registered",
        help_text="the organisation whose administrator entered this one; none: whoever runs the installation",
    )

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        return f"organisation:{self.pk}"

    @property
    def is_provider(self) -> bool:
        return self.kind == OrganisationKind.PROVIDER


class Site(models.Model):
    """A place where people of an organisation work: its country decides what may be read there, its zone the hours."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="sites")
    name = models.CharField(max_length=80, help_text="usually the city")
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    zone = models.CharField(max_length=64, help_text="IANA time zone")
    hours = models.JSONField(
        default=dict,
        help_text='opening hours by ISO weekday: {"1": [["09:00", "18:00"]], ...}; a night may cross 24:00',
    )
    holidays = models.CharField(max_length=20, blank=True, help_text="country or country-subdivision, e.g. US-IL")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="site_name_once_per_organisation")]

    def __str__(self) -> str:
        return f"{self.name}, {self.organisation.short_name}"


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "Person":
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):
    """Somebody who signs in. What a person may see and do comes from memberships alone; nobody is a superuser."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=64, default="UTC", help_text="IANA time zone the person reads times in")
    theme = models.CharField(max_length=10, choices=Theme, default=Theme.SYSTEM)
    has_single_keys = models.BooleanField(default=True, help_text="single-key commands are on (WCAG 2.1.4)")
    is_active = models.BooleanField(default=True)
    wants_digest = models.BooleanField(default=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = PersonManager()

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        parts = self.name.split()
        return (parts[0][:1] + (parts[-1][:1] if len(parts) > 1 else "")).upper()

    @property
    def key(self) -> str:
        return f"person:{self.pk}"

    @cached_property
    def roles_by_organisation(self) -> dict[int, frozenset[str]]:
        """Return the roles held now, by key of the organisation. Read once per instance."""
        held: dict[int, set[str]] = {}
        for organisation, role in self.memberships.filter(ended_at=None).values_list("organisation_id", "role"):
            held.setdefault(organisation, set()).add(role)
        return {organisation: frozenset(roles) for organisation, roles in held.items()}


class Membership(models.Model):
    """A person's role in an organisation, at a site. Ended, never deleted."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=24, choices=Role)
    timekeeper_class = models.CharField(max_length=10, blank=True, help_text="LEDES 2014 class, e.g. PARTNR, DSCANS")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organisation", "role"],
                condition=Q(ended_at=None),
                name="membership_role_once_while_it_runs",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.get_role_display()} at {self.organisation.short_name}"


class Licence(models.Model):
    """An authority to practise: the body that gave it, where it holds, and what was last found when it was checked."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="licences")
    body = models.CharField(max_length=120, help_text="e.g. Attorney Registration and Disciplinary Commission")
    jurisdiction = models.CharField(max_length=20, help_text="e.g. US-IL")
    number = models.CharField(max_length=40)
    admitted_date = models.DateField()
    status = models.CharField(max_length=10, choices=LicenceStatus)
    checked_date = models.DateField()
    expires_date = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "body", "number"], name="licence_number_once_per_body"),
            models.CheckConstraint(
                condition=Q(expires_date=None) | Q(expires_date__gt=F("admitted_date")),
                name="licence_expires_after_admission",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.number} of {self.person}"

    def is_active_on(self, day: date) -> bool:
        return (
            self.status == LicenceStatus.ACTIVE
            and self.admitted_date <= day
            and (self.expires_date is None or day < self.expires_date)
        )


class Skill(models.Model):
    """A skill or language, with what it rests on and when that must be renewed."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="skills")
    kind = models.CharField(max_length=10, choices=SkillKind)
    name = models.CharField(max_length=80, help_text="a language is its BCP 47 tag")
    level = models.CharField(max_length=40, blank=True)
    evidence = models.CharField(max_length=300)
    expires_date = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "kind", "name"], name="skill_once_per_person")]

    def __str__(self) -> str:
        return f"{self.name} of {self.person}"


class Invitation(models.Model):
    """A letter that lets somebody join. The token itself is never stored, only its digest."""

    email = models.EmailField()
    name = models.CharField(max_length=120)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="invitations")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=24, choices=Role)
    timekeeper_class = models.CharField(max_length=10, blank=True, help_text="LEDES 2014 class, e.g. PARTNR, DSCANS")
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.email} to {self.organisation}"


class Notice(models.Model):
    """Something a person should know: in the page, and in the next mail digest unless read. No content of a matter."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notices")
    text = models.CharField(max_length=200)
    link = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-at"], name="notices_of_a_person")]

    def __str__(self) -> str:
        return self.text


class ApiToken(models.Model):
    """Lets a program act as a person, within scopes. The secret is shown once; only its digest is stored."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=80, help_text="what it is for")
    start = models.CharField(max_length=12, help_text="the first characters, to tell tokens apart")
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list, help_text='e.g. ["orders:read", "orders:write"]')
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True, help_text="to the minute")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="token_expires_after_it_is_made")
        ]

    def __str__(self) -> str:
        return f"{self.start} of {self.person}"

    def is_valid_at(self, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at
