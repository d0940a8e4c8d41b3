"""What one press of Save sends: raw-<field>, unreadable-, touched- and confirm-<field>; of an adjudication choice-."""

import json
from typing import Any

from django import forms

from cursitor.lines.entry.operations.keying import LONGEST_REASON
from cursitor.plumbing.refusal import Invalid

LONGEST_EFFORT = 400_000
FLAGS = {"unreadable": "unreadable", "touched": "touched", "confirm": "confirmed"}


class SaveForm(forms.Form):
    """
    The record on the screen, the effort spent on it, and its values by field. A field not sent is left empty.

    ahead: the record that the bench shows by now, fetched ahead; if it is still held, it is next and not sent again.
    """

    record = forms.IntegerField(min_value=1)
    ahead = forms.IntegerField(min_value=1, required=False)
    effort = forms.CharField(required=False, max_length=LONGEST_EFFORT)

    def clean_effort(self) -> dict[str, Any]:
        try:
            told = json.loads(self.cleaned_data["effort"] or "{}")
        except (ValueError, RecursionError):
            raise forms.ValidationError("The effort is not JSON.") from None
        return told if isinstance(told, dict) else {}

    def values(self) -> dict[str, dict[str, Any]]:
        """Return the values as the operations take them. Whether they may be saved is for those to say."""
        found: dict[str, dict[str, Any]] = {}
        for name in self.data:
            what, _, key = name.partition("-")
            if what in ("raw", "choice"):
                found.setdefault(key, {})[what] = self.data[name]
            elif what in FLAGS:
                found.setdefault(key, {})[FLAGS[what]] = True
        return found

    def decisions(self) -> dict[str, dict[str, Any]]:
        """Return the values of an adjudication: those of which one was chosen."""
        return {key: value for key, value in self.values().items() if value.get("choice")}


class AheadForm(forms.Form):
    """Which record is on the screen and which are there already."""

    record = forms.IntegerField(min_value=1)
    have = forms.RegexField(r"^[0-9,]*$", required=False, max_length=2000)

    def known(self) -> frozenset[int]:
        return frozenset(int(pk) for pk in self.cleaned_data["have"].split(",") if pk)


class SetAsideForm(forms.Form):
    """Why the record on the screen cannot be keyed."""

    record = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        label="Why it cannot be keyed",
        help_text="Wrong form, blank, illegible. Do not quote what stands on it.",
    )


def checked(form: Any) -> Any:
    """:raises Invalid: with the first error, and the field it is about."""
    for field, errors in form.errors.items():
        raise Invalid(str(errors[0]) if field == "__all__" else f"{field}: {errors[0]}", field=field)
    return form
