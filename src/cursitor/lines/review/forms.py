"""Forms of a review: what the brief asks, what is collected, what is settled. Rules live in operations."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cursitor.engines.production import numbering
from cursitor.engines.search import parser
from cursitor.engines.search.schema import MAIL
from cursitor.lines.review import layouts, queries
from cursitor.lines.review.operations import protocol
from cursitor.plumbing.refusal import Invalid


def _lines(label: str, help_text: str = "", rows: int = 3) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, help_text=help_text, required=False, widget=widget)


class BriefForm(forms.Form):
    """What the firm says of a review: what is sought, under which numbers, by which protocol."""

    prefix = forms.CharField(
        label=_("Control numbers begin with"), max_length=20, help_text=_("Letters, such as CF for CF-000001.")
    )
    production_prefix = forms.CharField(
        label=_("Production numbers begin with"), max_length=20, required=False, help_text=_("PROD unless said.")
    )
    streams = forms.IntegerField(
        label=_("Reviewers side by side"), min_value=1, max_value=50, initial=2, help_text=_("A first-level task each.")
    )
    deduplicate = forms.ChoiceField(
        label=_("Copies are suppressed"),
        choices=[("global", _("across all custodians")), ("custodial", _("within each custodian only"))],
        initial="global",
        required=False,
    )
    sought = _lines(_("What is sought"), _("In the words of the documents; the first ranking learns from it."))
    issues = _lines(_("Issues"), _("One a line; each gets a key on the bench."))
    terms = _lines(_("Search terms to highlight"), _("One query a line, such as: seal w/5 fail*"))
    privilege_terms = _lines(_("Privilege terms"), _("One query a line. Responsive hits are read by a second person."))
    attorneys = _lines(_("Attorneys"), _("One name or address a line: highlighted, and marked in the privilege log."))
    names = _lines(_("Other names to highlight"), _("One a line."))
    guidance = _lines(_("Protocol"), _("Shown beside every document."), rows=6)
    pace_low = forms.IntegerField(label=_("Pace, documents per hour, from"), min_value=1, required=False)
    pace_high = forms.IntegerField(label=_("to"), min_value=1, required=False)

    def clean_prefix(self) -> str:
        return _numbering_prefix(self.cleaned_data["prefix"])

    def clean_production_prefix(self) -> str:
        given = self.cleaned_data["production_prefix"]
        return _numbering_prefix(given) if given else ""

    def clean_issues(self) -> str:
        try:
            layouts.require_valid(layouts.default_fields(protocol.lines_of(self.cleaned_data["issues"])))
        except Invalid as refused:
            raise forms.ValidationError(refused.sentence) from refused
        return self.cleaned_data["issues"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, _style in protocol.HIGHLIGHTS:
            for line in protocol.lines_of(cleaned.get(name) or ""):
                try:
                    parser.parse(line, MAIL)
                except parser.QuerySyntaxError as error:
                    self.add_error(name, f"{line}: {error.message}")
        low, high = cleaned.get("pace_low"), cleaned.get("pace_high")
        if low and high and low >= high:
            self.add_error("pace_high", _("The pace is a band: from is lower than to."))
        return cleaned


def _numbering_prefix(prefix: str) -> str:
    try:
        numbering.Numbering(prefix=prefix.strip(), separator="-", digits=6)
    except ValueError as refused:
        raise forms.ValidationError(str(refused)) from refused
    if not prefix.strip().replace("-", "").replace("_", "").isalnum():
        raise forms.ValidationError(_("Letters, digits, hyphen and underscore only."))
    return prefix.strip()


class SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """Several uploaded files at once: cleans to a list."""

    widget = SeveralFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(SeveralFilesField, self).clean(one, initial) for one in given]


class _SourceForm(forms.Form):
    custodian = forms.CharField(max_length=120, help_text=_("Whose documents these are."))
    label = forms.CharField(label=_("Name of the collection"), max_length=200, required=False)


class UploadForm(_SourceForm):
    files = SeveralFilesField(label=_("Files"), help_text=_("Mail, mailboxes, Office, PDF, archives: any number."))


class FolderForm(_SourceForm):
    folder = forms.CharField(label=_("Folder on the server"), max_length=500)


class LoadFileForm(_SourceForm):
    load_file = forms.FileField(label=_("Load file"), help_text=_("DAT or CSV with a header."))
    volume = forms.FileField(label=_("Volume"), help_text=_("A ZIP of the natives and texts that the load file names."))
    columns = _lines(_("Columns"), _("Only if they are not recognised: FIELD=column, one a line."))

    def clean_columns(self) -> dict[str, str] | None:
        given = {}
        for line in protocol.lines_of(self.cleaned_data["columns"]):
            field, equals, column = line.partition("=")
            if not equals:
                raise forms.ValidationError(_("Write each line as FIELD=column."))
            given[field.strip().upper()] = column.strip()
        return given or None


class SettleForm(forms.Form):
    """What becomes of chosen exceptions."""

    act = forms.ChoiceField(choices=[("retry", ""), ("publish", ""), ("list", "")])
    documents = forms.TypedMultipleChoiceField(coerce=int, error_messages={"required": _("Choose at least one.")})
    note = forms.CharField(max_length=300, required=False)

    def __init__(self, choices: list[int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["documents"].choices = [(pk, pk) for pk in choices]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("act") in ("publish", "list") and not cleaned.get("note", "").strip():
            self.add_error("note", _("Say why, in a few words."))
        return cleaned


class DrawForm(forms.Form):
    n = forms.IntegerField(label=_("Documents in the sample"), min_value=1, max_value=100_000, initial=400)


class ReopenForm(forms.Form):
    reason = forms.CharField(label=_("Why it is read again"), max_length=300)


class SearchForm(forms.Form):
    q = forms.CharField(required=False, max_length=1000)
    coded = forms.ChoiceField(required=False, choices=lambda: list(queries.CODED.items()))


class SaveSearchForm(forms.Form):
    name = forms.CharField(max_length=120)
    q = forms.CharField(max_length=1000)


class LayoutForm(forms.Form):
    """A version of the coding layout: fields and highlight sets as JSON, checked with the sentence of what is wrong."""

    fields_json = forms.CharField(label=_("Fields"), widget=forms.Textarea(attrs={"rows": 24, "class": "mono"}))
    highlights_json = forms.CharField(
        label=_("Highlight sets"), required=False, widget=forms.Textarea(attrs={"rows": 8, "class": "mono"})
    )
    guidance = _lines(_("Protocol"), rows=8)
    pace_low = forms.IntegerField(label=_("Pace from"), min_value=1, required=False)
    pace_high = forms.IntegerField(label=_("to"), min_value=1, required=False)

    def clean_fields_json(self) -> list[Any]:
        return self._checked("fields_json", layouts.require_valid)

    def clean_highlights_json(self) -> list[Any]:
        return self._checked("highlights_json", layouts.require_highlights)

    def _checked(self, name: str, require: Any) -> list[Any]:
        try:
            value = json.loads(self.cleaned_data[name] or "[]")
        except ValueError as error:
            raise forms.ValidationError(_("This is not JSON: %(error)s") % {"error": error}) from error
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise forms.ValidationError(_("This is a list of objects."))
        try:
            require(value)
        except Invalid as refused:
            raise forms.ValidationError(refused.sentence) from refused
        return value

    def values(self) -> dict[str, Any]:
        """Return what a layout is made with."""
        data = self.cleaned_data
        pace = {key: data[f"pace_{key}"] for key in ("low", "high") if data[f"pace_{key}"]}
        return {
            "fields": data["fields_json"],
            "highlights": data["highlights_json"],
            "guidance": data["guidance"],
            "pace": pace,
        }
