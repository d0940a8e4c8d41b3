"""Load files, image load files, protocols, codes, manifests, redactions."""

from __future__ import annotations

import tomllib
import unicodedata

from cursitor.engines.production import (
    decisions,
    images,
    loadfile,
    manifest,
    mapping,
    moments,
    numbering,
    paths,
    privilege_log,
    protocol,
    redactions,
)
from cursitor.engines.production.loadfile import dialect as dialects
from fuzz.targets.table import json_of, target, text_of

DAT = "\u00feDOCID\u00fe\x14\u00feBEGATT\u00fe\x14\u00feSUBJECT\u00fe\r\n\u00feA-1\u00fe\x14\u00feA-1\u00fe\x14\u00feDraft\u00aetwo\u00fe\r\n"
OPT = "A-1,VOL1,IMAGES\\A-1.tif,Y,,,2\r\nA-2,VOL1,IMAGES\\A-2.tif,,,,\r\n"
LFP = "IM,A-1,D,0,@VOL1;IMG;A-1.tif;2,0\nIM,A-2, ,0,@VOL1;IMG;A-2.tif;2\nOF,A-1,@VOL1;N;A-1.doc,1\n"
PROTOCOL = """preset = "STIPULATED_TIFF"
[numbering]
prefix = "ABC"
separator = "-"
digits = 6
start = 10
[images]
format = "pdf"
[natives]
types = ["xlsx"]
[load_file]
formats = ["dat", "csv"]
columns = ["BEGBATES", "ENDBATES"]
[endorsement]
designation = "CONFIDENTIAL"
"""


@target(
    DAT,
    DAT.encode("cp1252"),
    DAT.encode("utf-16"),
    'DOCID,SUBJECT\nA-1,"two\nlines"\n',
    "a|b\n1|2\n^x^\t^y^\n",
    words='\u00fe \x14 \u00ae " ^ | ~ DOCID BEGBATES',
    pumped=65_536,
)
def load_file(data: bytes) -> None:
    """Reading never raises and is the same in pieces; no record is lost; what is mapped or rejected is every record."""
    file = loadfile.read(data)
    assert all(len(row.values) == len(file.header) for row in file.rows)
    loaded = mapping.load(file, mapping.guess_mapping(file.header))
    assert len(loaded.documents) + len(loaded.rejected) == len(file.rows)


@target(
    "a\x1fb\x1e1\x1f2\r\n\x1e\u00fe\x1f\u00ae",
    'x\x1e"q"\x1e, | \t',
    b"\xff\xfe\x1e\x80",
    words='\x1e \x1f \u00fe \u00ae " \x14',
)
def load_file_written(data: bytes) -> None:
    """What is written is read back: the same values but for their line ends; or it is refused."""
    rows = [line.split("\x1f") for line in text_of(data).split("\x1e")][:50]
    width = min(8, max(map(len, rows)))
    rows = [(row + [""] * width)[:width] for row in rows]
    columns = [f"C{number}" for number in range(width)]
    for dialect in (loadfile.CONCORDANCE, loadfile.CONCORDANCE_CP1252, loadfile.CSV):
        try:
            written = loadfile.write(columns, rows, dialect=dialect)
        except loadfile.NotRepresentable:
            loadfile.write(columns, rows, dialect=dialect, may_substitute=True)
            continue
        again = loadfile.read(written.data, dialect=dialect, header=True)
        wanted = [tuple(value.replace("\r\n", "\n").replace("\r", "\n") for value in row) for row in rows]
        assert [row.values for row in again.rows] == wanted


@target(OPT, LFP, OPT.encode("utf-16"), words="IM OF ,Y,,, @VOL1; ;2 \\ .tif")
def image_load_file(data: bytes) -> None:
    """Reading never raises, and every row with a key is a page of a document."""
    file = images.read(data)
    assert images.is_image_file(data) in (None, *images.Format)
    keys = [row.key for document in file.documents for row in document.rows]
    assert file.n_pages >= 0
    assert len(keys) <= data.count(b"\n") + data.count(b"\r") + 1


@target(
    PROTOCOL,
    'prefix = "A"\nvolume = "V1"\n',
    words='[numbering] [images] preset = " " true 1 [ ] { } """ nan inf 1979-05-27',
)
def production_protocol(data: bytes) -> None:
    """A protocol is followed or refused at a key."""
    try:
        given = tomllib.loads(text_of(data))
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        return
    try:
        made = protocol.read(given)
    except protocol.ProtocolFaulty:
        return
    made.numbering()
    made.goes_native("a.xlsx")


@target(
    '{"id": "A", "decision": "produce", "privilege": "AC", "redactions": "term:x y => PII | pattern:[0-9]{3} | region:1,0,0,.5,.5"}',
    '{"control number": 1, "redactions": "[{\\"term\\": \\"x\\", \\"reason\\": \\"y\\"}, {\\"page\\": 1, \\"box\\": [0,0,1,1]}]"}',
    words='"id": "redactions": "decision": term: pattern: region: => page box null [[ withhold produce NaN Infinity 1e999',
)
def coding(data: bytes) -> None:
    """A row is a decision or unclear; its instructions are clear or refused."""
    row = json_of(data)
    if row is None:
        return
    try:
        made = decisions.read(row)
    except decisions.DecisionUnclear:
        return
    assert made.document
    try:
        redactions.refuse_unclear(made.redactions, 3)
    except redactions.RedactionUnclear:
        return


@target(
    "[0-9]{3}-[0-9]{2}\nSSN 123-45-6789",
    "(a+)+$\naaaaaaaaaaaaaaaaaaaaaaaa!",
    "\\bsmith\\b\nSmith smith",
    "(?i)x|y\nX",
    words="(a+)+ (a|a)* \\b \\w \\p{L} (?= (?<= (?P<n> \\1 {2,99} [^ ] (?i) $ ^ .*",
    longest=512,
)
def redaction_pattern(data: bytes) -> None:
    """A pattern is one or refused; a term that was found is gone from the text. Patterns are run in a sandbox alone."""
    expression, _, text = text_of(data).partition("\n")
    try:
        redactions.refuse_unclear([redactions.Pattern(expression)], 1)
    except redactions.RedactionUnclear:
        pass
    term = redactions.Term(expression)
    try:
        found = redactions.n_found(text, [term])
        left = redactions.without(unicodedata.normalize("NFKC", text), [term], by="\u2588")
    except redactions.RedactionUnclear:
        return
    assert not found or "\u2588" in left


@target(
    f"{'a' * 64}  DATA/a.dat\n",
    "# volume V1\n" + f"{'0' * 64}  x y.tif\n",
    manifest.write([manifest.File("DATA/a.dat", 3, "ab" * 32)]),
    words="sha256 / .. \\ \u00e4",
)
def volume_manifest(data: bytes) -> None:
    """A manifest is exactly what is written of its files, or invalid."""
    text = text_of(data)
    try:
        files = manifest.read(text)
    except manifest.ManifestInvalid:
        return
    assert manifest.write(files) == text


@target(
    "ABC-000010",
    "..\\IMAGES/A.tif",
    "03/04/2002 9:07 PM",
    "C:x",
    words="ABC- _ 000 \\\\ ../ %2e T Z +01:00 \u0661 \u00b2",
)
def numbers_and_paths(data: bytes) -> None:
    """A control number is read back, a path lies inside, a moment is possible or not."""
    text = text_of(data)
    try:
        assert str(numbering.parse(text)) == text.strip()
    except numbering.NotAControlNumber:
        pass
    try:
        inside = paths.inside_volume(text)
        assert not inside.startswith("/")
        assert ".." not in inside.split("/")
    except paths.UnsafePath:
        pass
    moments.is_possible(text)
    dialects.detect(data)
    try:
        privilege_log.refuse_revealing(text, subject=text[::2], file_name=text[:40])
    except privilege_log.DescriptionReveals:
        pass
