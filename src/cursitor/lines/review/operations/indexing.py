"""Building the search index of an order, and marking what its privilege highlight sets hit."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from cursitor.engines.ranking import algorithms, features
from cursitor.engines.search import reading
from cursitor.engines.search.schema import MAIL
from cursitor.lines.review import index, texts
from cursitor.lines.review.choices import RESPONSIVE, RESPONSIVENESS, DocumentStatus, HighlightStyle
from cursitor.lines.review.models import Document, Family, IndexShard
from cursitor.lines.review.operations import coding
from cursitor.plumbing import workspace
from cursitor.plumbing.outbox import operations as outbox
from cursitor.plumbing.shards import building, opening, searching
from cursitor.plumbing.vault import operations as vault
from cursitor.plumbing.vault.models import Blob
from cursitor.spine.work.models import WorkOrder


def build_index(*, order: int, at: datetime) -> IndexShard | None:
    """
    Build the index of all published documents anew, publish it, and rank again. May run twice; None without documents.

    Whatever is searched meanwhile is answered from the index before. Search results come in the order of control
    numbers.
    """
    work_order = WorkOrder.objects.select_related("matter").get(pk=order)
    documents = work_order.documents.filter(status=DocumentStatus.PUBLISHED).exclude(control_number="")
    if not documents.exists():
        return None
    scope = work_order.matter.key
    with workspace.folder("index") as folder:
        records: list[features.Record] = []
        n_documents = building.build(_searchable(documents, records), folder / "shard", schema=MAIL)
        with building.publish(folder / "shard").open("rb") as packed:
            blob = vault.put(scope=scope, source=packed, at=at)
    ranker = algorithms.ranker().of(records)
    learnt = vault.put(scope=scope, source=ranker.to_bytes(), at=at)
    with transaction.atomic():
        WorkOrder.objects.select_for_update().get(pk=order)
        replaced = IndexShard.objects.filter(order=order, replaced_at=None)
        stale = [one.sha256 for one in Blob.objects.filter(pk__in=replaced.values("blob"))]
        replaced.update(replaced_at=at)
        shard = IndexShard.objects.create(
            order_id=order,
            blob=blob,
            features=learnt,
            algorithm=algorithms.ALGORITHM,
            n_documents=n_documents,
            latest_document=documents.order_by("-pk").values_list("pk", flat=True)[0],
            built_at=at,
        )
        outbox.post(topic="review.rank", key=f"order:{order}", at=at, order=order)
    for digest in stale:
        opening.forget(digest, index.cache_folder())
    mark_privilege_terms(shard)
    return shard


def mark_privilege_terms(shard: IndexShard) -> None:
    """Set on every document whether a highlight set of style privilege hits it."""
    highlights = coding.current_layout(shard.order_id).highlights
    queries = [one["query"] for one in highlights if one["style"] == HighlightStyle.PRIVILEGE]
    opened = [index.opened(shard)]
    hit = {pk for query in queries for pk in searching.search(opened, query, limit=None).ids}
    documents = Document.objects.filter(order=shard.order_id)
    marked = set(documents.filter(has_privilege_terms=True).values_list("pk", flat=True))
    for pks, is_hit in ((hit - marked, True), (marked - hit, False)):
        ordered = sorted(pks)
        for start in range(0, len(ordered), 500):
            documents.filter(pk__in=ordered[start : start + 500]).update(has_privilege_terms=is_hit)
    _ask_for_second_readings(shard.order_id)


def _ask_for_second_readings(order: int) -> None:
    """Send families to the second reader that were coded responsive before a privilege term was known to hit them."""
    read = Family.objects.filter(order=order, first_done_at__isnull=False, needs_privilege=False)
    hit = read.filter(documents__has_privilege_terms=True)
    responsive = hit.filter(**{f"documents__coding__values__{RESPONSIVENESS}": RESPONSIVE})
    pks = list(responsive.distinct().values_list("pk", flat=True))
    Family.objects.filter(pk__in=pks, first_done_at__isnull=False).update(needs_privilege=True)


def _searchable(documents: QuerySet[Document], records: list[features.Record]) -> Iterator[reading.Document]:
    """Yield every document as search takes it, and put it into `records` as ranking takes it: each is read once."""
    for document in documents.order_by("control_number", "pk").iterator(chunk_size=200):
        body = texts.body_of(document)
        named = [name for names in document.recipients.values() for name in names]
        records.append(features.Record(body, document.subject, (document.sender, *named)))
        yield texts.searchable(document, body)
