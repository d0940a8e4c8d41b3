"""The home page of each role. It looks again every thirty seconds while somebody looks."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cursitor.spine.insight.queries import administration, client, provider
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Person

HOMES: dict[str, tuple[str, Callable[[Person, datetime], Any]]] = {
    Role.SUPERVISING_ATTORNEY: ("attorney", client.attorney_home),
    Role.LEGAL_OPERATIONS: ("overview", client.overview),
    Role.DELIVERY_MANAGER: ("operations", provider.operations),
    Role.SPECIALIST: ("queue", provider.queue),
    Role.QC_LEAD: ("quality", provider.quality_home),
    Role.PROVIDER_FINANCE: ("finance", provider.finance),
    Role.ADMINISTRATOR: ("administration", administration.home),
}
"""Role -> name of its page and what it shows, in the order in which somebody with several roles lands."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the home of the role asked for, or of the first one held. htmx gets the part that is looked at again."""
    held = frozenset().union(*request.user.roles_by_organisation.values())
    roles = [role for role in HOMES if role in held]
    if not roles:
        return render(request, "insight/nobody.html")
    asked = request.GET.get("role")
    role = asked if asked in roles else roles[0]
    name, show = HOMES[role]
    template = f"insight/{name}.html#live" if request.htmx else f"insight/{name}.html"
    values = {"role": role, "roles": [Role(each) for each in roles], "home": show(request.user, timezone.now())}
    return render(request, template, values)
