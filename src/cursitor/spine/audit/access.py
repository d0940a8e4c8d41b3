"""
Who reads what of the log.

The log knows nobody, so what a person may read is told to it in keys by the room that knows people and matters.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet

from cursitor.spine.audit import words
from cursitor.spine.audit.choices import LOG
from cursitor.spine.audit.models import Entry


@dataclass(frozen=True)
class Readable:
    """
    What one person may read. Collections of keys, or querysets that yield them.

    person: own key. matters: matters that exist for the person; of these, own acts. own_matters: matters of the
    person's firm; of these, everything but what is private to the other party. shared_matters: matters open to a
    provider that the person oversees; of these, what the provider's people did and what happened to things they had a
    hand in, so that one provider does not read of another. colleagues: people of the same organisations. administered:
    people of organisations that the person administers; of these, what happened outside matters. administers: whether
    there is such an organisation, and with it what happened to the log itself. subjects: things outside matters that
    the person sees; of these, everything.
    """

    person: str
    matters: Any
    own_matters: Any
    shared_matters: Any
    colleagues: Any
    administered: Any
    administers: bool
    subjects: Any


_reader: list[Callable[[Any], Readable]] = []


def define(reader: Callable[[Any], Readable]) -> None:
    """Tell the log, when the installation starts, how a person becomes what they may read."""
    if _reader and _reader[0] is not reader:
        raise RuntimeError("who may read the log is defined twice")
    _reader[:] = [reader]


def entries(person: Any) -> QuerySet[Entry]:
    """Return the entries the person may read, latest first. While nobody has said what that is: none."""
    if not _reader:
        return Entry.objects.none()
    readable = _reader[0](person)
    by_colleagues = Q(actor__in=readable.colleagues)
    own = Q(actor=readable.person) & (Q(matter="") | Q(matter__in=readable.matters))
    is_private = Q(type__in=words.private_events()) & ~by_colleagues
    of_client = Q(matter__in=readable.own_matters) & ~is_private
    outside = Q(matter="") & (Q(actor__in=readable.administered) | Q(subject__in=readable.administered))
    outside |= Q(matter="", subject__in=readable.subjects) & ~is_private
    seen = own | of_client | _of_provider(readable, by_colleagues, is_private) | outside
    if readable.administers:
        seen |= Q(subject=LOG)
    return Entry.objects.filter(seen).order_by("-sequence")


def _of_provider(readable: Readable, by_colleagues: Q, is_private: Q) -> Q:
    in_matters = Q(matter__in=readable.shared_matters)
    handled = Entry.objects.filter(in_matters & by_colleagues).exclude(subject=F("matter")).values("subject")
    return in_matters & (by_colleagues | (Q(subject__in=handled) & ~is_private))
