from django import forms

from cursitor.spine.audit.forms import DayInput


class OverrideForm(forms.Form):
    reason = forms.CharField(
        max_length=500, widget=forms.Textarea(attrs={"rows": 3}), label="Why the rule is set aside"
    )


class RulesForm(forms.Form):
    """The text of a pack, with the day it begins and why."""

    effective_from = forms.DateField(widget=DayInput(), label="In force from")
    reason = forms.CharField(max_length=300, label="Why the rules are changed")
    text = forms.CharField(
        strip=False,
        max_length=200_000,
        label="Rules (TOML)",
        widget=forms.Textarea(attrs={"rows": 28, "class": "mono", "spellcheck": "false"}),
    )

    def clean_text(self) -> str:
        # Browsers send line ends of their own; the stored text and its difference have one kind.
        return self.cleaned_data["text"].replace("\r\n", "\n")
