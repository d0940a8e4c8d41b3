"""Tell the people concerned. A notice names the order and what happened, never the content of the matter."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from cursitor.spine.people import operations as people_operations
from cursitor.spine.people import queries as people
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Person
from cursitor.spine.work import transitions
from cursitor.spine.work.models import WorkOrder


def tell(
    *,
    order: WorkOrder,
    to: Iterable[Person],
    text: str,
    by: Person | None,
    at: datetime,
    page: str = "work:order",
) -> None:
    """Leave a notice for each person once, except whoever did it."""
    for person in {person.pk: person for person in to if by is None or person.pk != by.pk}.values():
        people_operations.notify(person=person, text=text, link=reverse(page, args=[order.ref]), at=at)


def audience(order: WorkOrder, names: Iterable[str]) -> list[Person]:
    """Return the people that a step tells: managers of the provider, maker, legal-duty holder, holder of the work."""
    found: list[Person] = []
    for name in names:
        if name == transitions.MANAGERS:
            found += people.members(organisation=order.provider, roles={Role.DELIVERY_MANAGER})
        elif name == transitions.MAKER:
            found.append(order.made_by)
        elif name == transitions.DUTY_HOLDER:
            found.append(order.duty_holder)
        else:
            found.append(order.holder)
    return found
