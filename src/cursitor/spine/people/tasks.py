"""Mail that follows from what happened: invitations, and the digest of notices."""

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from cursitor.plumbing import wording
from cursitor.plumbing.outbox.worker import handles
from cursitor.spine.people import operations
from cursitor.spine.people.models import Invitation, Notice, Person


@handles("people.invitation")
def send_invitation(*, invitation: int) -> None:
    """Send the letter of an invitation that still waits. Sent twice it says the same."""
    waiting = Invitation.objects.select_related("organisation", "site", "invited_by")
    letter = waiting.filter(pk=invitation, accepted_at=None, withdrawn_at=None).first()
    if letter is None or letter.expires_at <= timezone.now():
        return
    address = settings.CURSITOR_URL + reverse("people:invitation", args=[operations.token_of(letter)])
    until = wording.instant(letter.expires_at, zone=letter.site.zone)
    values = {"invitation": letter, "address": address, "until": until}
    text = render_to_string("people/mail/invitation.txt", values)
    send_mail(f"{letter.organisation.short_name}: join in Cursitor", text, None, [letter.email])


@handles("people.digest")
def send_digest(*, person: int) -> None:
    """Send one letter with everything unread and not yet sent. Notices carry no content of a matter."""
    with transaction.atomic():
        reader = Person.objects.filter(pk=person, is_active=True, wants_digest=True).first()
        waiting = Notice.objects.select_for_update().filter(person=person, read_at=None, mailed_at=None)
        notices = list(waiting.order_by("at", "pk"))
        if reader is None or not notices:
            return
        Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(mailed_at=timezone.now())
        lines = [(notice, wording.instant(notice.at, zone=reader.zone)) for notice in notices]
        values = {"reader": reader, "lines": lines, "installation": settings.CURSITOR_URL}
        subject = "1 notice waits in Cursitor" if len(lines) == 1 else f"{len(lines)} notices wait in Cursitor"
        send_mail(subject, render_to_string("people/mail/digest.txt", values), None, [reader.email])
