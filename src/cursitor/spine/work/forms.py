"""Forms of the order pages: they turn what was typed into values; rules live in operations."""

import json
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cursitor.engines import money
from cursitor.spine.engagements import access as engagement_access
from cursitor.spine.engagements.choices import EngagementStatus, MatterStatus, RateBasis
from cursitor.spine.engagements.models import Engagement, Matter
from cursitor.spine.people import access as people_access
from cursitor.spine.people import queries as people
from cursitor.spine.people.models import Person
from cursitor.spine.work import access, registry, transitions
from cursitor.spine.work.choices import Severity
from cursitor.spine.work.models import Question, Task, WorkOrder

N_ACTIONS = 4


class StartForm(forms.Form):
    """On which matter, for which provider, what kind of work."""

    matter = forms.ModelChoiceField(queryset=None)
    engagement = forms.ModelChoiceField(
        queryset=None, label=_("Provider and engagement"), help_text=_("The terms in force on the day of issue apply.")
    )
    work_kind = forms.ChoiceField(label=_("Kind of work"))

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        client = people_access.organisations_with_role(person, transitions.INSTRUCTING)
        matters = engagement_access.matters(person).filter(organisation__in=client, status=MatterStatus.OPEN)
        joined = engagement_access.engagements(person).filter(client__in=client, status=EngagementStatus.ACTIVE)
        self.fields["matter"].queryset = matters.order_by("number")
        self.fields["engagement"].queryset = joined.select_related("provider").order_by("number")
        self.fields["engagement"].label_from_instance = lambda each: f"{each.provider.name}, {each.number} {each.title}"
        self.fields["work_kind"].choices = registry.work_kind_choices()

    def chosen(self) -> tuple[Matter, Engagement, str, str]:
        """Return matter, engagement, key of the line and key of the work kind."""
        data = self.cleaned_data
        found = ((line.key, kind.key) for line in registry.lines().values() for kind in line.work_kinds)
        line = next(line for line, kind in found if kind == data["work_kind"])
        return data["matter"], data["engagement"], line, data["work_kind"]


class ScopeForm(forms.Form):
    """What the order is called, what it may cost and what else is to be said."""

    title = forms.CharField(max_length=200)
    instructions = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 4}))
    fee_basis = forms.ChoiceField(label=_("Fee"), choices=RateBasis.choices, widget=forms.RadioSelect)
    budget = forms.DecimalField(min_value=0, max_digits=14)

    def __init__(self, currency: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["budget"].label = _("Budget, %(currency)s") % {"currency": currency}
        self.fields["budget"].decimal_places = money.minor_units(currency)

    def clean_budget(self) -> int:
        try:
            return money.parse_amount(f"{self.cleaned_data['budget']:f}", self.currency)
        except ValueError as error:
            raise forms.ValidationError(_("An amount in %(currency)s.") % {"currency": self.currency}) from error

    def values(self) -> dict[str, Any]:
        """Return what an order is drafted with."""
        return {"budget_amount" if name == "budget" else name: value for name, value in self.cleaned_data.items()}


def brief_values(form: forms.Form) -> dict[str, Any]:
    """Return what a line's brief form asked, as JSON."""
    return json.loads(json.dumps(form.cleaned_data, cls=DjangoJSONEncoder))


class ReasonForm(forms.Form):
    """The reason that a step asks for; `words` is what is to be written."""

    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, words: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = words


class OverrideForm(forms.Form):
    reason = forms.CharField(max_length=500, label=_("Why the rule is overridden"), widget=forms.Textarea)


class AssignForm(forms.Form):
    to = forms.ModelChoiceField(queryset=None, label=_("Person"))

    def __init__(self, order: WorkOrder, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = doers(order)


class OfferForm(forms.Form):
    """The five written elements but the last, which is the receiver's."""

    receiver = forms.ModelChoiceField(queryset=None, label=_("To"))
    severity = forms.ChoiceField(choices=Severity.choices, widget=forms.RadioSelect, initial=Severity.ROUTINE)
    deadline = forms.DateTimeField(
        required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    state_of_work = forms.CharField(
        label=_("State of the work"), help_text=_("In a few lines."), widget=forms.Textarea(attrs={"rows": 4})
    )
    what_if = forms.CharField(label=_("What may come, and who may decide"), widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, order: WorkOrder, task: Task | None, giver: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(order.terms.calendar["zone"])
        self.fields["receiver"].queryset = receivers(order, task).exclude(pk=giver.pk)
        self.fields["deadline"].help_text = _("In %(zone)s.") % {"zone": self.zone.key}
        for number in range(1, N_ACTIONS + 1):
            for name, label in (("what", _("Action")), ("owner", _("Who")), ("by", _("By when"))):
                key = f"{name}_{number}"
                self.fields[key] = forms.CharField(required=number == 1, max_length=200, label=f"{label} {number}")

    def clean_deadline(self):
        typed = self.cleaned_data["deadline"]
        return typed.replace(tzinfo=self.zone) if typed else None

    def action_rows(self) -> list[list[forms.BoundField]]:
        return [[self[f"{name}_{number}"] for name in ("what", "owner", "by")] for number in range(1, N_ACTIONS + 1)]

    def elements(self) -> dict[str, Any]:
        """Return receiver, severity, deadline and the written elements."""
        data = self.cleaned_data
        actions = [
            {name: data[f"{name}_{number}"] for name in ("what", "owner", "by")} for number in range(1, N_ACTIONS + 1)
        ]
        kept = ("receiver", "severity", "deadline", "state_of_work", "what_if")
        return {**{name: data[name] for name in kept}, "actions": actions}


class AcceptForm(forms.Form):
    restatement = forms.CharField(
        label=_("In your own words: where it stands, and what you will do"), widget=forms.Textarea(attrs={"rows": 4})
    )


class AskForm(forms.Form):
    text = forms.CharField(label=_("Question"), widget=forms.Textarea(attrs={"rows": 4}))
    is_blocking = forms.BooleanField(
        required=False,
        label=_("The work cannot go on without the answer"),
        help_text=_("Pauses the provider's clock and starts the client's."),
    )
    task = forms.ModelChoiceField(queryset=None, required=False)
    about = forms.CharField(required=False, max_length=120, label=_("About"), help_text=_("A control number, if any."))

    def __init__(self, order: WorkOrder, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].queryset = order.tasks.order_by("number")
        self.fields["task"].label_from_instance = lambda task: f"{task.number} {task.title}"


class AnswerForm(forms.Form):
    text = forms.CharField(label=_("Answer"), widget=forms.Textarea(attrs={"rows": 4}))
    reuses = forms.ModelChoiceField(queryset=None, required=False, widget=forms.HiddenInput)

    def __init__(self, person: Person, question: Question, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        answered = access.questions(person).exclude(answered_at=None)
        self.fields["reuses"].queryset = answered.filter(order__matter=question.order.matter)


def doers(order: WorkOrder) -> QuerySet[Person]:
    """Return those of the provider who may carry a task, without those behind a wall."""
    found = people.members(organisation=order.provider, roles=access.DOING)
    return found.exclude(walls__matter=order.matter, walls__lifted_at=None)


def receivers(order: WorkOrder, task: Task | None) -> QuerySet[Person]:
    """Return those to whom a task, or the work of the order, may be handed off."""
    if task:
        return doers(order)
    if access.is_doer(order.holder, order=order):
        return people.members(organisation=order.provider, roles=transitions.MANAGING)
    return people.members(organisation=order.matter.organisation, roles=transitions.INSTRUCTING)
