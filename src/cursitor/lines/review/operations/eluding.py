"""Drawing the elusion sample: what random documents say about all that was left unread."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from cursitor.engines import sampling
from cursitor.lines.review import access
from cursitor.lines.review.choices import DocumentStatus
from cursitor.lines.review.models import ElusionSample, Family
from cursitor.plumbing.refusal import Invalid, Refusal
from cursitor.spine.audit import operations as audit
from cursitor.spine.people.models import Person
from cursitor.spine.work import leases
from cursitor.spine.work.choices import OrderState
from cursitor.spine.work.models import WorkOrder


class NothingLeftUnread(Refusal):
    """Raised when every document has been read, so that there is nothing to sample."""


class SampleUnread(Refusal):
    """Raised when another sample is asked for while the latest has not been read."""


def draw_elusion(*, order: WorkOrder, n: int, seed: bytes, by: Person, at: datetime) -> ElusionSample:
    """
    Draw n of the documents that nobody has read, for the elusion task, and take them out of the first-level queue.

    n: at least 1; the whole null set where there are fewer. seed: 16 random bytes or more; it is kept, so that anybody
    can repeat the draw over the control numbers of the null set. Families are read whole; only drawn documents count.
    :raises NothingLeftUnread, SampleUnread, NotPermitted.
    """
    if n < 1:
        raise Invalid("A sample holds at least one document.", field="n")
    with transaction.atomic():
        order = WorkOrder.objects.select_for_update().get(pk=order.pk)
        access.require(by, order=order, to="draw")
        _require_drawable(order)
        published = order.documents.filter(status=DocumentStatus.PUBLISHED, family__isnull=False)
        unread = published.filter(coding=None, family__first_done_at=None)
        null_set = dict(unread.values_list("control_number", "pk"))
        if not null_set:
            raise NothingLeftUnread("Every document has been read; there is nothing to sample.")
        drawn = sampling.draw(seed=seed, keys=sorted(null_set), n=min(n, len(null_set)))
        documents = [null_set[number] for number in drawn]
        families = published.filter(pk__in=documents).values("family")
        Family.objects.filter(pk__in=families).update(is_elusion=True, leased_to=None, lease_until=None, stage="")
        sample = ElusionSample.objects.create(
            order=order,
            n_null_set=len(null_set),
            n_sampled=len(documents),
            latest_document=order.documents.aggregate(latest=Max("pk"))["latest"],
            seed=seed,
            drawn_by=by,
            drawn_at=at,
            documents=documents,
        )
        audit.record(
            event="review.elusion.drawn",
            at=at,
            by=by,
            subject=order.key,
            matter=order.matter.key,
            data={"null_set": len(null_set), "sampled": len(documents), "seed": seed.hex()},
        )
    return sample


def _require_drawable(order: WorkOrder) -> None:
    if order.state != OrderState.IN_PROGRESS:
        raise leases.OrderNotOpen(f"{order.ref} is not in progress; no sample is drawn now.")
    latest = order.elusion_samples.order_by("-pk").first()
    if latest is None:
        return
    n_unread = order.documents.filter(pk__in=latest.documents, coding=None).count()
    if n_unread:
        raise SampleUnread(f"{n_unread} documents of the latest sample are still unread; read those first.")
