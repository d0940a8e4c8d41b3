"""Oracles: conversations made up with their truth (see conversations.py); Conversation-Index: [MS-OXOMSG] 2.2.1.3."""

import itertools
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.dedupe import prints, threads
from cursitor.engines.dedupe.threads import Letter
from tests.engines.dedupe import conversations

MONDAY = datetime(2001, 5, 14, 9, tzinfo=UTC)
ANN, BOB, CARL = "ann@x.example", "bob@x.example", "carl@x.example"
ASKED = "Shall we ship the seal to car 61 before Friday noon, or wait for the permit of the agency?"


def letter(
    name: str, body: str = "", *, hours: int = 0, sender: str = ANN, to: tuple[str, ...] = (BOB,), **more
) -> Letter:
    at = MONDAY + timedelta(hours=hours)
    return Letter(name, sender=sender, recipients=frozenset(to), sent=at, words=prints.take(body), **more)


def place(letters: list[Letter]) -> dict[str, threads.Placed]:
    return {letters[position].id: placed for position, placed in threads.place(letters)}


def quoting(body: str) -> str:
    return f"On Monday, {ANN} wrote:\n" + "\n".join(f"> {line}" for line in body.split("\n"))


def pairwise(told, placed) -> tuple[float, float]:
    """Return precision and recall over pairs of messages."""
    truth = Counter(one.conversation for one in told)
    found = Counter(placed[one.letter.id].thread for one in told)
    both = Counter((one.conversation, placed[one.letter.id].thread) for one in told)
    right, all_true, all_found = (sum(n * (n - 1) // 2 for n in counts.values()) for counts in (both, truth, found))
    return right / all_found, right / all_true


def f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall)


class TestPlace:
    @pytest.mark.parametrize("seed", [1, 2])
    def test_finds_conversations_again_that_lost_their_headers(self, seed):
        told = conversations.conversations(300, seed)

        placed = place([conversations.stripped(one) for one in told])

        assert f1(*pairwise(told, placed)) >= 0.95

    def test_bears_that_some_messages_are_missing(self):
        chance = random.Random(4)
        told = [one for one in conversations.conversations(300, 4) if chance.random() > 0.15]

        placed = place([conversations.stripped(one) for one in told])

        assert f1(*pairwise(told, placed)) >= 0.9

    def test_is_exact_where_the_headers_are_there(self):
        told = conversations.conversations(300, 3)

        placed = place([one.letter for one in told])

        assert pairwise(told, placed) == (1.0, 1.0)
        ids = {one.letter.message_id: one.letter.id for one in told}
        assert all(placed[one.letter.id].parent == ids.get(one.parent) for one in told)

    @given(st.randoms())
    @settings(max_examples=10, deadline=None)
    def test_gives_one_answer_in_whatever_order_they_come(self, chance):
        letters = [conversations.stripped(one) for one in conversations.conversations(12, 5)]
        expected = place(letters)
        chance.shuffle(letters)

        assert place(letters) == expected

    def test_joins_answers_to_a_message_that_is_not_here_and_says_that_it_is_missing(self):
        some = letter("1", message_id="<1@x>", in_reply_to="<0@x>")
        more = letter("2", message_id="<2@x>", references=("<0@x>",), hours=1)

        placed = place([some, more])

        assert placed["1"].thread == placed["2"].thread
        assert placed["1"].missing == placed["2"].missing == ("<0@x>",)
        assert placed["2"].parent is None

    def test_goes_by_the_conversation_index_where_ids_are_missing(self):
        head = "01c0dc7e1a2b" + "9f" * 16
        root = letter("1", conversation_index=head)
        answer = letter("2", conversation_index=head + "0000000001", hours=1)
        deeper = letter("3", conversation_index=head + "0000000001" + "0000000002", hours=2)
        other = letter("4", conversation_index="01c0dc7e1a2b" + "8e" * 16, hours=3)

        placed = place([root, answer, deeper, other])

        assert [placed[name].parent for name in "1234"] == [None, "1", "2", None]
        assert [placed[name].indent for name in "123"] == [0, 1, 2]
        assert placed["4"].thread != placed["1"].thread

    def test_joins_two_answers_that_quote_what_is_not_here(self):
        some = letter("1", f"Yes.\n{quoting(ASKED)}", subject="Re: Seal")
        more = letter("2", f"No, never.\n{quoting(ASKED)}", subject="Re: Seal", hours=1, sender=CARL)

        placed = place([some, more])

        assert placed["1"].thread == placed["2"].thread
        assert placed["1"].missing == ("",)

    @pytest.mark.parametrize(
        "other",
        [
            letter("2", "The week was quiet.", subject="Weekly report", hours=168),
            letter("2", "Thanks.", subject="Re: Weekly report", hours=2, sender=CARL, to=("dora@x.example",)),
            letter("2", "Thanks.", subject="Re: Weekly report", hours=24 * 90, sender=BOB, to=(ANN,)),
        ],
        ids=["the next of a series", "an answer between others", "an answer after three months"],
    )
    def test_keeps_apart_what_has_only_the_subject_in_common(self, other):
        placed = place([letter("1", "The week was loud.", subject="Weekly report"), other])

        assert placed["1"].thread != placed["2"].thread

    @given(st.lists(st.sets(st.sampled_from("abcdefgh"), max_size=3), min_size=1, max_size=25))
    @settings(max_examples=60, deadline=None)
    def test_joins_answers_without_quotation_that_share_two_people(self, people):
        # Nobody here has sent what another answers: only the people in common can join them.
        letters = [
            letter(f"{number:02}", hours=number, sender="", to=tuple(on), subject="RE: Budget")
            for number, on in enumerate(people)
        ]

        placed = place(letters)

        firsts = [
            next((first for first, other in enumerate(people) if first != own and len(on & other) >= 2), own)
            for own, on in enumerate(people)
        ]
        for own, first in enumerate(firsts):
            assert placed[f"{own:02}"].thread == placed[f"{first:02}"].thread
        joints = {frozenset((own, first)) for own, first in enumerate(firsts) if own != first}
        assert len({placed[one.id].thread for one in letters}) == len(letters) - len(joints)

    def test_never_goes_round_in_a_circle(self):
        some = letter("1", message_id="<1@x>", in_reply_to="<2@x>")
        more = letter("2", message_id="<2@x>", in_reply_to="<1@x>", hours=1)

        placed = place([some, more])

        assert {placed["1"].parent, placed["2"].parent} <= {None, "1", "2"}
        assert {placed["1"].indent, placed["2"].indent} == {0, 1}


class TestInclusive:
    @pytest.fixture
    def asked(self):
        return letter("1", ASKED, message_id="<1@x>")

    @pytest.fixture
    def answer(self):
        return letter("2", f"Wait.\n{quoting(ASKED)}", message_id="<2@x>", in_reply_to="<1@x>", hours=1)

    def inclusive(self, *letters):
        return [placed.inclusive for placed in place(letters).values()]

    def test_is_the_last_message_that_holds_all_others(self, asked, answer):
        assert self.inclusive(asked, answer) == [False, True]

    def test_is_a_message_whose_attachment_no_answer_holds(self, asked, answer):
        asked = replace(asked, attachments=frozenset({"aa"}))

        assert self.inclusive(asked, answer) == [True, True]
        assert self.inclusive(asked, replace(answer, attachments=frozenset({"aa", "bb"}))) == [False, True]

    def test_is_a_message_of_which_the_answer_quotes_a_part_only(self, asked, answer):
        cut = replace(answer, words=prints.take(f"Wait.\n{quoting(ASKED[:40])}"))

        assert self.inclusive(asked, cut) == [True, True]

    def test_is_each_last_message_of_a_thread_that_branches(self, asked, answer):
        branch = letter("3", f"Ship.\n{quoting(ASKED)}", message_id="<3@x>", in_reply_to="<1@x>", hours=2)

        assert self.inclusive(asked, answer, branch) == [False, True, True]

    def test_is_not_a_second_copy_of_the_same_words(self, asked, answer):
        copy = replace(answer, id="3", message_id="<3@x>", sent=answer.sent + timedelta(seconds=1))

        placed = place([asked, answer, copy])

        assert (placed["3"].inclusive, placed["3"].spare_of) == (False, "2")


class TestSubject:
    @pytest.mark.parametrize(
        ("subject", "bare", "is_answer"),
        [
            ("Seal", "seal", False),
            ("Re: FW:  Seal ", "seal", True),
            ("AW: [Legal] Re[2]: Seal", "seal", True),
            ("[Legal] Seal", "seal", False),
            ("Seal (fwd)", "seal", True),
            ("Review of the seal", "review of the seal", False),
            ("Re:", "", True),
        ],
    )
    def test_is_bared_of_marks(self, subject, bare, is_answer):
        found = Letter("1", subject=subject)

        assert (found.bare_subject, found.is_answer) == (bare, is_answer)


class TestConversations:
    def test_have_the_truth_the_other_tests_go_by(self):
        told = conversations.conversations(50, 1)

        assert len({one.letter.id for one in told}) == len(told)
        assert all(one.conversation == other.conversation for one, other in _answers(told))


def _answers(told):
    by_id = {one.letter.message_id: one for one in told}
    return itertools.islice(((one, by_id[one.parent]) for one in told if one.parent), 100)
