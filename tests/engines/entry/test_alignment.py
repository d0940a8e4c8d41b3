"""Fields found among recognised words: beside a label, below it, despite misread letters, and never when in doubt."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.entry import Choice, DateOrder, Field, FieldType, FormDefinition, alignment, words

HEADER = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
LETTER, HEIGHT = 12, 24
FORM = FormDefinition(
    title="Amendment",
    fields=(
        Field(key="who", label="Name of registrant", type=FieldType.NAME),
        Field(key="number", label="Registration No.", type=FieldType.IDENTIFIER, pattern="^[0-9]{1,5}$"),
        Field(key="filed", label="Date of report", type=FieldType.DATE, date_order=DateOrder.MDY, latest_year=2026),
        Field(key="fee", label="Amount due", type=FieldType.MONEY, currency="USD"),
        Field(
            key="kind", label="Form", type=FieldType.CHOICE, choices=(Choice("A", "Amendment"), Choice("R", "Report"))
        ),
        Field(key="is_signed", label="Signature", type=FieldType.BOOLEAN),
    ),
)

WORDS = "Name of registrant Date report 3/4/1999 $5 1. LLP ___ : | Form Amendment Signature"
TEXTS = st.lists(st.sampled_from(WORDS.split()), max_size=6).map(" ".join)
LAYOUTS = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 1900), TEXTS), max_size=8)


def tsv(lines, confidence=95, height=HEIGHT):
    """Return Tesseract's table of a page of 1000 x 2000 with these lines: (left, top, text)."""
    rows = [HEADER, "1\t1\t0\t0\t0\t0\t0\t0\t1000\t2000\t-1\t"]
    for number, (left, top, text) in enumerate(lines, 1):
        place = left
        for word in text.split(" "):
            if word:
                box = f"{place}\t{top}\t{len(word) * LETTER}\t{height}\t{confidence}"
                rows.append(f"5\t1\t{number}\t1\t1\t1\t{box}\t{word}")
            place += (len(word) + 1) * LETTER
    return "\n".join(rows) + "\n"


def guesses(*lines, **options):
    found = alignment.align(FORM, words.words_from_tsv(tsv(lines, **options)))
    return {key: guess.value for key, guess in found.items() if guess}


class TestAlign:
    def test_finds_values_below_their_labels_column_by_column(self):
        found = guesses(
            (50, 800, "1. Name of Registrant"),
            (600, 802, "2. Registration No."),
            (60, 840, "Foley, Hoag & Eliot LLP"),
            (640, 841, "4776"),
            (50, 1300, "3. This amendment is filed to accomplish the following"),
        )

        assert found == {"who": "Foley, Hoag & Eliot LLP", "number": "4776"}

    def test_finds_values_beside_their_labels(self):
        found = guesses((50, 800, "Date of report: March 4, 1999"), (50, 1300, "Amount due: 3 $1,250.00 paid"))

        assert found == {"filed": "March 4, 1999", "fee": "$1,250.00"}

    def test_reads_labels_in_spite_of_misread_letters(self):
        assert guesses((50, 800, "Nane of registrent"), (50, 840, "Venable LLP")) == {"who": "Venable LLP"}

    def test_takes_ruled_lines_for_nothing(self):
        assert guesses((50, 800, "Name of registrant___VENABLE LLP_____")) == {"who": "VENABLE LLP"}

    def test_joins_a_name_that_runs_on(self):
        lines = (50, 800, "Name of registrant"), (50, 840, "Office of the Representative"), (50, 870, "of Cyprus")

        assert guesses(*lines) == {"who": "Office of the Representative of Cyprus"}

    def test_sweeps_specks_off_the_page(self):
        table = tsv([(50, 800, "1. Name of registrant"), (50, 840, "Venable LLP")])
        specks = "5\t1\t2\t1\t1\t3\t200\t842\t9\t20\t5\t=\n"

        found = alignment.align(FORM, words.words_from_tsv(table + specks))

        assert found["who"].value == "Venable LLP"

    def test_leaves_the_address_to_its_field(self):
        assert guesses((50, 800, "Name of registrant"), (50, 840, "Arab Center 120 East 56 Street")) == {
            "who": "Arab Center"
        }

    def test_reads_an_amount_in_the_convention_of_the_page(self):
        assert guesses((50, 800, "Amount due 1.250,00")) == {"fee": "1250.00"}

    def test_tells_the_form_by_its_headline(self):
        assert guesses((300, 100, "AMENDMENT TO REGISTRATION STATEMENT")) == {"kind": "A"}

    def test_says_where_the_value_stands(self):
        (guess,) = filter(
            None, alignment.align(FORM, words.words_from_tsv(tsv([(100, 800, "Date of report: 3/4/99")]))).values()
        )

        assert guess.page == 1
        assert guess.region.box == pytest.approx((0.292, 0.4, 0.072, 0.012))
        assert 0.9 < guess.confidence < 1

    @pytest.mark.parametrize(
        "lines",
        [
            [(50, 800, "Name of the registrant")],
            [(50, 800, "Date of report"), (50, 840, "soon after")],
            [(50, 800, "Date of report"), (50, 1300, "March 4, 1999")],
            [(50, 800, "Registration No."), (50, 840, "pending")],
            [(50, 800, "Signature"), (50, 840, "X")],
            [(50, 800, "some words that are no form at all, 1999-03-04")],
            [],
        ],
    )
    def test_guesses_nothing_without_a_value_that_fits(self, lines):
        assert guesses(*lines) == {}

    def test_guesses_nothing_where_the_recogniser_doubts(self):
        assert guesses((50, 800, "Date of report: 3/4/1999"), confidence=50) == {}

    def test_uses_a_word_once(self):
        form = FormDefinition(
            title="", fields=(Field(key="a", label="Filed by"), Field(key="b", label="Filed", anchors=("Filed by",)))
        )

        found = alignment.align(form, words.words_from_tsv(tsv([(50, 800, "Filed by Venable LLP")])))

        assert sum(guess is not None for guess in found.values()) == 1

    @given(LAYOUTS)
    @settings(max_examples=100)
    def test_is_the_same_every_time_and_inside_the_page(self, lines):
        found = words.words_from_tsv(tsv(lines))

        first, again = alignment.align(FORM, found), alignment.align(FORM, found)

        assert first == again
        for guess in filter(None, first.values()):
            assert alignment.THRESHOLD <= guess.confidence <= 1
            assert guess.value


class TestWordsFromTsv:
    def test_reads_boxes_as_shares_of_the_page(self):
        (word,) = words.words_from_tsv(tsv([(100, 200, "Foley")]), page=3)

        assert (word.text, word.page, word.confidence) == ("Foley", 3, 0.95)
        assert (word.left, word.top, word.right, word.bottom) == pytest.approx((0.1, 0.1, 0.16, 0.112))

    @pytest.mark.parametrize(
        ("table", "named"),
        [
            ("", "first line"),
            ("a\tb\n", "first line"),
            (f"{HEADER}\n5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t90\tword\n", "line 2: the size of page 1"),
            (f"{HEADER}\n5\tx\t1\t1\t1\t1\t0\t0\t9\t9\t90\tword\n", "line 2: invalid literal"),
        ],
    )
    def test_refuses_another_table(self, table, named):
        with pytest.raises(words.RecognitionUnreadable, match=named):
            words.words_from_tsv(table)

    @given(st.text(alphabet='5 1\t\r\n.-"x\x0b\u2028', max_size=60))
    @settings(max_examples=100)
    def test_reads_or_refuses_any_rows(self, rows):
        try:
            found = words.words_from_tsv(tsv([]) + rows)
        except words.RecognitionUnreadable as refused:
            is_as_promised = "line" in str(refused)
        else:
            is_as_promised = all(word.text and 0 <= word.confidence <= 1 for word in found)

        assert is_as_promised
