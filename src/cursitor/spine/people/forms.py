"""Forms of the people pages: they turn what was typed into values, rules live in operations."""

from datetime import time
from typing import Any
from zoneinfo import available_timezones

from django import forms

from cursitor.spine.people.choices import (
    CLIENT_ROLES,
    PROVIDER_ROLES,
    SCOPES,
    LicenceStatus,
    OrganisationKind,
    Role,
    SkillKind,
    Theme,
)
from cursitor.spine.people.models import Organisation

WEEKDAYS = {"1": "Mon", "2": "Tue", "3": "Wed", "4": "Thu", "5": "Fri", "6": "Sat", "7": "Sun"}


def zones() -> list[tuple[str, str]]:
    """Return the IANA zones people live in, as choices."""
    named = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in named)]


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class InviteForm(forms.Form):
    name = forms.CharField(max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = forms.EmailField(label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    site = forms.ModelChoiceField(queryset=None, help_text="Its country decides what may be read there.")
    role = forms.ChoiceField()
    timekeeper_class = forms.CharField(
        required=False, max_length=10, help_text="For time billed by the hour: the class of the rate card, e.g. DSCANS."
    )

    def __init__(self, organisation: Organisation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = organisation.sites.order_by("name", "pk")
        roles = PROVIDER_ROLES if organisation.is_provider else CLIENT_ROLES
        self.fields["role"].choices = [(role.value, role.label) for role in Role if role in roles]


class AcceptForm(forms.Form):
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
        help_text="Twelve characters at least. A sentence that only you would think of is good.",
    )


class EndMembershipForm(forms.Form):
    reason = forms.CharField(max_length=300)


class OrganisationForm(forms.Form):
    name = forms.CharField(max_length=200)
    short_name = forms.CharField(max_length=60, help_text="As it stands in tables.")
    kind = forms.ChoiceField(choices=OrganisationKind.choices)
    tax_id = forms.CharField(max_length=20, required=False, label="Tax number", help_text="Printed on invoices.")
    address = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))


class SiteForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="Usually the city.")
    country = forms.RegexField(r"^[A-Za-z]{2}$", max_length=2, help_text="Two letters, as in US or IN.")
    zone = forms.ChoiceField(choices=zones, label="Time zone")
    weekdays = forms.MultipleChoiceField(
        choices=list(WEEKDAYS.items()), initial=["1", "2", "3", "4", "5"], widget=forms.CheckboxSelectMultiple
    )
    opens = forms.TimeField(initial=time(9), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    closes = forms.TimeField(
        initial=time(18),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="A shift that ends after midnight closes earlier than it opens.",
    )
    holidays = forms.CharField(max_length=20, required=False, help_text="Country or subdivision, as in US-IL.")

    def hours(self) -> dict[str, list[list[str]]]:
        """Return the opening hours by ISO weekday, as Site keeps them."""
        hours = [f"{self.cleaned_data['opens']:%H:%M}", f"{self.cleaned_data['closes']:%H:%M}"]
        return {day: [hours] for day in self.cleaned_data["weekdays"]}


class LicenceForm(forms.Form):
    body = forms.CharField(max_length=120, help_text="Who admitted them.")
    jurisdiction = forms.CharField(max_length=20, help_text="As in US-IL.")
    number = forms.CharField(max_length=40)
    admitted_date = forms.DateField(label="Admitted", widget=DayInput())
    status = forms.ChoiceField(choices=LicenceStatus.choices)
    checked_date = forms.DateField(label="Looked up on", widget=DayInput())
    expires_date = forms.DateField(label="Expires", required=False, widget=DayInput())


class LicenceCheckForm(forms.Form):
    status = forms.ChoiceField(choices=LicenceStatus.choices, label="Found")
    expires_date = forms.DateField(label="Expires", required=False, widget=DayInput())


class SkillForm(forms.Form):
    kind = forms.ChoiceField(choices=SkillKind.choices)
    name = forms.CharField(max_length=80, help_text="A language is its tag, as in en or pt-BR.")
    level = forms.CharField(max_length=40, required=False)
    evidence = forms.CharField(max_length=300, help_text="Certificate, test or work it rests on.")
    expires_date = forms.DateField(label="Renew by", required=False, widget=DayInput())


class PreferencesForm(forms.Form):
    name = forms.CharField(max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    zone = forms.ChoiceField(choices=zones, label="Time zone", help_text="Times are shown in it, with its name.")
    theme = forms.ChoiceField(choices=Theme.choices, widget=forms.Select(attrs={"data-theme-choice": ""}))
    has_single_keys = forms.BooleanField(
        required=False, label="Single keys", help_text="J, K, / and the letters of the review bench. Ctrl keys stay."
    )
    wants_digest = forms.BooleanField(
        required=False, label="Notices by mail", help_text="What you have not read within half an hour, in one letter."
    )


class TokenForm(forms.Form):
    name = forms.CharField(max_length=80, label="What it is for")
    scopes = forms.MultipleChoiceField(
        choices=SCOPES,
        widget=forms.CheckboxSelectMultiple,
        help_text="The program sees and does at most what you see and do.",
    )
    days = forms.IntegerField(label="Days until it expires", min_value=1, max_value=366, initial=90)
