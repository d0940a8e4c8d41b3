"""A small production volume in which nothing is amiss, as path -> bytes, for tests to spoil."""

import hashlib
import io
import zipfile
from pathlib import Path

from PIL import Image

COLUMNS = (
    *("BEGBATES", "ENDBATES", "BEGATTACH", "ENDATTACH", "PARENTID", "CUSTODIAN", "FROM", "SUBJECT", "DATESENT"),
    *("TIMESENT", "TIMEZONE", "MD5HASH", "PAGECOUNT", "NATIVELINK", "TEXTLINK"),
)
MAIL = (
    b"From: Ann <ann@x.example>\r\nTo: bob@x.example\r\nSubject: Seal\r\nMessage-ID: <1@x.example>\r\n"
    b"\r\nShip the seal.\r\n"
)
SHEET = b"car,seal\r\n61,yes\r\n"
Files = dict[str, bytes]


def tiff(n_pages: int = 1) -> bytes:
    """Return a bitonal Group IV TIFF."""
    pages = [Image.new("1", (40, 60), 1) for _ in range(n_pages)]
    out = io.BytesIO()
    pages[0].save(out, "TIFF", compression="group4", dpi=(300, 300), save_all=n_pages > 1, append_images=pages[1:])
    return out.getvalue()


def rows() -> list[dict[str, str]]:
    """A message with an attachment, both as natives, and a document of two page images."""
    common = {"CUSTODIAN": "Ann", "TIMESENT": "16:39:00", "TIMEZONE": "UTC"}
    return [
        common
        | span("A-0001", "A-0001", "A-0001", "A-0002")
        | {"FROM": "ann@x.example", "SUBJECT": "Seal", "DATESENT": "05/14/2001", "MD5HASH": md5(MAIL), "PAGECOUNT": "1"}
        | links("NATIVES/0001/A-0001.eml", "TEXT/0001/A-0001.txt"),
        common
        | span("A-0002", "A-0002", "A-0001", "A-0002")
        | {"PARENTID": "A-0001", "MD5HASH": md5(SHEET), "PAGECOUNT": "1"}
        | links("NATIVES/0001/A-0002.csv", "TEXT/0001/A-0002.txt"),
        common
        | span("A-0003", "A-0004", "A-0003", "A-0004")
        | {"SUBJECT": "Plan", "DATESENT": "05/15/2001", "PAGECOUNT": "2"}
        | links("", "TEXT/0001/A-0003.txt"),
    ]


def span(begin: str, end: str, attach: str, attach_end: str) -> dict[str, str]:
    return {"BEGBATES": begin, "ENDBATES": end, "BEGATTACH": attach, "ENDATTACH": attach_end}


def links(native: str, text: str) -> dict[str, str]:
    return {"NATIVELINK": native.replace("/", "\\"), "TEXTLINK": text.replace("/", "\\")}


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def dat(records: list[dict[str, str]], columns=COLUMNS, end: str = "\r\n") -> bytes:
    table = [list(columns), *([record.get(column, "") for column in columns] for record in records)]
    lines = ["\x14".join(f"\u00fe{value}\u00fe" for value in values) for values in table]
    return ("\ufeff" + end.join(lines) + end).encode()


OPT = (
    b"A-0001,VOL1,IMAGES\\0001\\A-0001.tif,Y,,,1\r\n"
    b"A-0002,VOL1,IMAGES\\0001\\A-0002.tif,Y,,,1\r\n"
    b"A-0003,VOL1,IMAGES\\0001\\A-0003.tif,Y,,,2\r\n"
    b"A-0004,VOL1,IMAGES\\0001\\A-0004.tif,,,,\r\n"
)


def clean() -> Files:
    files = {
        "DATA/VOL1.dat": dat(rows()),
        "DATA/VOL1.opt": OPT,
        "NATIVES/0001/A-0001.eml": MAIL,
        "NATIVES/0001/A-0002.csv": SHEET,
    }
    files |= {f"TEXT/0001/A-000{number}.txt": b"Ship the seal.\r\n" for number in (1, 2, 3)}
    return files | {f"IMAGES/0001/A-000{number}.tif": tiff() for number in (1, 2, 3, 4)}


def folder(files: Files, at: Path) -> Path:
    for name, data in files.items():
        path = at / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return at


def packed(files: Files, at: Path) -> Path:
    with zipfile.ZipFile(at, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return at
