"""The forms in which mail programs quote, as they are found in real mail."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.dedupe import quoting

FORMS = {
    "Outlook": (
        "Yes.\n\n-----Original Message-----\n"
        "From: Ann [mailto:ann@x.example]\nSent: Monday\nTo: Bob\n"
        "Subject: Seal\n\nShip it?"
    ),
    "Outlook without dashes": ("Yes.\n\nFrom: Ann <ann@x.example>\nSent: Monday\nTo: Bob\nSubject: Seal\n\nShip it?"),
    "Outlook, German": (
        "Yes.\n\n-----Ursprüngliche Nachricht-----\nVon: Ann\nGesendet: Montag\nAn: Bob\nBetreff: Seal\n\nShip it?"
    ),
    "Notes": (
        "Yes.\n"
        "------------ Forwarded by Bob/HOU on 03/02/2001 10:12 AM ------------\n"
        "\n\tAnn\n\t03/01/2001 04:15 PM\n\t\tTo: Bob\n\t\tcc:\n\t\tSubject: Seal\n\n"
        "Ship it?"
    ),
    "Gmail": ("Yes.\n\nOn Mon, May 14, 2001 at 9:00 AM, Ann <ann@x.example> wrote:\n> Ship it?"),
    "Gmail, wrapped": ("Yes.\n\nOn Mon, May 14, 2001 at 9:00 AM, Ann\n<ann@x.example> wrote:\n\n> Ship it?"),
    "Apple": ("Yes.\n\nBegin forwarded message:\n\nFrom: Ann\nSubject: Seal\nDate: Monday\nTo: Bob\n\nShip it?"),
    "attribution without marks": "Yes.\n\nOn Monday, Ann wrote:\n\nShip it?",
    "French": "Yes.\n\nLe 14 mai 2001 à 09:00, Ann a écrit :\n> Ship it?",
    "initials before the mark": "AL> Ship it?\nYes.",
    "answer below": "> Ship it?\n\nYes.",
}


class TestTakeApart:
    @pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
    def test_tells_the_answer_from_the_question(self, text):
        found = quoting.take_apart(text)

        assert (found.own, found.quoted) == ("Yes.", ("Ship it?",))

    def test_keeps_each_earlier_message_apart_the_nearest_first(self):
        found = quoting.take_apart("Yes.\n> Ship it?\n> > Is it ready?\n> Or wait?")

        assert found.quoted == ("Ship it?", "Is it ready?", "Or wait?")

    @pytest.mark.parametrize(
        "text", ["From: here to there.\nSent: nothing.", "On it.", "a > b and b > c", "I wrote: nothing"]
    )
    def test_leaves_words_that_only_look_like_it(self, text):
        assert quoting.take_apart(text).quoted == ()

    def test_names_who_is_quoted(self):
        assert quoting.take_apart(FORMS["Gmail"]).named == {"ann@x.example"}

    @given(st.text(alphabet="> \nOn wrote:-FromSubject@.a", max_size=200))
    @settings(max_examples=150, deadline=None)
    def test_loses_no_line_of_what_is_neither_mark_nor_heading(self, text):
        found = quoting.take_apart(text)

        kept = "".join((found.own, *found.quoted))
        assert set(kept) <= set(text)
