import pytest

from cursitor.engines.production import layout, numbering, paths

BEGIN = numbering.parse("ABC-0000418")


class TestPlace:
    @pytest.mark.parametrize(
        ("position", "file_name", "native"),
        [
            (0, "a.MSG", "NATIVES/0001/ABC-0000418.msg"),
            (999, "a.tar.gz", "NATIVES/0001/ABC-0000418.gz"),
            (1000, "../../etc/passwd", "NATIVES/0002/ABC-0000418"),
            (0, "report.final version", "NATIVES/0001/ABC-0000418"),
            (0, "", "NATIVES/0001/ABC-0000418"),
            (0, None, None),
        ],
    )
    def test_names_files_by_number_and_takes_only_a_plain_extension(self, position, file_name, native):
        placed = layout.place(BEGIN, position=position, file_name=file_name)

        assert placed.native == native
        assert paths.inside_volume(layout.as_link(placed.text)) == placed.text

    @pytest.mark.parametrize("prefix", ["../A", "A/B", "C:", ".A"])
    def test_refuses_a_number_that_cannot_be_a_file_name(self, prefix):
        with pytest.raises(ValueError, match="cannot be a file name"):
            layout.place(numbering.ControlNumber(prefix, "-", 4, 1), position=0, file_name=None)
