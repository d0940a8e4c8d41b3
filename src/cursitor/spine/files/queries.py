"""Read a matter's file room."""

from django.db.models import OuterRef, Q, QuerySet, Subquery

from cursitor.spine.engagements.models import Matter
from cursitor.spine.files import access
from cursitor.spine.files.models import File, FileVersion
from cursitor.spine.people.models import Person


def latest_versions(person: Person, *, matter: Matter, order_ref: str | None = None) -> QuerySet[FileVersion]:
    """Return the latest version of every file of the room that the person may read, latest first."""
    found = access.files(person).filter(matter=matter)
    if order_ref is not None:
        found = found.filter(order_ref=order_ref)
    latest = FileVersion.objects.filter(file=OuterRef("file")).order_by("-number").values("pk")[:1]
    versions = FileVersion.objects.filter(file__in=found.values("pk"), pk=Subquery(latest))
    return versions.select_related("file__provider", "file__matter", "blob", "added_by").order_by("-added_at", "-pk")


def room(person: Person, *, matter: Matter, text: str = "", sort: str = "") -> QuerySet[FileVersion]:
    """Return the latest versions narrowed by words of name, note or order, and sorted."""
    found = latest_versions(person, matter=matter)
    for word in text.split():
        found = found.filter(
            Q(file__name__icontains=word) | Q(note__icontains=word) | Q(file__order_ref__icontains=word)
        )
    columns = {"name": "file__name", "size": "blob__size", "added": "added_at"}
    sign = "-" if sort.startswith("-") else ""
    column = columns.get(sort.removeprefix("-"))
    return found.order_by(f"{sign}{column}", "pk") if column else found


def history(file: File) -> QuerySet[FileVersion]:
    """Return every version of a file, latest first."""
    return file.versions.select_related("blob", "added_by").order_by("-number")
