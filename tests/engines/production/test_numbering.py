import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.production import numbering
from cursitor.engines.production.numbering import ControlNumber, Member, Numbering

FORM = Numbering(prefix="ABC", separator="-", digits=6)


class TestParse:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("ABC0000418", ControlNumber("ABC", "", 7, 418)),
            ("ABC-0000418", ControlNumber("ABC", "-", 7, 418)),
            ("US.DOJ_001.00012", ControlNumber("US.DOJ_001", ".", 5, 12)),
            ("00034", ControlNumber("", "", 5, 34)),
            (" SYM-00011001 ", ControlNumber("SYM", "-", 8, 11001)),
        ],
    )
    def test_takes_prefix_separator_and_digits_apart(self, text, expected):
        assert numbering.parse(text) == expected
        assert str(numbering.parse(text)) == text.strip()

    @pytest.mark.parametrize("text", ["", "ABC", "ABC-12a", "٣٤"])
    def test_refuses_what_does_not_end_in_digits(self, text):
        with pytest.raises(numbering.NotAControlNumber, match="control number"):
            numbering.parse(text)

    def test_knows_the_next_number_of_the_same_form_only(self):
        number = numbering.parse("ABC-009")

        assert number.precedes(numbering.parse("ABC-010"))
        assert not number.precedes(numbering.parse("ABC-0010"))
        assert not number.precedes(numbering.parse("ABD-010"))


class TestNumbering:
    @pytest.mark.parametrize(
        ("prefix", "separator", "digits"), [("ABC1", "", 6), ("ABC", "/", 6), ("ABC", "", 0), (" ABC", "", 6)]
    )
    def test_refuses_a_form_that_could_not_be_read_back(self, prefix, separator, digits):
        with pytest.raises(ValueError, match=r"digits|separator|read back"):
            Numbering(prefix=prefix, separator=separator, digits=digits)

    def test_refuses_a_number_wider_than_the_form(self):
        with pytest.raises(numbering.NumberingExhausted, match="1000000 cannot be written with 6 digits"):
            FORM.at(1_000_000)


class TestAllocate:
    def test_puts_attachments_directly_after_their_parent(self):
        message = [
            Member("mail"),
            Member("contract", parent="mail", n_numbers=3),
            Member("forwarded", parent="mail"),
            Member("schedule", parent="contract"),
        ]

        allocated = numbering.allocate([message, [Member("note")]], numbering=FORM, first=10)

        assert [(a.document, str(a.begin), str(a.end)) for a in allocated] == [
            ("mail", "ABC-000010", "ABC-000010"),
            ("contract", "ABC-000011", "ABC-000013"),
            ("schedule", "ABC-000014", "ABC-000014"),
            ("forwarded", "ABC-000015", "ABC-000015"),
            ("note", "ABC-000016", "ABC-000016"),
        ]
        assert {(str(a.attach_begin), str(a.attach_end)) for a in allocated[:4]} == {("ABC-000010", "ABC-000015")}
        assert [a.n_attachments for a in allocated] == [2, 1, 0, 0, 0]
        assert str(allocated[2].parent_begin) == "ABC-000011"
        assert allocated[4].parent_begin is None
        assert allocated[4].attach_begin == allocated[4].attach_end == allocated[4].begin

    @given(st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=6), max_size=8), st.integers(0, 500))
    @settings(max_examples=50)
    def test_leaves_no_gap_and_gives_no_number_twice(self, sizes, first):
        families = [
            [
                Member(f"{f}.{m}", parent=None if m == 0 else f"{f}.{(m - 1) // 2}", n_numbers=n)
                for m, n in enumerate(family)
            ]
            for f, family in enumerate(sizes)
        ]

        allocated = numbering.allocate(families, numbering=FORM, first=first)

        taken = [n for a in allocated for n in range(a.begin.number, a.end.number + 1)]
        assert taken == list(range(first, first + sum(map(sum, sizes))))
        assert len(allocated) == sum(map(len, sizes))

    @pytest.mark.parametrize(
        ("families", "sentence"),
        [
            ([[]], "exactly one head; this one has 0"),
            ([[Member("a"), Member("b")]], "this one has 2: a, b"),
            ([[Member("a"), Member("b", parent="elsewhere")]], "outside their family: elsewhere"),
            ([[Member("a"), Member("b", parent="c"), Member("c", parent="b")]], "outside their family: b, c"),
            ([[Member("a")], [Member("a")]], "Document a is to be numbered twice"),
            ([[Member("a", n_numbers=0)]], "at least one number"),
        ],
    )
    def test_refuses_families_that_are_none(self, families, sentence):
        with pytest.raises(numbering.FamilyInvalid, match=sentence):
            numbering.allocate(families, numbering=FORM)

    def test_refuses_to_run_past_the_last_number(self):
        with pytest.raises(numbering.NumberingExhausted):
            numbering.allocate([[Member("a", n_numbers=11)]], numbering=Numbering("X", "-", 1))
