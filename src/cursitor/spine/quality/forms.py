"""Forms of the quality pages: they turn what was typed into values, rules live in operations."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core import signing

from cursitor.spine.quality import queries
from cursitor.spine.quality.choices import Scheme

CLOCK = "quality.inspection"
LONGEST_SECONDS = 8 * 3600


def clock(opened_at: datetime) -> str:
    """Return the instant at which a unit's page was opened, signed, so that the page cannot tell another."""
    return signing.dumps(opened_at.isoformat(), salt=CLOCK)


def seconds_since(opened_at: datetime, now: datetime) -> int:
    """Return the whole seconds between the two, eight hours at most: nobody reads one unit for longer."""
    return max(0, min(int((now - opened_at).total_seconds()), LONGEST_SECONDS))


class CommitForm(forms.Form):
    DEFAULTS = {"scheme": Scheme.ZERO_ACCEPTANCE, "limiting_quality": "2"}

    scheme = forms.ChoiceField(choices=Scheme.choices, initial=Scheme.ZERO_ACCEPTANCE, widget=forms.RadioSelect)
    limiting_quality = forms.DecimalField(
        label="Limiting quality, per cent, for zero acceptance",
        required=False,
        min_value=Decimal("0.001"),
        max_value=Decimal("99.999"),
        decimal_places=3,
        initial=Decimal(2),
        help_text="A lot as bad as this passes at most one time in twenty.",
    )
    aql = forms.TypedChoiceField(
        label="Acceptance quality limit, per cent, for single normal sampling",
        required=False,
        coerce=Decimal,
        empty_value=None,
        choices=[("", "Choose"), *((str(aql), str(aql)) for aql in queries.AQLS)],
        help_text="A process as good as this passes nearly always. General inspection level II.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        wanted = {Scheme.ZERO_ACCEPTANCE: "limiting_quality", Scheme.NORMAL_SINGLE: "aql"}.get(cleaned.get("scheme"))
        if wanted and wanted not in self.errors and cleaned.get(wanted) is None:
            self.add_error(wanted, "The scheme needs this.")
        return cleaned


class ReadingForm(forms.Form):
    """Which unit was read and when its page was opened; the reading itself is the service line's own."""

    sample = forms.IntegerField(widget=forms.HiddenInput)
    clock = forms.CharField(widget=forms.HiddenInput)

    def clean_clock(self) -> datetime:
        try:
            opened = signing.loads(self.cleaned_data["clock"], salt=CLOCK)
        except signing.BadSignature as bad:
            raise forms.ValidationError("The page has been altered. Open the unit again.") from bad
        return datetime.fromisoformat(opened)


class SetAsideForm(forms.Form):
    reason = forms.CharField(
        max_length=300,
        label="Why this is not a defect",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stays on the lot's page and in the log.",
    )


class SignForm(forms.Form):
    """What is declared on the page of a signature, and the digest of the statement that was shown."""

    has_read = forms.BooleanField(label="I have supervised this work and read what I release.")
    statement_sha256 = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
