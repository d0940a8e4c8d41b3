from django import forms

from cursitor.spine.audit import words


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class LogForm(forms.Form):
    """What is asked of the log. Everything may be left out."""

    event = forms.ChoiceField(required=False, label="What happened")
    actor = forms.CharField(required=False, max_length=200, label="Who")
    about = forms.CharField(required=False, max_length=120, label="About", help_text="")
    day = forms.DateField(required=False, widget=DayInput(), label="Day")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        groups: dict[str, list[tuple[str, str]]] = {}
        for event, said in words.events().items():
            groups.setdefault(event.split(".")[0].capitalize(), []).append((event, str(said)))
        every = [(group, [(group.lower(), f"All of {group.lower()}"), *events]) for group, events in groups.items()]
        self.fields["event"].choices = [("", "Everything"), *every]

    def asked(self) -> dict[str, object]:
        """Return what can be used of what was asked; what cannot is left out and shown with its error."""
        values = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        return {name: values[name] for name in self.fields if values.get(name)}
