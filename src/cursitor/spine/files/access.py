"""Who reads which files of a matter's room, and who may add to it."""

from django.db.models import Q, QuerySet

from cursitor.plumbing.refusal import NotPermitted, NotVisible
from cursitor.spine.engagements import access as engagement_access
from cursitor.spine.engagements.models import Matter
from cursitor.spine.files.models import File, FileVersion
from cursitor.spine.people import access as people_access
from cursitor.spine.people.models import Organisation, Person


def rooms(person: Person) -> QuerySet[Matter]:
    """Return the matters whose file room the person may enter: all they see, but for finance."""
    return engagement_access.matters_read(person)


def room_for(person: Person, number: str) -> Matter:
    """:raises NotVisible: when the matter or its room does not exist for the person."""
    matter = rooms(person).filter(number=number).select_related("organisation", "client").first()
    if matter is None:
        raise NotVisible
    return matter


def files(person: Person) -> QuerySet[File]:
    """Return the files the person may read: of rooms they may enter, but not what another provider brought."""
    instructing = people_access.organisations_with_role(person, engagement_access.INSTRUCTING)
    seen = Q(matter__organisation__in=instructing) | Q(provider=None) | Q(provider__in=person.roles_by_organisation)
    return File.objects.filter(seen, matter__in=rooms(person).values("pk"))


def versions(person: Person) -> QuerySet[FileVersion]:
    return FileVersion.objects.filter(file__in=files(person).values("pk"))


def version_for(person: Person, pk: int) -> FileVersion:
    """:raises NotVisible: when the version does not exist for the person."""
    version = versions(person).filter(pk=pk).select_related("file__matter", "blob").first()
    if version is None:
        raise NotVisible
    return version


def file_for(person: Person, pk: int) -> File:
    """:raises NotVisible: when the file does not exist for the person."""
    file = files(person).filter(pk=pk).select_related("matter", "provider").first()
    if file is None:
        raise NotVisible
    return file


def is_client_side(person: Person, *, matter: Matter) -> bool:
    """Return whether the person instructs on the matter for the client."""
    roles = engagement_access.INSTRUCTING
    return people_access.has_role(person, organisation=matter.organisation_id, roles=roles)


def may_add(person: Person, *, matter: Matter) -> bool:
    """Return whether the person may add files to a room they may enter."""
    try:
        provider_of(person, matter=matter)
    except NotPermitted:
        return False
    return True


def provider_of(person: Person, *, matter: Matter) -> Organisation | None:
    """
    Return the provider for which the person adds files to the room, or None for the client side.

    :raises NotPermitted: when the person works for several providers of the matter, so that nobody could tell whose
        file it is, or for none.
    """
    if is_client_side(person, matter=matter):
        return None
    doing = people_access.organisations_with_role(person, engagement_access.DOING)
    mine = list(engagement_access.providers_of(matter).filter(pk__in=doing).distinct()[:2])
    if len(mine) != 1:
        raise NotPermitted("Files are added by the client's side and by people of one provider of the matter.")
    return mine[0]
