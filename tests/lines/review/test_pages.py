import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cursitor.lines.review import operations, queries
from cursitor.lines.review.choices import DocumentStatus
from cursitor.lines.review.models import Document
from cursitor.spine.audit.models import Entry
from tests.factories import NOW
from tests.lines.review import factories
from tests.lines.review.test_collecting import archive, mail

PAGES = ("order", "collections", "exceptions", "search", "layout", "production", "statistics")


@pytest.fixture
def order(world):
    return factories.order(world)


@pytest.fixture
def collected(world, order):
    """A message with hits, an answer to it, an HTML file with a script, and a file that cannot be read."""
    html = b"<html><body><script>steal()</script><p>Seal survey</p><img src='http://tracker.example/x'></body></html>"
    packed = archive(
        **{
            "1.eml": mail("Seal failure", "The seal failed.\nI asked counsel for advice."),
            "2.eml": mail("Re: Seal failure", "Noted.", **{"In-Reply-To": "<Seal-failure@corbel.example>"}),
            "3.html": html,
            "4.doc": b"",
        }
    )
    operations.collect_upload(
        order=order,
        custodian="Pella Ostrander",
        label="Mailbox",
        files=[("mail.zip", io.BytesIO(packed))],
        by=world.delivery_manager,
        at=NOW,
    )
    factories.drain()
    return order


@pytest.fixture
def manager(client, world):
    client.force_login(world.delivery_manager)
    return client


class TestPages:
    @pytest.mark.parametrize("page", PAGES)
    def test_are_shown_to_the_delivery_manager(self, manager, collected, page):
        answer = manager.get(reverse(f"review:{page}", args=[collected.ref]))

        assert answer.status_code == 200, answer.content[:400]

    @pytest.mark.parametrize("page", PAGES)
    def test_do_not_exist_for_another_provider_or_for_finance(self, client, world, collected, page):
        for person in (world.outsider, world.finance, world.other_attorney, world.administrator):
            client.force_login(person)

            assert client.get(reverse(f"review:{page}", args=[collected.ref])).status_code == 404

    def test_of_an_empty_order_say_what_is_absent(self, manager, world):
        fresh = factories.work_order(world, state="ACCEPTED", issued_at=NOW, holder=world.delivery_manager)

        for page in PAGES:
            assert manager.get(reverse(f"review:{page}", args=[fresh.ref])).status_code == 200

    def test_hand_out_every_list_as_csv_and_xlsx(self, manager, collected):
        for table in ("collections", "exceptions", "documents", "reviewers"):
            for form in ("csv", "xlsx"):
                answer = manager.get(reverse("review:export", args=[collected.ref, table, form]))

                assert answer.status_code == 200
                assert answer.headers["Content-Disposition"].startswith("attachment")
                assert len(answer.getvalue()) > 20


class TestCollectPage:
    def test_takes_files_in(self, manager, order):
        upload = SimpleUploadedFile("a.eml", mail("Seal failure"))

        answer = manager.post(
            reverse("review:collect", args=[order.ref, "upload"]), {"custodian": "Pella", "files": [upload]}
        )
        factories.drain()

        assert answer.status_code == 302
        assert Document.objects.get().subject == "Seal failure"

    def test_says_beside_the_field_what_is_wrong(self, manager, order):
        answer = manager.post(
            reverse("review:collect", args=[order.ref, "folder"]), {"custodian": "Pella", "folder": "/etc"}
        )

        assert answer.status_code == 200
        assert "Folders that may be collected from" in answer.content.decode()


class TestSearchPage:
    def test_shows_the_lines_with_hits(self, manager, collected):
        answer = manager.get(reverse("review:search", args=[collected.ref]), {"q": "asked w/3 couns*"})

        page = answer.content.decode()
        assert "1 document matches" in page
        assert "<mark" in page

    def test_points_at_the_mistake_in_a_query(self, manager, collected):
        answer = manager.get(reverse("review:search", args=[collected.ref]), {"q": "(seal"})

        assert "This parenthesis is never closed" in answer.content.decode()

    def test_marks_the_words_of_a_query_that_also_asks_for_a_date(self, manager, collected):
        answer = manager.get(reverse("review:search", args=[collected.ref]), {"q": "sent:2025-03 AND counsel"})

        assert ">counsel</mark>" in answer.content.decode()

    def test_narrows_by_coding(self, manager, world, collected):
        task = factories.task(collected, world.specialist)
        family = operations.next_family(task=task, by=task.holder, at=NOW)
        values = factories.values(family, factories.NOT_RESPONSIVE)
        operations.save_family(task=task, family=family, values=values, seconds=5, by=task.holder, at=NOW)

        found = queries.search(order=collected, query="", coded="not_responsive")

        assert (found.total, found.hits[0].coding) == (1, "Not responsive")

    def test_keeps_a_search_and_lets_its_maker_remove_it(self, manager, collected):
        manager.post(reverse("review:save_search", args=[collected.ref]), {"name": "Seals", "q": "seal*"})
        saved = collected.searches.get()

        manager.post(reverse("review:remove_search", args=[collected.ref, saved.pk]))

        assert not collected.searches.exists()
        assert Entry.objects.filter(type__startswith="review.search.").count() == 2


class TestDocumentPage:
    def test_shows_hits_thread_and_family(self, manager, collected):
        number = Document.objects.get(subject="Seal failure").control_number

        page = manager.get(reverse("review:document", args=[collected.ref, number]), {"q": "seal"}).content.decode()

        assert 'data-hit="1"' in page
        assert "Thread" in page

    def test_shows_an_html_file_as_text_alone(self, manager, collected):
        number = Document.objects.get(kind="html").control_number

        page = manager.get(reverse("review:document", args=[collected.ref, number])).content.decode()

        assert "Seal survey" in page
        assert "steal()" not in page
        assert "tracker.example" not in page

    def test_hands_the_native_out_as_a_download_and_logs_it(self, manager, collected):
        number = Document.objects.get(kind="html").control_number

        answer = manager.get(reverse("review:native", args=[collected.ref, number]))

        assert b"steal()" in b"".join(answer.streaming_content)
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert Entry.objects.filter(type="review.document.downloaded").count() == 1


class TestExceptionsPage:
    def test_publishes_what_is_chosen_so_that_somebody_looks_at_it(self, manager, collected):
        broken = Document.objects.get(status=DocumentStatus.EXCEPTION)

        manager.post(
            reverse("review:settle", args=[collected.ref]),
            {"act": "publish", "documents": [broken.pk], "note": "Empty, but named in the request"},
        )

        broken.refresh_from_db()
        assert (broken.status, broken.family.n_documents) == (DocumentStatus.PUBLISHED, 1)
        assert queries.reconciliation(order=collected).balanced

    def test_lists_as_unreadable_with_the_reason(self, manager, world, collected):
        broken = Document.objects.get(status=DocumentStatus.EXCEPTION)

        manager.post(
            reverse("review:settle", args=[collected.ref]),
            {"act": "list", "documents": [broken.pk], "note": "Zero bytes at the source"},
        )

        broken.refresh_from_db()
        assert (broken.disposition, broken.disposed_by) == ("LISTED", world.delivery_manager)

    def test_wants_a_reason(self, manager, collected):
        broken = Document.objects.get(status=DocumentStatus.EXCEPTION)

        answer = manager.post(reverse("review:settle", args=[collected.ref]), {"act": "list", "documents": [broken.pk]})

        assert "Say why" in answer.content.decode()

    def test_tries_again_and_counts_the_tries(self, manager, collected):
        broken = Document.objects.get(status=DocumentStatus.EXCEPTION)

        manager.post(reverse("review:settle", args=[collected.ref]), {"act": "retry", "documents": [broken.pk]})
        factories.drain()

        broken.refresh_from_db()
        assert broken.exception_tries == 1
        assert queries.reconciliation(order=collected).balanced


class TestLayoutPage:
    def test_makes_the_next_version(self, manager, order):
        form = {"fields_json": manager.get(reverse("review:layout", args=[order.ref])).context["form"]["fields_json"]}

        answer = manager.post(
            reverse("review:layout", args=[order.ref]),
            {"fields_json": form["fields_json"].value(), "highlights_json": "[]", "guidance": "New"},
        )

        assert answer.status_code == 302
        assert queries.layout(order=order.pk).version == 2

    def test_says_which_key_is_taken(self, manager, order):
        fields = factories.layouts.default_fields()
        fields[1]["choices"][0]["shortcut"] = "1"

        answer = manager.post(
            reverse("review:layout", args=[order.ref]), {"fields_json": factories.json.dumps(fields), "guidance": ""}
        )

        assert "have the same key 1" in answer.content.decode()


class TestInspectionPage:
    def test_shows_the_document_without_a_trace_of_the_first_decision(self, rf, world, collected):
        from cursitor.lines.review import views

        task = factories.task(collected, world.specialist)
        family = operations.next_family(task=task, by=task.holder, at=NOW)
        values = factories.values(family, factories.PRIVILEGED | {"notes": "the first reader's remark"})
        operations.save_family(task=task, family=family, values=values, seconds=5, by=task.holder, at=NOW)
        request = rf.get("/")
        request.user = world.qc_lead

        page = views.inspection_page(request, collected, queries.units(collected)[0].key)

        assert 'name="reading-responsiveness"' in page
        assert "checked" not in page
        assert "remark" not in page
        assert world.specialist.name not in page
