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


class Theme(models.TextChoices):
    SYSTEM = "SYSTEM", _("As the system")
    LIGHT = "LIGHT", _("Light")
    DARK = "DARK", _("Dark")
