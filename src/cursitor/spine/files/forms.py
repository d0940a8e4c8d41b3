from typing import Any

from django import forms

from cursitor.spine.engagements import access as engagement_access
from cursitor.spine.engagements.models import Matter
from cursitor.spine.files import access
from cursitor.spine.people.models import Person


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Takes one file or several, at least one."""

    widget = SeveralFiles(attrs={"multiple": True})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) and data else [data or None]
        return [super(FilesField, self).clean(each, initial) for each in given]


class UploadForm(forms.Form):
    """Files for a matter's room. The client's side may mean them for one provider."""

    files = FilesField(
        allow_empty_file=True, max_length=1000, help_text="A file of a known name becomes its next version."
    )
    note = forms.CharField(required=False, max_length=300, help_text="What it is, or what changed.")
    provider = forms.ModelChoiceField(queryset=None, required=False, label="For", empty_label="Every provider")

    def __init__(self, person: Person, matter: Matter, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if access.is_client_side(person, matter=matter):
            self.fields["provider"].queryset = engagement_access.providers_of(matter).order_by("name", "pk")
        else:
            del self.fields["provider"]
