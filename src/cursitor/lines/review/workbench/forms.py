"""What one press of Save sends."""

from typing import Any

from django import forms

from cursitor.lines.review import layouts, queries
from cursitor.lines.review.choices import FieldKind
from cursitor.lines.review.models import Family, Layout
from cursitor.lines.review.operations.coding import LONGEST_SECONDS


class SaveForm(forms.Form):
    """
    The document on the screen, the time spent on it and its codes, each named code-<field>.

    ahead: the family that the bench shows by now, fetched ahead; if it is still held, it is next.
    """

    family = forms.IntegerField(min_value=1)
    ahead = forms.IntegerField(min_value=1, required=False)
    document = forms.IntegerField(min_value=1)
    seconds = forms.IntegerField(min_value=0, max_value=LONGEST_SECONDS)
    whole_family = forms.BooleanField(required=False)

    def codes(self, layout: Layout) -> layouts.Values:
        """Return the codes as the layout reads them. Whether they may be saved is for the operation to say."""
        return {field["key"]: self._code(field) for field in layout.fields}

    def values(self, layout: Layout, family: Family) -> dict[int, layouts.Values]:
        """Return the codes by key of the document: for the one on the screen, or for all that the family holds."""
        codes = self.codes(layout)
        coded = queries.codable(family=family) if self.cleaned_data["whole_family"] else [self.cleaned_data["document"]]
        return dict.fromkeys(coded, codes)

    def _code(self, field: dict[str, Any]) -> Any:
        name = code_name(field)
        match field["kind"]:
            case FieldKind.MULTIPLE:
                return self.data.getlist(name)
            case FieldKind.FLAG:
                return name in self.data
        return self.data.get(name, "")


class AheadForm(forms.Form):
    """What is on the screen and which documents are there already."""

    family = forms.IntegerField(min_value=1)
    document = forms.IntegerField(min_value=1)
    have = forms.RegexField(r"^[0-9,]*$", required=False, max_length=2000)

    def known(self) -> frozenset[int]:
        return frozenset(int(pk) for pk in self.cleaned_data["have"].split(",") if pk)


def code_name(field: dict[str, Any]) -> str:
    return f"code-{field['key']}"
