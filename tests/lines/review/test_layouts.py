import pytest

from cursitor.lines.review import forms, layouts


def field(changed: str, **changes):
    fields = layouts.default_fields(["Notice"])
    next(one for one in fields if one["key"] == changed).update(changes)
    return fields


class TestLayout:
    def test_by_default_can_be_coded_with(self):
        layouts.require_valid(layouts.default_fields(["Notice", "Notice of breach", "7"]))

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            (field("hot", shortcut="E"), "belongs to the bench"),
            (field("hot", shortcut="1"), "have the same key 1"),
            (field("hot", shortcut="bb"), "one capital letter or digit"),
            (field("hot", key="Hot!"), "is no field key"),
            (field("hot", kind="COLOUR"), "of no known kind"),
            (field("hot", choices=[{"key": "A", "label": "A"}]), "takes no choices"),
            (field("hot", colour="red"), "says what is not understood: colour"),
            (field("issues", choices=[]), "needs choices"),
            (field("issues", choices=[{"key": "a b", "label": "A"}]), "is no code"),
            (field("privilege", required_when={"responsiveness": ["MAYBE"]}), "names what is not there: MAYBE"),
            (field("privilege", required_when={"mood": ["GOOD"]}), "names what is not there"),
            (field("responsiveness", key="relevance"), "needs the field responsiveness"),
            (field("privilege", choices=[{"key": "AC", "label": "AC"}]), "needs the choice NOT_PRIVILEGED"),
            ({}, "list of fields"),
        ],
    )
    def test_is_refused_with_what_is_wrong(self, fields, sentence):
        with pytest.raises(layouts.LayoutInvalid, match=sentence):
            layouts.require_valid(fields)

    def test_is_refused_when_issues_outnumber_the_keys(self):
        with pytest.raises(layouts.LayoutInvalid, match="At most 13 issues"):
            layouts.default_fields([f"Issue {n}" for n in range(14)])

    def test_refuses_a_highlight_query_that_is_not_understood(self):
        with pytest.raises(layouts.LayoutInvalid, match="never closed"):
            layouts.require_highlights([{"name": "seal", "style": "TERM", "query": "(seal"}])


class TestValues:
    def test_drop_what_is_not_set(self):
        assert layouts.normal({"a": "", "b": None, "c": [], "d": False, "e": " x ", "f": ["z", "y", "z"]}) == {
            "e": "x",
            "f": ["y", "z"],
        }

    def test_are_required_by_rule_only_where_it_holds(self):
        fields = layouts.default_fields()

        layouts.require_complete(fields, {"responsiveness": "NOT_RESPONSIVE"}, name="CF-1")
        with pytest.raises(layouts.CodingIncomplete, match="CF-1: Privilege is required"):
            layouts.require_complete(fields, {"responsiveness": "RESPONSIVE"}, name="CF-1")


class TestBriefForm:
    def test_takes_the_brief_as_it_is_stored(self):
        form = forms.BriefForm({"prefix": "CF", "streams": 3, "issues": "Notice\nDamages", "pace_low": 40})

        assert form.is_valid(), form.errors

    @pytest.mark.parametrize(
        ("entry", "value"),
        [("prefix", "../x"), ("terms", "(seal"), ("issues", "\n".join("abcdefghijklmn")), ("streams", 0)],
    )  # fmt: skip
    def test_names_the_entry_that_cannot_be_used(self, entry, value):
        form = forms.BriefForm({"prefix": "CF", "streams": 2, entry: value})

        assert entry in form.errors
