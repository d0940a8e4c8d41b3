"""Forms of the pages for clients, matters and engagements: they turn what was typed into values."""

import re
from datetime import date
from typing import Any

from django import forms

from cursitor.engines import money
from cursitor.engines.money import currencies
from cursitor.spine.audit.forms import DayInput
from cursitor.spine.engagements import access, queries
from cursitor.spine.engagements import terms as agreed
from cursitor.spine.engagements.choices import EngagementStatus, Milestone, PartyRole, PartySide, RateBasis
from cursitor.spine.engagements.models import Client, Engagement, Matter
from cursitor.spine.engagements.operations import MatterDraft
from cursitor.spine.people import access as people_access
from cursitor.spine.people.choices import OrganisationKind, Role
from cursitor.spine.people.forms import WEEKDAYS, zones
from cursitor.spine.people.models import Organisation, Person

N_SPARE_RATES = 3
_SPAN = re.compile(r"\d{2}:\d{2}-\d{2}:\d{2}")


def line_choices() -> list[tuple[str, str]]:
    return list(queries.line_names().items())


def own_firms(person: Person) -> Any:
    """Return the client organisations for which the person instructs."""
    instructing = people_access.organisations_with_role(person, access.INSTRUCTING)
    return Organisation.objects.filter(pk__in=instructing).order_by("name", "pk")


def attorneys(organisations: Any) -> Any:
    """Return the supervising attorneys of organisations, by name."""
    held = {"memberships__role": Role.SUPERVISING_ATTORNEY, "memberships__ended_at": None}
    return Person.objects.filter(memberships__organisation__in=organisations, **held).distinct().order_by("name", "pk")


class ClientForm(forms.Form):
    organisation = forms.ModelChoiceField(queryset=None, label="Firm")
    name = forms.CharField(max_length=200)
    number = forms.CharField(max_length=20, help_text="The firm's own client number.")

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = own_firms(person)
        self.fields["organisation"].initial = own_firms(person).first()


class MatterForm(forms.Form):
    """What is known of a matter. With `matter` it corrects that matter, whose client and number stay."""

    client = forms.ModelChoiceField(queryset=None)
    number = forms.SlugField(max_length=20, required=False, help_text="Empty: the next number of the year.")
    caption = forms.CharField(max_length=300, help_text="As the court or the parties call it.")
    short_name = forms.CharField(max_length=60)
    jurisdiction = forms.CharField(max_length=20, help_text="Where the attorney must be licensed, as in US-IL.")
    forum = forms.CharField(max_length=80, required=False, help_text="Court or agency, as in N.D. Ill.")
    practice_area = forms.CharField(max_length=80)
    supervising_attorney = forms.ModelChoiceField(queryset=None)
    client_matter_id = forms.CharField(
        max_length=20, required=False, label="Client matter ID", help_text="As the client's billing system has it."
    )

    def __init__(self, person: Person, *args: Any, matter: Matter | None = None, **kwargs: Any) -> None:
        known = {name: getattr(matter, name) for name in MatterDraft.__dataclass_fields__} if matter else {}
        super().__init__(*args, initial=known, **kwargs)
        firms = [matter.organisation] if matter else own_firms(person)
        self.fields["supervising_attorney"].queryset = attorneys(firms)
        if matter:
            del self.fields["client"], self.fields["number"]
        else:
            self.fields["client"].queryset = Client.objects.filter(organisation__in=firms).order_by("name", "pk")

    def draft(self) -> MatterDraft:
        return MatterDraft(**{name: self.cleaned_data[name] for name in MatterDraft.__dataclass_fields__})


class PartyForm(forms.Form):
    name = forms.CharField(max_length=200)
    role = forms.ChoiceField(choices=PartyRole.choices)


class OpeningForm(forms.Form):
    """Which provider gets to know a matter, and under what."""

    engagement = forms.ModelChoiceField(queryset=None, label="Provider and engagement")

    def __init__(self, person: Person, matter: Matter, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active = access.engagements(person).filter(client=matter.organisation, status=EngagementStatus.ACTIVE)
        open_now = matter.openings.filter(closed_at=None).values("engagement")
        self.fields["engagement"].queryset = (
            active.exclude(pk__in=open_now).select_related("provider").order_by("number")
        )
        self.fields["engagement"].label_from_instance = lambda each: f"{each.provider.name}, {each.number} {each.title}"


class TeamForm(forms.Form):
    """Who of the provider's people joins the team of a matter."""

    person = forms.ModelChoiceField(queryset=None)

    def __init__(self, by: Person, matter: Matter, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        providers = access.managed_providers(by, matter=matter)
        doing = {"memberships__role__in": access.DOING, "memberships__ended_at": None}
        people_of = Person.objects.filter(memberships__organisation__in=providers, **doing)
        away = matter.walls.filter(lifted_at=None).values("person")
        on_team = matter.team.filter(left_at=None).values("person")
        free = people_of.exclude(pk__in=away).exclude(pk__in=on_team)
        self.fields["person"].queryset = free.distinct().order_by("name", "pk")


class WallForm(forms.Form):
    person = forms.ModelChoiceField(queryset=None)
    reason = forms.CharField(max_length=300, help_text="Seen by your side only. Do not repeat what must stay secret.")

    def __init__(self, by: Person, matter: Matter, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = access.people_to_wall(by, matter=matter).order_by("name", "pk")


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=300)


class EngagementForm(forms.Form):
    """The parties of an engagement. Its first terms are typed beside it."""

    client = forms.ModelChoiceField(queryset=None, label="Firm")
    provider = forms.ModelChoiceField(queryset=None)
    title = forms.CharField(max_length=200)
    signed_date = forms.DateField(widget=DayInput(), label="Signed on")
    effective_from = forms.DateField(widget=DayInput(), label="In force from")

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client"].queryset = own_firms(person)
        self.fields["client"].initial = own_firms(person).first()
        providers = Organisation.objects.filter(kind=OrganisationKind.PROVIDER)
        self.fields["provider"].queryset = providers.order_by("name", "pk")


class StatusForm(forms.Form):
    """What becomes of an engagement: everything but what it is."""

    status = forms.ChoiceField(label="It is to be", widget=forms.RadioSelect)
    reason = forms.CharField(max_length=300)

    def __init__(self, engagement: Engagement, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["status"].choices = [each for each in EngagementStatus.choices if each[0] != engagement.status]


class AmendmentForm(forms.Form):
    effective_from = forms.DateField(widget=DayInput(), label="In force from")
    reason = forms.CharField(max_length=300, label="Why the terms are amended")


class TermsForm(forms.Form):
    """
    One version of terms: the milestones as two fields each, the rates as numbered rows, the hours by weekday.

    Starts from stored terms (`given`) or from usual office hours.
    """

    supervising_attorney = forms.ModelChoiceField(queryset=None)
    permitted_lines = forms.MultipleChoiceField(
        choices=line_choices, widget=forms.CheckboxSelectMultiple, label="Permitted service lines"
    )
    permitted_countries = forms.CharField(
        max_length=200, label="Permitted countries", help_text="Where the work may be read: US, IN, PH"
    )
    currency = forms.ChoiceField(choices=[(code, code) for code in sorted(currencies.EXPONENTS)])
    budget = forms.DecimalField(min_value=0, max_digits=14, label="Budget of the engagement")
    payment_days = forms.IntegerField(min_value=0, max_value=365, label="Payment within days")
    zone = forms.ChoiceField(choices=zones, label="Zone of the business calendar")
    closed = forms.CharField(
        required=False,
        label="Closed days",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One a line or with commas: 2026-11-26",
    )
    calendar_version = forms.CharField(max_length=20, label="Version of the calendar")

    def __init__(self, organisations: Any, *args: Any, given: agreed.TermsDraft | None = None, **kwargs: Any) -> None:
        super().__init__(*args, initial=_initial(given), **kwargs)
        self.fields["supervising_attorney"].queryset = attorneys(organisations)
        for day, name in WEEKDAYS.items():
            self.fields[f"hours_{day}"] = forms.CharField(required=False, max_length=60, label=name)
        for milestone in Milestone:
            party = forms.ChoiceField(choices=PartySide.choices, label="Whose clock")
            minutes = forms.IntegerField(min_value=1, max_value=525_600, label="Business minutes")
            self.fields[f"party_{milestone.value}"], self.fields[f"minutes_{milestone.value}"] = party, minutes
        n_rates = max(len(given.rates) if given else 0, _highest_row(self.data)) + N_SPARE_RATES
        self.n_rates = min(n_rates, 200)
        for row in range(self.n_rates):
            basis = forms.ChoiceField(choices=[("", "-"), *RateBasis.choices], required=False, label="Basis")
            self.fields[f"basis_{row}"] = basis
            self.fields[f"item_{row}"] = forms.CharField(required=False, max_length=60, label="Item")
            self.fields[f"amount_{row}"] = forms.DecimalField(
                required=False, min_value=0, max_digits=12, label="Amount"
            )

    def weekdays(self) -> list[forms.BoundField]:
        return [self[f"hours_{day}"] for day in WEEKDAYS]

    def milestones(self) -> list[tuple[str, forms.BoundField, forms.BoundField]]:
        """Return (name, whose clock, minutes) of each milestone."""
        return [(str(each.label), self[f"party_{each.value}"], self[f"minutes_{each.value}"]) for each in Milestone]

    def rates(self) -> list[tuple[forms.BoundField, forms.BoundField, forms.BoundField]]:
        """Return (basis, item, amount) of each row of the rate card; the last ones are empty."""
        return [(self[f"basis_{row}"], self[f"item_{row}"], self[f"amount_{row}"]) for row in range(self.n_rates)]

    def clean_permitted_countries(self) -> tuple[str, ...]:
        codes = re.split(r"[\s,;]+", self.cleaned_data["permitted_countries"])
        return tuple(dict.fromkeys(code.upper() for code in codes if code))

    def clean_closed(self) -> list[str]:
        days = [text for text in re.split(r"[\s,;]+", self.cleaned_data["closed"]) if text]
        for text in days:
            try:
                date.fromisoformat(text)
            except ValueError as error:
                raise forms.ValidationError(f"{text} is not a day such as 2026-11-26.") from error
        return sorted(set(days))

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        currency = values.get("currency")
        for name in ("budget", *(f"amount_{row}" for row in range(self.n_rates))):
            if currency and values.get(name) is not None:
                self._to_minor(name, values, currency)
        for day in WEEKDAYS:
            for span in _spans(values.get(f"hours_{day}", "")):
                if not _SPAN.fullmatch(span):
                    self.add_error(f"hours_{day}", f"{span} is not a span such as 09:00-18:00.")
        for row in range(self.n_rates):
            filled = [values.get(f"{name}_{row}") not in (None, "") for name in ("basis", "item", "amount")]
            if any(filled) and not all(filled):
                self.add_error(f"item_{row}", f"Row {row + 1} of the rate card needs basis, item and amount.")
        return values

    def draft(self) -> agreed.TermsDraft:
        """Return what was typed as values; only of a form that is valid."""
        values = self.cleaned_data
        return agreed.TermsDraft(
            currency=values["currency"],
            permitted_lines=tuple(values["permitted_lines"]),
            permitted_countries=values["permitted_countries"],
            supervising_attorney=values["supervising_attorney"],
            budget_amount=values["budget"],
            payment_days=values["payment_days"],
            calendar=self._calendar(),
            milestones=tuple(
                agreed.MilestoneDraft(each.value, values[f"party_{each.value}"], values[f"minutes_{each.value}"])
                for each in Milestone
            ),
            rates=tuple(
                agreed.RateDraft(values[f"basis_{row}"], values[f"item_{row}"], values[f"amount_{row}"])
                for row in range(self.n_rates)
                if values[f"item_{row}"]
            ),
        )

    def _calendar(self) -> dict[str, Any]:
        values = self.cleaned_data
        hours = {day: [span.split("-") for span in _spans(values[f"hours_{day}"])] for day in WEEKDAYS}
        return {
            "zone": values["zone"],
            "hours": {day: spans for day, spans in hours.items() if spans},
            "closed": values["closed"],
            "version": values["calendar_version"],
        }

    def _to_minor(self, name: str, values: dict[str, Any], currency: str) -> None:
        amount = values[name].scaleb(currencies.EXPONENTS[currency])
        if amount != amount.to_integral_value():
            self.add_error(name, f"{currency} has {currencies.EXPONENTS[currency]} decimals.")
            return
        values[name] = int(amount)


def _initial(given: agreed.TermsDraft | None) -> dict[str, Any]:
    if given is None:
        office = {f"hours_{day}": "09:00-18:00" for day in "12345"}
        return {"currency": "USD", "payment_days": 30, "zone": "UTC", "calendar_version": "1", **office}
    values: dict[str, Any] = {
        "supervising_attorney": given.supervising_attorney,
        "permitted_lines": list(given.permitted_lines),
        "permitted_countries": ", ".join(given.permitted_countries),
        "currency": given.currency,
        "budget": money.decimal_text(given.budget_amount, given.currency),
        "payment_days": given.payment_days,
        "zone": given.calendar["zone"],
        "closed": ", ".join(given.calendar.get("closed", [])),
        "calendar_version": given.calendar.get("version", ""),
    }
    for day, spans in given.calendar["hours"].items():
        values[f"hours_{day}"] = ", ".join("-".join(span) for span in spans)
    for row in given.milestones:
        values[f"party_{row.milestone}"] = row.party
        values[f"minutes_{row.milestone}"] = row.business_minutes
    for number, rate in enumerate(given.rates):
        values[f"basis_{number}"], values[f"item_{number}"] = rate.basis, rate.item
        values[f"amount_{number}"] = money.decimal_text(rate.amount, given.currency)
    return values


def _spans(text: str) -> list[str]:
    return [span.replace(" ", "") for span in text.split(",") if span.strip()]


def _highest_row(data: Any) -> int:
    rows = [int(name[5:]) for name in data if name.startswith("item_") and name[5:].isdigit() and data[name]]
    return min(max(rows, default=-1) + 1, 200)
