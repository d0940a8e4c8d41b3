"""Forms of the ledger's pages: they turn what was typed into values, rules live in operations."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet

from cursitor.engines import money
from cursitor.engines.money import utbms
from cursitor.spine.engagements.models import Engagement
from cursitor.spine.ledger import access
from cursitor.spine.people.models import Person
from cursitor.spine.work.models import WorkOrder


def _choices(codes: dict[str, str]) -> list[tuple[str, str]]:
    return [("", "None"), *((code, f"{code} {title}") for code, title in codes.items())]


ACTIVITIES = _choices(utbms.ACTIVITIES)
TASKS = _choices({**utbms.REVIEW_TASKS, **utbms.LITIGATION_TASKS})
EXPENSES = [(code, f"{code} {title}") for code, title in utbms.EXPENSES.items()]


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class HourInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class OrderField(forms.ModelChoiceField):
    def __init__(self) -> None:
        super().__init__(queryset=WorkOrder.objects.none(), label="Order", to_field_name="number")

    def label_from_instance(self, order: WorkOrder) -> str:
        return f"{order.ref} {order.title}"


class AmountField(forms.CharField):
    """An amount in major units of a currency, as integer minor units."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{"max_length": 20, "widget": forms.TextInput(attrs={"inputmode": "decimal"})} | given)
        self.currency = "USD"

    def clean(self, value: str) -> int | None:
        text = super().clean(value).replace(",", "").replace("\N{MINUS SIGN}", "-")
        if not text:
            return None
        try:
            return money.parse_amount(text, self.currency)
        except ValueError as error:
            example = money.decimal_text(1250, self.currency)
            raise forms.ValidationError(f"An amount in {self.currency}, as in {example}.") from error


class StartForm(forms.Form):
    order = OrderField()

    def __init__(self, person: Person, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["order"].queryset = _orders(person)


class StopForm(forms.Form):
    narrative = forms.CharField(max_length=500, required=False, label="What was done")
    activity = forms.ChoiceField(choices=ACTIVITIES, required=False)
    task_code = forms.ChoiceField(choices=TASKS, required=False, label="Task code")


class TimeForm(forms.Form):
    order = OrderField()
    day = forms.DateField(label="Day", widget=DayInput())
    begins = forms.TimeField(label="From", widget=HourInput())
    ends = forms.TimeField(
        label="To", widget=HourInput(), help_text="Not included. Earlier than the beginning means the day after."
    )
    narrative = forms.CharField(max_length=500, label="What was done", widget=forms.Textarea(attrs={"rows": 2}))
    activity = forms.ChoiceField(choices=ACTIVITIES, required=False)
    task_code = forms.ChoiceField(choices=TASKS, required=False, label="Task code")

    def __init__(self, person: Person, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.zone = ZoneInfo(person.zone)
        self.fields["order"].queryset = _orders(person)
        self.fields["begins"].help_text = f"In your zone, {person.zone}."

    def values(self) -> dict[str, Any]:
        """Return what `operations.enter_time` takes: the span as instants."""
        given = self.cleaned_data
        began_at = datetime.combine(given["day"], given["begins"], tzinfo=self.zone)
        last_day = given["day"] + timedelta(days=given["ends"] <= given["begins"])
        ended_at = datetime.combine(last_day, given["ends"], tzinfo=self.zone)
        rest = {name: given[name] for name in ("order", "narrative", "activity", "task_code")}
        return {"began_at": began_at, "ended_at": ended_at, **rest}


class ExpenseForm(forms.Form):
    order = OrderField()
    day = forms.DateField(label="Day", widget=DayInput())
    code = forms.ChoiceField(choices=EXPENSES, label="Kind")
    description = forms.CharField(max_length=300)
    units = forms.IntegerField(min_value=1, max_value=1_000_000, initial=1)
    unit_amount = AmountField(label="Each", help_text="At actual cost, in the currency of the order's terms.")

    def __init__(self, person: Person, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        orders = _orders(person).select_related("terms")
        self.fields["order"].queryset = orders
        asked = self.data.get("order", "") if self.is_bound else ""
        order = orders.filter(number=asked).first() if asked.isdecimal() else None
        if order is not None:
            self.fields["unit_amount"].currency = order.terms.currency


class PeriodForm(forms.Form):
    """Which engagement and which days; the last day is typed as people say it, and taken in."""

    engagement = forms.ModelChoiceField(queryset=Engagement.objects.none(), to_field_name="number")
    period_from = forms.DateField(label="From", widget=DayInput())
    last_day = forms.DateField(label="To and with", widget=DayInput())

    def __init__(self, person: Person, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["engagement"].queryset = access.engagements_billed(person).order_by("number")

    def values(self) -> dict[str, Any]:
        """Return what `operations.draft_invoices` takes: a half-open period."""
        last: date = self.cleaned_data["last_day"]
        period = {"period_from": self.cleaned_data["period_from"], "period_to": last + timedelta(days=1)}
        return {"engagement": self.cleaned_data["engagement"], **period}


class AdjustForm(forms.Form):
    amount = AmountField(label="Adjustment", help_text="Negative for a discount; 0 takes the adjustment away.")
    reason = forms.CharField(max_length=300, required=False, help_text="The client reads it.")

    def __init__(self, currency: str, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["amount"].currency = currency
        self.fields["amount"].label += f", {currency}"


class DiscountForm(AdjustForm):
    amount = AmountField(
        label="Discount", help_text="Spread over the fees in proportion, to the last cent. Expenses stay at cost."
    )
    reason = forms.CharField(max_length=300, help_text="The client reads it.")


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, label: str, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["reason"].label = label


class AnswerForm(forms.Form):
    text = forms.CharField(max_length=300, label="Answer", widget=forms.Textarea(attrs={"rows": 3}))
    credit_amount = AmountField(
        required=False,
        label="Credit",
        help_text="Above zero, or empty for none. It becomes a line of the next draft; this invoice stays as it is.",
    )

    def __init__(self, currency: str, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["credit_amount"].currency = currency
        self.fields["credit_amount"].label += f", {currency}"

    def clean_credit_amount(self) -> int:
        return self.cleaned_data["credit_amount"] or 0


def _orders(person: Person) -> QuerySet[WorkOrder]:
    return access.orders_to_work(person).order_by("-number")
