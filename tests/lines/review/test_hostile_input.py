"""Whatever comes in ends as published or as a listed exception, every item is counted, and nothing gets out."""

import io
import zipfile

import pytest
from django.urls import reverse

from cursitor.lines.review import operations, queries
from cursitor.lines.review.choices import CollectionState, DocumentStatus
from cursitor.lines.review.models import Document
from tests.factories import NOW
from tests.factories import order as work_order
from tests.lines.review import factories
from tests.lines.review.test_collecting import archive, mail

MEBIBYTE = 1 << 20


@pytest.fixture
def order(world):
    return work_order(world, state="ACCEPTED", issued_at=NOW, holder=world.delivery_manager, brief={"prefix": "CF"})


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("zeros.txt", "w") as member:
        for _ in range(256):
            member.write(bytes(MEBIBYTE))
    return out.getvalue()


def nested(levels: int) -> bytes:
    data = b"At the bottom."
    for level in range(levels):
        data = archive(**{f"level-{level}.zip" if level else "bottom.txt": data})
    return data


TRUNCATED = (
    mail("Cut off", **{"Content-Type": "multipart/mixed; boundary=x", "MIME-Version": "1.0"})
    + b"--x\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQKJ"
)
HTML = b"""<html><head><script src="http://tracker.example/a.js"></script></head><body onload="steal()">
<p>Seal survey</p><img src="http://tracker.example/pixel.gif"><iframe src="http://tracker.example/"></iframe></body>"""

INPUTS = {
    "zip bomb": ("bomb.zip", bomb),
    "names that climb": ("names.zip", lambda: archive(**{"../../etc/passwd": b"root", "C:\\boot.ini": b"boot"})),
    "20 levels": ("deep.zip", lambda: nested(20)),
    "40 levels": ("deeper.zip", lambda: nested(40)),
    "truncated MIME": ("cut.eml", lambda: TRUNCATED),
    "0 bytes": ("nothing.pdf", lambda: b""),
    "wrong extension": ("letter.pdf", lambda: mail("Not a PDF")),
    "broken PDF": ("broken.pdf", lambda: b"%PDF-1.7\nnonsense"),
    "HTML that loads and runs": ("page.html", lambda: HTML),
    "NUL, no charset": ("odd.eml", lambda: mail("Odd").replace(b"Odd", b"O\x00d\xed\xa0\xbd") + b"\xff"),
}  # fmt: skip


def collect(world, order, name: str, data) -> list[Document]:
    operations.collect_upload(
        order=order, custodian="X", label="", files=[(name, data)], by=world.delivery_manager, at=NOW
    )
    factories.drain()
    assert order.collections.get().state == CollectionState.PUBLISHED
    return list(Document.objects.order_by("depth", "pk"))


class TestHostileInput:
    @pytest.mark.parametrize("case", INPUTS)
    def test_ends_published_or_listed_and_the_pages_stay_up(self, client, world, order, case):
        name, make = INPUTS[case]

        documents = collect(world, order, name, io.BytesIO(make()))

        assert documents
        assert queries.reconciliation(order=order).balanced
        assert all(d.exception_class for d in documents if d.status == DocumentStatus.EXCEPTION)
        client.force_login(world.delivery_manager)
        for page in ("order", "collections", "exceptions", "search"):
            assert client.get(reverse(f"review:{page}", args=[order.ref])).status_code in (200, 422)
        for document in documents:
            if document.control_number:
                page = client.get(reverse("review:document", args=[order.ref, document.control_number]))
                assert page.status_code == 200
                assert b"tracker.example" not in page.content

    def test_of_a_bomb_lists_the_member_with_its_limit(self, world, order):
        _archive, member = collect(world, order, "bomb.zip", io.BytesIO(bomb()))

        assert (member.status, member.exception_class) == (DocumentStatus.EXCEPTION, "limit hit")

    def test_of_twenty_levels_reaches_the_bottom(self, world, order):
        documents = collect(world, order, "deep.zip", io.BytesIO(nested(20)))

        assert [d.name for d in documents if d.status == DocumentStatus.PUBLISHED] == ["bottom.txt"]

    def test_keeps_a_climbing_name_as_a_label_only(self, world, order):
        documents = collect(world, order, "names.zip", io.BytesIO(archive(**{"../../etc/passwd": b"root"})))

        assert documents[1].name == "../../etc/passwd"

    @pytest.mark.slow
    def test_of_200_megabytes_of_text_keeps_the_beginning_and_says_so(self, world, order, tmp_path):
        path = tmp_path / "long.txt"
        with path.open("wb") as out:
            for _ in range(200):
                out.write((b"The seal failed under load. " * 37450)[:MEBIBYTE])

        with path.open("rb") as stream:
            (document,) = collect(world, order, "long.txt", stream)

        assert (document.status, document.exception_class) == (DocumentStatus.EXCEPTION, "limit hit")
        assert document.n_characters == 20_000_000
