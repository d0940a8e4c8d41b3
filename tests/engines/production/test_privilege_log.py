from datetime import date

import pytest

from cursitor.engines.production import privilege_log
from cursitor.engines.production.privilege_log import Basis, Entry, Form, Person, Treatment

COUNSEL = Person("Kessling, Nora", is_attorney=True)
CLIENT = Person("Vance, Ada")
BANKER = Person("Quill, Sam", is_third_party=True)


def entry(**given):
    return Entry(
        **{
            "document": "17",
            "begin": "ABC-0001",
            "end": "ABC-0002",
            "family": "ABC-0001",
            "on": date(2001, 5, 4),
            "document_type": "E-mail",
            "author": CLIENT,
            "to": (COUNSEL,),
            "description": "E-mail to counsel requesting legal advice about a supply contract",
            "bases": (Basis.ATTORNEY_CLIENT,),
            "treatment": Treatment.WITHHELD,
            "subject": "RE: Indemnity exposure under the Danube deal",
            "file_name": "Danube indemnity memo v3.docx",
            "holder": "Vance & Co",
            "approver": "Nora Kessling",
        }
        | given
    )


class TestRows:
    def test_hold_the_columns_of_the_log_and_never_the_subject(self):
        (line,) = privilege_log.rows([entry(cc=(COUNSEL, CLIENT))])

        values = dict(zip(privilege_log.COLUMNS, line, strict=True))
        assert values["Log no."] == "1"
        assert values["Date"] == "2001-05-04"
        assert (values["From"], values["To"]) == ("Vance, Ada", "Kessling, Nora*")
        assert (values["CC"], values["Attorneys"]) == ("Kessling, Nora*; Vance, Ada", "Kessling, Nora")
        assert (values["Basis"], values["Treatment"]) == ("Attorney-client privilege", "Withheld")
        assert "Danube" not in "".join(line)

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"bases": ()}, "ABC-0001 lacks a basis"),
            ({"description": " ", "document_type": ""}, "lacks a document type and a description"),
            ({"treatment": Treatment.REDACTED}, "lacks redacted pages"),
        ],
    )
    def test_refuse_an_entry_nobody_could_assess(self, given, sentence):
        with pytest.raises(privilege_log.EntryIncomplete, match=sentence):
            privilege_log.rows([entry(**given)])


class TestRefuseRevealing:
    @pytest.mark.parametrize(
        ("description", "subject", "file_name", "words"),
        [
            ("On indemnity exposure under a deal", "RE: Indemnity exposure under it", "", "indemnity exposure under"),
            ("Memo on the NIGHTINGALE matter", "Fw: Nightingale", "", "nightingale"),
            ("Draft named danube-indemnity memo", "", "Danube indemnity memo.docx", "danube indemnity memo"),
            ("Layoffs: plan", "Layoffs plan", "", "layoffs plan"),
        ],
    )  # fmt: skip
    def test_names_the_words_taken_from_the_document(self, description, subject, file_name, words):
        with pytest.raises(privilege_log.DescriptionReveals, match=words):
            privilege_log.refuse_revealing(description, subject=subject, file_name=file_name)

    @pytest.mark.parametrize(
        ("description", "subject"),
        [
            ("E-mail requesting legal advice of counsel", "Legal advice"),
            ("E-mail to counsel about a contract", "Contract termination in June"),
            ("Confidential communication with attorney", ""),
        ],
    )
    def test_lets_through_what_any_description_may_say(self, description, subject):
        privilege_log.refuse_revealing(description, subject=subject)


class TestDoubts:
    @pytest.mark.parametrize(
        ("given", "codes"),
        [
            ({}, []),
            ({"cc": (BANKER,)}, ["THIRD_PARTY_PRESENT"]),
            ({"cc": (BANKER,), "bases": (Basis.COMMON_INTEREST,)}, []),
            ({"to": (CLIENT,)}, ["NO_ATTORNEY"]),
            ({"to": (CLIENT,), "bases": (Basis.WORK_PRODUCT_FACT,)}, []),
            ({"holder": "", "approver": ""}, ["NO_HOLDER", "NO_APPROVER"]),
        ],
    )
    def test_name_what_a_claim_may_founder_on(self, given, codes):
        assert [doubt.code for doubt in privilege_log.doubts([entry(**given)])] == codes


class TestTable:
    def test_says_of_each_document_what_it_says_itself_where_no_description_was_agreed_on(self):
        columns, (line,) = privilege_log.table([entry(description="")], Form.METADATA)

        values = dict(zip(columns, line, strict=True))
        assert (values["Begin"], values["From"], values["Basis"]) == (
            "ABC-0001",
            "Vance, Ada",
            "Attorney-client privilege",
        )
        assert "Description" not in columns
        assert "Danube" not in " ".join(line)

    def test_groups_by_basis_type_and_treatment_with_dates_counts_and_ranges(self):
        entries = [
            entry(begin="ABC-0005", end="ABC-0005", on=date(2001, 3, 1)),
            entry(begin="ABC-0001", end="ABC-0002"),
            entry(begin="ABC-0003", end="ABC-0004", on=None),
            entry(begin="ABC-0009", end="ABC-0010", description=""),
            entry(begin="", end=""),
            entry(begin="ABC-0011", end="ABC-0011", bases=(Basis.OTHER,)),
        ]

        columns, (advice, other) = privilege_log.table(entries, Form.CATEGORICAL)

        assert dict(zip(columns, advice, strict=True)) == {
            "Category no.": "1",
            "Basis": "Attorney-client privilege",
            "Type": "E-mail",
            "Treatment": "Withheld",
            "First date": "2001-03-01",
            "Last date": "2001-05-04",
            "Undated": "1",
            "Documents": "5",
            "Numbers": "ABC-0001 to ABC-0005; ABC-0009 to ABC-0010 (1 without a number)",
        }
        assert (other[1], other[-1]) == ("Other", "ABC-0011")

    def test_counts_every_document_once_whatever_its_category(self):
        entries = [entry(document_type=f"Type {n % 3}", bases=(list(Basis)[n % 6],)) for n in range(60)]

        columns, lines = privilege_log.table(entries, Form.CATEGORICAL)

        assert sum(int(line[columns.index("Documents")]) for line in lines) == 60

    @pytest.mark.parametrize("form", Form)
    def test_refuses_an_entry_without_a_basis_in_every_form(self, form):
        with pytest.raises(privilege_log.EntryIncomplete, match="a basis"):
            privilege_log.table([entry(bases=())], form)
