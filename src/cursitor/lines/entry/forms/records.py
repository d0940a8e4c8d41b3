"""Forms over records: what a list is narrowed to, what becomes of exceptions, corrections and gold sets."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cursitor.lines.entry import queries
from cursitor.lines.entry.choices import Stage


class RecordsFilterForm(forms.Form):
    """What the address of a list of records says. What cannot be used counts as not said."""

    q = forms.CharField(label=_("Find"), required=False, max_length=200)
    stage = forms.ChoiceField(
        label=_("Stage"), required=False, choices=lambda: [("", _("Every stage")), *Stage.choices]
    )
    found = forms.ChoiceField(label=_("Found"), required=False, choices=lambda: list(queries.FOUND.items()))
    batch = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    keyer = forms.IntegerField(required=False, min_value=1, max_value=2**53)

    def filters(self) -> queries.Filters:
        self.is_valid()
        said = self.cleaned_data
        return queries.Filters(
            stage=said.get("stage") or "",
            batch=said.get("batch"),
            found=said.get("found") or "",
            keyer=said.get("keyer"),
            text=said.get("q") or "",
        )


class ReopenForm(forms.Form):
    """Which records are keyed anew, and why."""

    records = forms.TypedMultipleChoiceField(coerce=int, error_messages={"required": _("Choose at least one record.")})
    reason = forms.CharField(label=_("Why it is keyed again"), max_length=300)

    def __init__(self, numbers: list[int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["records"].choices = [(number, number) for number in numbers]


class CorrectForm(forms.Form):
    """What one settled field should say."""

    field = forms.ChoiceField(label=_("Field"))
    raw = forms.CharField(
        label=_("What the page shows"),
        required=False,
        max_length=10_000,
        strip=False,
        widget=forms.Textarea({"rows": 1}),
    )
    is_unreadable = forms.BooleanField(label=_("Cannot be read"), required=False)
    reason = forms.CharField(label=_("Why it is corrected"), max_length=300)

    def __init__(self, choices: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = choices

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("is_unreadable") and cleaned.get("raw"):
            self.add_error("raw", _("A field that cannot be read holds no value."))
        return cleaned


class SettleRecordsForm(forms.Form):
    """Records that were set aside, and what becomes of them."""

    act = forms.ChoiceField(choices=[("confirm", ""), ("take_back", "")])
    records = forms.TypedMultipleChoiceField(coerce=int, error_messages={"required": _("Choose at least one record.")})

    def __init__(self, numbers: list[int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["records"].choices = [(number, number) for number in numbers]


class GoldForm(forms.Form):
    n = forms.IntegerField(label=_("Gold records"), min_value=1, max_value=10_000, initial=20)
