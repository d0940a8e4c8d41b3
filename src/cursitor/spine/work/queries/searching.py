"""Find orders and questions by words. Only what the person may see is found."""

from django.db.models import Q, QuerySet
from django.urls import reverse

from cursitor.spine.people.models import Person
from cursitor.spine.work import access
from cursitor.spine.work.models import Question, WorkOrder

LIMIT = 6


def find(person: Person, text: str) -> list[tuple[str, str, str]]:
    """Return (name, where, address) of orders and questions whose words hold the text, for the palette."""
    if not text.split():
        return []
    orders = find_orders(access.orders(person), text).select_related("matter").order_by("-number")[:LIMIT]
    asked = with_words(access.questions(person), text, ("text", "answer"))
    questions = asked.select_related("order__matter").order_by("-asked_at", "-pk")[:LIMIT]
    return [
        *(
            (f"{each.ref} {each.title}", each.matter.short_name, reverse("work:order", args=[each.ref]))
            for each in orders
        ),
        *(
            (
                f"Question {each.number} on {each.order.ref}",
                each.order.matter.short_name,
                reverse("work:question", args=[each.order.ref, each.number]),
            )
            for each in questions
        ),
    ]


def find_orders(orders: QuerySet[WorkOrder], text: str) -> QuerySet[WorkOrder]:
    """Narrow orders to those whose number, title, matter or provider holds every word."""
    for word in text.split():
        digits = word.upper().removeprefix("WO-")
        number = Q(number=int(digits)) if digits.isascii() and digits.isdigit() and len(digits) < 18 else Q()
        columns = Q(title__icontains=word) | Q(matter__number__icontains=word) | Q(matter__short_name__icontains=word)
        orders = orders.filter(columns | Q(provider__short_name__icontains=word) | number)
    return orders


def search_questions(person: Person, text: str) -> QuerySet[Question]:
    """Return answered questions that hold every word in question or answer, the latest answer first."""
    answered = access.questions(person).exclude(answered_at=None)
    found = with_words(answered, text, ("text", "answer"))
    return found.select_related("order__matter", "asked_by", "answered_by").order_by("-answered_at", "-pk")


def with_words(rows: QuerySet, text: str, columns: tuple[str, ...]) -> QuerySet:
    """Narrow rows to those of which some column holds each word of the text."""
    for word in text.split():
        anywhere = Q()
        for column in columns:
            anywhere |= Q(**{f"{column}__icontains": word})
        rows = rows.filter(anywhere)
    return rows
