import pytest

from cursitor.lines.entry import forms

BRIEF = {"subject": "Registration statements, 1976 to 2014", "streams": "2", "split": "FILE"}


class TestBriefForm:
    def test_takes_what_is_entered_and_by_how_many(self):
        form = forms.BriefForm(BRIEF)

        assert form.is_valid()
        assert (form.cleaned_data["streams"], form.cleaned_data["every"]) == (2, 1)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"subject": ""}, "subject"),
            ({"streams": "0"}, "streams"),
            ({"streams": "many"}, "streams"),
            ({"split": "HALF"}, "split"),
            ({"split": "EVERY", "every": "0"}, "every"),
            ({"pace_low": "40", "pace_high": "30"}, "pace_high"),
        ],
    )
    def test_names_what_it_cannot_use(self, changes, field):
        assert list(forms.BriefForm({**BRIEF, **changes}).errors) == [field]
