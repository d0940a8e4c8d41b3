from django.db import models
from django.utils.translation import gettext_lazy as _


class InvoiceState(models.TextChoices):
    DRAFT = "DRAFT", _("Draft")
    ISSUED = "ISSUED", _("Issued")
    APPROVED = "APPROVED", _("Approved")
    DISPUTED = "DISPUTED", _("Disputed")
    VOID = "VOID", _("Void")


class LineKind(models.TextChoices):
    FEE = "FEE", _("Fee")
    EXPENSE = "EXPENSE", _("Expense")


class LineVerdict(models.TextChoices):
    PENDING = "PENDING", _("Pending")
    APPROVED = "APPROVED", _("Approved")
    DISPUTED = "DISPUTED", _("Disputed")
