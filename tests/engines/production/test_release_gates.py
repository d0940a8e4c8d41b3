import pytest

from cursitor.engines.production import gates
from cursitor.engines.production.gates import Counts, Disposition, GatedDocument

PRODUCE, WITHHOLD, EXCLUDE = Disposition.PRODUCE, Disposition.WITHHOLD, Disposition.EXCLUDE


def document(name, disposition=PRODUCE, **given):
    return GatedDocument(**{"document": name, "family": name, "duplicates": name, "disposition": disposition} | given)


def counted(documents):
    of = [d.disposition for d in documents]
    return Counts(len(of), of.count(PRODUCE), of.count(WITHHOLD), of.count(EXCLUDE))


def codes(documents):
    return [(b.code, b.ids) for b in gates.blockers(documents, counts=counted(documents))]


class TestBlockers:
    def test_are_none_for_a_settled_production(self):
        documents = [
            document("mail", duplicates="same", has_privilege_hit=True, had_second_look=True),
            document("copy", duplicates="same"),
            document("memo", WITHHOLD, is_privileged=True, is_logged=True),
            document("redacted", is_privileged=True, is_logged=True, had_second_look=True),
            document("spam", EXCLUDE, is_privileged=True),
        ]

        assert codes(documents) == []

    @pytest.mark.parametrize(
        ("documents", "expected"),
        [
            (
                [document("mail", family="f"), document("memo", WITHHOLD, family="f", is_privileged=True)],
                [("PRIVILEGED_NOT_LOGGED", ("memo",))],
            ),
            (
                [document("mail", family="f"), document("memo", EXCLUDE, family="f", is_privileged=True)],
                [("PRIVILEGED_NOT_LOGGED", ("memo",))],
            ),
            (
                [document("memo", is_privileged=True, is_logged=True)],
                [("PRIVILEGED_PRODUCED", ("memo",))],
            ),
            (
                [document("mail", duplicates="d"), document("copy", EXCLUDE, duplicates="d"), document("other")],
                [("DUPLICATES_DIFFER", ("mail", "copy"))],
            ),
            (
                [document("mail", duplicates="d", must_agree=("AEO",)), document("copy", duplicates="d")],
                [("DUPLICATES_DIFFER", ("mail", "copy"))],
            ),
            (
                [document("mail", has_privilege_hit=True), document("out", EXCLUDE, has_privilege_hit=True)],
                [("PRIVILEGE_HIT_UNSEEN", ("mail",))],
            ),
        ],
    )  # fmt: skip
    def test_name_each_reason_and_its_documents(self, documents, expected):
        assert codes(documents) == expected

    def test_name_what_is_uncoded_and_why_the_count_cannot_hold(self):
        found = gates.blockers([document("mail"), document("new", None)], counts=Counts(2, 1, 0, 0))

        assert [(b.code, b.ids) for b in found] == [("UNCODED", ("new",)), ("COUNTS_DIFFER", ())]
        assert found[1].sentence == (
            "2 documents were checked and 2 selected, but 1 produced, 0 withheld and 0 excluded make 1."
        )

    def test_name_a_document_selected_twice(self):
        assert codes([document("mail"), document("mail")]) == [("DOCUMENT_REPEATED", ("mail",))]
