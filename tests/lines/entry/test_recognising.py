"""Recognition: what a machine read is kept apart, offered to the first keyer, and never stops a batch."""

import pytest

from cursitor.lines.entry import operations
from cursitor.lines.entry.choices import BatchState, OcrState
from cursitor.lines.entry.models import Page, Record
from cursitor.plumbing.outbox.models import Message
from cursitor.plumbing.vault import operations as vault
from tests.factories import NOW
from tests.lines.entry import batches, factories


@pytest.fixture
def order(world):
    made = factories.order(world)
    factories.schema(made, prefill=True)
    return made


class TestRecognise:
    @pytest.mark.slow
    def test_offers_what_it_found_with_its_place_and_confidence(self, order):
        batches.read(order, {"form.pdf": batches.form("011775c020")})

        page, record = Page.objects.get(), Record.objects.get()
        assert page.ocr_state == OcrState.DONE
        assert 50 < page.ocr_confidence <= 100
        assert "JETRO" in vault.read(page.ocr_words).decode()
        found = record.prefill["number"]
        assert (found["value"], found["page"]) == ("4069", 1)
        assert 0.6 <= found["confidence"] <= 1
        x, y, width, height = found["region"]
        assert 0.6 < x < 0.8
        assert 0.15 < y < 0.3
        assert width < 0.2
        assert height < 0.05

    def test_is_not_done_where_the_form_does_not_want_it(self, world):
        order = factories.order(world)

        batches.read(order, {"form.pdf": batches.form("011775c020")})

        assert Page.objects.get().ocr_state == OcrState.NONE
        assert Record.objects.get().prefill == {}

    @pytest.mark.slow
    def test_never_looks_at_a_text_layer(self, order):
        batches.read(order, {"layered.pdf": batches.with_text_layer("Registration No. 4711")})

        page = Page.objects.get()
        assert page.ocr_state == OcrState.DONE
        assert page.ocr_confidence is None
        assert "4711" not in vault.read(page.ocr_words).decode()
        assert Record.objects.get().prefill == {}

    def test_that_fails_says_why_and_lets_the_batch_go_on(self, order, monkeypatch):
        monkeypatch.setenv("PATH", "/nowhere")

        batch = batches.read(order, {"scan.png": batches.picture("PNG")})

        page = Page.objects.get()
        assert (page.ocr_state, page.ocr_message) == (OcrState.FAILED, "Tesseract is not installed on this machine.")
        assert batch.state == BatchState.READY
        assert Record.objects.get().prefill == {}

    def test_takes_turns_with_other_work(self, order, monkeypatch):
        monkeypatch.setenv("PATH", "/nowhere")
        batch = batches.upload(order, {"fax.tif": batches.pages(9)})
        with batches.reader() as reader:
            operations.read_files(files=list(batch.files.values_list("pk", flat=True)), reader=reader, at=NOW)

            asked = Message.objects.filter(topic="entry.recognise", done_at=None)
            n_messages = asked.count()
            operations.recognise_next(batch=batch.pk, lane=1, reader=reader, at=NOW)

        assert n_messages == asked.count() == 4
        assert Page.objects.filter(ocr_state=OcrState.FAILED).count() == 1
