"""The inputs of a field, of a rule and of a whole form definition. What they mean is said in drafts and rule_drafts."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cursitor.engines.entry.definition import DateOrder, FieldType, Operator, Severity
from cursitor.lines.entry import drafts, rule_drafts

TYPES = (
    (FieldType.TEXT, _("Text, compared to the character")),
    (FieldType.LONG_TEXT, _("Long text")),
    (FieldType.NAME, _("Name of a person or firm")),
    (FieldType.IDENTIFIER, _("Identifier: a number or code")),
    (FieldType.DATE, _("Date")),
    (FieldType.MONEY, _("Amount of money")),
    (FieldType.INTEGER, _("Whole number")),
    (FieldType.DECIMAL, _("Decimal number")),
    (FieldType.CHOICE, _("One of a list")),
    (FieldType.BOOLEAN, _("Yes or no")),
)
DATE_ORDERS = (
    ("", _("not known: 3/4/1999 is refused")),
    (DateOrder.MDY, _("month, day, year")),
    (DateOrder.DMY, _("day, month, year")),
    (DateOrder.YMD, _("year, month, day")),
)
DECIMAL_MARKS = ((".", _("point: 1,250.00")), (",", _("comma: 1.250,00")))
OPERATORS = (
    (Operator.LESS, _("is less than, or before")),
    (Operator.AT_MOST, _("is at most, or not after")),
    (Operator.EQUAL, _("is equal to")),
    (Operator.DIFFERENT, _("is different from")),
    (Operator.AT_LEAST, _("is at least, or not before")),
    (Operator.GREATER, _("is more than, or after")),
)
SEVERITIES = ((Severity.ERROR, _("Error: stands in the way of delivery")), (Severity.WARNING, _("Warning: look again")))


def _text(label: str, help_text: str = "", **attrs: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(label=label, help_text=help_text, required=False, strip=False, widget=widget)


def _lines(label: str, help_text: str, rows: int = 3) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "placeholder": " "})
    return forms.CharField(label=label, help_text=help_text, required=False, strip=False, widget=widget)


def _choice(label: str, choices: Sequence[tuple[Any, Any]], help_text: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, help_text=help_text, required=False)


def _tick(label: str, help_text: str = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, help_text=help_text, required=False)


class FieldForm(forms.Form):
    """The inputs of a field. Bound to an entry of a draft it shows what is wrong with each."""

    label = _text(_("Label"), maxlength=300)
    key = _text(
        _("Key"), _("Its name in files and rules, made from the label. Another key is another field."), maxlength=60
    )
    type = _choice(_("Type"), TYPES)
    help = _lines(_("Help for the keyer"), "", rows=2)
    is_required = _tick(_("Required"))
    is_critical = _tick(_("Critical"), _("No machine ever settles it; it is always keyed twice."))
    is_double_keyed = _tick(_("Keyed twice"), _("By two people who do not see each other."))
    choices = _lines(
        _("List"), _("One a line: the value, and after a bar what the keyer reads: US | United States."), rows=5
    )
    date_order = _choice(_("Dates in three numbers are written"), DATE_ORDERS)
    latest_year = _text(
        _("Latest year that two digits may mean"),
        _("2026: 26 is 2026, 27 is 1927. Empty: refused."),
        inputmode="numeric",
    )
    accepts_partial = _tick(_("A month or a year alone is enough"))
    currency = _text(_("Currency"), _("ISO 4217, such as USD; amounts in another one are refused."), maxlength=3)
    decimal_mark = _choice(_("Decimal mark"), DECIMAL_MARKS)
    minimum = _text(_("Earliest or least"), _("Dates as 1990-01-31."))
    maximum = _text(_("Latest or most"))
    pattern = _text(_("Pattern"), _("A regular expression that the value as keyed fits, such as ^[A-Z]{2}-[0-9]+$."))
    n_characters_min = _text(_("Characters, at least"), inputmode="numeric")
    n_characters_max = _text(_("at most"), inputmode="numeric")
    anchors = _lines(
        _("Words beside it on the page"), _("One a line, besides the label. Recognition looks beside them."), rows=2
    )
    region_page = _text(_("Page"), inputmode="numeric")
    region_x = _text(_("Left"), inputmode="decimal")
    region_y = _text(_("Top"), inputmode="decimal")
    region_w = _text(_("Width"), inputmode="decimal")
    region_h = _text(_("Height"), inputmode="decimal")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        _field, _place, wrong = drafts.field_of(self.data)
        for name, sentence in wrong.items():
            self.add_error(name, sentence)
        return cleaned


class _RuleForm(forms.Form):
    def __init__(self, fields: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("left", "right", "field", "when", "total"):
            if name in self.fields:
                self.fields[name].choices = [("", "—"), *fields]
        if "parts" in self.fields:
            self.fields["parts"].choices = fields

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        _rule, wrong = rule_drafts.rule_of(self.data)
        for name, sentence in wrong.items():
            self.add_error(name, sentence)
        return cleaned


class _SeverityForm(_RuleForm):
    severity = _choice(_("Severity"), SEVERITIES)
    message = _text(_("What the keyer reads"), _("Made from the rule if left empty."), maxlength=300)


class CompareForm(_SeverityForm):
    left = _choice(_("Field"), ())
    operator = _choice(_("Holds where it"), (("", "—"), *OPERATORS))
    right = _choice(_("The other field"), ())
    field_order = ("left", "operator", "right")


class RequiredForm(_SeverityForm):
    field = _choice(_("Field that must be filled"), ())
    when = _choice(_("When this one"), ())
    equals = _text(_("has the value"), _("Empty: any value."))
    field_order = ("field", "when", "equals")


class _PartsInput(forms.CheckboxSelectMultiple):
    """Ticks of a list that lies in plain JSON, not in a request."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.get(name) or []


class SumForm(_SeverityForm):
    parts = forms.MultipleChoiceField(label=_("Fields that are added"), choices=(), required=False, widget=_PartsInput)
    total = _choice(_("Their sum"), ())
    field_order = ("parts", "total")


RULE_FORMS = {"compare": CompareForm, "required": RequiredForm, "sum": SumForm}


def rule_form(entry: drafts.Entry, fields: Sequence[tuple[str, str]]) -> forms.Form:
    """Return the form of a rule of a draft, showing what is wrong with it unless it is fresh."""
    shown = {"initial": entry} if entry.get("is_fresh") else {"data": entry}
    return RULE_FORMS[entry["kind"]](fields, auto_id="field-%s", **shown)


class ImportForm(forms.Form):
    """A definition as JSON: a file, or text."""

    file = forms.FileField(label=_("File"), required=False, help_text=_("JSON Schema, or a definition exported here."))
    text = forms.CharField(
        label=_("Or the JSON itself"), required=False, widget=forms.Textarea(attrs={"rows": 6, "class": "mono"})
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("file") and not cleaned.get("text") and not self.errors:
            raise forms.ValidationError(_("Choose a file, or paste the JSON."))
        return cleaned


class MakeForm(forms.Form):
    note = forms.CharField(
        label=_("Why this version is made"), max_length=300, required=False, help_text=_("Kept with it in the log.")
    )
