from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cursitor.lines.entry.choices import Split


class SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """Several uploaded files at once: cleans to a list."""

    widget = SeveralFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if data and isinstance(data, list | tuple) else [data or None]
        return [super(SeveralFilesField, self).clean(one, initial) for one in given]


class _BatchForm(forms.Form):
    label = forms.CharField(label=_("Name of the batch"), max_length=200, required=False)
    split = forms.ChoiceField(label=_("What becomes a record"), choices=Split.choices, initial=Split.FILE)
    every = forms.IntegerField(
        label=_("Pages a record"),
        min_value=1,
        max_value=1000,
        initial=1,
        required=False,
        help_text=_("Counts where a record is made of every so many pages."),
    )

    def clean_every(self) -> int:
        return self.cleaned_data["every"] or 1


class UploadForm(_BatchForm):
    files = SeveralFilesField(
        label=_("Files"), help_text=_("PDF, TIFF, PNG, JPEG, e-mail with attachments, archives: any number.")
    )


class FolderForm(_BatchForm):
    folder = forms.CharField(label=_("Folder on the server"), max_length=500)


class ReplaceForm(forms.Form):
    file = forms.FileField(label=_("File to take its place"))


class SettleBatchForm(forms.Form):
    """What becomes of chosen files of a batch that could not be read, or not in whole."""

    act = forms.ChoiceField(choices=[("retry", ""), ("keep", ""), ("list", "")])
    files = forms.TypedMultipleChoiceField(coerce=int, error_messages={"required": _("Choose at least one file.")})
    note = forms.CharField(label=_("Why"), max_length=300, required=False)

    def __init__(self, keys: list[int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["files"].choices = [(key, key) for key in keys]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("act") in ("keep", "list") and not cleaned.get("note", "").strip():
            self.add_error("note", _("Say why, in a few words."))
        return cleaned
