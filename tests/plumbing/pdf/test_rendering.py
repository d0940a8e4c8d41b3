import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest

import cursitor
from cursitor.plumbing import pdf
from cursitor.plumbing.pdf import documents

PACKAGE = Path(cursitor.__file__).parent
TEMPLATES = PACKAGE / "plumbing" / "pdf" / "templates"
AT = datetime(2026, 11, 24, 15, 31, 8, tzinfo=UTC)
DIGEST = "0dd3d4222106199aaf009ad1822087009e70d581e4b32ae06c9bc77d8aadc146"


def frame(**given):
    return documents.Frame(
        **{
            "issuer": "Quillfield Legal Services",
            "reference": "R-2026-000071",
            "title": "Report of document review",
            "created_at": AT,
            "caption": "Corbel Freight, Inc. v. Danube Polymers LLC",
            "foot": "Times in UTC.",
            "digest": DIGEST,
        }
        | given
    )


def report(*sections, **given):
    return documents.ReviewReport(frame=frame(), sections=sections, **given)


def log(*rows):
    columns = [documents.Column("Log no."), documents.Column("CC", share=1), documents.Column("Description", share=2)]
    return documents.PrivilegeLog(frame=frame(), columns=columns, rows=rows, note="* attorney")


def pages(data):
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data)]


def flowing(data):
    return re.sub(r"\s+", " ", " ".join(pages(data)))


class TestRender:
    def test_puts_every_part_of_a_report_on_the_page(self):
        interval = documents.Interval("Elusion", "2 of 190; 0.1 to 3.8 % at 95 %", 0.001, 0.0105, 0.038, 0.05, 0.02)
        table = documents.PrintedTable(
            [documents.Column("Coding", share=1), documents.Column("Documents", "right")], [["Responsive", "312"]]
        )
        section = documents.Section(
            "How good it is",
            ["Drawn with seed 8431."],
            [documents.Fact("Collected", "548 in 429 families")],
            [interval],
            table,
            [documents.Digest("load.dat", DIGEST)],
        )

        text = flowing(pdf.render("review_report", report(section, statement="I adopt it.", signatory="Nora Kessling")))

        for part in (
            "Quillfield Legal Services", "R-2026-000071", "Page 1 of 1", "Report of document review",
            "Corbel Freight, Inc. v. Danube Polymers LLC", "How good it is", "Drawn with seed 8431.", "Collected",
            "548 in 429 families", "2 of 190; 0.1 to 3.8 % at 95 %", "Responsive", "312",
            "0dd3 d422 2106 199a af00 9ad1 8220 8700", "I adopt it.", "Nora Kessling", f"SHA-256 {DIGEST}",
        ):  # fmt: skip
            assert part in text

    def test_puts_an_invoice_on_the_page(self):
        invoice = documents.Invoice(
            frame=frame(title="Invoice Q-118"),
            seller=documents.Party("Quillfield Pvt. Ltd.", ["14 Aundh Road, Pune"]),
            buyer=documents.Party("Aldmere Vance LLP", ["Chicago, IL"]),
            facts=[documents.Fact("Issued", "30 November 2026")],
            currency="USD",
            lines=[documents.InvoiceLine("20 Nov", "First-level review", "958 documents", "0.85", "814.30")],
            adjustments=[documents.Adjustment("Rework at no charge", "-48.00")],
            totals=[documents.Total("To pay", "766.30", is_final=True)],
            tax_note="Reverse charge.",
            payment=["Payable by 30 December 2026"],
        )

        text = flowing(pdf.render("invoice", invoice))

        for part in (
            "Quillfield Pvt. Ltd.", "14 Aundh Road, Pune", "Aldmere Vance LLP", "Issued 30 November 2026",
            "20 Nov First-level review 958 documents 0.85 814.30", "Amount, USD", "Rework at no charge -48.00",
            "To pay 766.30", "Reverse charge.", "Payable by 30 December 2026",
        ):  # fmt: skip
            assert part in text

    def test_repeats_the_heading_of_a_long_log_and_counts_its_pages(self):
        data = pdf.render("privilege_log", log(*([str(n), "", f"Advice number {n}."] for n in range(1, 101))))

        read = pages(data)
        assert len(read) > 2
        assert all("Log no." in page and "Description" in page for page in read)
        assert all(f"Page {n} of {len(read)}" in page for n, page in enumerate(read, 1))
        assert all(f"Advice number {n}." in flowing(data) for n in range(1, 101))

    def test_breaks_a_long_address_without_adding_a_character(self):
        address = "averyveryverylongaddress.without.display@subdomain.corbelfreight.example"

        text = "".join(pages(pdf.render("privilege_log", log(["1", address, "x"]))))

        assert address in re.sub(r"\s", "", text)

    def test_says_so_where_nothing_was_withheld(self):
        assert "No document was withheld or redacted." in flowing(pdf.render("privilege_log", log()))

    @pytest.mark.parametrize(
        "text",
        [
            '#panic("x")',
            '#read("/parts.typ")',
            "*bold* _it_ `raw` $x^2$ = head",
            "@ref <label> // comment /* c */",
            '"]) #assert(false) \\ \\u{41}',
            "</script> & 'quotes' -- ~ #{",
        ],
    )
    def test_shows_markup_in_the_data_as_text(self, text):
        section = documents.Section(text, [text], [documents.Fact(text, text)])

        read = flowing(pdf.render("review_report", report(section, statement=text)))

        assert read.count(text) == 5

    def test_never_evaluates_text_as_markup(self):
        templates = [*PACKAGE.rglob("*.typ")]

        assert len(templates) >= 4
        for template in templates:
            code = re.sub(r"//.*", "", template.read_text())
            assert not re.search(r"\b(eval|plugin)\b|@preview", code), template

    def test_gives_the_same_bytes_for_the_same_data_and_dates_them_as_told(self):
        section = documents.Section("A", ["b"])
        once = pdf.render("review_report", report(section))
        later = replace(report(section), frame=frame(created_at=AT + timedelta(days=1)))

        assert pdf.render("review_report", report(section)) == once
        assert pdf.render("review_report", later) != once
        assert pypdfium2.PdfDocument(once).get_metadata_dict()["CreationDate"].startswith("D:20261124153108")

    def test_declares_an_archivable_and_accessible_document(self):
        data = pdf.render("review_report", report(documents.Section("A", ["b"])))

        assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in data
        assert b"<pdfuaid:part>1</pdfuaid:part>" in data

    def test_sets_other_scripts_and_names_what_it_cannot_draw(self):
        fact = documents.Fact("Łódź, Kraków, Привет, Ελλάδα", "中文 and \U0001f600")

        text = flowing(pdf.render("review_report", report(documents.Section("A", facts=[fact]))))

        assert "Łódź, Kraków, Привет, Ελλάδα" in text
        assert "\u25a1\u25a1 and \u25a1" in text
        assert "U+4E2D, U+6587, U+1F600" in text

    def test_leaves_out_characters_that_would_turn_the_line_around(self):
        text = flowing(pdf.render("review_report", report(documents.Section("A", ["abc\u202etxt.exe\x01\ud83d"]))))

        assert "abctxt.exe" in text

    def test_takes_the_template_of_an_app_and_plain_data(self):
        data = {"frame": {"created_at": AT.isoformat()}} | vars(frame()) | {"created_at": AT, "sections": []}
        data |= {"statement": "Said by an app.", "signatory": "", "signed": ""}

        assert "Said by an app." in flowing(pdf.render(TEMPLATES / "review_report.typ", data))

    @pytest.mark.parametrize(
        ("template", "data", "sentence"),
        [
            ("nothing", {"created_at": AT}, "There is no template nothing"),
            ("../rendering", {"created_at": AT}, "There is no template"),
            (Path("/etc/hostname"), {"created_at": AT}, "There is no template /etc/hostname"),
            ("invoice", {}, "needs created_at"),
            ("invoice", {"created_at": AT.replace(tzinfo=None)}, "with its time zone"),
            ("invoice", {"created_at": AT, "title": "x"}, r"invoice.typ could not be set: .*seller"),
            ("invoice", {"created_at": AT, "amount": AT}, "datetime cannot be printed"),
        ],
    )
    def test_refuses_what_it_cannot_set(self, template, data, sentence):
        with pytest.raises(pdf.TemplateFailed, match=sentence):
            pdf.render(template, data)


class TestFonts:
    def test_stay_small_and_carry_their_licences(self):
        fonts = PACKAGE / "plumbing" / "pdf" / "fonts"

        assert sum(font.stat().st_size for font in fonts.glob("*.ttf")) < 600_000
        assert len([*fonts.glob("OFL-*.txt")]) == 3


class TestInterval:
    @pytest.mark.parametrize("numbers", [(0.2, 0.1, 0.3, 1), (0.1, 0.2, 1.1, 1), (0.1, 0.2, 0.3, 0)])
    def test_refuses_shares_that_are_out_of_order(self, numbers):
        with pytest.raises(ValueError, match="is no interval"):
            documents.Interval("Elusion", "n 1", *numbers)
