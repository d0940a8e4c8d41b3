from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cursitor.lines.entry.choices import Split


class BriefForm(forms.Form):
    """What the firm says of a data-entry order: what is keyed, by whom side by side, by which conventions."""

    subject = forms.CharField(
        label=_("What is entered"),
        help_text=_("The papers and where they come from: registration statements 1976 to 2014, scanned."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )
    streams = forms.IntegerField(
        label=_("Keyers side by side"),
        min_value=1,
        max_value=50,
        initial=2,
        help_text=_("As many first-keying tasks, and as many second-keying tasks. Nobody keys the same record twice."),
    )
    split = forms.ChoiceField(
        label=_("What becomes a record"),
        choices=Split.choices,
        initial=Split.FILE,
        help_text=_("Each batch may say otherwise."),
    )
    every = forms.IntegerField(
        label=_("Pages a record"),
        min_value=1,
        max_value=1000,
        initial=1,
        required=False,
        help_text=_("Only where a record is made of every so many pages."),
    )
    guidance = forms.CharField(
        label=_("Protocol"),
        help_text=_("Conventions that keyers see beside every record: how names are written, what to do with a stamp."),
        widget=forms.Textarea(attrs={"rows": 6}),
        required=False,
        max_length=20_000,
    )
    pace_low = forms.IntegerField(label=_("Pace, records per hour, from"), min_value=1, required=False)
    pace_high = forms.IntegerField(label=_("to"), min_value=1, required=False)

    def clean_every(self) -> int:
        return self.cleaned_data["every"] or 1

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        low, high = cleaned.get("pace_low"), cleaned.get("pace_high")
        if low and high and low >= high:
            self.add_error("pace_high", _("The pace is a band: from is lower than to."))
        return cleaned
