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
        given = data if isinstance(data, list | tuple) else [data]
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
        help_text=_("Of every so many."),
    )

    def clean_every(self) -> int:
        return self.cleaned_data["every"] or 1


class UploadForm(_BatchForm):
    files = SeveralFilesField(
        label=_("Files"), help_text=_("PDF, TIFF, PNG, JPEG, e-mail with attachments, archives: any number.")
    )


class FolderForm(_BatchForm):
    folder = forms.CharField(label=_("Folder on the server"), max_length=500)
