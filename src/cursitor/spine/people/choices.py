from django.db import models
from django.utils.translation import gettext_lazy as _


class OrganisationKind(models.TextChoices):
    CLIENT = "CLIENT", _("Client")
    PROVIDER = "PROVIDER", _("Provider")


class Role(models.TextChoices):
    SUPERVISING_ATTORNEY = "SUPERVISING_ATTORNEY", _("Supervising attorney")
    LEGAL_OPERATIONS = "LEGAL_OPERATIONS", _("Legal operations")
    DELIVERY_MANAGER = "DELIVERY_MANAGER", _("Delivery manager")
    SPECIALIST = "SPECIALIST", _("Specialist")
    QC_LEAD = "QC_LEAD", _("QC lead")
    PROVIDER_FINANCE = "PROVIDER_FINANCE", _("Provider finance")
    ADMINISTRATOR = "ADMINISTRATOR", _("Administrator")


CLIENT_ROLES = frozenset({Role.SUPERVISING_ATTORNEY, Role.LEGAL_OPERATIONS, Role.ADMINISTRATOR})
PROVIDER_ROLES = frozenset(
    {Role.DELIVERY_MANAGER, Role.SPECIALIST, Role.QC_LEAD, Role.PROVIDER_FINANCE, Role.ADMINISTRATOR}
)


class LicenceStatus(models.TextChoices):
    ACTIVE = "ACTIVE", _("Active")
    INACTIVE = "INACTIVE", _("Inactive")
    SUSPENDED = "SUSPENDED", _("Suspended")
    REVOKED = "REVOKED", _("Revoked")


class SkillKind(models.TextChoices):
    SKILL = "SKILL", _("Skill")
    LANGUAGE = "LANGUAGE", _("Language")


class Area(models.TextChoices):
    """What a program may be let into."""

    ORDERS = "orders", _("Orders")
    TASKS = "tasks", _("Tasks")
    QUESTIONS = "questions", _("Questions")
    FILES = "files", _("Files")
    DELIVERABLES = "deliverables", _("Deliverables")
    INVOICES = "invoices", _("Invoices")
    AUDIT = "audit", _("Log")


READ_ONLY_AREAS = frozenset({Area.DELIVERABLES, Area.AUDIT})
SCOPES = tuple(
    (f"{area}:{verb}", f"{area.label}: {verb}")
    for area in Area
    for verb in ("read", "write")
    if verb == "read" or area not in READ_ONLY_AREAS
)
"""(scope, words): a program that may write an area may not read it unless it has that scope too."""


class Theme(models.TextChoices):
    SYSTEM = "SYSTEM", _("As the system")
    LIGHT = "LIGHT", _("Light")
    DARK = "DARK", _("Dark")


EVENTS = {
    "people.organisation.registered": _("Organisation registered"),
    "people.site.added": _("Site added"),
    "people.person.invited": _("Person invited"),
    "people.invitation.withdrawn": _("Invitation withdrawn"),
    "people.person.joined": _("Person joined"),
    "people.membership.ended": _("Membership ended"),
    "people.licence.added": _("Licence entered"),
    "people.licence.checked": _("Licence checked"),
    "people.skill.added": _("Skill entered"),
    "people.session.opened": _("Signed in"),
    "people.session.refused": _("Sign-in refused"),
    "people.password.changed": _("Password changed"),
    "people.factor.added": _("Second factor added"),
    "people.factor.removed": _("Second factor removed"),
    "people.factor.renewed": _("Recovery codes renewed"),
    "people.token.made": _("API token made"),
    "people.token.revoked": _("API token revoked"),
}
