"""A protocol is read whole or refused with the line that cannot be followed."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.production import protocol as protocols
from cursitor.engines.production import rows
from cursitor.engines.production.privilege_log import Form
from cursitor.engines.production.protocol import ImageForm, Protocol, ProtocolFaulty
from cursitor.engines.production.rows import DateOrder

COMMANDS = Path(__file__).parents[3] / "docs/operating/commands.md"
KEYS = ["preset", "numbering", "images", "natives", "volume", "load_file", "privilege", *Protocol.__dataclass_fields__]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(["tiff", "dat"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(), inner, max_size=3),
    max_leaves=6,
)


class TestRead:
    @pytest.mark.parametrize(
        ("toml", "name", "value"),
        [
            ("", "images", ImageForm.TIFF),
            ("[images]\nformat = 'PDF'", "images", ImageForm.PDF),
            ("preset = 'pdf'", "images", ImageForm.PDF),
            ("preset = 'stipulated-tiff'", "digits", 9),
            ("preset = 'NATIVE'\n[natives]\ntypes = ['XLSX', '.csv']", "natives", ("xlsx", "csv")),
            ("preset = 'NATIVE'", "natives", ("*",)),
            ("[numbering]\nprefix = 'HALE'\nstart = 41", "first", 41),
            ("[volume]\nlabel = 'VOL_002'", "volume", "VOL_002"),
            ("[load_file]\nformats = 'csv'", "load_files", ("csv",)),
            ("[load_file]\ndelimiter = '|'", "between_values", "|"),
            ("date_order = 'day_first'", "date_order", DateOrder.DAY_FIRST),
            ("[privilege]\nterms = ['counsel']\nlog = 'categorical'", "privilege_log", Form.CATEGORICAL),
            ("[endorsement]\ndesignation = 'CONFIDENTIAL'", "default_designation", "CONFIDENTIAL"),
            ("own_range_if_alone = false", "own_range_if_alone", False),
        ],
    )
    def test_takes_a_value_from_its_table_its_preset_or_the_top(self, toml, name, value):
        read = protocols.read(tomllib.loads(toml))

        assert getattr(read, name) == value

    @pytest.mark.parametrize(
        ("toml", "says"),
        [
            ("preset = 'HOUSE'", "no preset HOUSE"),
            ("colour = 'red'", "says colour"),
            ("[numbering]\nprefx = 'A'", "says prefx"),
            ("digits = 'seven'", "digits cannot be 'seven'"),
            ("digits = true", "digits cannot be True"),
            ("digits = 13", "1 to 12 digits"),
            ("prefix = 'ABC1'\nseparator = ''", "could not be read back"),
            ("prefix = '../x'", "cannot name files"),
            ("prefix = ''", "cannot name files"),
            ("separator = '/'", "The separator is"),
            ("first = -1", "Numbers begin at 0"),
            ("per_folder = 0", "at least one file"),
            ("volume = '../VOL'", "volume label"),
            ("[images]\nformat = 'jpeg'", "one of tiff, pdf"),
            ("date_order = 'WEEK_FIRST'", "one of YEAR_FIRST"),
            ("privilege_log = 'none'", "one of document, metadata, categorical"),
            ("[load_file]\nformats = ['xml']", "load_files takes"),
            ("[load_file]\nformats = []", "at least one"),
            ("columns = ['ENDBATES']", "needs BEGBATES"),
            ("columns = ['BEGBATES', 'COLOUR']", "No such column: COLOUR"),
            ("[names]\nBEGBATES = 'ENDBATES'", "bear one name"),
            ("names = 'x'", "names cannot be 'x'"),
        ],
    )
    def test_refuses_what_cannot_be_followed_and_says_where(self, toml, says):
        with pytest.raises(ProtocolFaulty, match=re.escape(says)):
            protocols.read(tomllib.loads(toml))

    @given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), ANYTHING, max_size=4))
    @settings(max_examples=150, deadline=None)
    def test_gives_a_protocol_that_can_number_or_says_why_not(self, given_values):
        try:
            read = protocols.read(given_values)
        except ProtocolFaulty:
            return

        assert read.numbering().digits == read.digits
        assert set(read.columns) <= set(rows.COLUMNS)

    @pytest.mark.parametrize("name", protocols.PRESETS)
    def test_knows_presets_that_hold_in_themselves(self, name):
        assert protocols.read({"preset": name}) == protocols.PRESETS[name]


class TestGoesNative:
    @pytest.mark.parametrize(
        ("natives", "name", "goes"),
        [
            (("csv",), "A.CSV", True),
            (("csv",), "csv", False),
            (("csv",), "a.csv.txt", False),
            (("*",), "anything", True),
            ((), "a.csv", False),
        ],
    )
    def test_goes_by_the_extension_whatever_its_case(self, natives, name, goes):
        assert Protocol(natives=natives).goes_native(name) is goes


class TestDocumentation:
    def test_shows_a_protocol_that_is_read(self):
        told = COMMANDS.read_text().split("The protocol is TOML.")[1].split("The coding is CSV")[0]
        toml = "\n".join(line.removeprefix("    ") for line in told.splitlines() if line.startswith("    "))

        read = protocols.read(tomllib.loads(toml))

        assert (read.prefix, read.names["BEGBATES"], read.privilege_terms) == (
            "HALE",
            "Bates Begin",
            ("attorney", "privileged"),
        )
